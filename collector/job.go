package collector

import (
	"context"
	"fmt"
	"time"
)

// job collects the messages of one channel.
type job struct {
	*collection
	ch     Channel
	p      *Progress
	report func()
	bounds Range // of the ids asked for
	again  int64 // ids from here on are looked at again; 0: none

	// Ids that were accounted for before they are looked at again, which does not
	// count them a second time. Changed only while nothing is in flight.
	known Ranges
}

// begin counts what was there before, and finds where looking again begins.
func (j *job) begin(ctx context.Context) error {
	if err := j.recount(ctx, j.ch.ID, j.p); err != nil {
		return err
	}
	if j.p.Before == nil {
		n := j.p.Messages + j.p.Service
		j.p.Before = &n
	}
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
	j.known = covered
	old := covered.Missing(Range{r.Lo, min(r.Hi, j.again-1)})
	return old.Union(fresh.Missing(Range{max(r.Lo, j.again), r.Hi})), nil
}

// fetchMissing fetches what is missing of r, several ranges at a time.
func (j *job) fetchMissing(ctx context.Context, r Range) error {
	todo, err := j.missing(ctx, r)
	if err != nil {
		return err
	}
	return j.ranges(ctx, todo.Split(rangeSize))
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
		j.p.Lo = lo
	}
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
func (j *job) read(ctx context.Context, r Range, n int64) (int64, error) {
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
		s, err := j.accept(&part, page, &last)
		if err != nil {
			return 0, err
		}
		j.count(s)
		if n == 0 || len(part.Messages) >= rangeSize {
			part.Range.Lo = last
			if err := j.put(ctx, part); err != nil {
				return 0, err
			}
			if n == 0 {
				return last, nil
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
	return r.Lo, j.put(ctx, part)
}

// end takes the counts from the store when the channel ends, also when it was
// stopped. What is new is so of all ids asked for, not only of the last N messages.
func (j *job) end(ctx context.Context) error {
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = late(ctx)
		defer cancel()
	}
	if err := j.recount(ctx, j.ch.ID, j.p); err != nil || j.p.Lo <= j.bounds.Lo || j.p.Before == nil {
		return err
	}
	all, err := j.Store.Count(ctx, j.ch.ID, j.bounds)
	if err != nil {
		return storeError{fmt.Errorf("count channel %d: %w", j.ch.ID, err)}
	}
	j.p.New = max(0, all.Messages+all.Service-*j.p.Before)
	return nil
}

// count adds messages that arrived.
func (j *job) count(s step) {
	j.p.Messages += s.messages
	j.p.Service += s.service
	j.p.countNew()
	j.report()
}
