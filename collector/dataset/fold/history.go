package fold

import (
	"context"
	"iter"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// History is what all parts say of one message.
type History struct {
	ID   int64
	Seen []Observation // ascending by revision, each revision once
}

// Chronicle is what histories are read from.
type Chronicle struct {
	Segments []*Segment
	Versions []*part.Part
	Open     mend.Files

	all bool // also messages with one wording
}

// Histories yields the histories of a channel, ascending by id, as far as they
// may have several wordings: of messages that several parts have rows for, or
// some part of versions.
//
// A part of versions says more about an observation than the part of messages
// with the same revision, whose first_seen_at is the message's, not the wording's.
func (c *Chronicle) Histories(ctx context.Context) iter.Seq2[History, error] {
	return func(yield func(History, error) bool) {
		kept, err := NewKeptStream(c.Versions, c.Open)
		defer kept.CloseAll()
		emit := func(h History) bool {
			h.settle()
			return yield(h, nil)
		}
		for _, s := range c.Segments {
			if err != nil {
				break
			}
			var more bool
			if more, err = c.segmentHistories(ctx, s, kept, emit); err == nil && !more {
				return
			}
		}
		for err == nil && kept.More {
			id := kept.ID
			var seen []Observation
			if seen, err = kept.Take(id); err == nil && !emit(History{id, seen}) {
				return
			}
		}
		if err != nil {
			yield(History{}, err)
		}
	}
}

func CompareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// segmentHistories yields the histories up to the end of a segment.
func (c *Chronicle) segmentHistories(ctx context.Context, s *Segment, kept *keptStream, emit func(History) bool) (more bool, err error) {
	rows := cutRows{s, make([]*part.Stream[collector.Message], len(s.Cuts)), c.Open}
	defer rows.Close()
	if s.Plain() && !c.all {
		return c.plainHistories(s, kept, &rows, emit)
	}
	m, err := s.merge(c.Open)
	defer m.closeAll()
	for n := 0; err == nil; n++ {
		if n%part.StreamRows == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		ok, err := m.next()
		if err != nil || !ok {
			return true, err
		}
		id := m.keys[0].ID
		for kept.More && kept.ID < id { // without a row
			lone := kept.ID
			seen, err := kept.Take(lone)
			if err != nil || !emit(History{lone, seen}) {
				return false, err
			}
		}
		if len(m.at) == 1 && !c.all && (!kept.More || kept.ID != id) {
			continue
		}
		seen, err := kept.Take(id)
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
		if !emit(History{id, seen}) {
			return false, nil
		}
	}
	return false, err
}

// plainHistories yields those of the ids that parts of versions speak of. The
// segment's own row is read only where they do not have it.
func (c *Chronicle) plainHistories(s *Segment, kept *keptStream, rows *cutRows, emit func(History) bool) (more bool, err error) {
	cut := s.Cuts[0]
	var ids []int64 // of the row group of which the first row is base
	var base int64
	for kept.More && kept.ID <= s.IDs.Hi {
		id := kept.ID
		seen, err := kept.Take(id)
		if err != nil {
			return false, err
		}
		known := slices.ContainsFunc(seen, func(o Observation) bool { return o.Revision == cut.Revision })
		if !known && id >= s.IDs.Lo {
			if len(ids) == 0 || id > ids[len(ids)-1] {
				if ids, base, err = part.IdsAround(cut.Part, id, c.Open); err != nil {
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
		if !emit(History{id, seen}) {
			return false, nil
		}
	}
	return true, nil
}

// cutRows reads whole rows of a segment's cuts, each in ascending order.
type cutRows struct {
	segment *Segment
	streams []*part.Stream[collector.Message]
	open    mend.Files
}

func (r *cutRows) observe(cut int, row int64) (Observation, error) {
	m, err := pickRow(r.streams, r.segment, pick{cut: cut, row: row}, r.open)
	if err != nil {
		return Observation{}, err
	}
	return Observation{r.segment.Cuts[cut].Revision, *m, m.FirstSeenAt, false}, nil
}

func (r *cutRows) Close() {
	for _, s := range r.streams {
		if s != nil {
			s.Close()
		}
	}
}
