package query

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"math"
	"slices"

	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
)

// block is a run of rows whose dates lie between known bounds: a row group, or
// a segment that is merged.
type block struct {
	*fold.Segment
	channelID        int64
	from, rows       int64 // positions in the segment
	minDate, maxDate int64 // microseconds since 1970
	group            int   // the row group of which these are all rows; -1: they are not
}

// moment is where a row stands on the timeline.
type moment struct {
	date, channelID, id int64
	block               *block
	position            int64 // in the segment
}

// compareMoment orders the newest first.
func compareMoment(a, b moment) int {
	return cmp.Or(cmp.Compare(b.date, a.date), cmp.Compare(b.channelID, a.channelID), cmp.Compare(b.id, a.id))
}

// timeline returns a page of all channels. Blocks that lie wholly above the page
// are only counted; those around it are merged by the dates of their rows.
func (d *Reader) timeline(ctx context.Context, q Query) (Page, error) {
	open := mend.Files{}
	defer open.Close()
	blocks, total, err := d.blocks(ctx, open)
	if err != nil {
		return Page{}, fmt.Errorf("page of all channels: %w", err)
	}
	out := Page{Total: total}
	if int64(q.Offset) >= total || q.Limit == 0 {
		return out, nil
	}
	moments, err := d.pageMoments(ctx, blocks, int64(q.Offset), q.Limit, open)
	if err != nil {
		return Page{}, fmt.Errorf("page of all channels: %w", err)
	}
	out.Messages, err = d.readMoments(ctx, moments, q.Columns)
	return out, err
}

// blocks returns all rows of all channels, and how many they are.
func (d *Reader) blocks(ctx context.Context, open mend.Files) (out []*block, total int64, err error) {
	plans, err := d.PlansNow(ctx, 0)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range plans {
		for _, s := range p.Segments {
			open.Trim()
			bs, err := blocksOf(ctx, s, p.ChannelID, open)
			if err != nil {
				return nil, 0, err
			}
			out = append(out, bs...)
		}
	}
	for _, b := range out {
		total += b.rows
	}
	return out, total, nil
}

// blocksOf cuts a segment at its part's row groups; a merged one stays whole.
func blocksOf(ctx context.Context, s *fold.Segment, channelID int64, open mend.Files) ([]*block, error) {
	if s.Plain() {
		return plainBlocks(s, channelID), nil
	}
	rows, err := s.Rows(ctx, open)
	b := &block{Segment: s, channelID: channelID, rows: rows, minDate: math.MaxInt64, maxDate: math.MinInt64, group: -1}
	for _, c := range s.Cuts {
		if c.From < c.To {
			b.minDate, b.maxDate = min(b.minDate, c.MinDate), max(b.maxDate, c.MaxDate)
		}
	}
	return []*block{b}, err
}

func plainBlocks(s *fold.Segment, channelID int64) []*block {
	var out []*block
	var first int64
	c := s.Cuts[0]
	for i, g := range c.Groups {
		from, to := max(c.From, first), min(c.To, first+g.Rows)
		first += g.Rows
		if to-from < g.Rows {
			i = -1
		}
		if from < to {
			out = append(out, &block{s, channelID, from - c.From, to - from, g.MinDate, g.MaxDate, i})
		}
	}
	return out
}

// pageMoments finds the rows of a page. It begins at the oldest date of which
// the footers prove that no more than offset rows are newer.
func (d *Reader) pageMoments(ctx context.Context, blocks []*block, offset int64, limit int, open mend.Files) ([]moment, error) {
	slices.SortFunc(blocks, func(a, b *block) int { return cmp.Compare(b.maxDate, a.maxDate) })
	start := startDate(blocks, offset)
	var newer int64 // rows newer than start
	var pending timeHeap
	var waiting []*block
	for _, b := range blocks {
		switch {
		case b.minDate > start:
			newer += b.rows
		case b.maxDate <= start:
			waiting = append(waiting, b)
		default:
			moments, err := d.Moments.of(ctx, b, open)
			if err != nil {
				return nil, err
			}
			n := newerThan(moments, start)
			newer += int64(n)
			pending.push(moments[n:])
		}
	}
	return d.mergeMoments(ctx, pending, waiting, offset-newer, limit, open)
}

// startDate returns a date so old that the blocks which may have newer rows come
// close to offset rows together, without exceeding it. The blocks are sorted,
// newest bound first.
func startDate(blocks []*block, offset int64) int64 {
	var sum int64
	for i, b := range blocks {
		if sum += b.rows; sum > offset {
			return blocks[i].maxDate // rows newer than this are in earlier blocks only
		}
	}
	return math.MinInt64
}

func newerThan(moments []moment, date int64) int {
	n, _ := slices.BinarySearchFunc(moments, date, func(m moment, date int64) int {
		if m.date > date {
			return -1
		}
		return 1
	})
	return n
}

// mergeMoments merges the pending rows with those of the waiting blocks, which
// are opened when their turn comes, skips some and returns the next ones.
func (d *Reader) mergeMoments(ctx context.Context, pending timeHeap, waiting []*block, skip int64, limit int,
	open mend.Files) ([]moment, error) {
	var out []moment
	for len(out) < limit {
		for len(waiting) > 0 && (len(pending) == 0 || waiting[0].maxDate >= pending[0][0].date) {
			moments, err := d.Moments.of(ctx, waiting[0], open)
			if err != nil {
				return nil, err
			}
			pending.push(moments)
			waiting = waiting[1:]
		}
		if len(pending) == 0 {
			break
		}
		if m := pending.pop(); skip > 0 {
			skip--
		} else {
			out = append(out, m)
		}
	}
	return out, nil
}

// moments reads where the rows of a block stand, newest first.
func (b *block) moments(ctx context.Context, open mend.Files) ([]moment, error) {
	defer open.Trim()
	out := make([]moment, 0, b.rows)
	if !b.Plain() {
		for p, err := range b.Picks(ctx, open) {
			if err != nil {
				return nil, err
			}
			out = append(out, moment{p.Date, b.channelID, p.ID, b, int64(len(out))})
		}
		slices.SortFunc(out, compareMoment)
		return out, nil
	}
	f, err := open.Open(b.Cuts[0].Part)
	if err != nil {
		return nil, err
	}
	first := b.Cuts[0].From + b.from
	ids, err := f.Int64s("message_id", first, first+b.rows)
	if err != nil {
		return nil, err
	}
	dates, err := f.Int64s("date", first, first+b.rows)
	if err != nil {
		return nil, err
	}
	for i := range ids {
		out = append(out, moment{dates[i], b.channelID, ids[i], b, b.from + int64(i)})
	}
	slices.SortFunc(out, compareMoment)
	return out, ctx.Err()
}

// timeHeap holds runs of moments, the newest moment on top. No run is empty.
type timeHeap [][]moment

func (h timeHeap) Len() int           { return len(h) }
func (h timeHeap) Less(i, j int) bool { return compareMoment(h[i][0], h[j][0]) < 0 }
func (h timeHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is for package heap.
func (h *timeHeap) Push(x any) { *h = append(*h, x.([]moment)) }

// Pop is for package heap.
func (h *timeHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func (h *timeHeap) push(run []moment) {
	if len(run) > 0 {
		heap.Push(h, run)
	}
}

// pop takes the newest moment.
func (h *timeHeap) pop() moment {
	m := (*h)[0][0]
	if (*h)[0] = (*h)[0][1:]; len((*h)[0]) > 0 {
		heap.Fix(h, 0)
	} else {
		heap.Pop(h)
	}
	return m
}
