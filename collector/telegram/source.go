package telegram

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
)

// mostFailures is how often one request may be answered that Telegram cannot answer
// now. The waits in between come to five minutes.
const mostFailures = 15

// Source reads channels over a Client. It implements collector.Source.
type Source struct {
	client *Client
	tl     tl.Converter
	began  collector.Usage

	mu   sync.Mutex
	seen map[int64]bool // channels whose access hash was remembered
	met  map[int64]bool // and those whose message was

	looking sync.Mutex      // held while the lowest id of a channel is looked for
	oldest  map[int64]int64 // by channel: its lowest id, where that was found
}

// Source makes a source that writes users as pseudonyms; nil keeps them as they are.
func (c *Client) Source(p collector.Pseudonym) *Source {
	return &Source{client: c, tl: tl.Converter{Pseudonym: p}, began: c.gate.spent(), seen: map[int64]bool{}, oldest: map[int64]int64{}, met: map[int64]bool{}}
}

// Name is telegram, or what Options says.
func (s *Source) Name() string { return cmp.Or(s.client.options.Source, collector.SourceTelegram) }

// Usage is what went through the account's gate since the source was made.
func (s *Source) Usage() collector.Usage { return s.client.gate.spent().Sub(s.began) }

// Channel resolves a reference and asks for the channel's details. What the
// account remembers serves first; when that turns out to be stale (the name
// moved on, the channel is gone), the name is resolved once more. A name that leads
// to no channel any more still leads to the one that it was remembered for.
func (s *Source) Channel(ctx context.Context, ref collector.Reference) (collector.Channel, error) {
	k, ok, err := s.client.lookUp(ctx, ref)
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
	if err := k.nobodys(s.client.gate.clock.Now()); err != nil {
		return collector.Channel{}, err
	}
	k, err = s.client.resolveName(ctx, ref.Username)
	if noChannel(err) && renamed != nil {
		return *renamed, nil
	}
	if noChannel(err) && !ok {
		err = cmp.Or(s.client.rememberNobody(ctx, ref.Username, err), err)
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
	in, err := s.client.input(ctx, k)
	if err != nil {
		return collector.Channel{}, err
	}
	full, err := call(ctx, s.client, func(ctx context.Context) (*tg.MessagesChatFull, error) {
		return s.client.api.ChannelsGetFullChannel(ctx, in)
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
	k, ok, err := s.client.lookUp(ctx, collector.Reference{ID: ch.ID})
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
	return s.client.inputPeer(ctx, k)
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

// call makes a request that only reads, and repeats it while Telegram cannot be
// reached, for as long as the context lives: nothing is lost by waiting. While
// Telegram answers that it cannot answer, it is repeated only so often: what
// fails every time must not hold up the rest. Other errors get their kind.
func call[T any](ctx context.Context, c *Client, f func(context.Context) (T, error)) (T, error) {
	var lost *collector.Wait
	defer func() { c.gate.board.end(lost) }()
	failed := 0
	for try := 0; ; try++ {
		out, err := f(ctx)
		if err == nil {
			return out, nil
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if dead := c.ended(); dead != nil {
			return out, dead
		}
		// The client library gives up what is on its way when a connection ends.
		passing := errors.Is(err, context.Canceled) || transient(err)
		if c.options.Interactive || !passing {
			return out, aboutOne(c.toError(err))
		}
		if failing(err) {
			if failed++; failed >= mostFailures {
				return out, &collector.Error{Kind: collector.Internal, Detail: "failing", Err: err}
			}
		}
		delay := min(time.Second<<min(try, 5), longestSleep)
		wait := collector.Wait{Kind: collector.Network, Method: c.obstacle(err), Until: c.gate.clock.Now().Add(delay)}
		if lost == nil {
			lost = c.gate.board.begin(wait)
		} else {
			c.gate.board.change(lost, wait)
		}
		c.gate.retried()
		if err := sleep(ctx, c.gate.clock, delay, c.done); err != nil {
			return out, err
		}
	}
}

// obstacle is what is in the way of a request that was lost, as the Detail of an
// error and the Method of a wait tell it; "" where that is not known.
func (c *Client) obstacle(err error) string {
	if e, ok := errors.AsType[*collector.Error](err); ok {
		return e.Detail
	}
	if c.gate.doubts() {
		return DetailSession
	}
	if p := c.options.Server.Proxy; p != nil {
		return p.Detail()
	}
	return ""
}

// toError is the package's, and says what is in the way.
func (c *Client) toError(err error) error {
	err = toError(err)
	if e, ok := errors.AsType[*collector.Error](err); ok && e.Kind == collector.Network && e.Detail == "" {
		told := *e
		told.Detail = c.obstacle(nil)
		return &told
	}
	return err
}

// ended returns why the connection ended for good, nil while it lives.
func (c *Client) ended() error {
	select {
	case <-c.done:
		if err := toError(c.err); err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		return &collector.Error{Kind: collector.Network, Err: errors.New("the connection was closed")}
	default:
		return nil
	}
}
