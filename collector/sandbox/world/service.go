package world

import (
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world/voices"
)

// service makes a service message of a channel or group.
func (c *city) service(o *outlet, i int) *tg.MessageService {
	s := o.slots[i]
	r := stream(c.seed, "service", o.id, int64(s.id))
	m := &tg.MessageService{ID: int(s.id), Date: int(s.date), PeerID: &tg.PeerChannel{ChannelID: o.id}, Post: !o.group}
	if o.group {
		m.FromID = c.speaker(o, s.id)
	}
	switch s.kind {
	case created:
		m.Action = &tg.MessageActionChannelCreate{Title: o.title}
	case photoSet:
		m.Action = &tg.MessageActionChatEditPhoto{Photo: c.scene(o, s, r).picture()}
	case titleSet:
		m.Action = &tg.MessageActionChatEditTitle{Title: o.title + " " + voices.Pick(r, voices.Emoji)}
	case pin:
		m.Action = &tg.MessageActionPinMessage{}
		m.ReplyTo = &tg.MessageReplyHeader{ReplyToMsgID: int(s.ref)}
	case called:
		call := &tg.MessageActionGroupCall{Call: &tg.InputGroupCall{ID: hash64("call", o.id, int64(s.id)), AccessHash: 1}}
		call.SetDuration(60 + r.IntN(7000))
		m.Action = call
	case migrated:
		m.Action = &tg.MessageActionChannelMigrateFrom{Title: o.title, ChatID: 4100000005}
	case joined:
		m.FromID = &tg.PeerUser{UserID: voices.Pick(r, people).ID}
		m.Action = &tg.MessageActionChatJoinedByLink{InviterID: people[1].ID}
	case added:
		m.FromID = &tg.PeerUser{UserID: people[1].ID}
		m.Action = &tg.MessageActionChatAddUser{Users: []int64{voices.Pick(r, people).ID}}
	}
	return m
}
