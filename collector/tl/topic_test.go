package tl_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"
)

// In a forum the header of a message that is not a reply has the topic's first message.
func TestTopic(t *testing.T) {
	type said struct {
		Reply, Elsewhere, Top, Topic int64
		Title                        string
	}
	header := func(h tg.MessageReplyHeader) *tg.Message { return &tg.Message{ID: 12, ReplyTo: &h} }
	action := func(a tg.MessageActionClass, reply tg.MessageReplyHeaderClass) *tg.MessageService {
		return &tg.MessageService{ID: 17, Action: a, ReplyTo: reply}
	}
	root := &tg.MessageReplyHeader{ForumTopic: true, ReplyToMsgID: 10}
	edit := &tg.MessageActionTopicEdit{}
	edit.SetTitle("Big boats")
	for _, tt := range []struct {
		name string
		m    tg.MessageClass
		want said
	}{
		{"a post in a topic", header(*root), said{Topic: 10}},
		{"an answer in a topic", header(tg.MessageReplyHeader{ForumTopic: true, ReplyToMsgID: 12, ReplyToTopID: 10}),
			said{Reply: 12, Top: 10, Topic: 10}},
		{"a post in a topic, of this channel by name",
			header(tg.MessageReplyHeader{ForumTopic: true, ReplyToMsgID: 10, ReplyToPeerID: &tg.PeerChannel{ChannelID: 5}}), said{Topic: 10}},
		{"an answer to another channel's message",
			header(tg.MessageReplyHeader{ForumTopic: true, ReplyToMsgID: 77, ReplyToTopID: 10, ReplyToPeerID: &tg.PeerChannel{ChannelID: 6}}),
			said{Reply: 77, Elsewhere: 6, Top: 10, Topic: 10}},
		{"an answer to a private chat",
			header(tg.MessageReplyHeader{ForumTopic: true, ReplyToMsgID: 77, ReplyToTopID: 10, ReplyToPeerID: &tg.PeerUser{UserID: 6}}),
			said{Top: 10, Topic: 10}},
		{"an answer in General", header(tg.MessageReplyHeader{ReplyToMsgID: 12}), said{Reply: 12}},
		{"an answer in a thread", header(tg.MessageReplyHeader{ReplyToMsgID: 12, ReplyToTopID: 11}), said{Reply: 12, Top: 11}},
		{"a topic begins", action(&tg.MessageActionTopicCreate{Title: "Boats"}, nil), said{Topic: 17, Title: "Boats"}},
		{"a topic is renamed", action(edit, root), said{Topic: 10, Title: "Big boats"}},
		{"a topic is closed", action(&tg.MessageActionTopicEdit{Closed: true}, root), said{Topic: 10}},
		{"General is renamed", action(edit, nil), said{Title: "Big boats"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			switch m := tt.m.(type) {
			case *tg.Message:
				m.PeerID = &tg.PeerChannel{ChannelID: 5}
			case *tg.MessageService:
				m.PeerID = &tg.PeerChannel{ChannelID: 5}
			}
			msg, _ := personal.Message(tt.m, nil)
			got := said{msg.ReplyToMessageID, msg.ReplyToChannelID, msg.ReplyToTopID, msg.TopicID, msg.TopicTitle}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
