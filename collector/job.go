package collector

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// job collects the messages of one channel.
type job struct {
	*collection
	ch     Channel
	p      *Progress
	report func()
	bounds Range // of the ids asked for
	topics topics
	again  int64 // ids from here on are looked at again; 0: none
}

// begin counts what was there before, and finds where looking again begins. The
// change of state is told only then, so that it is put down with what was there
// before: after a kill that cannot be told any more.
func (j *job) begin(ctx context.Context) error {
	all, err := j.held(ctx, j.bounds)
	if err != nil {
		return err
	}
	j.p.countFrom(all.rows())
	if err := j.count(ctx, all); err != nil {
		return err
	}
	j.p.State = Collecting
	j.report()
	if j.Request.AgainDays <= 0 {
		return nil
	}
	b, err := j.boundsOf(ctx, j.ch, j.p.StartedAt.AddDate(0, 0, -int(j.Request.AgainDays)), time.Time{})
	if err != nil {
		return fmt.Errorf("find the messages of the last %d days in channel %d: %w", j.Request.AgainDays, j.ch.ID, err)
	}
	j.again = max(1, b.Lo)
	return nil
}

// missing returns the ids of r to ask for: those that are not covered and,
// where the job looks again, those that were not looked at since it began. A
// job that goes on after a stop does not look twice.
func (j *job) missing(ctx context.Context, r Range) (Ranges, error) {
	covered, err := j.Store.Covered(ctx, j.ch.ID, j.Source.Name())
	if err != nil {
		return nil, storeError{fmt.Errorf("fold channel %d: %w", j.ch.ID, err)}
	}
	if j.again == 0 {
		return covered.Missing(r), nil
	}
	// Not what was observed in the future: the clock was wrong then.
	fresh, err := j.Store.CoveredBetween(ctx, j.ch.ID, j.Source.Name(), *j.p.StartedAt, j.Now().UTC())
	if err != nil {
		return nil, storeError{fmt.Errorf("fold channel %d: %w", j.ch.ID, err)}
	}
	old := covered.Missing(Range{r.Lo, min(r.Hi, j.again-1)})
	return old.Union(fresh.Missing(Range{max(r.Lo, j.again), r.Hi})), nil
}

// fetchMissing fetches what is missing of r, several ranges at a time.
func (j *job) fetchMissing(ctx context.Context, r Range) error {
	todo, err := j.missing(ctx, r)
	if err != nil {
		return err
	}
	pieces, err := j.pieces(ctx, todo)
	if err != nil {
		return err
	}
	return j.ranges(ctx, pieces)
}

// pieces cuts what is to be fetched into ranges, newest first, with what is held of
// each: rows that were imported, those of another source, or those that are looked
// at again.
func (j *job) pieces(ctx context.Context, todo Ranges) ([]piece, error) {
	var out []piece
	for _, whole := range slices.Backward(todo) {
		had, err := j.held(ctx, whole)
		if err != nil {
			return nil, err
		}
		for _, r := range (Ranges{whole}).Split(rangeSize) {
			p := piece{Range: r}
			if had != (held{}) {
				if p.had, err = j.held(ctx, r); err != nil {
					return nil, err
				}
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// few is how many messages are read one page after the other rather than by
// ranges in parallel.
const few = 500

// last collects the newest n messages within the bounds, and nothing older.
// Of the newest n ids each is needed, for they hold n messages at most; then,
// of the ids below, as many as messages are still lacking; and so on. So the
// ranges can be fetched in parallel and none in vain. The rest is read page by
// page.
func (j *job) last(ctx context.Context, n int64) error {
	lo := j.bounds.Hi + 1
	for n > 0 && lo > j.bounds.Lo {
		r := Range{Lo: max(j.bounds.Lo, lo-n), Hi: lo - 1}
		if n > few {
			if err := j.widen(ctx, r.Lo); err != nil {
				return err
			}
			if err := j.fetchMissing(ctx, r); err != nil {
				return err
			}
		} else {
			known, err := j.step(ctx, lo-1, n)
			if err != nil {
				return err
			}
			r.Lo = known
		}
		have, err := j.Store.Count(ctx, j.ch.ID, r)
		if err != nil {
			return storeError{fmt.Errorf("count channel %d: %w", j.ch.ID, err)}
		}
		n -= have.Messages
		lo = r.Lo
	}
	j.p.Lo, j.p.Hi = lo, j.bounds.Hi // an earlier run may have come lower
	return nil
}

// lower makes the ids that are asked for begin at lo, unless they do so below it.
func (j *job) lower(lo int64) {
	if j.p.Lo == 0 || lo < j.p.Lo {
		j.p.Lo = lo
	}
	j.p.Hi = j.bounds.Hi
}

// widen takes the ids from lo on among those that are counted.
func (j *job) widen(ctx context.Context, lo int64) error {
	j.lower(lo)
	if err := j.recount(ctx); err != nil {
		return err
	}
	j.report()
	return nil
}

// step makes known the ids down from hi until they hold n messages, or until
// what lies there is of another sort (covered, or not). It returns the lowest
// id that is needed.
func (j *job) step(ctx context.Context, hi, n int64) (lo int64, err error) {
	todo, err := j.missing(ctx, Range{j.bounds.Lo, hi})
	if err != nil {
		return 0, err
	}
	if len(todo) > 0 && todo[len(todo)-1].Hi == hi {
		return j.read(ctx, todo[len(todo)-1], n)
	}
	known := Range{j.bounds.Lo, hi}
	if len(todo) > 0 {
		known.Lo = todo[len(todo)-1].Hi + 1
	}
	return j.newest(ctx, known, n)
}

// newest returns the highest lo for which the known range lo..r.Hi holds n
// messages; r.Lo when it holds fewer.
func (j *job) newest(ctx context.Context, r Range, n int64) (int64, error) {
	lo, hi := r.Lo, r.Hi+1 // enough from lo on, or all there is; not enough from hi on
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		have, err := j.Store.Count(ctx, j.ch.ID, Range{mid, r.Hi})
		if err != nil {
			return 0, storeError{fmt.Errorf("count channel %d: %w", j.ch.ID, err)}
		}
		if have.Messages >= n {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo, nil
}

// read fetches r page by page until n messages were met, and puts what it read
// in parts of about rangeSize rows. It returns the lowest id that is known now.
// Where nothing is held of r, messages are counted as they arrive.
func (j *job) read(ctx context.Context, r Range, n int64) (int64, error) {
	had, err := j.held(ctx, r)
	if err != nil {
		return 0, err
	}
	part := j.newPart(r)
	last := r.Hi + 1
	for page, err := range j.Source.Messages(ctx, j.ch, r) {
		if err != nil {
			return 0, fmt.Errorf("read ids %d to %d of channel %d: %w", r.Lo, r.Hi, j.ch.ID, err)
		}
		for i, m := range page.Messages {
			if n == 0 {
				page.Messages = page.Messages[:i]
				break
			}
			if m.Kind != KindService {
				n--
			}
		}
		came, err := j.accept(&part, page, &last)
		if err != nil {
			return 0, err
		}
		if had == (held{}) {
			j.lower(last)
			j.p.add(came)
		}
		j.report()
		if n == 0 || len(part.Messages) >= rangeSize {
			part.Range.Lo = last
			if err := j.putRead(ctx, part); err != nil || n == 0 {
				return last, err
			}
			part = j.newPart(Range{r.Lo, last - 1})
		}
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if part.Range.Len() == 0 { // the part put last ended at r.Lo
		return r.Lo, nil
	}
	return r.Lo, j.putRead(ctx, part)
}

// putRead puts what was read down to a part's lowest id, and counts it.
func (j *job) putRead(ctx context.Context, part Part) error {
	if err := j.put(ctx, part); err != nil {
		return err
	}
	return j.widen(ctx, part.Range.Lo)
}

// end takes the counts from the store when the channel ends, also when it was
// stopped.
func (j *job) end(ctx context.Context) error {
	ctx, cancel := still(ctx)
	defer cancel()
	if err := j.recount(ctx); err != nil {
		return err
	}
	j.p.Counted = true
	return nil
}

// recount takes the counts from the store. What is new is so of all ids asked for,
// not only of the last N messages.
func (j *job) recount(ctx context.Context) error {
	all, err := j.held(ctx, j.bounds)
	if err != nil {
		return err
	}
	j.p.countTo(all.rows())
	return j.count(ctx, all)
}

// count takes the counts of Lo..Hi, where those of all ids asked for are known.
func (j *job) count(ctx context.Context, all held) (err error) {
	if r := (Range{j.p.Lo, j.p.Hi}); r != j.bounds {
		if all, err = j.held(ctx, r); err != nil {
			return err
		}
	}
	j.p.set(all)
	return nil
}

// held is what the store holds of some ids of the channel.
func (j *job) held(ctx context.Context, r Range) (held, error) {
	return j.Run.held(ctx, j.ch.ID, j.Source.Name(), r)
}
