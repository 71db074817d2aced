package world

import "github.com/gotd/td/tg"

// peersOf lists the users and channels that a message names outside its text.
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
