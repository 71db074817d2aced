// Package telegram is the source over MTProto: it reads public channels with the account
// of a person who has signed in (package client).
package telegram

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/tl"
)

// Options are what a Source needs besides the connection.
type Options struct {
	Name      string // the column source of rows; "": telegram
	Peers     Peers
	Pseudonym collector.Pseudonym // replaces users' ids; nil: ids are stored unchanged
}

// Source reads channels over a connection. It implements collector.Source.
type Source struct {
	client    *client.Client
	name      string
	directory directory
	tl        tl.Converter
	began     collector.Usage

	mu   sync.Mutex
	seen map[int64]bool // channels remembered by access hash
	met  map[int64]bool // channels remembered by a message

	looking sync.Mutex      // locked while a channel's lowest id is determined
	oldest  map[int64]int64 // by channel: its lowest id, if known
}

// NewSource makes a source that reads over a connection.
func NewSource(c *client.Client, o Options) *Source {
	return &Source{
		client: c, name: cmp.Or(o.Name, collector.SourceTelegram), directory: directory{o.Peers},
		tl: tl.Converter{Pseudonym: o.Pseudonym}, began: c.Usage(),
		seen: map[int64]bool{}, met: map[int64]bool{}, oldest: map[int64]int64{},
	}
}

// Name is telegram, or what Options says.
func (s *Source) Name() string { return s.name }

// Usage is what passed the account's gate since the source was made.
func (s *Source) Usage() collector.Usage { return s.client.Usage().Sub(s.began) }

// Channel resolves a reference and asks for the channel's details. It first uses what the
// account remembers; if that is stale (the username moved, the channel is gone), it resolves
// the username again. A username that now belongs to no channel still finds the remembered one.
func (s *Source) Channel(ctx context.Context, ref collector.Reference) (collector.Channel, error) {
	k, ok, err := s.directory.lookUp(ctx, ref)
	if err != nil {
		return collector.Channel{}, err
	}
	var renamed *collector.Channel
	if ok {
		ch, err := s.details(ctx, k)
		if err == nil {
			renamed = &ch
		}
		if gone := stale(err) || k.In != 0 && collector.KindOf(err) == collector.Refused; gone && ref.Username == "" && k.In != 0 {
			return ch, notMet(ref, err) // the message that named it is gone
		} else if ref.Username == "" || !gone && (err != nil || names(ch, ref)) {
			return ch, err
		}
	}
	if ref.Username == "" {
		return collector.Channel{}, notMet(ref, errors.New("a channel can be asked for by number only after it was met"))
	}
	if err := k.nobodys(s.client.Clock().Now()); err != nil {
		return collector.Channel{}, err
	}
	k, err = s.resolveName(ctx, ref.Username)
	if noChannel(err) && renamed != nil {
		return *renamed, nil
	}
	if noChannel(err) && !ok {
		err = cmp.Or(s.directory.rememberNobody(ctx, ref.Username, err, s.client.Clock().Now()), err)
	}
	if err != nil {
		return collector.Channel{}, err
	}
	return s.details(ctx, k)
}

// notMet is the error for a number that the account does not know or no longer knows.
func notMet(ref collector.Reference, err error) error {
	return &collector.Error{Kind: collector.NotFound, Detail: ref.String(), Err: err}
}

// stale reports whether an error may mean that the remembered data is out of date. A new
// look-up also distinguishes a ban from a channel that went private.
func stale(err error) bool {
	kind := collector.KindOf(err)
	return kind == collector.NotFound || kind == collector.Private
}

// names reports whether the channel has the reference's username now.
func names(ch collector.Channel, ref collector.Reference) bool {
	same := func(u string) bool { return strings.EqualFold(u, ref.Username) }
	return ref.Username == "" || same(ch.Username) || slices.ContainsFunc(ch.Usernames, same)
}

// details asks for the full channel.
// See https://core.telegram.org/method/channels.getFullChannel
func (s *Source) details(ctx context.Context, k known) (collector.Channel, error) {
	in, err := s.directory.input(ctx, k)
	if err != nil {
		return collector.Channel{}, err
	}
	full, err := client.Call(ctx, s.client, func(ctx context.Context) (*tg.MessagesChatFull, error) {
		return s.client.API().ChannelsGetFullChannel(ctx, in)
	})
	if err != nil {
		return collector.Channel{}, err
	}
	if err := s.noteSeen(ctx, full.Chats, nil); err != nil {
		return collector.Channel{}, err
	}
	ch, err := s.tl.Channel(full, k.ID)
	if err == nil && ch.Forum {
		ch.Topics, err = s.topics(ctx, k)
	}
	return ch, err
}

// known returns what the account remembers of a channel that is being read.
func (s *Source) known(ctx context.Context, ch collector.Channel) (known, error) {
	k, ok, err := s.directory.lookUp(ctx, collector.Reference{ID: ch.ID})
	if err == nil && !ok {
		err = collector.Errorf(collector.Internal, "channel %d was not resolved by this account", ch.ID)
	}
	return k, err
}

// peer returns a channel in Telegram's form of a peer.
func (s *Source) peer(ctx context.Context, ch collector.Channel) (tg.InputPeerClass, error) {
	k, err := s.known(ctx, ch)
	if err != nil {
		return nil, err
	}
	return s.directory.inputPeer(ctx, k)
}

// refused adds the reason to the refusal of a restricted channel. Many restrictions apply to
// some apps only; such channels can be read.
// See https://core.telegram.org/constructor/restrictionReason
func refused(ch collector.Channel, err error) error {
	switch collector.KindOf(err) {
	case collector.Private, collector.NotFound, collector.Restricted:
	default:
		return err
	}
	if !ch.Restricted {
		return err
	}
	return &collector.Error{Kind: collector.Restricted, Detail: ch.RestrictionReason, Err: err}
}
