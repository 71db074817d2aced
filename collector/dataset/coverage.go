package dataset

import (
	"slices"

	"telegramtrac/collector"
)

// mergeCovered joins what parts cover, oldest revision first. One time is enough
// for all ids of a source, the newest look's, except where a part that is left
// alone may have a row for an id that is covered and has none: the row's gone_at
// is the first look that proved it. There each id keeps its first time.
func mergeCovered(chosen, rest []*part) []cover {
	var near []collector.Range
	for _, p := range rest {
		if p.Rows > 0 {
			near = append(near, collector.Range{Lo: p.lo, Hi: p.hi})
		}
	}
	m := coverMerge{near: collector.NewRanges(near...), timed: map[string]collector.Ranges{}}
	for _, p := range chosen {
		for _, c := range p.covered {
			m.add(c)
		}
	}
	return m.covers()
}

type coverMerge struct {
	near   collector.Ranges            // where times matter
	timed  map[string]collector.Ranges // by source: ids in first
	first  []cover                     // each with another time
	newest []cover                     // one a source
}

func (m *coverMerge) add(c cover) {
	i := slices.IndexFunc(m.newest, func(n cover) bool { return n.Source == c.Source })
	if i < 0 {
		i = len(m.newest)
		m.newest = append(m.newest, cover{Source: c.Source, ObservedAt: c.ObservedAt})
	}
	n := &m.newest[i]
	n.Ranges = append(n.Ranges, c.Ranges...)
	if c.ObservedAt.After(n.ObservedAt) {
		n.ObservedAt = c.ObservedAt
	}
	if !c.provesAbsence() {
		return
	}
	fresh := subtract(subtract(c.Ranges, subtract(c.Ranges, m.near)), m.timed[c.Source])
	if len(fresh) == 0 {
		return
	}
	m.timed[c.Source] = m.timed[c.Source].Union(fresh)
	i = slices.IndexFunc(m.first, func(f cover) bool { return f.Source == c.Source && f.ObservedAt.Equal(c.ObservedAt) })
	if i < 0 {
		m.first = append(m.first, cover{c.Source, fresh, c.ObservedAt})
		return
	}
	m.first[i].Ranges = m.first[i].Ranges.Union(fresh)
}

func (m *coverMerge) covers() []cover {
	for i, n := range m.newest {
		m.newest[i].Ranges = collector.NewRanges(n.Ranges...)
		if n.provesAbsence() {
			m.newest[i].Ranges = subtract(m.newest[i].Ranges, m.timed[n.Source])
		}
	}
	return slices.Concat(m.newest, m.first)
}

// within returns what of covers lies in a range. Covers without ids stay: they
// tell when the newest look was.
func within(covers []cover, r collector.Range) []cover {
	out := []cover{}
	for _, c := range covers {
		ids := c.Ranges.Intersect(r)
		if len(ids) > 0 || len(c.Ranges) == 0 {
			out = append(out, cover{c.Source, ids, c.ObservedAt})
		}
	}
	return out
}
