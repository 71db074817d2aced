package fold

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"math"
	"reflect"
	"slices"
	"sort"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/batch"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// Rows that are decoded at once, and how many bytes their texts may have in a column.
const (
	batchRows  = 1024
	batchBytes = 1 << 20
	blockBytes = 4 << 20 // downwards, see BlockRows
)

// Batch is rows of a channel that come one after the other. It belongs to whoever got it, who
// may read it in another goroutine while the next one is decoded.
type Batch[T any] struct {
	ChannelID int64
	First     int64 // how many of the channel's rows came before
	Rows      []T   // ascending by id, also where the batches descend

	idle chan []T // rows that nobody needs any more
}

// Done gives the rows back, to be written over.
func (b *Batch[T]) Done() {
	clear(b.Rows)
	select {
	case b.idle <- b.Rows:
	default:
	}
	b.Rows = nil
}

// Batches yields every message of a channel, or of all channels when channelID is 0, each id
// once, ascending by channel and id, in constant memory. T is a struct with fields tagged like
// collector.Message's; no other columns are read, and where some are named, only these: the
// others are null. An error ends it. What is written meanwhile may be left out.
func Batches[T any](ctx context.Context, d *Rows, channelID int64, columns ...string) iter.Seq2[*Batch[T], error] {
	return func(yield func(*Batch[T], error) bool) {
		plans, err := d.PlansOf(ctx, channelID)
		s := newScan(d, columns, yield)
		for _, p := range plans {
			s.first = 0
			if err = s.channel(ctx, p); err != nil || s.ended {
				break
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// scan is a reading of batches.
type scan[T any] struct {
	*Rows
	columns   []string
	idle      chan []T
	comments  Threads
	channelID int64
	first     int64 // rows of the channel that were yielded
	yield     func(*Batch[T], error) bool
	ended     bool // nobody wants more
}

func newScan[T any](d *Rows, columns []string, yield func(*Batch[T], error) bool) *scan[T] {
	return &scan[T]{Rows: d, columns: columns, idle: make(chan []T, 8), yield: yield}
}

// room is memory for so many rows, all zero.
func (s *scan[T]) room(n int) []T {
	select {
	case rows := <-s.idle:
		if cap(rows) >= n {
			return rows[:n]
		}
	default:
	}
	return make([]T, n)
}

// hand yields rows.
func (s *scan[T]) hand(rows []T) {
	if len(rows) == 0 {
		return
	}
	for i := range rows {
		if m, whole := any(&rows[i]).(*collector.Message); whole {
			s.comments.Tie(m)
		}
	}
	b := &Batch[T]{s.channelID, s.first, rows, s.idle}
	s.first += int64(len(rows))
	s.ended = !s.yield(b, nil)
}

// begin prepares for a channel.
func (s *scan[T]) begin(ctx context.Context, channelID int64) (err error) {
	s.channelID = channelID
	s.comments, err = s.threadsFor(ctx, channelID, *new(T))
	return err
}

// channel yields a channel's rows. Where parts that were about to be opened have been merged
// meanwhile, it goes on with the merged one.
func (s *scan[T]) channel(ctx context.Context, p *Plan) (err error) {
	at := int64(math.MinInt64)
	for n := 0; ; n++ {
		before := at
		err = s.upFrom(ctx, p, &at)
		if at > before {
			n = 0
		}
		if !errors.Is(err, fs.ErrNotExist) || n == Attempts {
			return err
		}
		if p, err = s.PlanAgain(ctx, p); err != nil {
			return err
		}
	}
}

// upFrom yields a plan's rows from the id at on, and keeps at where it is. Parts are opened
// before the first row of a segment only, so that all rows below at, and none above, were
// yielded when one is not there any more.
func (s *scan[T]) upFrom(ctx context.Context, p *Plan, at *int64) error {
	open := mend.Files{}
	defer open.Close()
	segments, err := p.From(*at, open)
	if err != nil {
		return err
	}
	if err := s.begin(ctx, p.ChannelID); err != nil {
		return err
	}
	for _, g := range segments {
		*at = max(*at, g.IDs.Lo)
		if g.Plain() {
			err = s.plainUp(ctx, g.Cuts[0], open)
		} else {
			err = s.mergedUp(ctx, g, open)
		}
		if err != nil || s.ended {
			return err
		}
		*at = g.IDs.Hi + 1
		open.CloseBelow(*at)
	}
	return nil
}

// plainUp yields the rows of a cut as they are.
func (s *scan[T]) plainUp(ctx context.Context, c part.Cut, open mend.Files) error {
	r, err := s.reader(c, open)
	if err != nil {
		return err
	}
	defer r.Close()
	for from := c.From; from < c.To && !s.ended; {
		rows := s.room(int(min(batchRows, c.To-from)))
		n, err := r.Read(rows, batchBytes)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		from += int64(n)
		s.hand(rows[:n])
	}
	return nil
}

// reader reads a cut from its begin on.
func (s *scan[T]) reader(c part.Cut, open mend.Files) (*batch.Reader[T], error) {
	f, err := open.Open(c.Part)
	if err != nil {
		return nil, err
	}
	r, err := batch.New[T](f, s.columns...)
	if err == nil && c.From > 0 {
		err = r.GoTo(c.From)
	}
	return r, err
}

// mergedUp yields the rows of a segment that several parts speak of.
func (s *scan[T]) mergedUp(ctx context.Context, g *Segment, open mend.Files) error {
	rows := s.room(part.StreamRows)[:0]
	for v, err := range MergedRows[T](ctx, g, 0, -1, open) {
		if err != nil {
			return err
		}
		if rows = append(rows, *v); len(rows) < part.StreamRows {
			continue
		}
		if s.hand(rows); s.ended {
			return nil
		}
		rows = s.room(part.StreamRows)[:0]
	}
	s.hand(rows)
	return nil
}

// BatchesDown yields every message of one channel, each id once, newest batch first. T is as
// for Batches and has the column message_id. An error ends it.
func BatchesDown[T any](ctx context.Context, d *Rows, channelID int64) iter.Seq2[*Batch[T], error] {
	return func(yield func(*Batch[T], error) bool) {
		s := newScan(d, nil, yield)
		below := int64(math.MaxInt64) // ids at and above it were yielded
		for n := 0; ; n++ {
			before := below
			err := s.downFrom(ctx, channelID, &below)
			if below < before {
				n = 0
			}
			if err == nil || !errors.Is(err, fs.ErrNotExist) || n == Attempts {
				if err != nil {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// downFrom yields a channel's rows with lower ids, and keeps below where it is.
func (s *scan[T]) downFrom(ctx context.Context, channelID int64, below *int64) error {
	p, err := s.Plan(ctx, channelID)
	if err != nil {
		return err
	}
	open := mend.Files{}
	defer open.Close()
	if err := s.begin(ctx, channelID); err != nil {
		return err
	}
	for _, g := range slices.Backward(p.Segments) {
		if g.IDs.Lo >= *below {
			continue
		}
		open.Trim()
		if g.Plain() {
			err = s.plainDown(ctx, g.Cuts[0], below, open)
		} else {
			err = s.mergedDown(ctx, g, below, open)
		}
		if err != nil || s.ended {
			return err
		}
	}
	return nil
}

func (s *scan[T]) plainDown(ctx context.Context, c part.Cut, below *int64, open mend.Files) error {
	r, err := s.reader(c, open)
	if err != nil {
		return err
	}
	defer r.Close()
	for end := c.To; end > c.From && !s.ended; {
		rows, err := s.readBefore(r, max(c.From, end-BlockRows), end)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		end -= int64(len(rows))
		s.handBelow(rows, below)
	}
	return nil
}

// readBefore reads the rows from..end-1, or fewer of them where they are large.
func (s *scan[T]) readBefore(r *batch.Reader[T], from, end int64) ([]T, error) {
	for {
		if err := r.GoTo(from); err != nil {
			return nil, err
		}
		rows, done := s.room(int(end-from)), 0
		for pieces := 0; done < len(rows) && pieces < maxPieces; pieces++ {
			n, err := r.Read(rows[done:], blockBytes)
			if err != nil {
				return nil, err
			}
			done += n
		}
		if done == len(rows) {
			return rows, nil
		}
		from = end - max(1, (end-from)/4)
	}
}

// maxPieces is in how many pieces rows may come that are read before others: at the border of
// two row groups in two. Of large ones, fewer rows are read.
const maxPieces = 3

// handBelow yields those rows that were not yielded.
func (s *scan[T]) handBelow(rows []T, below *int64) {
	id := columnField(reflect.TypeFor[T](), "message_id", reflect.TypeFor[int64]())
	at := func(i int) int64 { return reflect.ValueOf(&rows[i]).Elem().Field(id).Int() }
	keep := sort.Search(len(rows), func(i int) bool { return at(i) >= *below })
	clear(rows[keep:])
	rows = rows[:keep]
	if len(rows) > 0 {
		*below = at(0)
		s.hand(rows)
	}
}

func (s *scan[T]) mergedDown(ctx context.Context, g *Segment, below *int64, open mend.Files) error {
	n, err := g.Rows(ctx, open)
	if err != nil {
		return err
	}
	for end := n; end > 0 && !s.ended; end -= mergedBlockRows {
		from := max(0, end-mergedBlockRows)
		rows, err := ReadRows[T](ctx, g, from, end-from, open)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		s.handBelow(rows, below)
	}
	return nil
}
