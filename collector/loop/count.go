package loop

import (
	"context"
	"fmt"

	"telegramtrac/collector"
)

// tally counts a store's ids of a range in the same way as Progress.
type tally struct{ messages, service, unreadable, absent, unproven, unseen int64 }

func (h tally) rows() int64 { return h.messages + h.service + h.unreadable }

func (h tally) plus(g tally) tally {
	return tally{
		h.messages + g.messages, h.service + g.service, h.unreadable + g.unreadable,
		h.absent + g.absent, h.unproven + g.unproven, h.unseen + g.unseen,
	}
}

func (h tally) minus(g tally) tally {
	return h.plus(tally{-g.messages, -g.service, -g.unreadable, -g.absent, -g.unproven, -g.unseen})
}

// count counts a message.
func (h *tally) count(m *collector.Message) {
	switch m.Kind {
	case collector.KindService:
		h.service++
	case collector.KindUnreadable:
		h.unreadable++
	default:
		h.messages++
	}
}

// held gets the counts from the store. Unseen are ids without a message that a source accounted
// for but cannot prove absent.
func (r Run) held(ctx context.Context, channelID int64, source string, ids collector.Range) (tally, error) {
	if ids.Hi < 1 {
		return tally{}, nil
	}
	n, err := r.Store.Count(ctx, channelID, ids)
	if err != nil {
		return tally{}, storeError{fmt.Errorf("count channel %d: %w", channelID, err)}
	}
	out := tally{messages: n.Messages, service: n.Service, unreadable: n.Unreadable, absent: n.Absent, unproven: n.Unproven}
	if collector.ProvesAbsence(source) {
		return out, nil
	}
	covered, err := r.Store.Covered(ctx, channelID, source)
	if err != nil {
		return tally{}, storeError{fmt.Errorf("fold channel %d: %w", channelID, err)}
	}
	for _, c := range covered.Intersect(ids) {
		n, err := r.Store.Count(ctx, channelID, c)
		if err != nil {
			return tally{}, storeError{fmt.Errorf("count channel %d: %w", channelID, err)}
		}
		out.unseen += c.Len() - n.Rows() - n.Absent
	}
	return out, nil
}

// setCounts sets the counts of Lo..Hi.
func setCounts(p *collector.Progress, h tally) {
	p.Messages, p.Service, p.Unreadable = h.messages, h.service, h.unreadable
	p.Absent, p.Unproven, p.Unseen = h.absent, h.unproven, h.unseen
}

// addCounts adds what this collection has stored.
func addCounts(p *collector.Progress, h tally) {
	setCounts(p, tally{p.Messages, p.Service, p.Unreadable, p.Absent, p.Unproven, p.Unseen}.plus(h))
	p.New += h.rows()
}

// beginNew sets New from the current number of rows when a run begins. Rows added while the
// collection was stopped (by another collection of the channel, or an import) must not count:
// if an earlier run recorded all that it added, Before is the rest. If the run was killed, it
// may have added more than it recorded; then Before stays.
func beginNew(p *collector.Progress, rows int64) {
	if p.Before == nil || p.Counted {
		before := rows - p.New
		p.Before = &before
	}
	p.Counted = false
	countNew(p, rows)
}

// countNew sets New from the current number of rows.
func countNew(p *collector.Progress, rows int64) {
	if p.Before != nil {
		p.New = max(0, rows-*p.Before)
	}
}
