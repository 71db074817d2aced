package archive

import (
	"bytes"
	"cmp"
	"encoding/json"

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

// telethonTopic is what of a Telethon message tells of topics. Other parts of it are
// looked at only where these words are in it.
type telethonTopic struct {
	ID    int64 `json:"id"`
	Reply struct {
		Topic bool  `json:"forum_topic"`
		To    int64 `json:"reply_to_msg_id"`
		Top   int64 `json:"reply_to_top_id"`
	} `json:"reply_to"`
	Action struct {
		Class string `json:"_"`
		Title string `json:"title"`
	} `json:"action"`
}

var topicWords = [][]byte{[]byte(`"forum_topic"`), []byte(`"MessageActionTopic`)}

// note notes what a Telethon message tells. What is wrong with its form is told when
// it is read as a message.
func (f forums) note(channelID int64, v json.RawMessage) {
	if !bytes.Contains(v, topicWords[0]) && !bytes.Contains(v, topicWords[1]) {
		return
	}
	var m telethonTopic
	if json.Unmarshal(v, &m) != nil {
		return
	}
	switch m.Action.Class {
	case "MessageActionTopicCreate":
		f.of(channelID).call(m.ID, m.ID, m.Action.Title)
	case "MessageActionTopicEdit":
		topic := int64(collector.General)
		if m.Reply.Topic {
			topic = cmp.Or(m.Reply.Top, m.Reply.To)
		}
		f.of(channelID).call(topic, m.ID, m.Action.Title)
	default:
		if m.Reply.Topic {
			f.of(channelID)
		}
	}
}

// desktopForum is a forum in Telegram Desktop's export, which names topics nowhere:
// their first messages say how they are called, posts in a topic reply to its first
// message, and answers to what they answer. It remembers each message's topic, some
// 20 bytes.
type desktopForum struct {
	*forum
	topics map[int64]int64 // by message, of those read so far
}

// place says which topic a row is in: none where what it answers is not in the file.
// A post that replies to a topic's first message answers nobody.
func (f *desktopForum) place(row *collector.Message) {
	begins := func(id int64) bool { _, ok := f.titles[id]; return ok }
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
	row.TopicTitle = f.titles[row.TopicID].title
	if f.topics == nil {
		f.topics = map[int64]int64{}
	}
	f.topics[row.ID] = row.TopicID
}
