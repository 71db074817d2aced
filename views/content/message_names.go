package content

import (
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/views"
)

func SameAlbum(a, b *collector.Message) bool {
	return a.AlbumID != 0 && a.AlbumID == b.AlbumID && a.ChannelID == b.ChannelID
}

func Choices(all []catalog.ChannelSummary, current int64) []views.ChannelChoice {
	out := make([]views.ChannelChoice, len(all))
	for i, ch := range all {
		out[i] = views.ChannelChoice{
			ID: ch.ID, Name: views.ChannelName(ch.Username, ch.ID), Title: views.Name(ch.Title),
			Messages: ch.Count.Messages, Current: ch.ID == current,
		}
	}
	return out
}

// names are the collected channels by id.
type names map[int64]catalog.ChannelSummary

func NamesOf(all []catalog.ChannelSummary) names {
	out := names{}
	for _, ch := range all {
		out[ch.ID] = ch
	}
	return out
}

// SendersOf are the keys of the messages' senders, each once.
func SendersOf(messages []collector.Message) []catalog.PeerKey {
	var out []catalog.PeerKey
	for i := range messages {
		if k := catalog.SenderKey(&messages[i]); k.ID != 0 && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// Days are messages for reading, with the search's matches marked.
func (f *Asked) Days(messages []collector.Message, show Teller) []views.MessageDay {
	show.topics, show.room = f.titles(), itemsRoom
	for i, m := range messages {
		messages[i] = f.marked(m, show.shown(m.ID))
	}
	return days(messages, &show, f.ChannelID == 0)
}

// days groups messages by UTC day and album, and does not change their order.
func days(messages []collector.Message, t *Teller, withChannel bool) []views.MessageDay {
	var out []views.MessageDay
	var last *collector.Message
	for i := range messages {
		m := &messages[i]
		item := t.item(m, withChannel)
		if n := len(out); n == 0 || views.Day(out[n-1].Date) != views.Day(item.Date) {
			out = append(out, views.MessageDay{Date: item.Date})
			last = nil
		}
		day := &out[len(out)-1]
		if last != nil && SameAlbum(last, m) {
			g := &day.Groups[len(day.Groups)-1]
			g.Album, g.Items = true, append(g.Items, item)
		} else {
			day.Groups = append(day.Groups, views.MessageGroup{Items: []views.MessageItem{item}})
		}
		last = m
	}
	return out
}
