package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
)

// known is what an account remembers of a channel. The access hash is a
// secret: it opens the channel to this account only. A channel that was only named
// by a message has none yet; the message opens it.
// See https://core.telegram.org/api/min
type known struct {
	ID         int64 `json:"id"`
	AccessHash int64 `json:"access_hash"`
	In         int64 `json:"in,omitempty"`      // the channel of the message that named it; 0: the access hash is known
	Message    int   `json:"message,omitempty"` // and its id

	// Of a name that led to no channel: the error, and when that was asked.
	Kind   collector.Kind `json:"kind,omitempty"`
	Detail string         `json:"detail,omitempty"`
	At     time.Time      `json:"at,omitzero"`
}

// nobodyFor is for how long a name that led to no channel is taken to lead to none: one
// in a short list is looked at beside the form, and again by the collection.
const nobodyFor = time.Minute

// input names a channel to Telegram as a channel.
func (c *Client) input(ctx context.Context, k known) (tg.InputChannelClass, error) {
	if k.In == 0 {
		return &tg.InputChannel{ChannelID: k.ID, AccessHash: k.AccessHash}, nil
	}
	in, err := c.inputOf(ctx, k)
	if err != nil {
		return nil, err
	}
	return &tg.InputChannelFromMessage{Peer: in, MsgID: k.Message, ChannelID: k.ID}, nil
}

// inputPeer names a channel to Telegram as a peer.
func (c *Client) inputPeer(ctx context.Context, k known) (tg.InputPeerClass, error) {
	if k.In == 0 {
		return &tg.InputPeerChannel{ChannelID: k.ID, AccessHash: k.AccessHash}, nil
	}
	in, err := c.inputOf(ctx, k)
	if err != nil {
		return nil, err
	}
	return &tg.InputPeerChannelFromMessage{Peer: in, MsgID: k.Message, ChannelID: k.ID}, nil
}

// inputOf names the channel of the message that named another.
func (c *Client) inputOf(ctx context.Context, k known) (*tg.InputPeerChannel, error) {
	in, ok, err := c.lookUp(ctx, collector.Reference{ID: k.In})
	if err != nil {
		return nil, err
	}
	if !ok || in.In != 0 {
		return nil, collector.Errorf(collector.NotFound, "the channel %d of the message that named channel %d is not known any more", k.In, k.ID)
	}
	return &tg.InputPeerChannel{ChannelID: in.ID, AccessHash: in.AccessHash}, nil
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
	return k, k.Kind == "", nil
}

// nobodys is the error for a name of which Telegram said a moment ago that it leads to no
// channel; nil of all others.
func (k known) nobodys(now time.Time) error {
	if passed := now.Sub(k.At); k.Kind == "" || passed < 0 || passed > nobodyFor {
		return nil
	}
	return &collector.Error{Kind: k.Kind, Detail: k.Detail}
}

// noChannel reports whether an error says that a name leads to no channel.
func noChannel(err error) bool {
	kind := collector.KindOf(err)
	return kind == collector.NotFound || kind == collector.NotAChannel
}

// rememberNobody keeps that a name leads to no channel.
func (c *Client) rememberNobody(ctx context.Context, username string, said error) error {
	e := collector.AsError(said)
	value, err := json.Marshal(known{Kind: e.Kind, Detail: e.Detail, At: c.gate.clock.Now().Round(0)})
	if err != nil {
		return err
	}
	return c.options.Peers.PutPeer(ctx, nameKey(username), value)
}

// Knows reports whether an account remembers a channel, so that it needs no look-up.
func Knows(ctx context.Context, peers Peers, ref collector.Reference) (bool, error) {
	c := Client{options: Options{Peers: peers}}
	_, ok, err := c.lookUp(ctx, ref)
	return ok, err
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

// noteSeen remembers the channels that an answer names, so that they need no look-up
// later: by their access hashes, or, as those of "min" channels are of no use, by the
// message that names them. See https://core.telegram.org/api/min
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
			if err := s.client.remember(ctx, known{ID: ch.ID, AccessHash: ch.AccessHash}, usernames(ch)...); err != nil {
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

// noteMin remembers a channel by the message that named it, where nothing better is
// known. A name is not taken from a channel whose access hash is known.
func (s *Source) noteMin(ctx context.Context, ch *tg.Channel, by known) error {
	s.mu.Lock()
	s.met[ch.ID] = true
	s.mu.Unlock()
	k, ok, err := s.client.lookUp(ctx, collector.Reference{ID: ch.ID})
	if err != nil {
		return err
	}
	if !ok || k.In != 0 {
		k = by
	}
	var names []string
	for _, u := range usernames(ch) {
		old, taken, err := s.client.lookUp(ctx, collector.Reference{Username: u})
		if err != nil {
			return err
		}
		if !taken || old.In != 0 {
			names = append(names, u)
		}
	}
	return s.client.remember(ctx, k, names...)
}

// usernames are the names that a channel goes by.
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

// namedBy yields the channels that a message names, each with the channel that the
// message is in: where it was forwarded from, who wrote it, what it answers.
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

// hasMet reports whether the source remembered the channel already, in either way.
func (s *Source) hasMet(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.met[id] || s.seen[id]
}

// firstSight reports whether the source meets the channel's access hash for the first
// time.
func (s *Source) firstSight(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[id] {
		return false
	}
	s.seen[id] = true
	return true
}
