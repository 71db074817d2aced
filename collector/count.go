package collector

import (
	"context"
	"fmt"
)

// held is what a store holds of a range of ids, as Progress counts it.
type held struct{ messages, service, unreadable, absent, unproven, unseen int64 }

func (h held) rows() int64 { return h.messages + h.service + h.unreadable }

func (h held) plus(g held) held {
	return held{
		h.messages + g.messages, h.service + g.service, h.unreadable + g.unreadable,
		h.absent + g.absent, h.unproven + g.unproven, h.unseen + g.unseen,
	}
}

func (h held) minus(g held) held {
	return h.plus(held{-g.messages, -g.service, -g.unreadable, -g.absent, -g.unproven, -g.unseen})
}

// count counts a message.
func (h *held) count(m *Message) {
	switch m.Kind {
	case KindService:
		h.service++
	case KindUnreadable:
		h.unreadable++
	default:
		h.messages++
	}
}

// held asks the store, which knows best. Unseen are the ids without a message that
// a source has accounted for which cannot prove absence.
func (r Run) held(ctx context.Context, channelID int64, source string, ids Range) (held, error) {
	if ids.Hi < 1 {
		return held{}, nil
	}
	n, err := r.Store.Count(ctx, channelID, ids)
	if err != nil {
		return held{}, storeError{fmt.Errorf("count channel %d: %w", channelID, err)}
	}
	out := held{messages: n.Messages, service: n.Service, unreadable: n.Unreadable, absent: n.Absent, unproven: n.Unproven}
	if ProvesAbsence(source) {
		return out, nil
	}
	covered, err := r.Store.Covered(ctx, channelID, source)
	if err != nil {
		return held{}, storeError{fmt.Errorf("fold channel %d: %w", channelID, err)}
	}
	for _, c := range covered.Intersect(ids) {
		n, err := r.Store.Count(ctx, channelID, c)
		if err != nil {
			return held{}, storeError{fmt.Errorf("count channel %d: %w", channelID, err)}
		}
		out.unseen += c.Len() - n.Rows() - n.Absent
	}
	return out, nil
}

// set takes the counts of Lo..Hi.
func (p *Progress) set(h held) {
	p.Messages, p.Service, p.Unreadable = h.messages, h.service, h.unreadable
	p.Absent, p.Unproven, p.Unseen = h.absent, h.unproven, h.unseen
}

// add takes what this collection has added.
func (p *Progress) add(h held) {
	p.set(held{p.Messages, p.Service, p.Unreadable, p.Absent, p.Unproven, p.Unseen}.plus(h))
	p.New += h.rows()
}

// countFrom works out New of the rows that are there now, when a run begins. What
// came while the collection stood still (another collection of the channel, an
// import) is not its own: so where an earlier run put down all that it had added,
// what is more than that was there before. A run that was killed may have added more
// than it put down; then what was there before is as it was.
func (p *Progress) countFrom(rows int64) {
	if p.Before == nil || p.Counted {
		before := rows - p.New
		p.Before = &before
	}
	p.Counted = false
	p.countTo(rows)
}

// countTo works out New of the rows that are there now.
func (p *Progress) countTo(rows int64) {
	if p.Before != nil {
		p.New = max(0, rows-*p.Before)
	}
}
