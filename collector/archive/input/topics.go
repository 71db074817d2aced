package input

import (
	"cmp"

	"telegramtrac/collector"
)

// Forums are the channels that a file shows to be forums, by id. Messages of a forum outside
// any topic are in General. See https://core.telegram.org/api/forum
type Forums map[int64]*Forum

// Forum is what a file contains about a forum's topics.
type Forum struct {
	Titles map[int64]titled // by topic; that of the newest message wins
}

// titled is a title and the id of the message that set it.
type titled struct {
	by    int64
	Title string
}

// Of returns a channel's forum, which it creates if necessary.
func (f Forums) Of(channelID int64) *Forum {
	if f[channelID] == nil {
		f[channelID] = &Forum{Titles: map[int64]titled{}}
	}
	return f[channelID]
}

// Call records that message by gives a topic a title, "" for none.
func (f *Forum) Call(topicID, by int64, title string) {
	if told, known := f.Titles[topicID]; !known || title != "" && by >= told.by {
		f.Titles[topicID] = titled{by, title}
	}
}

// Place sets the topic of a row whose channel is a forum, and the topic's title at the end of
// the file.
func (f Forums) Place(row *collector.Message) {
	in := f[row.ChannelID]
	if in == nil {
		return
	}
	if row.TopicID == 0 {
		row.TopicID = collector.General
	}
	row.TopicTitle = cmp.Or(in.Titles[row.TopicID].Title, row.TopicTitle)
}
