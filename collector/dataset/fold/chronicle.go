package fold

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// PastRevisions adds the revisions of past observations in parts of versions.
func (c *Chronicle) PastRevisions(to map[part.Revision]bool) error {
	past := part.Revision{}.String()[:16]
	for _, p := range c.Versions {
		rows, err := mend.LoadRows[struct {
			Revision string `parquet:"revision"`
		}](p.In, p.Name)
		if err != nil {
			return fmt.Errorf("read the kept wordings: %w", err)
		}
		for _, row := range rows {
			if r, err := part.ParseRevision(row.Revision); err == nil && strings.HasPrefix(row.Revision, past) {
				to[r] = true
			}
		}
	}
	return nil
}

// Everything yields all that the parts say of each message, ascending by id, of one
// the newest revision first.
func (p *Plan) Everything(ctx context.Context) iter.Seq2[History, error] {
	return func(yield func(History, error) bool) {
		c := &Chronicle{Open: mend.Files{}, all: true}
		defer c.Open.Close()
		for _, s := range p.Segments {
			more, err := c.segmentHistories(ctx, s, &keptStream{}, func(h History) bool { return yield(h, nil) })
			if err != nil {
				yield(History{}, err)
			}
			if err != nil || !more {
				return
			}
			c.Open.CloseBelow(s.IDs.Hi + 1)
		}
	}
}

// Within returns all that is said of the messages in a range, by id, each
// ascending by revision.
func (c *Chronicle) Within(ctx context.Context, ids collector.Range) (map[int64][]Observation, error) {
	out := map[int64][]Observation{}
	for _, s := range c.Segments {
		if s.IDs.Intersect(ids).Len() == 0 {
			continue
		}
		for _, cut := range s.Cuts {
			if err := c.cutWithin(ctx, cut, ids, out); err != nil {
				return nil, err
			}
		}
	}
	for _, p := range c.Versions {
		if p.Hi < ids.Lo || p.Lo > ids.Hi {
			continue
		}
		if err := c.keptWithin(p, ids, out); err != nil {
			return nil, err
		}
	}
	for id, seen := range out {
		// Parts of versions tell what a version is about, but neither its counters
		// nor when the message went: the message does.
		top := slices.MaxFunc(seen, func(a, b Observation) int { return cmp.Or(a.compare(b), CompareBool(b.Stored, a.Stored)) })
		h := History{id, seen}
		h.settle()
		if last := &h.Seen[len(h.Seen)-1]; last.Revision == top.Revision {
			last.Row = top.Row
		}
		out[id] = h.Seen
	}
	return out, nil
}

func (c *Chronicle) cutWithin(ctx context.Context, t part.Cut, ids collector.Range, out map[int64][]Observation) error {
	from, err := part.RowOf(t.Part, ids.Lo, c.Open)
	if err != nil {
		return err
	}
	to, err := part.RowOf(t.Part, ids.Hi+1, c.Open)
	if err != nil {
		return err
	}
	t.From, t.To = max(t.From, from), min(t.To, to)
	for m, err := range part.PlainRows[collector.Message](ctx, t, c.Open) {
		if err != nil {
			return err
		}
		out[m.ID] = append(out[m.ID], Observation{t.Revision, *m, m.FirstSeenAt, false})
	}
	return nil
}

func (c *Chronicle) keptWithin(p *part.Part, ids collector.Range, out map[int64][]Observation) error {
	from, err := part.RowOf(p, ids.Lo, c.Open)
	if err != nil {
		return err
	}
	to, err := part.RowOf(p, ids.Hi+1, c.Open)
	if err != nil || from == to {
		return err
	}
	h, err := newKeptHead(p, from, to, c.Open)
	if err != nil {
		return err
	}
	defer h.Close()
	for h.row < h.end {
		o, err := h.observation()
		if err != nil {
			return err
		}
		out[o.Row.ID] = append(out[o.Row.ID], o)
		h.row++
		if err := h.look(); err != nil {
			return err
		}
	}
	return nil
}
