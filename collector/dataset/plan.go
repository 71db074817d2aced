package dataset

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"telegramtrac/collector"
)

// plan says from which part each id of a channel comes. It is made from footers
// and does not change; a channel that changed gets another plan.
type plan struct {
	channelID int64
	parts     []*part    // in the order of comparePart
	segments  []*segment // ascending, apart from each other; only those with rows

	threads once[threads]
	topics  once[map[int64]string] // titles by id
}

// once is something that is worked out when it is first asked for, and kept.
type once[T any] struct {
	mu    sync.Mutex
	done  bool
	value T
}

// get returns what find found, which is called until it succeeds.
func (o *once[T]) get(find func() (T, error)) (v T, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done {
		return o.value, nil
	}
	if v, err = find(); err == nil {
		o.value, o.done = v, true
	}
	return v, err
}

// segment is a run of ids that the same parts speak of. With one part its rows
// are simply the part's; with several they are merged.
type segment struct {
	ids  collector.Range
	cuts []cut // newest revision first

	mu      sync.Mutex
	counted bool
	count   collector.Count // without Absent; valid when counted
}

// plain reports whether the segment's rows are one part's, unmerged.
func (s *segment) plain() bool { return len(s.cuts) == 1 }

// plans keeps what was worked out until the folder changes.
type plans struct {
	mu       sync.Mutex
	channels map[int64]keptPlan
}

type keptPlan struct {
	generation uint64
	plan       *plan
}

// plan returns the plan of a channel as it is now.
func (d *Rows) plan(ctx context.Context, channelID int64) (p *plan, err error) {
	err = retry(func() error {
		p, err = d.plan1(ctx, channelID)
		return err
	})
	return p, err
}

func (d *Rows) plan1(ctx context.Context, channelID int64) (*plan, error) {
	parts, generation, err := d.messageParts.Channel(channelID).Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	d.plans.mu.Lock()
	kept, ok := d.plans.channels[channelID]
	d.plans.mu.Unlock()
	if ok && kept.generation == generation {
		return kept.plan, nil
	}
	p, err := newPlan(channelID, parts)
	if err != nil {
		return nil, fmt.Errorf("fold channel %d: %w", channelID, err)
	}
	p.inherit(kept.plan)
	d.plans.mu.Lock()
	defer d.plans.mu.Unlock()
	if d.plans.channels == nil {
		d.plans.channels = map[int64]keptPlan{}
	}
	d.plans.channels[channelID] = keptPlan{generation, p}
	return p, nil
}

func newPlan(channelID int64, parts []*part) (*plan, error) {
	p := &plan{channelID: channelID, parts: slices.SortedFunc(slices.Values(parts), comparePart)}
	open := files{}
	defer open.Close()
	for i := 0; i < len(p.parts); {
		j, hi := i+1, p.parts[i].hi
		for j < len(p.parts) && p.parts[j].lo <= hi {
			hi = max(hi, p.parts[j].hi)
			j++
		}
		segments, err := cutParts(p.parts[i:j], open)
		if err != nil {
			return nil, err
		}
		p.segments = append(p.segments, segments...)
		open.closeBelow(hi + 1)
		i = j
	}
	return p, nil
}

// from returns the plan's segments from an id on; the first is cut at it.
func (p *plan) from(id int64, open files) ([]*segment, error) {
	i, _ := slices.BinarySearchFunc(p.segments, id, func(s *segment, id int64) int { return cmp.Compare(s.ids.Hi, id) })
	out := p.segments[i:]
	if len(out) == 0 || out[0].ids.Lo >= id {
		return out, nil
	}
	s := &segment{ids: collector.Range{Lo: id, Hi: out[0].ids.Hi}, cuts: slices.Clone(out[0].cuts)}
	for i, c := range s.cuts {
		row, err := rowOf(c.part, id, open)
		if err != nil {
			return nil, err
		}
		s.cuts[i].from = min(max(c.from, row), c.to)
	}
	return append([]*segment{s}, out[1:]...), nil
}

// cutParts cuts parts that overlap each other, or a single one, into segments.
func cutParts(parts []*part, open files) ([]*segment, error) {
	var out []*segment
	if len(parts) == 1 {
		if p := parts[0]; p.Rows > 0 {
			out = append(out, &segment{ids: collector.Range{Lo: p.lo, Hi: p.hi}, cuts: []cut{{p, 0, p.Rows}}})
		}
		return out, nil
	}
	var points []int64
	for _, p := range parts {
		points = append(points, p.lo, p.hi+1)
	}
	slices.Sort(points)
	points = slices.Compact(points)
	for i := range len(points) - 1 {
		s, err := cutSegment(parts, collector.Range{Lo: points[i], Hi: points[i+1] - 1}, open)
		if err != nil {
			return nil, err
		}
		if s != nil {
			out = append(out, s)
		}
	}
	return out, nil
}

// cutSegment makes the segment of a range that each part holds wholly or not at
// all; nil when there are no rows in it.
func cutSegment(parts []*part, ids collector.Range, open files) (*segment, error) {
	s := &segment{ids: ids}
	var rows int64
	for _, p := range parts {
		if p.lo > ids.Lo || p.hi < ids.Hi {
			continue
		}
		from, err := rowOf(p, ids.Lo, open)
		if err != nil {
			return nil, err
		}
		to, err := rowOf(p, ids.Hi+1, open)
		if err != nil {
			return nil, err
		}
		s.cuts = append(s.cuts, cut{p, from, to})
		rows += to - from
	}
	slices.SortFunc(s.cuts, func(a, b cut) int {
		return cmp.Or(b.revision.compare(a.revision), cmp.Compare(a.path, b.path))
	})
	if rows == 0 {
		return nil, nil
	}
	s.cuts = needed(s.cuts, ids)
	return s, nil
}

// needed leaves out the cuts, newest first, that say nothing of a segment: those
// without rows that prove nothing, or have no older rows to prove it of.
func needed(cuts []cut, ids collector.Range) []cut {
	var out []cut
	older := false
	for _, c := range slices.Backward(cuts) {
		if c.from < c.to || older && c.proves(ids) {
			out = append(out, c)
		}
		older = older || c.from < c.to
	}
	slices.Reverse(out)
	return out
}

// inherit takes over the counts of segments that did not change.
func (p *plan) inherit(old *plan) {
	if old == nil {
		return
	}
	counted := map[int64]*segment{}
	for _, s := range old.segments {
		if !s.plain() {
			counted[s.ids.Lo] = s
		}
	}
	for _, s := range p.segments {
		if o, ok := counted[s.ids.Lo]; ok && o.ids == s.ids && slices.Equal(o.cuts, s.cuts) {
			o.mu.Lock()
			s.counted, s.count = o.counted, o.count
			o.mu.Unlock()
		}
	}
}
