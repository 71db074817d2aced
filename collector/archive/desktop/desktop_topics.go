package desktop

import (
	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// desktopForum assigns topics in Telegram Desktop's export, which does not name them: a
// topic's first message has its title, posts in the topic reply to that message, and answers
// to the message they answer. It stores each message's topic, about 20 bytes.
type desktopForum struct {
	*input.Forum
	topics map[int64]int64 // by message, of those already read
}

// Place sets a row's topic: none where the message it replies to is not in the file. A reply
// to a topic's first message is just a post in the topic, not a reply.
func (f *desktopForum) Place(row *collector.Message) {
	begins := func(id int64) bool { _, ok := f.Titles[id]; return ok }
	switch {
	case begins(row.ID):
		row.TopicID = row.ID
	case row.Action == "MessageActionTopicEdit", row.ReplyToChannelID != 0:
		return // the export does not say which topic
	case row.ReplyToMessageID == 0:
		row.TopicID = collector.General
	case begins(row.ReplyToMessageID):
		row.TopicID = row.ReplyToMessageID
		row.ReplyToMessageID = 0
	default:
		row.TopicID = f.topics[row.ReplyToMessageID]
	}
	row.TopicTitle = f.Titles[row.TopicID].Title
	if f.topics == nil {
		f.topics = map[int64]int64{}
	}
	f.topics[row.ID] = row.TopicID
}
