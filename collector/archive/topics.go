package archive

import (
	"cmp"

	"telegramtrac/collector"
)

// forums are the channels that a file shows to be forums, by id. What is said in one
// of them in no topic is said in General. See https://core.telegram.org/api/forum
type forums map[int64]*forum

// forum is what a file tells of a forum's topics.
type forum struct {
	titles map[int64]titled // by topic; the newest message that gives one counts
}

// titled is a title, and the message that gave it.
type titled struct {
	by    int64
	title string
}

// of is a forum from now on.
func (f forums) of(channelID int64) *forum {
	if f[channelID] == nil {
		f[channelID] = &forum{titles: map[int64]titled{}}
	}
	return f[channelID]
}

// call notes that a message gives a topic a title, "" for none.
func (f *forum) call(topicID, by int64, title string) {
	if told, known := f.titles[topicID]; !known || title != "" && by >= told.by {
		f.titles[topicID] = titled{by, title}
	}
}

// place says which topic a row is in, where its channel is a forum, and how the topic
// is called at the end of the file.
func (f forums) place(row *collector.Message) {
	in := f[row.ChannelID]
	if in == nil {
		return
	}
	if row.TopicID == 0 {
		row.TopicID = collector.General
	}
	row.TopicTitle = cmp.Or(in.titles[row.TopicID].title, row.TopicTitle)
}
