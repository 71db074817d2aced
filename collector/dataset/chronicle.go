package dataset

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"telegramtrac/collector"
)

// pastRevisions adds the revisions of past observations in parts of versions.
func (c *chronicle) pastRevisions(to map[revision]bool) error {
	past := revision{}.String()[:16]
	for _, p := range c.versions {
		rows, err := loadRows[struct {
			Revision string `parquet:"revision"`
		}](p.path)
		if err != nil {
			return fmt.Errorf("read the kept wordings: %w", err)
		}
		for _, row := range rows {
			if r, err := parseRevision(row.Revision); err == nil && strings.HasPrefix(row.Revision, past) {
				to[r] = true
			}
		}
	}
	return nil
}

// everything yields all that the parts say of each message, ascending by id.
func (p *plan) everything(ctx context.Context) iter.Seq2[history, error] {
	return func(yield func(history, error) bool) {
		open := files{}
		defer open.Close()
		for _, s := range p.segments {
			more, err := s.everything(ctx, open, yield)
			if err != nil {
				yield(history{}, err)
			}
			if err != nil || !more {
				return
			}
			open.closeBelow(s.ids.Hi + 1)
		}
	}
}

func (s *segment) everything(ctx context.Context, open files, yield func(history, error) bool) (more bool, err error) {
	rows := cutRows{s, make([]*stream[collector.Message], len(s.cuts)), open}
	defer rows.Close()
	m, err := s.merge(open)
	defer m.Close()
	for n := 0; err == nil; n++ {
		if n%streamRows == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		ok, err := m.next()
		if err != nil || !ok {
			return true, err
		}
		h := history{id: m.keys[0].ID}
		for _, at := range m.at {
			o, err := rows.observe(at.index, at.row-1)
			if err != nil {
				return false, err
			}
			h.seen = append(h.seen, o)
		}
		if !yield(h, nil) {
			return false, nil
		}
	}
	return false, err
}

// within returns all that is said of the messages in a range, by id, each
// ascending by revision.
func (c *chronicle) within(ctx context.Context, ids collector.Range) (map[int64][]observation, error) {
	out := map[int64][]observation{}
	for _, s := range c.segments {
		if s.ids.Intersect(ids).Len() == 0 {
			continue
		}
		for _, cut := range s.cuts {
			if err := c.cutWithin(ctx, cut, ids, out); err != nil {
				return nil, err
			}
		}
	}
	for _, p := range c.versions {
		if p.hi < ids.Lo || p.lo > ids.Hi {
			continue
		}
		if err := c.keptWithin(p, ids, out); err != nil {
			return nil, err
		}
	}
	for id, seen := range out {
		// Parts of versions tell what a version is about, but neither its counters
		// nor when the message went: the message does.
		top := slices.MaxFunc(seen, func(a, b observation) int { return cmp.Or(a.compare(b), compareBool(b.kept, a.kept)) })
		h := history{id, seen}
		h.settle()
		if last := &h.seen[len(h.seen)-1]; last.revision == top.revision {
			last.row = top.row
		}
		out[id] = h.seen
	}
	return out, nil
}

func (c *chronicle) cutWithin(ctx context.Context, t cut, ids collector.Range, out map[int64][]observation) error {
	from, err := rowOf(t.part, ids.Lo, c.open)
	if err != nil {
		return err
	}
	to, err := rowOf(t.part, ids.Hi+1, c.open)
	if err != nil {
		return err
	}
	t.from, t.to = max(t.from, from), min(t.to, to)
	for m, err := range plainRows[collector.Message](ctx, t, c.open) {
		if err != nil {
			return err
		}
		out[m.ID] = append(out[m.ID], observation{t.revision, *m, m.FirstSeenAt, false})
	}
	return nil
}

func (c *chronicle) keptWithin(p *part, ids collector.Range, out map[int64][]observation) error {
	from, err := rowOf(p, ids.Lo, c.open)
	if err != nil {
		return err
	}
	to, err := rowOf(p, ids.Hi+1, c.open)
	if err != nil || from == to {
		return err
	}
	h, err := newKeptHead(p, from, to, c.open)
	if err != nil {
		return err
	}
	defer h.Close()
	for h.row < h.end {
		o, err := h.observation()
		if err != nil {
			return err
		}
		out[o.row.ID] = append(out[o.row.ID], o)
		h.row++
		if err := h.look(); err != nil {
			return err
		}
	}
	return nil
}
