package loop

import (
	"context"
	"fmt"

	"telegramtrac/collector"
)

// tally counts what a store holds of a range of ids, as Progress does.
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

// held asks the store, which knows best. Unseen are the ids without a message that
// a source has accounted for which cannot prove absence.
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

// setCounts takes the counts of Lo..Hi.
func setCounts(p *collector.Progress, h tally) {
	p.Messages, p.Service, p.Unreadable = h.messages, h.service, h.unreadable
	p.Absent, p.Unproven, p.Unseen = h.absent, h.unproven, h.unseen
}

// addCounts takes what this collection has added.
func addCounts(p *collector.Progress, h tally) {
	setCounts(p, tally{p.Messages, p.Service, p.Unreadable, p.Absent, p.Unproven, p.Unseen}.plus(h))
	p.New += h.rows()
}

// beginNew works out New of the rows that are there now, when a run begins. What
// came while the collection stood still (another collection of the channel, an
// import) is not its own: so where an earlier run put down all that it had added,
// what is more than that was there before. A run that was killed may have added more
// than it put down; then what was there before is as it was.
func beginNew(p *collector.Progress, rows int64) {
	if p.Before == nil || p.Counted {
		before := rows - p.New
		p.Before = &before
	}
	p.Counted = false
	countNew(p, rows)
}

// countNew works out New of the rows that are there now.
func countNew(p *collector.Progress, rows int64) {
	if p.Before != nil {
		p.New = max(0, rows-*p.Before)
	}
}
