package compact

import (
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
)

// MaxLooks is how many times a part keeps of when its ids were looked for last.
const MaxLooks = 64

// MergeCovered joins what parts cover, oldest revision first. Each id keeps the
// time of its newest look, so that looking again knows what it has looked at; of
// more than maxLooks times those beside each other become the older one, after
// which at most something is looked at once more. Where a part that is left alone
// may have a row for an id that is covered and has none, the id keeps its first
// time as well, before the newest: the row's gone_at is the first look that proved it.
// Looks that become one keep the older beginning and the later end, and prove absence
// only if all of them do.
func MergeCovered(chosen, rest []*part.Part) []part.Cover {
	var near []collector.Range
	for _, p := range rest {
		if p.Rows > 0 {
			near = append(near, collector.Range{Lo: p.Lo, Hi: p.Hi})
		}
	}
	m := coverMerge{near: collector.NewRanges(near...), timed: map[lookKind]collector.Ranges{}, looks: map[string][]part.Cover{}}
	for _, p := range chosen {
		for _, c := range p.Covered {
			m.Add(c)
		}
	}
	return m.covers()
}

type coverMerge struct {
	near    collector.Ranges              // where first times matter
	timed   map[lookKind]collector.Ranges // ids in first
	first   []part.Cover                  // each with another time
	sources []string                      // in the order they came in
	looks   map[string][]part.Cover       // by source: all of it
}

// lookKind is whose look it is and whether it proves what it says.
type lookKind struct {
	source string
	proven bool
}

func (m *coverMerge) Add(c part.Cover) {
	if _, ok := m.looks[c.Source]; !ok {
		m.sources = append(m.sources, c.Source)
	}
	m.looks[c.Source] = append(m.looks[c.Source], c)
	if !c.ProvesAbsence() {
		return
	}
	kind := lookKind{c.Source, c.Proven}
	fresh := c.Ranges.Without(c.Ranges.Without(m.near)).Without(m.timed[kind])
	if len(fresh) == 0 {
		return
	}
	m.timed[kind] = m.timed[kind].Union(fresh)
	i := slices.IndexFunc(m.first, func(f part.Cover) bool {
		return f.Source == c.Source && f.Proven == c.Proven && f.ObservedAt.Equal(c.ObservedAt) && f.Proved().Equal(c.Proved())
	})
	if i < 0 {
		m.first = append(m.first, c.Of(fresh))
		return
	}
	m.first[i].Ranges = m.first[i].Ranges.Union(fresh)
}

func (m *coverMerge) covers() []part.Cover {
	out := m.first
	for _, source := range m.sources {
		out = append(out, fewer(newestLooks(m.looks[source]))...)
	}
	return out
}

// newestLooks gives each id of a source's looks the time of its newest one. The
// newest of all comes first, and stays when it has no ids.
func newestLooks(looks []part.Cover) []part.Cover {
	slices.SortStableFunc(looks, func(a, b part.Cover) int { return b.ObservedAt.Compare(a.ObservedAt) })
	var out []part.Cover
	var taken collector.Ranges
	for i, c := range looks {
		fresh := collector.NewRanges(c.Ranges...).Without(taken)
		if len(fresh) == 0 && i > 0 {
			continue
		}
		taken = taken.Union(fresh)
		if n := len(out); n > 0 && out[n-1].Proven == c.Proven && out[n-1].ObservedAt.Equal(c.ObservedAt) {
			out[n-1].Ranges = out[n-1].Ranges.Union(fresh)
			out[n-1].ProvedAt = part.Latest(out[n-1].ProvedAt, c.ProvedAt)
			continue
		}
		out = append(out, c.Of(fresh))
	}
	return out
}

// fewer joins looks, newest first, until few are left. The newest stays as it is.
func fewer(looks []part.Cover) []part.Cover {
	if len(looks) <= MaxLooks {
		return looks
	}
	out := looks[:1:1]
	each := (len(looks) + MaxLooks - 3) / (MaxLooks - 1)
	for together := range slices.Chunk(looks[1:], each) {
		c := together[len(together)-1]
		var ranges []collector.Range
		for _, look := range together {
			ranges = append(ranges, look.Ranges...)
			c.ProvedAt = part.Latest(c.ProvedAt, look.Proved())
			c.Proven = c.Proven && look.Proven
		}
		out = append(out, c.Of(collector.NewRanges(ranges...)))
	}
	return out
}

// within returns what of covers lies in a range. Covers without ids stay: they
// tell when the newest look was.
func within(covers []part.Cover, r collector.Range) []part.Cover {
	out := []part.Cover{}
	for _, c := range covers {
		ids := c.Ranges.Intersect(r)
		if len(ids) > 0 || len(c.Ranges) == 0 {
			out = append(out, c.Of(ids))
		}
	}
	return out
}
