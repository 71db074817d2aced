package desktop

import (
	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// desktopForum is a forum in Telegram Desktop's export, which names topics nowhere:
// their first messages say how they are called, posts in a topic reply to its first
// message, and answers to what they answer. It remembers each message's topic, some
// 20 bytes.
type desktopForum struct {
	*input.Forum
	topics map[int64]int64 // by message, of those read so far
}

// Place says which topic a row is in: none where what it answers is not in the file.
// A post that replies to a topic's first message answers nobody.
func (f *desktopForum) Place(row *collector.Message) {
	begins := func(id int64) bool { _, ok := f.Titles[id]; return ok }
	switch {
	case begins(row.ID):
		row.TopicID = row.ID
	case row.Action == "MessageActionTopicEdit", row.ReplyToChannelID != 0:
		return // of which topic is not told
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
