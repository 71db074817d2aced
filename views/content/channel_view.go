package content

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/views"
)

func ChannelCount(ch catalog.ChannelSummary) views.ChannelCount {
	return views.ChannelCount{
		ChannelSummary: ch, Name: views.ChannelName(ch.Username, ch.ID), Downloads: channelDownloads(ch.ID),
	}
}

func ChannelDetails(ch catalog.ChannelSummary, at views.Links) views.ChannelDetails {
	return views.ChannelDetails{
		Channel: ch.Channel, Name: views.ChannelName(ch.Username, ch.ID), Href: at.Channel(ch.Username, ch.ID),
		Facts: facts(ch.Channel, at), Raw: indent(ch.Raw),
	}
}

// EarlierNames are a channel's earlier names, newest first, with the days on which each was
// seen.
func EarlierNames(states []catalog.State) []views.Fact {
	var out []views.Fact
	now := states[len(states)-1]
	for _, s := range states {
		if s.Current {
			now = s
		}
	}
	last := now
	for _, s := range slices.Backward(states) {
		if s.Username == last.Username && s.Title == last.Title || s.Username == now.Username && s.Title == now.Title {
			continue
		}
		last = s
		out = append(out, views.Fact{Name: "Earlier name",
			Text: fmt.Sprintf("%s · %s (%s)", views.ChannelName(s.Username, s.ID), s.Title, seenOn(s.From, s.Until))})
	}
	return out
}

// seenOn says on which days something was seen.
func seenOn(from, until time.Time) string {
	if views.Day(from) == views.Day(until) {
		return "seen " + views.Day(from)
	}
	return fmt.Sprintf("seen %s to %s", views.Day(from), views.Day(until))
}

// facts lists what is known about a channel; unknown facts are left out.
func facts(ch collector.Channel, links views.Links) []views.Fact {
	var out []views.Fact
	text := func(name, value string) {
		if value != "" {
			out = append(out, views.Fact{Name: name, Text: value})
		}
	}
	at := func(name string, t *time.Time) {
		if t != nil && !t.IsZero() {
			out = append(out, views.Fact{Name: name, At: *t})
		}
	}
	yes := func(name string, is bool) {
		if is {
			text(name, "yes")
		}
	}
	text("Id", strconv.FormatInt(ch.ID, 10))
	if collector.IsMadeID(ch.ID) {
		text("This id", "is not Telegram's: the imported file names the channel by its username alone. "+
			"Collect @"+ch.Username+": once it has a message with the same id and date, these messages join it.")
	}
	text("Kind", ch.Kind)
	for _, name := range ch.Usernames {
		if name != ch.Username {
			text("Other username", "@"+name)
		}
	}
	if ch.Participants != nil {
		text("Subscribers or members", about(ch.ParticipantsRounded)+views.Count(*ch.Participants))
	}
	at("Created or joined", ch.CreatedAt)
	if ch.LinkedChannelID != 0 {
		out = append(out, views.Fact{Name: "Linked channel", Text: strconv.FormatInt(ch.LinkedChannelID, 10),
			Href: links.Channel("", ch.LinkedChannelID)})
	}
	yes("Messages are in topics", ch.Forum)
	yes("Verified by Telegram", ch.Verified)
	yes("Marked as scam", ch.Scam)
	yes("Marked as fake", ch.Fake)
	yes("Restricted", ch.Restricted)
	text("Reason of the restriction", ch.RestrictionReason)
	yes("Saving and forwarding is off", ch.NoForwards)
	yes("Messages are signed", ch.Signatures)
	yes("Joining needs approval", ch.JoinRequest)
	text("Requested as", ch.Reference)
	text("Source", ch.Source)
	at("First seen", &ch.FirstSeenAt)
	at("Last seen", &ch.LastSeenAt)
	return out
}

// indent makes JSON readable, and returns anything else unchanged.
func indent(raw string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(raw), "", "  "); err != nil {
		return raw
	}
	return b.String()
}
