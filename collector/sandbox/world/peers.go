package world

import (
	"reflect"

	"github.com/gotd/td/tg"
)

// PeersOf lists the users, groups and channels that a message refers to outside its text, some
// more than once.
func PeersOf(mc tg.MessageClass) []tg.PeerClass {
	var l naming
	switch m := mc.(type) {
	case *tg.Message:
		l.add(m.PeerID, m.FromID, m.SavedPeerID, m.GuestchatViaFrom)
		l.forward(m.FwdFrom)
		l.users(m.ViaBotID, m.ViaBusinessBotID)
		l.reply(m.ReplyTo)
		l.entities(m.Entities)
		l.media(m.Media)
		l.add(richPeers(&m.RichMessage)...)
		l.channels(m.Replies.ChannelID)
		l.add(m.Replies.RecentRepliers...)
		for _, r := range m.Reactions.RecentReactions {
			l.add(r.PeerID)
		}
	case *tg.MessageService:
		l.add(m.PeerID, m.FromID)
		l.reply(m.ReplyTo)
		switch action := m.Action.(type) {
		case *tg.MessageActionChatAddUser:
			l.users(action.Users...)
		case *tg.MessageActionChatDeleteUser:
			l.users(action.UserID)
		case *tg.MessageActionChatJoinedByLink:
			l.users(action.InviterID)
		}
	}
	return l
}

// naming is a list of peers.
type naming []tg.PeerClass

func (l *naming) add(peers ...tg.PeerClass) {
	for _, p := range peers {
		if p != nil {
			*l = append(*l, p)
		}
	}
}

func (l *naming) users(ids ...int64) {
	for _, id := range ids {
		if id != 0 {
			*l = append(*l, &tg.PeerUser{UserID: id})
		}
	}
}

func (l *naming) channels(ids ...int64) {
	for _, id := range ids {
		if id != 0 {
			*l = append(*l, &tg.PeerChannel{ChannelID: id})
		}
	}
}

func (l *naming) forward(f tg.MessageFwdHeader) { l.add(f.FromID, f.SavedFromPeer, f.SavedFromID) }

func (l *naming) reply(r tg.MessageReplyHeaderClass) {
	switch r := r.(type) {
	case *tg.MessageReplyHeader:
		l.add(r.ReplyToPeerID)
		l.forward(r.ReplyFrom)
		l.entities(r.QuoteEntities)
	case *tg.MessageReplyStoryHeader:
		l.add(r.Peer)
	}
}

func (l *naming) entities(entities []tg.MessageEntityClass) {
	for _, e := range entities {
		if name, ok := e.(*tg.MessageEntityMentionName); ok {
			l.users(name.UserID)
		}
	}
}

func (l *naming) media(media tg.MessageMediaClass) {
	switch media := media.(type) {
	case *tg.MessageMediaContact:
		l.users(media.UserID)
	case *tg.MessageMediaStory:
		l.add(media.Peer)
	case *tg.MessageMediaPoll:
		l.add(media.Results.RecentVoters...)
	case *tg.MessageMediaGiveaway:
		l.channels(media.Channels...)
	}
}

// richPeers lists the users and channels that a rich message's blocks refer to.
func richPeers(r *tg.RichMessage) []tg.PeerClass {
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
