package dataset

import (
	"context"
	"iter"
	"slices"
	"time"

	"telegramtrac/collector"
)

// key is what the fold reads of a row to decide.
type key struct {
	ID          int64  `parquet:"message_id"`
	Kind        string `parquet:"kind,dict"`
	Date        int64  `parquet:"date,timestamp(microsecond)"`
	FirstSeenAt int64  `parquet:"first_seen_at,timestamp(microsecond)"`
}

// pick is the row that the fold took for an id.
type pick struct {
	key             // FirstSeenAt is the oldest of all parts
	cut   int       // index of the segment's cut that it comes from
	row   int64     // of the cut's part
	gone  time.Time // when a newer part proved that it vanished; else zero
	older bool      // other parts have rows for the id, too
}

// picks yields the rows of a segment, ascending by id.
func (s *segment) picks(ctx context.Context, open files) iter.Seq2[pick, error] {
	return func(yield func(pick, error) bool) {
		m, err := s.merge(open)
		defer m.Close()
		for n := 0; err == nil; n++ {
			if n%streamRows == 0 && ctx.Err() != nil {
				err = ctx.Err()
				break
			}
			ok, errNext := m.next()
			if err = errNext; err != nil || !ok {
				break
			}
			if !yield(m.pick(), nil) {
				return
			}
		}
		if err != nil {
			yield(pick{}, err)
		}
	}
}

// merge walks the ids of a segment's cuts side by side.
type merge struct {
	segment *segment
	heads   []*head
	at      []*head // newest revision first: those that have a row for the id
	keys    []key   // of at
}

// head is where the merge stands in one cut.
type head struct {
	cut
	index int
	row   int64 // the next one; of those in merge.at, one past theirs
	keys  *stream[key]
}

// merge begins before the lowest id. It is to be closed, whatever the error.
func (s *segment) merge(open files) (*merge, error) {
	m := &merge{segment: s}
	for i, c := range s.cuts {
		if c.from == c.to {
			continue
		}
		f, err := open.open(c.part)
		if err != nil {
			return m, err
		}
		keys, err := newStream[key](f, c.from, c.to)
		if err != nil {
			return m, err
		}
		m.heads = append(m.heads, &head{c, i, c.from, keys})
	}
	return m, nil
}

func (m *merge) Close() {
	for _, h := range m.heads {
		h.keys.Close()
	}
}

// next goes to the next id, and reports whether there is one.
func (m *merge) next() (bool, error) {
	m.at, m.keys = m.at[:0], m.keys[:0]
	for _, h := range m.heads {
		if h.row == h.to {
			continue
		}
		k, err := h.keys.at(h.row)
		if err != nil {
			return false, err
		}
		if len(m.at) > 0 && k.ID < m.keys[0].ID {
			m.at, m.keys = m.at[:0], m.keys[:0]
		}
		if len(m.at) == 0 || k.ID == m.keys[0].ID {
			m.at, m.keys = append(m.at, h), append(m.keys, *k)
		}
	}
	for _, h := range m.at {
		h.row++
	}
	return len(m.at) > 0, nil
}

// pick is what the fold takes for the id.
func (m *merge) pick() pick {
	top := m.at[0]
	p := pick{key: m.keys[0], cut: top.index, row: top.row - 1, older: len(m.at) > 1}
	for _, k := range m.keys {
		p.FirstSeenAt = min(p.FirstSeenAt, k.FirstSeenAt)
	}
	p.gone = m.segment.goneAfter(p.cut, p.ID)
	return p
}

// goneAfter returns when the first look after a cut's proved that an id does not
// exist any more; where none proved it by today's rules, when the first told so. The
// cuts that are newer have no row for it.
func (s *segment) goneAfter(cut int, id int64) time.Time {
	var told time.Time
	for _, newer := range slices.Backward(s.cuts[:cut]) {
		at, proven, ok := newer.goneAt(id)
		if proven {
			return at
		}
		if ok && told.IsZero() {
			told = at
		}
	}
	return told
}

// count counts what the channel has within a range.
func (p *plan) count(ctx context.Context, r collector.Range) (collector.Count, error) {
	var out collector.Count
	covered := p.provedRanges().Intersect(r)
	out.Absent = covered.Len()
	if unproven := p.unprovenRanges().Intersect(r); len(unproven) > 0 {
		absent, err := p.absent(ctx, r)
		if err != nil {
			return collector.Count{}, err
		}
		vanished, err := p.vanished(ctx, r)
		if err != nil {
			return collector.Count{}, err
		}
		absent = absent.Union(vanished)
		out.Unproven = absent.Len() - absent.Without(unproven).Len()
	}
	open := files{}
	defer open.Close()
	for _, s := range p.segments {
		part := s.ids.Intersect(r)
		if part.Len() == 0 {
			continue
		}
		c, within, err := s.countIn(ctx, part, covered, open)
		if err != nil {
			return collector.Count{}, err
		}
		out.Messages += c.Messages
		out.Service += c.Service
		out.Unreadable += c.Unreadable
		out.Absent -= within
		open.closeBelow(s.ids.Hi + 1)
	}
	return out, nil
}

// total counts everything.
func (p *plan) total(ctx context.Context) (collector.Count, error) {
	if len(p.parts) == 0 {
		return collector.Count{}, nil
	}
	hi := p.parts[0].hi
	for _, part := range p.parts {
		hi = max(hi, part.hi)
	}
	return p.count(ctx, collector.Range{Lo: p.parts[0].lo, Hi: hi})
}

// provedRanges are the ids whose existence or absence some look proved.
func (p *plan) provedRanges() collector.Ranges {
	var rs []collector.Range
	for _, part := range p.parts {
		for _, c := range part.covered {
			if c.provesAbsence() {
				rs = append(rs, c.Ranges...)
			}
		}
	}
	return collector.NewRanges(rs...)
}

// unprovenRanges are those of provedRanges that no look proved by today's rules: of
// ids without a row among them only an empty answer spoke.
func (p *plan) unprovenRanges() collector.Ranges {
	var by, without []collector.Range
	for _, part := range p.parts {
		for _, c := range part.covered {
			if c.provesAbsence() && c.Proven {
				by = append(by, c.Ranges...)
			} else if c.provesAbsence() {
				without = append(without, c.Ranges...)
			}
		}
	}
	if len(without) == 0 {
		return nil
	}
	return collector.NewRanges(without...).Without(collector.NewRanges(by...))
}

// countIn counts the rows of the segment in a range, and how many of them lie in
// covered ranges. It reads rows only where footers do not tell.
func (s *segment) countIn(ctx context.Context, r collector.Range, covered collector.Ranges, open files) (c collector.Count, within int64, err error) {
	rows := r
	if s.plain() {
		rows = r.Intersect(collector.Range{Lo: s.cuts[0].MinID, Hi: s.cuts[0].MaxID})
	}
	proved := covered.Intersect(rows)
	if r == s.ids && (len(proved) == 0 || proved.Len() == rows.Len()) {
		c, err = s.total(ctx, open)
		if len(proved) > 0 {
			within = c.Rows()
		}
		return c, within, err
	}
	if s.plain() && (len(proved) == 0 || proved.Len() == rows.Len()) {
		c, err = s.cuts[0].countIn(ctx, r, open)
		if len(proved) > 0 {
			within = c.Rows()
		}
		return c, within, err
	}
	for k, err := range s.kinds(ctx, open) {
		if err != nil {
			return c, 0, err
		}
		if k.ID > r.Hi {
			break
		}
		if !r.Contains(k.ID) {
			continue
		}
		add(&c, k.Kind)
		if len(proved.Intersect(collector.Range{Lo: k.ID, Hi: k.ID})) > 0 {
			within++
		}
	}
	return c, within, nil
}

// total counts the segment's rows, once.
func (s *segment) total(ctx context.Context, open files) (collector.Count, error) {
	if s.plain() && s.cuts[0].whole() {
		return s.cuts[0].all(), nil
	}
	if s.plain() {
		return s.cuts[0].count(ctx, open)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counted {
		return s.count, nil
	}
	var c collector.Count
	for k, err := range s.kinds(ctx, open) {
		if err != nil {
			return c, err
		}
		add(&c, k.Kind)
	}
	s.counted, s.count = true, c
	return c, nil
}

// rows counts the segment's rows.
func (s *segment) rows(ctx context.Context, open files) (int64, error) {
	if s.plain() {
		return s.cuts[0].to - s.cuts[0].from, nil
	}
	c, err := s.total(ctx, open)
	return c.Rows(), err
}

// kinds yields the ids and kinds of the segment's rows, ascending.
func (s *segment) kinds(ctx context.Context, open files) iter.Seq2[idKind, error] {
	return func(yield func(idKind, error) bool) {
		if !s.plain() {
			for p, err := range s.picks(ctx, open) {
				if !yield(idKind{p.ID, p.Kind}, err) {
					return
				}
			}
			return
		}
		for v, err := range plainRows[idKind](ctx, s.cuts[0], open) {
			if err != nil {
				yield(idKind{}, err)
				return
			}
			if !yield(*v, nil) {
				return
			}
		}
	}
}
