package telegram

import (
	"context"
	"fmt"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// pager asks for pages of messages, one below the other. If an answer cannot be read, it asks
// for fewer messages, down to the unreadable one.
type pager struct {
	ask   func(context.Context, window) (history, error)
	byID  func(context.Context, []int64) (history, error) // nil: single messages cannot be asked for
	limit int                                             // messages per page; smaller after an unreadable answer
	date  time.Time                                       // of the last message read
}

// unread is a message that exists and cannot be read.
type unread struct {
	id    int64
	date  time.Time // its own, or that of a message next to it; zero: unknown
	cause error
}

// reply is the messages right below an id, or the unreadable message there.
type reply struct {
	history
	unread *unread
	full   bool // it has as many messages as requested
}

// lowest returns the lowest id of the reply.
func (r reply) lowest() int64 {
	if r.unread != nil {
		return r.unread.id
	}
	return r.bottom()
}

// read asks for the messages below an id. An empty reply proves nothing.
func (p *pager) read(ctx context.Context, below int64) (reply, error) {
	for {
		h, err := p.ask(ctx, window{below: below, limit: p.limit})
		if err == nil {
			return p.took(h.below(below)), nil
		}
		if !cannotRead(err) {
			return reply{}, err
		}
		switch good := len(h.partly.messages); {
		case h.partly.whole && p.limit == 1: // only the message's peers cannot be read
			return p.took(history{messages: h.partly.messages}.below(below)), nil
		case good > 0 && good < p.limit: // the messages above the unreadable one can be read
			p.limit = good
		case p.limit > 1 && !h.partly.tells(below):
			p.limit /= 2
		default:
			return p.missed(ctx, below, h.partly, err)
		}
	}
}

func (p *pager) took(h history) reply {
	out := reply{history: h, full: len(h.messages) >= p.limit}
	if n := len(h.messages); n > 0 {
		p.limit = min(pageSize, p.limit*2)
		p.date = dateOf(h.messages[n-1], p.date)
	}
	return out
}

// dateOf returns the date of a message, or otherwise if it has none.
func dateOf(m tg.MessageClass, otherwise time.Time) time.Time {
	if d, ok := m.(interface{ GetDate() int }); ok {
		return time.Unix(int64(d.GetDate()), 0).UTC()
	}
	return otherwise
}

// missed makes the reply if the highest message below an id cannot be read.
func (p *pager) missed(ctx context.Context, below int64, part partly, cause error) (reply, error) {
	u := unread{id: part.id, date: part.date, cause: cause}
	if p.limit = 1; part.tells(below) {
		p.limit = pageSize // the next unreadable message is found as quickly
	} else if err := p.find(ctx, below, &u); err != nil {
		return reply{}, err
	}
	if u.date.IsZero() {
		u.date = p.date
	}
	return reply{unread: &u, history: history{count: part.count}}, nil
}

// mostUnread is the most adjacent unreadable messages without a readable id whose ids are
// searched for.
const mostUnread = 50

// mostRefused is mostUnread for messages that Telegram refuses to show: if there are more, all
// are refused.
const mostRefused = 4

// find finds the id of the highest message below an id, which cannot be read: it is above the
// next readable message. If other unreadable messages are in between, the ids above the
// readable one are asked for one by one.
func (p *pager) find(ctx context.Context, below int64, u *unread) error {
	next, err := p.ask(ctx, window{below: below, add: 1, limit: 1})
	n, most := 1, mostUnread // messages that cannot be read
	if _, refused := tgerr.As(u.cause); refused {
		most = mostRefused
	}
	for ; err != nil && cannotRead(err) && n < most && p.byID != nil; n++ {
		next, err = p.ask(ctx, window{below: below, add: n + 1, limit: 1})
	}
	if err != nil {
		return fmt.Errorf("find the message below %d: %w", below, err)
	}
	if next = next.below(below); len(next.messages) > 0 {
		u.date = dateOf(next.messages[0], u.date)
	}
	if n == 1 && below < newest {
		return p.between(ctx, next.top(), below, u)
	}
	return p.above(ctx, next.top(), below, n, u)
}

// above finds the highest of n unreadable messages above lo and below hi by asking for the ids
// one by one.
func (p *pager) above(ctx context.Context, lo, hi int64, n int, u *unread) error {
	if p.byID == nil {
		return u.cause
	}
	for from, chunks := lo+1, 0; from < hi && chunks < mostSingly/pageSize; chunks++ {
		found, err := p.unreadIDs(ctx, idsBelow(min(hi, from+pageSize), from))
		if err != nil {
			return err
		}
		if n -= len(found); n <= 0 {
			u.id = found[len(found)-1]
			return nil
		}
		from += pageSize
	}
	return fmt.Errorf("find the message below %d: %w", hi, u.cause)
}

// between finds the lowest id above lo and below hi from which on answers cannot be read. An
// empty answer may be chance.
func (p *pager) between(ctx context.Context, lo, hi int64, u *unread) error {
	for empty := 0; lo+1 < hi-1; {
		mid := lo + (hi-lo)/2
		h, err := p.ask(ctx, window{below: mid + 1, limit: 1})
		switch {
		case err == nil && len(h.messages) == 0 && empty < soonEmpty:
			empty++
			continue
		case err == nil:
			lo = mid
		case cannotRead(err):
			hi = mid + 1
		default:
			return err
		}
		empty = 0
	}
	u.id = hi - 1
	return nil
}

// unreadIDs returns the ids whose message cannot be read.
func (p *pager) unreadIDs(ctx context.Context, ids []int64) ([]int64, error) {
	h, err := p.byID(ctx, ids)
	switch {
	case err == nil || cannotRead(err) && h.partly.whole:
		return nil, nil
	case !cannotRead(err):
		return nil, err
	case len(ids) == 1:
		return ids, nil
	}
	low, err := p.unreadIDs(ctx, ids[:len(ids)/2])
	if err != nil {
		return nil, err
	}
	high, err := p.unreadIDs(ctx, ids[len(ids)/2:])
	return append(low, high...), err
}

// unreadable makes the row of a message that cannot be read.
func (s *Source) unreadable(channelID int64, u unread) collector.Message {
	if u.date.IsZero() {
		u.date = s.client.Clock().Now()
	}
	s.client.Logger().Warn("a message cannot be read", "channel_id", channelID, "message_id", u.id, "layer", tg.Layer, "error", u.cause)
	return collector.NewUnreadable(channelID, u.id, u.date, tg.Layer, why(u.cause))
}
