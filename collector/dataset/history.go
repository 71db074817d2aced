package dataset

import (
	"context"
	"iter"
	"slices"

	"telegramtrac/collector"
)

// history is what all parts say of one message.
type history struct {
	id   int64
	seen []observation // ascending by revision, each revision once
}

// chronicle is what histories are read from.
type chronicle struct {
	segments []*segment
	versions []*part
	open     files
}

// histories yields the histories of a channel, ascending by id, as far as they
// may have several wordings: of messages that several parts have rows for, or
// some part of versions.
//
// A part of versions says more about an observation than the part of messages
// with the same revision, whose first_seen_at is the message's, not the wording's.
func (c *chronicle) histories(ctx context.Context) iter.Seq2[history, error] {
	return func(yield func(history, error) bool) {
		kept, err := newKeptStream(c.versions, c.open)
		defer kept.Close()
		emit := func(h history) bool {
			h.settle()
			return yield(h, nil)
		}
		for _, s := range c.segments {
			if err != nil {
				break
			}
			var more bool
			if more, err = c.segmentHistories(ctx, s, kept, emit); err == nil && !more {
				return
			}
		}
		for err == nil && kept.more {
			id := kept.id
			var seen []observation
			if seen, err = kept.take(id); err == nil && !emit(history{id, seen}) {
				return
			}
		}
		if err != nil {
			yield(history{}, err)
		}
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// segmentHistories yields the histories up to the end of a segment.
func (c *chronicle) segmentHistories(ctx context.Context, s *segment, kept *keptStream, emit func(history) bool) (more bool, err error) {
	rows := cutRows{s, make([]*stream[collector.Message], len(s.cuts)), c.open}
	defer rows.Close()
	if s.plain() {
		return c.plainHistories(s, kept, &rows, emit)
	}
	m, err := s.merge(c.open)
	defer m.Close()
	for n := 0; err == nil; n++ {
		if n%streamRows == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		ok, err := m.next()
		if err != nil || !ok {
			return true, err
		}
		id := m.keys[0].ID
		for kept.more && kept.id < id { // without a row
			lone := kept.id
			seen, err := kept.take(lone)
			if err != nil || !emit(history{lone, seen}) {
				return false, err
			}
		}
		if len(m.at) == 1 && (!kept.more || kept.id != id) {
			continue
		}
		seen, err := kept.take(id)
		if err != nil {
			return false, err
		}
		for _, h := range m.at {
			o, err := rows.observe(h.index, h.row-1)
			if err != nil {
				return false, err
			}
			seen = append(seen, o)
		}
		if !emit(history{id, seen}) {
			return false, nil
		}
	}
	return false, err
}

// plainHistories yields those of the ids that parts of versions speak of. The
// segment's own row is read only where they do not have it.
func (c *chronicle) plainHistories(s *segment, kept *keptStream, rows *cutRows, emit func(history) bool) (more bool, err error) {
	cut := s.cuts[0]
	var ids []int64 // of the row group of which the first row is base
	var base int64
	for kept.more && kept.id <= s.ids.Hi {
		id := kept.id
		seen, err := kept.take(id)
		if err != nil {
			return false, err
		}
		known := slices.ContainsFunc(seen, func(o observation) bool { return o.revision == cut.revision })
		if !known && id >= s.ids.Lo {
			if len(ids) == 0 || id > ids[len(ids)-1] {
				if ids, base, err = idsAround(cut.part, id, c.open); err != nil {
					return false, err
				}
			}
			if i, ok := slices.BinarySearch(ids, id); ok {
				o, err := rows.observe(0, base+int64(i))
				if err != nil {
					return false, err
				}
				seen = append(seen, o)
			}
		}
		if !emit(history{id, seen}) {
			return false, nil
		}
	}
	return true, nil
}

// cutRows reads whole rows of a segment's cuts, each in ascending order.
type cutRows struct {
	segment *segment
	streams []*stream[collector.Message]
	open    files
}

func (r *cutRows) observe(cut int, row int64) (observation, error) {
	m, err := pickRow(r.streams, r.segment, pick{cut: cut, row: row}, r.open)
	if err != nil {
		return observation{}, err
	}
	return observation{r.segment.cuts[cut].revision, *m, m.FirstSeenAt, false}, nil
}

func (r *cutRows) Close() {
	for _, s := range r.streams {
		if s != nil {
			s.Close()
		}
	}
}
