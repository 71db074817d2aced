package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
)

// known is what an account remembers of a channel. The access hash is a
// secret: it opens the channel to this account only.
type known struct {
	ID         int64 `json:"id"`
	AccessHash int64 `json:"access_hash"`
}

func (k known) input() *tg.InputChannel {
	return &tg.InputChannel{ChannelID: k.ID, AccessHash: k.AccessHash}
}

func nameKey(username string) string { return "name." + strings.ToLower(username) }
func idKey(id int64) string          { return "id." + strconv.FormatInt(id, 10) }

// lookUp finds a channel in what the account remembers.
func (c *Client) lookUp(ctx context.Context, ref collector.Reference) (known, bool, error) {
	key := idKey(ref.ID)
	if ref.Username != "" {
		key = nameKey(ref.Username)
	}
	value, err := c.options.Peers.Peer(ctx, key)
	if err != nil || value == nil {
		return known{}, false, err
	}
	var k known
	if err := json.Unmarshal(value, &k); err != nil {
		return known{}, false, fmt.Errorf("read what is known of %s: %w", ref, err)
	}
	return k, true, nil
}

// remember keeps a channel's access hash, so that it is never resolved again.
func (c *Client) remember(ctx context.Context, k known, usernames ...string) error {
	value, err := json.Marshal(k)
	if err != nil {
		return err
	}
	keys := []string{idKey(k.ID)}
	for _, u := range usernames {
		keys = append(keys, nameKey(u))
	}
	for _, key := range keys {
		if err := c.options.Peers.PutPeer(ctx, key, value); err != nil {
			return fmt.Errorf("remember channel %d: %w", k.ID, err)
		}
	}
	return nil
}

// resolveName asks Telegram what a username stands for.
// See https://core.telegram.org/method/contacts.resolveUsername
func (c *Client) resolveName(ctx context.Context, username string) (known, error) {
	found, err := call(ctx, c, func(ctx context.Context) (*tg.ContactsResolvedPeer, error) {
		return c.api.ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: username})
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
	return k, c.remember(ctx, k, username)
}

// find picks the channel that a look-up leads to. A group that became a supergroup
// leads on to it. A public channel that is forbidden is one that this account was
// banned from. See https://core.telegram.org/api/channel#migration
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

// noteSeen remembers the access hashes of channels that a page names. Hashes
// of "min" channels are of no use: https://core.telegram.org/api/min
func (s *Source) noteSeen(ctx context.Context, chats []tg.ChatClass) error {
	for _, chat := range chats {
		ch, ok := chat.(*tg.Channel)
		if !ok || ch.Min || ch.AccessHash == 0 || !s.firstSight(ch.ID) {
			continue
		}
		var usernames []string
		if ch.Username != "" {
			usernames = []string{ch.Username}
		}
		if err := s.client.remember(ctx, known{ID: ch.ID, AccessHash: ch.AccessHash}, usernames...); err != nil {
			return err
		}
	}
	return nil
}

// firstSight reports whether the source meets the channel for the first time.
func (s *Source) firstSight(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[id] {
		return false
	}
	s.seen[id] = true
	return true
}
