package input

import (
	"cmp"

	"telegramtrac/collector"
)

// Forums are the channels that a file shows to be forums, by id. What is said in one
// of them in no topic is said in General. See https://core.telegram.org/api/forum
type Forums map[int64]*Forum

// Forum is what a file tells of a forum's topics.
type Forum struct {
	Titles map[int64]titled // by topic; the newest message that gives one counts
}

// titled is a title, and the message that gave it.
type titled struct {
	by    int64
	Title string
}

// Of is a forum from now on.
func (f Forums) Of(channelID int64) *Forum {
	if f[channelID] == nil {
		f[channelID] = &Forum{Titles: map[int64]titled{}}
	}
	return f[channelID]
}

// Call notes that a message gives a topic a title, "" for none.
func (f *Forum) Call(topicID, by int64, title string) {
	if told, known := f.Titles[topicID]; !known || title != "" && by >= told.by {
		f.Titles[topicID] = titled{by, title}
	}
}

// Place says which topic a row is in, where its channel is a forum, and how the topic
// is called at the end of the file.
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
