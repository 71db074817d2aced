package fold

import (
	"context"
	"iter"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// Row is what the fold reads of a row to decide.
type Row struct {
	ID          int64  `parquet:"message_id"`
	Kind        string `parquet:"kind,dict"`
	Date        int64  `parquet:"date,timestamp(microsecond)"`
	FirstSeenAt int64  `parquet:"first_seen_at,timestamp(microsecond)"`
}

// pick is the row that the fold took for an id.
type pick struct {
	Row             // FirstSeenAt is the oldest of all parts
	cut   int       // index of the segment's cut that it comes from
	row   int64     // of the cut's part
	gone  time.Time // when a newer part proved that it vanished; else zero
	older bool      // other parts have rows for the id, too
}

// Picks yields the rows of a segment, ascending by id.
func (s *Segment) Picks(ctx context.Context, open mend.Files) iter.Seq2[pick, error] {
	return func(yield func(pick, error) bool) {
		m, err := s.merge(open)
		defer m.closeAll()
		for n := 0; err == nil; n++ {
			if n%part.StreamRows == 0 && ctx.Err() != nil {
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
	segment *Segment
	heads   []*head
	at      []*head // newest revision first: those that have a row for the id
	keys    []Row   // of at
}

// head is where the merge stands in one cut.
type head struct {
	part.Cut
	index int
	row   int64 // the next one; of those in merge.at, one past theirs
	keys  *part.Stream[Row]
}

// merge begins before the lowest id. It is to be closed, whatever the error.
func (s *Segment) merge(open mend.Files) (*merge, error) {
	m := &merge{segment: s}
	for i, c := range s.Cuts {
		if c.From == c.To {
			continue
		}
		f, err := open.Open(c.Part)
		if err != nil {
			return m, err
		}
		keys, err := part.NewStream[Row](f, c.From, c.To)
		if err != nil {
			return m, err
		}
		m.heads = append(m.heads, &head{c, i, c.From, keys})
	}
	return m, nil
}

// closeAll closes what was opened, also where opening the rest failed.
func (m *merge) closeAll() {
	for _, h := range m.heads {
		h.keys.Close()
	}
}

// next goes to the next id, and reports whether there is one.
func (m *merge) next() (bool, error) {
	m.at, m.keys = m.at[:0], m.keys[:0]
	for _, h := range m.heads {
		if h.row == h.To {
			continue
		}
		k, err := h.keys.At(h.row)
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
	p := pick{Row: m.keys[0], cut: top.index, row: top.row - 1, older: len(m.at) > 1}
	for _, k := range m.keys {
		p.FirstSeenAt = min(p.FirstSeenAt, k.FirstSeenAt)
	}
	p.gone = m.segment.goneAfter(p.cut, p.ID)
	return p
}

// goneAfter returns when the first look after a cut's proved that an id does not
// exist any more; where none proved it by today's rules, when the first told so. The
// cuts that are newer have no row for it.
func (s *Segment) goneAfter(cut int, id int64) time.Time {
	var told time.Time
	for _, newer := range slices.Backward(s.Cuts[:cut]) {
		at, proven, ok := newer.GoneAt(id)
		if proven {
			return at
		}
		if ok && told.IsZero() {
			told = at
		}
	}
	return told
}

// Count counts what the channel has within a range.
func (p *Plan) Count(ctx context.Context, r collector.Range) (collector.Count, error) {
	var out collector.Count
	covered := p.provedRanges().Intersect(r)
	out.Absent = covered.Len()
	if unproven := p.unprovenRanges().Intersect(r); len(unproven) > 0 {
		absent, err := p.absent(ctx, r)
		if err != nil {
			return collector.Count{}, err
		}
		vanished, err := p.Vanished(ctx, r)
		if err != nil {
			return collector.Count{}, err
		}
		absent = absent.Union(vanished)
		out.Unproven = absent.Len() - absent.Without(unproven).Len()
	}
	open := mend.Files{}
	defer open.Close()
	for _, s := range p.Segments {
		one := s.IDs.Intersect(r)
		if one.Len() == 0 {
			continue
		}
		c, within, err := s.countIn(ctx, one, covered, open)
		if err != nil {
			return collector.Count{}, err
		}
		out.Messages += c.Messages
		out.Service += c.Service
		out.Unreadable += c.Unreadable
		out.Absent -= within
		open.CloseBelow(s.IDs.Hi + 1)
	}
	return out, nil
}

// Total counts everything.
func (p *Plan) Total(ctx context.Context) (collector.Count, error) {
	if len(p.Parts) == 0 {
		return collector.Count{}, nil
	}
	hi := p.Parts[0].Hi
	for _, one := range p.Parts {
		hi = max(hi, one.Hi)
	}
	return p.Count(ctx, collector.Range{Lo: p.Parts[0].Lo, Hi: hi})
}

// provedRanges are the ids whose existence or absence some look proved.
func (p *Plan) provedRanges() collector.Ranges {
	var rs []collector.Range
	for _, one := range p.Parts {
		for _, c := range one.Covered {
			if c.ProvesAbsence() {
				rs = append(rs, c.Ranges...)
			}
		}
	}
	return collector.NewRanges(rs...)
}

// unprovenRanges are those of provedRanges that no look proved by today's rules: of
// ids without a row among them only an empty answer spoke.
func (p *Plan) unprovenRanges() collector.Ranges {
	var by, without []collector.Range
	for _, one := range p.Parts {
		for _, c := range one.Covered {
			if c.ProvesAbsence() && c.Proven {
				by = append(by, c.Ranges...)
			} else if c.ProvesAbsence() {
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
func (s *Segment) countIn(ctx context.Context, r collector.Range, covered collector.Ranges, open mend.Files) (c collector.Count,
	within int64, err error) {
	rows := r
	if s.Plain() {
		rows = r.Intersect(collector.Range{Lo: s.Cuts[0].MinID, Hi: s.Cuts[0].MaxID})
	}
	proved := covered.Intersect(rows)
	if r == s.IDs && (len(proved) == 0 || proved.Len() == rows.Len()) {
		c, err = s.Total(ctx, open)
		if len(proved) > 0 {
			within = c.Rows()
		}
		return c, within, err
	}
	if s.Plain() && (len(proved) == 0 || proved.Len() == rows.Len()) {
		c, err = s.Cuts[0].CountIn(ctx, r, open)
		if len(proved) > 0 {
			within = c.Rows()
		}
		return c, within, err
	}
	for k, err := range s.Kinds(ctx, open) {
		if err != nil {
			return c, 0, err
		}
		if k.ID > r.Hi {
			break
		}
		if !r.Contains(k.ID) {
			continue
		}
		part.Add(&c, k.Kind)
		if len(proved.Intersect(collector.Range{Lo: k.ID, Hi: k.ID})) > 0 {
			within++
		}
	}
	return c, within, nil
}

// Total counts the segment's rows, once.
func (s *Segment) Total(ctx context.Context, open mend.Files) (collector.Count, error) {
	if s.Plain() && s.Cuts[0].Whole() {
		return s.Cuts[0].All(), nil
	}
	if s.Plain() {
		return s.Cuts[0].Count(ctx, open)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counted {
		return s.count, nil
	}
	var c collector.Count
	for k, err := range s.Kinds(ctx, open) {
		if err != nil {
			return c, err
		}
		part.Add(&c, k.Kind)
	}
	s.counted, s.count = true, c
	return c, nil
}

// Rows counts the segment's rows.
func (s *Segment) Rows(ctx context.Context, open mend.Files) (int64, error) {
	if s.Plain() {
		return s.Cuts[0].To - s.Cuts[0].From, nil
	}
	c, err := s.Total(ctx, open)
	return c.Rows(), err
}

// Kinds yields the ids and kinds of the segment's rows, ascending.
func (s *Segment) Kinds(ctx context.Context, open mend.Files) iter.Seq2[part.IDKind, error] {
	return func(yield func(part.IDKind, error) bool) {
		if !s.Plain() {
			for p, err := range s.Picks(ctx, open) {
				if !yield(part.IDKind{ID: p.ID, Kind: p.Kind}, err) {
					return
				}
			}
			return
		}
		for v, err := range part.PlainRows[part.IDKind](ctx, s.Cuts[0], open) {
			if err != nil {
				yield(part.IDKind{}, err)
				return
			}
			if !yield(*v, nil) {
				return
			}
		}
	}
}
