package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
)

// known is what an account remembers of a channel. The access hash is a secret: it works for
// this account only. A channel that was only named by a message has no access hash yet and is
// opened through that message. See https://core.telegram.org/api/min
type known struct {
	ID         int64 `json:"id"`
	AccessHash int64 `json:"access_hash"`
	In         int64 `json:"in,omitempty"`      // channel of the message that named it; 0: AccessHash is set
	Message    int   `json:"message,omitempty"` // and its id

	// For a name that belongs to no channel: the error, and when Telegram gave it.
	Kind   collector.Kind `json:"kind,omitempty"`
	Detail string         `json:"detail,omitempty"`
	At     time.Time      `json:"at,omitzero"`
}

// nobodyFor is how long the answer that a name belongs to no channel is reused: a name in a
// short list is looked up for the form, and again by the collection.
const nobodyFor = time.Minute

// Peers stores what the account knows of channels, including access hashes, so that no username
// is resolved twice. Peer returns nil for an unknown key.
type Peers interface {
	Peer(ctx context.Context, key string) ([]byte, error)
	PutPeer(ctx context.Context, key string, value []byte) error
}

// directory finds channels among those that the account remembers.
type directory struct{ peers Peers }

// input returns a channel in Telegram's form of a channel.
func (d directory) input(ctx context.Context, k known) (tg.InputChannelClass, error) {
	if k.In == 0 {
		return &tg.InputChannel{ChannelID: k.ID, AccessHash: k.AccessHash}, nil
	}
	in, err := d.inputOf(ctx, k)
	if err != nil {
		return nil, err
	}
	return &tg.InputChannelFromMessage{Peer: in, MsgID: k.Message, ChannelID: k.ID}, nil
}

// inputPeer returns a channel in Telegram's form of a peer.
func (d directory) inputPeer(ctx context.Context, k known) (tg.InputPeerClass, error) {
	if k.In == 0 {
		return &tg.InputPeerChannel{ChannelID: k.ID, AccessHash: k.AccessHash}, nil
	}
	in, err := d.inputOf(ctx, k)
	if err != nil {
		return nil, err
	}
	return &tg.InputPeerChannelFromMessage{Peer: in, MsgID: k.Message, ChannelID: k.ID}, nil
}

// inputOf returns the channel of the message that named k.
func (d directory) inputOf(ctx context.Context, k known) (*tg.InputPeerChannel, error) {
	in, ok, err := d.lookUp(ctx, collector.Reference{ID: k.In})
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

// lookUp returns what the account remembers of a channel.
func (d directory) lookUp(ctx context.Context, ref collector.Reference) (known, bool, error) {
	key := idKey(ref.ID)
	if ref.Username != "" {
		key = nameKey(ref.Username)
	}
	value, err := d.peers.Peer(ctx, key)
	if err != nil || value == nil {
		return known{}, false, err
	}
	var k known
	if err := json.Unmarshal(value, &k); err != nil {
		return known{}, false, fmt.Errorf("read what is known of %s: %w", ref, err)
	}
	return k, k.Kind == "", nil
}

// nobodys returns the error if Telegram recently answered that the name belongs to no channel,
// else nil.
func (k known) nobodys(now time.Time) error {
	if passed := now.Sub(k.At); k.Kind == "" || passed < 0 || passed > nobodyFor {
		return nil
	}
	return &collector.Error{Kind: k.Kind, Detail: k.Detail}
}

// noChannel reports whether an error says that a name belongs to no channel.
func noChannel(err error) bool {
	kind := collector.KindOf(err)
	return kind == collector.NotFound || kind == collector.NotAChannel
}

// rememberNobody stores that a name belongs to no channel.
func (d directory) rememberNobody(ctx context.Context, username string, said error, now time.Time) error {
	e := collector.AsError(said)
	value, err := json.Marshal(known{Kind: e.Kind, Detail: e.Detail, At: now.Round(0)})
	if err != nil {
		return err
	}
	return d.peers.PutPeer(ctx, nameKey(username), value)
}

// Knows reports whether an account remembers a channel, which then needs no look-up.
func Knows(ctx context.Context, peers Peers, ref collector.Reference) (bool, error) {
	_, ok, err := directory{peers}.lookUp(ctx, ref)
	return ok, err
}

// remember stores a channel's access hash, so that the channel is not resolved again.
func (d directory) remember(ctx context.Context, k known, usernames ...string) error {
	value, err := json.Marshal(k)
	if err != nil {
		return err
	}
	keys := []string{idKey(k.ID)}
	for _, u := range usernames {
		keys = append(keys, nameKey(u))
	}
	for _, key := range keys {
		if err := d.peers.PutPeer(ctx, key, value); err != nil {
			return fmt.Errorf("remember channel %d: %w", k.ID, err)
		}
	}
	return nil
}
