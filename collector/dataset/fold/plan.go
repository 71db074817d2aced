package fold

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/decode"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// Plan says from which part each id of a channel comes. It is made from footers
// and does not change; a channel that changed gets another plan.
type Plan struct {
	ChannelID int64
	Parts     []*part.Part // in the order of comparePart
	Segments  []*Segment   // ascending, apart from each other; only those with rows

	threads once[Threads]
	Topics  once[map[int64]string] // titles by id
}

// once is something that is worked out when it is first asked for, and kept.
type once[T any] struct {
	mu    sync.Mutex
	done  bool
	value T
}

// Get returns what find found, which is called until it succeeds.
func (o *once[T]) Get(find func() (T, error)) (v T, err error) {
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

// Segment is a run of ids that the same parts speak of. With one part its rows
// are simply the part's; with several they are merged.
type Segment struct {
	IDs  collector.Range
	Cuts []part.Cut // newest revision first

	kept *decode.Blocks // what pages were decoded of; nil: nothing is kept

	mu      sync.Mutex
	counted bool
	count   collector.Count // without Absent; valid when counted
}

// Plain reports whether the segment's rows are one part's, unmerged.
func (s *Segment) Plain() bool { return len(s.Cuts) == 1 }

// plans keeps what was worked out until the folder changes.
type plans struct {
	mu       sync.Mutex
	Channels map[int64]keptPlan
}

type keptPlan struct {
	generation uint64
	plan       *Plan
}

// Plan returns the plan of a channel as it is now.
func (d *Rows) Plan(ctx context.Context, channelID int64) (p *Plan, err error) {
	err = Retry(func() error {
		p, err = d.plan1(ctx, channelID)
		return err
	})
	return p, err
}

func (d *Rows) plan1(ctx context.Context, channelID int64) (*Plan, error) {
	parts, generation, err := d.MessageParts.Channel(channelID).Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	d.Plans.mu.Lock()
	kept, ok := d.Plans.Channels[channelID]
	d.Plans.mu.Unlock()
	if ok && kept.generation == generation {
		return kept.plan, nil
	}
	p, err := NewPlan(channelID, parts)
	if err != nil {
		return nil, fmt.Errorf("fold channel %d: %w", channelID, err)
	}
	p.inherit(kept.plan)
	for _, s := range p.Segments {
		s.kept = d.Blocks
	}
	d.Blocks.Drop(p.without(kept.plan)...)
	d.Plans.mu.Lock()
	defer d.Plans.mu.Unlock()
	if d.Plans.Channels == nil {
		d.Plans.Channels = map[int64]keptPlan{}
	}
	d.Plans.Channels[channelID] = keptPlan{generation, p}
	return p, nil
}

func NewPlan(channelID int64, parts []*part.Part) (*Plan, error) {
	p := &Plan{ChannelID: channelID, Parts: slices.SortedFunc(slices.Values(parts), part.ComparePart)}
	open := mend.Files{}
	defer open.Close()
	for i := 0; i < len(p.Parts); {
		j, hi := i+1, p.Parts[i].Hi
		for j < len(p.Parts) && p.Parts[j].Lo <= hi {
			hi = max(hi, p.Parts[j].Hi)
			j++
		}
		segments, err := cutParts(p.Parts[i:j], open)
		if err != nil {
			return nil, err
		}
		p.Segments = append(p.Segments, segments...)
		open.CloseBelow(hi + 1)
		i = j
	}
	return p, nil
}

// From returns the plan's segments from an id on; the first is cut at it.
func (p *Plan) From(id int64, open mend.Files) ([]*Segment, error) {
	i, _ := slices.BinarySearchFunc(p.Segments, id, func(s *Segment, id int64) int { return cmp.Compare(s.IDs.Hi, id) })
	out := p.Segments[i:]
	if len(out) == 0 || out[0].IDs.Lo >= id {
		return out, nil
	}
	s := &Segment{IDs: collector.Range{Lo: id, Hi: out[0].IDs.Hi}, Cuts: slices.Clone(out[0].Cuts)}
	for i, c := range s.Cuts {
		row, err := part.RowOf(c.Part, id, open)
		if err != nil {
			return nil, err
		}
		s.Cuts[i].From = min(max(c.From, row), c.To)
	}
	return append([]*Segment{s}, out[1:]...), nil
}

// cutParts cuts parts that overlap each other, or a single one, into segments.
func cutParts(parts []*part.Part, open mend.Files) ([]*Segment, error) {
	var out []*Segment
	if len(parts) == 1 {
		if p := parts[0]; p.Rows > 0 {
			out = append(out, &Segment{IDs: collector.Range{Lo: p.Lo, Hi: p.Hi}, Cuts: []part.Cut{{Part: p, From: 0, To: p.Rows}}})
		}
		return out, nil
	}
	var points []int64
	for _, p := range parts {
		points = append(points, p.Lo, p.Hi+1)
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
func cutSegment(parts []*part.Part, ids collector.Range, open mend.Files) (*Segment, error) {
	s := &Segment{IDs: ids}
	var rows int64
	for _, p := range parts {
		if p.Lo > ids.Lo || p.Hi < ids.Hi {
			continue
		}
		from, err := part.RowOf(p, ids.Lo, open)
		if err != nil {
			return nil, err
		}
		to, err := part.RowOf(p, ids.Hi+1, open)
		if err != nil {
			return nil, err
		}
		s.Cuts = append(s.Cuts, part.Cut{Part: p, From: from, To: to})
		rows += to - from
	}
	slices.SortFunc(s.Cuts, func(a, b part.Cut) int {
		return cmp.Or(b.Revision.Compare(a.Revision), cmp.Compare(a.Name, b.Name))
	})
	if rows == 0 {
		return nil, nil
	}
	s.Cuts = needed(s.Cuts, ids)
	return s, nil
}

// needed leaves out the cuts, newest first, that say nothing of a segment: those
// without rows that prove nothing, or have no older rows to prove it of.
func needed(cuts []part.Cut, ids collector.Range) []part.Cut {
	var out []part.Cut
	older := false
	for _, c := range slices.Backward(cuts) {
		if c.From < c.To || older && c.Proves(ids) {
			out = append(out, c)
		}
		older = older || c.From < c.To
	}
	slices.Reverse(out)
	return out
}

// without are the parts of an older plan that the plan has not.
func (p *Plan) without(old *Plan) (gone []any) {
	if old == nil {
		return nil
	}
	for _, one := range old.Parts {
		if !slices.Contains(p.Parts, one) {
			gone = append(gone, one)
		}
	}
	return gone
}

// inherit takes over the counts of segments that did not change.
func (p *Plan) inherit(old *Plan) {
	if old == nil {
		return
	}
	counted := map[int64]*Segment{}
	for _, s := range old.Segments {
		if !s.Plain() {
			counted[s.IDs.Lo] = s
		}
	}
	for _, s := range p.Segments {
		if o, ok := counted[s.IDs.Lo]; ok && o.IDs == s.IDs && slices.Equal(o.Cuts, s.Cuts) {
			o.mu.Lock()
			s.counted, s.count = o.counted, o.count
			o.mu.Unlock()
		}
	}
}
