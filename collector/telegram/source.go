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

// Options are what a Source needs beside the connection.
type Options struct {
	Name      string // what rows say they come from; "": telegram
	Peers     Peers
	Pseudonym collector.Pseudonym // how users are written; nil: as they are
}

// Source reads channels over a connection. It implements collector.Source.
type Source struct {
	client    *client.Client
	name      string
	directory directory
	tl        tl.Converter
	began     collector.Usage

	mu   sync.Mutex
	seen map[int64]bool // channels whose access hash was remembered
	met  map[int64]bool // and those whose message was

	looking sync.Mutex      // held while the lowest id of a channel is looked for
	oldest  map[int64]int64 // by channel: its lowest id, where that was found
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

// Usage is what went through the account's gate since the source was made.
func (s *Source) Usage() collector.Usage { return s.client.Usage().Sub(s.began) }

// Channel resolves a reference and asks for the channel's details. What the
// account remembers serves first; when that turns out to be stale (the name
// moved on, the channel is gone), the name is resolved once more. A name that leads
// to no channel any more still leads to the one that it was remembered for.
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
			return ch, notMet(ref, err) // its message is gone
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

// notMet says that the account does not know a number, or not any more.
func notMet(ref collector.Reference, err error) error {
	return &collector.Error{Kind: collector.NotFound, Detail: ref.String(), Err: err}
}

// stale reports whether an error may say that what was remembered is out of
// date. The answer to a look-up also tells a ban from a channel gone private.
func stale(err error) bool {
	kind := collector.KindOf(err)
	return kind == collector.NotFound || kind == collector.Private
}

// names reports whether the channel goes by the reference today.
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

// known is what the account remembers of a channel that is being read.
func (s *Source) known(ctx context.Context, ch collector.Channel) (known, error) {
	k, ok, err := s.directory.lookUp(ctx, collector.Reference{ID: ch.ID})
	if err == nil && !ok {
		err = collector.Errorf(collector.Internal, "channel %d was not resolved by this account", ch.ID)
	}
	return k, err
}

// peer names a channel to Telegram.
func (s *Source) peer(ctx context.Context, ch collector.Channel) (tg.InputPeerClass, error) {
	k, err := s.known(ctx, ch)
	if err != nil {
		return nil, err
	}
	return s.directory.inputPeer(ctx, k)
}

// refused gives the refusal of a restricted channel its reason. Many restrictions
// bind some apps only; such channels can be read.
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
