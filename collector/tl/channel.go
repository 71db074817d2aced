package tl

import (
	"fmt"
	"strings"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl/telethon"
)

// Channel converts the full details of a channel to its row, with everyone named in the answer
// as Peers. Source, times and Reference stay zero. Errors: NotAChannel for a basic group,
// Private if the account may not read the channel.
func (c Converter) Channel(full *tg.MessagesChatFull, id int64) (collector.Channel, error) {
	details, ok := full.FullChat.(*tg.ChannelFull)
	if !ok {
		return collector.Channel{}, &collector.Error{
			Kind: collector.NotAChannel, Detail: "group",
			Err: fmt.Errorf("full details are %s", telethon.ClassOf(full.FullChat)),
		}
	}
	if details.ID != id {
		return collector.Channel{}, fmt.Errorf("full details of channel %d: got those of %d", id, details.ID)
	}
	ch, err := findChannel(full.Chats, id)
	if err != nil {
		return collector.Channel{}, err
	}
	out := channelRow(ch, details)
	out.Raw = string(c.raw(nil, full))
	out.Peers = c.Peers(full.Chats, full.Users)
	return out, nil
}

func findChannel(chats []tg.ChatClass, id int64) (*tg.Channel, error) {
	for _, chat := range chats {
		switch ch := chat.(type) {
		case *tg.Channel:
			if ch.ID == id {
				return ch, nil
			}
		case *tg.ChannelForbidden:
			if ch.ID == id {
				return nil, collector.Errorf(collector.Private, "channel %d is forbidden to this account", id)
			}
		}
	}
	return nil, fmt.Errorf("full details of channel %d do not hold the channel itself", id)
}

func channelRow(ch *tg.Channel, details *tg.ChannelFull) collector.Channel {
	names := usernames(ch)
	out := collector.Channel{
		ID: ch.ID, Username: mainUsername(names), Usernames: names,
		Title: clean(ch.Title), About: clean(details.About),
		Kind:            channelKind(ch.Megagroup, ch.Gigagroup),
		CreatedAt:       optionalDate(ch.Date, ch.Date != 0),
		Participants:    count(details.GetParticipantsCount()),
		Forum:           ch.Forum,
		LinkedChannelID: details.LinkedChatID,
		AvailableMinID:  int64(details.AvailableMinID),
		PhotoID:         photoID(ch.Photo, details.ChatPhoto),
		Verified:        ch.Verified, Scam: ch.Scam, Fake: ch.Fake,
		Restricted: ch.Restricted, RestrictionReason: restriction(ch.RestrictionReason),
		NoForwards: ch.Noforwards, Signatures: ch.Signatures, JoinRequest: ch.JoinRequest,
	}
	if out.Participants == nil {
		out.Participants = count(ch.GetParticipantsCount())
	}
	return out
}

// photoID returns the id of a channel's picture, 0 for none.
func photoID(small tg.ChatPhotoClass, full tg.PhotoClass) int64 {
	if p, ok := full.(*tg.Photo); ok {
		return p.ID
	}
	if p, ok := small.(*tg.ChatPhoto); ok {
		return p.PhotoID
	}
	return 0
}

// restriction returns the reasons as platform-reason: text, one after the other.
func restriction(reasons []tg.RestrictionReason) string {
	var parts []string
	for _, r := range reasons {
		parts = append(parts, clean(r.Platform+"-"+r.Reason+": "+r.Text))
	}
	return strings.Join(parts, "; ")
}

// Topics returns the forum topics in an answer, without deleted ones.
func Topics(list []tg.ForumTopicClass) []collector.Topic {
	var out []collector.Topic
	for _, t := range list {
		if t, ok := t.(*tg.ForumTopic); ok {
			out = append(out, collector.Topic{ID: int64(t.ID), Title: clean(t.Title)})
		}
	}
	return out
}
