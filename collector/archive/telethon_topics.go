package archive

import (
	"bytes"
	"cmp"
	"encoding/json"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// telethonTopic is the parts of a Telethon message that describe topics. Messages without any
// of topicWords are not parsed.
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

// noteTopic records the topics in a Telethon message. Errors of form are reported when it is
// read as a message.
func noteTopic(f input.Forums, channelID int64, v json.RawMessage) {
	if !bytes.Contains(v, topicWords[0]) && !bytes.Contains(v, topicWords[1]) {
		return
	}
	var m telethonTopic
	if json.Unmarshal(v, &m) != nil {
		return
	}
	switch m.Action.Class {
	case "MessageActionTopicCreate":
		f.Of(channelID).Call(m.ID, m.ID, m.Action.Title)
	case "MessageActionTopicEdit":
		topic := int64(collector.General)
		if m.Reply.Topic {
			topic = cmp.Or(m.Reply.Top, m.Reply.To)
		}
		f.Of(channelID).Call(topic, m.ID, m.Action.Title)
	default:
		if m.Reply.Topic {
			f.Of(channelID)
		}
	}
}
