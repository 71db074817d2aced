package content

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/views"
)

// told is the part of a message's whole object that the page shows and no column has, named as
// in Telegram's schema.
type told struct {
	Action struct {
		Title, Message any // a text, or one with entities
		Duration       *int64
		Period         *int64
		Boosts         *int64
		Stars          any    // a number, or a flag
		WinnersCount   *int64 `json:"winners_count"`
		Score          *int64
		List           []point
		Answer         *struct{ Text any }
		RejectComment  string `json:"reject_comment"`
		NewValue       *bool  `json:"new_value"`
	}
	Media struct {
		Todo *struct {
			Title any
			List  []point
		}
		Completions      []struct{ ID int64 }
		Quantity         *int64
		WinnersCount     *int64 `json:"winners_count"`
		UntilDate        string `json:"until_date"`
		PrizeDescription string `json:"prize_description"`
		Stars            *int64
		StarsAmount      *int64 `json:"stars_amount"`
		Emoticon         string
		Value            *int64
		Title            string
		Game             *struct{ Title string }
		Peer             *struct {
			ChannelID int64 `json:"channel_id"`
		}
	}
	Rich struct{ Photos, Documents []json.RawMessage } `json:"rich_message"`
}

// point is a point of a checklist.
type point struct {
	ID    int64
	Title any
}

// tell reads a message's whole object. A field of another type than here, as in another layer,
// is left out.
func tell(m *collector.Message) (t told) {
	_ = json.Unmarshal([]byte(m.Raw), &t)
	return t
}

// plainText is a text with or without entities, as plain text.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		s, _ := v["text"].(string)
		return s
	}
	return ""
}

// actionDetail is what a service message says in addition to what happened.
func actionDetail(m *collector.Message) string {
	a := tell(m).Action
	text := cmp.Or(plainText(a.Title), plainText(a.Message), a.RejectComment)
	stars, _ := a.Stars.(float64)
	switch {
	case text != "":
		return text
	case a.Answer != nil:
		return plainText(a.Answer.Text)
	case len(a.List) > 0:
		return points(a.List, nil)
	case a.Boosts != nil:
		return views.Plural(*a.Boosts, "boost", "boosts")
	case a.WinnersCount != nil:
		return views.Plural(*a.WinnersCount, "winner", "winners")
	case a.Duration != nil:
		return views.Seconds(float64(*a.Duration))
	case a.Period != nil && *a.Period > 0:
		return views.Seconds(float64(*a.Period))
	case a.Period != nil:
		return "off"
	case a.Score != nil:
		return views.Count(*a.Score)
	case stars > 0:
		return views.Plural(int64(stars), "star", "stars")
	case a.NewValue != nil && *a.NewValue:
		return "off now" // the schema's word is noforwards
	case a.NewValue != nil:
		return "on now"
	}
	return ""
}

// mediaDetails are details of media that no column has.
func mediaDetails(m *collector.Message) []string {
	switch m.MediaType {
	case "MessageMediaToDo", "MessageMediaGiveaway", "MessageMediaGiveawayResults", "MessageMediaPaidMedia", "MessageMediaDice",
		"MessageMediaGame", "MessageMediaInvoice", "MessageMediaStory":
	default:
		return nil
	}
	t := tell(m).Media
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, views.Shorten(s, 240))
		}
	}
	if t.Todo != nil {
		done := map[int64]bool{}
		for _, c := range t.Completions {
			done[c.ID] = true
		}
		add(plainText(t.Todo.Title))
		add(points(t.Todo.List, done))
	}
	if t.Game != nil {
		add(t.Game.Title)
	}
	add(t.Title)
	add(t.PrizeDescription)
	for _, n := range []struct {
		n         *int64
		one, many string
	}{{t.Quantity, "prize", "prizes"}, {t.WinnersCount, "winner", "winners"}, {t.Stars, "star", "stars"}, {t.StarsAmount, "star", "stars"}} {
		if n.n != nil {
			add(views.Plural(*n.n, n.one, n.many))
		}
	}
	if day, _, ok := strings.Cut(t.UntilDate, "T"); ok {
		add("until " + day)
	}
	if t.Value != nil {
		add(fmt.Sprintf("%s %d", t.Emoticon, *t.Value))
	}
	if t.Peer != nil && t.Peer.ChannelID != 0 {
		add(fmt.Sprintf("of channel %d", t.Peer.ChannelID))
	}
	return out
}

// points lists the points of a checklist in one line, and marks those that are done.
func points(list []point, done map[int64]bool) string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = plainText(p.Title)
		if done[p.ID] {
			out[i] += " ✓"
		}
	}
	return strings.Join(out, ", ")
}

// richMedia says how many pictures and files a rich message has, if there are at least two
// (the columns describe only one): "3 pictures and 1 file".
func richMedia(m *collector.Message) string {
	if m.Rich == "" {
		return ""
	}
	t := tell(m).Rich
	photos, files := int64(len(t.Photos)), int64(len(t.Documents))
	switch {
	case photos+files < 2:
		return ""
	case files == 0:
		return views.Plural(photos, "picture", "pictures")
	case photos == 0:
		return views.Plural(files, "file", "files")
	}
	return views.Plural(photos, "picture", "pictures") + " and " + views.Plural(files, "file", "files")
}
