package telegram

import (
	"context"
	"errors"
	"fmt"
	"time"

	"telegramtrac/collector"
)

// Bounds asks for the newest message, and for those at the dates. It excludes ids that are
// hidden from the account, because nothing can be known about them.
// See https://core.telegram.org/constructor/channelFull (available_min_id)
func (s *Source) Bounds(ctx context.Context, ch collector.Channel, since, until time.Time) (collector.Bounds, error) {
	top, count, err := s.newest(ctx, ch)
	if err != nil {
		return collector.Bounds{}, err
	}
	first := firstID(ch)
	b := collector.Bounds{Range: collector.Range{Lo: first, Hi: top}, Newest: top}
	if since.IsZero() && until.IsZero() || top == 0 {
		b.Count = &count
		return b, nil
	}
	if !since.IsZero() {
		before, err := s.lastBefore(ctx, ch, since)
		if err != nil {
			return collector.Bounds{}, err
		}
		b.Lo = max(first, before+1)
	}
	if !until.IsZero() {
		if b.Hi, err = s.lastBefore(ctx, ch, until); err != nil {
			return collector.Bounds{}, err
		}
	}
	return b, nil
}

// newest returns the id of a channel's newest message and the number of messages; 0 and 0 if
// there are none, for which an empty answer is not enough proof.
func (s *Source) newest(ctx context.Context, ch collector.Channel) (id, count int64, err error) {
	p := s.pager(ch)
	p.limit = 1
	for try := 1; ; try++ {
		r, err := p.read(ctx, newest)
		if err != nil {
			return 0, 0, fmt.Errorf("find the newest message: %w", err)
		}
		if r.unread != nil {
			return r.unread.id, r.count, nil
		}
		if len(r.messages) > 0 {
			return r.top(), r.count, nil
		}
		if try < soonEmpty {
			continue
		}
		if empty, err := s.isEmpty(ctx, ch, r.count); err != nil || empty {
			return 0, 0, err
		}
		if try >= mostEmpty {
			return 0, 0, &collector.Error{Kind: collector.Internal, Detail: "empty",
				Err: fmt.Errorf("%d empty answers and %d messages", try, r.count)}
		}
		if err := s.pause(ctx, try-soonEmpty); err != nil {
			return 0, 0, err
		}
	}
}

// isEmpty reports whether a channel with an empty answer has no messages: the count is 0, the
// other end is empty too, and the first ids are absent.
func (s *Source) isEmpty(ctx context.Context, ch collector.Channel, count int64) (bool, error) {
	if count > 0 {
		return false, nil
	}
	first := firstID(ch)
	h, err := s.history(ctx, ch, window{below: first, add: -pageSize, limit: pageSize})
	if err != nil || len(h.messages) > 0 {
		return false, err
	}
	page, err := s.ByID(ctx, ch, idsBelow(first+pageSize, first))
	return err == nil && len(page.Messages) == 0, err
}

// lastBefore returns the id of the newest message older than a time: all up to it are older,
// and none above it. It returns 0 if there is none, which must be proven by the channel's
// oldest message. See https://core.telegram.org/api/offsets (offset_date)
func (s *Source) lastBefore(ctx context.Context, ch collector.Channel, t time.Time) (int64, error) {
	for try := 1; ; try++ {
		h, err := s.history(ctx, ch, window{date: t, limit: 1})
		if cannotRead(err) {
			return s.lastUnread(ctx, ch, t, h.partly, err)
		}
		if err != nil {
			return 0, fmt.Errorf("find the messages at %v: %w", t, err)
		}
		if h.top() > 0 {
			return h.top(), nil
		}
		oldest, err := s.history(ctx, ch, window{below: firstID(ch), add: -1, limit: 1})
		if err != nil && !cannotRead(err) {
			return 0, fmt.Errorf("find the oldest message: %w", err)
		}
		sent := oldest.partly.date
		if len(oldest.messages) > 0 {
			sent = dateOf(oldest.messages[0], sent)
		}
		if !sent.IsZero() && !sent.Before(t) || cannotRead(err) && sent.IsZero() && try >= soonEmpty {
			return 0, nil
		}
		if try >= mostEmpty {
			return 0, &collector.Error{Kind: collector.Internal, Detail: "empty", Err: fmt.Errorf("%d empty answers for messages before %v", try, t)}
		}
		if try >= soonEmpty {
			if err := s.pause(ctx, try-soonEmpty); err != nil {
				return 0, err
			}
		}
	}
}

// lastUnread is lastBefore for a message that cannot be read: its id is taken from the readable
// part, or it is the message below the first one that is not older.
func (s *Source) lastUnread(ctx context.Context, ch collector.Channel, t time.Time, part partly, cause error) (int64, error) {
	if part.id > 0 {
		return part.id, nil
	}
	below := int64(newest)
	for try := 0; try < soonEmpty && below == newest; try++ { // an empty answer may come by chance
		h, err := s.history(ctx, ch, window{date: t, add: -1, limit: 1})
		switch {
		case err == nil && len(h.messages) > 0:
			below = h.top()
		case err != nil && cannotRead(err) && h.partly.id > 0:
			below = h.partly.id
		case err != nil:
			return 0, fmt.Errorf("find the messages at %v: %w", t, errors.Join(err, cause))
		}
	}
	p := s.pager(ch)
	p.limit = 1
	r, err := p.read(ctx, below)
	if err != nil || r.unread == nil && len(r.messages) == 0 {
		return below - 1, err
	}
	return r.lowest(), nil
}
