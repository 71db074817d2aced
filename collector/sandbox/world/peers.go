package world

import (
	"reflect"

	"github.com/gotd/td/tg"
)

// peersOf lists the users and channels that a message refers to outside its text.
func peersOf(mc tg.MessageClass) []tg.PeerClass {
	var peers []tg.PeerClass
	add := func(p tg.PeerClass) {
		if p != nil {
			peers = append(peers, p)
		}
	}
	header := func(h tg.MessageReplyHeaderClass) {
		if h, ok := h.(*tg.MessageReplyHeader); ok {
			add(h.ReplyToPeerID)
			add(h.ReplyFrom.FromID)
		}
	}
	switch m := mc.(type) {
	case *tg.Message:
		add(m.FromID)
		add(m.FwdFrom.FromID)
		add(m.FwdFrom.SavedFromPeer)
		add(m.FwdFrom.SavedFromID)
		for _, p := range m.Replies.RecentRepliers {
			add(p)
		}
		for _, p := range m.Reactions.RecentReactions {
			add(p.PeerID)
		}
		if m.ViaBotID != 0 {
			add(&tg.PeerUser{UserID: m.ViaBotID})
		}
		for _, e := range m.Entities {
			if e, ok := e.(*tg.MessageEntityMentionName); ok {
				add(&tg.PeerUser{UserID: e.UserID})
			}
		}
		for _, p := range RichPeers(&m.RichMessage) {
			add(p)
		}
		if story, ok := m.Media.(*tg.MessageMediaStory); ok {
			add(story.Peer)
		}
		header(m.ReplyTo)
	case *tg.MessageService:
		add(m.FromID)
		header(m.ReplyTo)
	}
	return peers
}

// RichPeers lists the users and channels that a rich message's blocks refer to.
func RichPeers(r *tg.RichMessage) []tg.PeerClass {
	var peers []tg.PeerClass
	walk(reflect.ValueOf(r.Blocks), func(x any) {
		switch x := x.(type) {
		case *tg.TextMentionName:
			peers = append(peers, &tg.PeerUser{UserID: x.UserID})
		case *tg.Channel:
			peers = append(peers, &tg.PeerChannel{ChannelID: x.ID})
		}
	})
	return peers
}

// walk calls do with every object in a value, itself included.
func walk(v reflect.Value, do func(any)) {
	switch v.Kind() {
	case reflect.Interface:
		walk(v.Elem(), do)
	case reflect.Pointer:
		if !v.IsNil() {
			do(v.Interface())
			walk(v.Elem(), do)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				walk(v.Index(i), do)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walk(v.Field(i), do)
		}
	}
}
