package telegram

import (
	"context"
	"iter"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/telegram/client"
)

// resolveName asks Telegram who has a username.
// See https://core.telegram.org/method/contacts.resolveUsername
func (s *Source) resolveName(ctx context.Context, username string) (known, error) {
	found, err := client.Call(ctx, s.client, func(ctx context.Context) (*tg.ContactsResolvedPeer, error) {
		return s.client.API().ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: username})
	})
	if err != nil {
		return known{}, err
	}
	if user, ok := found.Peer.(*tg.PeerUser); ok {
		return known{}, &collector.Error{Kind: collector.NotAChannel, Detail: personOrBot(user.UserID, found.Users)}
	}
	k, err := find(found)
	if err != nil {
		return known{}, err
	}
	return k, s.directory.remember(ctx, k, username)
}

// find picks the channel from the answer of a look-up. For a group that became a supergroup it
// returns the supergroup. A public channel that is forbidden has banned this account.
// See https://core.telegram.org/api/channel#migration
func find(found *tg.ContactsResolvedPeer) (known, error) {
	for _, chat := range found.Chats {
		switch chat := chat.(type) {
		case *tg.Channel:
			if isPeer(found.Peer, chat.ID) {
				return known{ID: chat.ID, AccessHash: chat.AccessHash}, nil
			}
		case *tg.ChannelForbidden:
			if isPeer(found.Peer, chat.ID) {
				return known{}, &collector.Error{Kind: collector.Banned}
			}
		case *tg.Chat:
			to, moved := chat.MigratedTo.(*tg.InputChannel)
			if isGroup(found.Peer, chat.ID) && moved {
				return known{ID: to.ChannelID, AccessHash: to.AccessHash}, nil
			}
		}
	}
	if peer, ok := found.Peer.(*tg.PeerChannel); ok {
		return known{}, collector.Errorf(collector.Internal, "the answer names channel %d without its details", peer.ChannelID)
	}
	return known{}, &collector.Error{Kind: collector.NotAChannel, Detail: "group"}
}

func isPeer(p tg.PeerClass, channelID int64) bool {
	peer, ok := p.(*tg.PeerChannel)
	return ok && peer.ChannelID == channelID
}

func isGroup(p tg.PeerClass, chatID int64) bool {
	peer, ok := p.(*tg.PeerChat)
	return ok && peer.ChatID == chatID
}

func personOrBot(id int64, users []tg.UserClass) string {
	for _, u := range users {
		if user, ok := u.(*tg.User); ok && user.ID == id && user.Bot {
			return "bot"
		}
	}
	return "person"
}

// noteSeen remembers the channels in an answer, so that they need no look-up later: by access
// hash, or, since that of a "min" channel is of no use, by the message that names them.
// See https://core.telegram.org/api/min
func (s *Source) noteSeen(ctx context.Context, chats []tg.ChatClass, messages []tg.MessageClass) error {
	var min map[int64]*tg.Channel
	for _, chat := range chats {
		ch, ok := chat.(*tg.Channel)
		switch {
		case !ok:
		case ch.Min && !s.hasMet(ch.ID):
			if min == nil {
				min = map[int64]*tg.Channel{}
			}
			min[ch.ID] = ch
		case !ch.Min && ch.AccessHash != 0 && s.firstSight(ch.ID):
			if err := s.directory.remember(ctx, known{ID: ch.ID, AccessHash: ch.AccessHash}, usernames(ch)...); err != nil {
				return err
			}
		}
	}
	for _, m := range messages {
		if len(min) == 0 {
			break
		}
		for in, id := range namedBy(m) {
			if ch := min[id]; ch != nil {
				delete(min, id)
				if err := s.noteMin(ctx, ch, known{ID: id, In: in, Message: m.GetID()}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// noteMin remembers a channel by the message that named it, unless an access hash is known. It
// does not take a username from a channel whose access hash is known.
func (s *Source) noteMin(ctx context.Context, ch *tg.Channel, by known) error {
	s.mu.Lock()
	s.met[ch.ID] = true
	s.mu.Unlock()
	k, ok, err := s.directory.lookUp(ctx, collector.Reference{ID: ch.ID})
	if err != nil {
		return err
	}
	if !ok || k.In != 0 {
		k = by
	}
	var names []string
	for _, u := range usernames(ch) {
		old, taken, err := s.directory.lookUp(ctx, collector.Reference{Username: u})
		if err != nil {
			return err
		}
		if !taken || old.In != 0 {
			names = append(names, u)
		}
	}
	return s.directory.remember(ctx, k, names...)
}

// usernames returns the usernames of a channel.
func usernames(ch *tg.Channel) []string {
	var out []string
	if ch.Username != "" {
		out = append(out, ch.Username)
	}
	for _, u := range ch.Usernames {
		if u.Active && u.Username != ch.Username {
			out = append(out, u.Username)
		}
	}
	return out
}

// namedBy yields the channels that a message names, each with the channel of the message: where
// it was forwarded from, who wrote it, what it replies to.
func namedBy(message tg.MessageClass) iter.Seq2[int64, int64] {
	return func(yield func(in, id int64) bool) {
		m, ok := message.(*tg.Message)
		if !ok {
			return
		}
		in, ok := m.PeerID.(*tg.PeerChannel)
		if !ok {
			return
		}
		peers := []tg.PeerClass{m.FwdFrom.FromID, m.FwdFrom.SavedFromPeer, m.FwdFrom.SavedFromID, m.FromID}
		if reply, ok := m.ReplyTo.(*tg.MessageReplyHeader); ok {
			peers = append(peers, reply.ReplyToPeerID, reply.ReplyFrom.FromID)
		}
		for _, p := range peers {
			if ch, ok := p.(*tg.PeerChannel); ok && ch.ChannelID != in.ChannelID && !yield(in.ChannelID, ch.ChannelID) {
				return
			}
		}
	}
}

// hasMet reports whether the source has already remembered the channel in either way.
func (s *Source) hasMet(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.met[id] || s.seen[id]
}

// firstSight reports whether the source sees the channel's access hash for the first time.
func (s *Source) firstSight(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[id] {
		return false
	}
	s.seen[id] = true
	return true
}
