package loop

import (
	"context"
	"fmt"
	"time"

	"telegramtrac/collector"
)

// job collects the messages of one channel.
type job struct {
	*collection
	ch     collector.Channel
	p      *collector.Progress
	report func()
	bounds collector.Range // of the ids asked for
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
	beginNew(j.p, all.rows())
	if err := j.count(ctx, all); err != nil {
		return err
	}
	j.p.State = collector.Collecting
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
func (j *job) missing(ctx context.Context, r collector.Range) (collector.Ranges, error) {
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
	old := covered.Missing(collector.Range{Lo: r.Lo, Hi: min(r.Hi, j.again-1)})
	return old.Union(fresh.Missing(collector.Range{Lo: max(r.Lo, j.again), Hi: r.Hi})), nil
}

// fetchMissing fetches what is missing of r, and returns what the source told on the
// way of the ids right below it, for as long as they are missing too.
func (j *job) fetchMissing(ctx context.Context, r collector.Range) (beyond, error) {
	todo, err := j.missing(ctx, r)
	if err != nil || len(todo) == 0 {
		return beyond{}, err
	}
	below := collector.Range{Lo: 1}
	if missing, err := j.missing(ctx, collector.Range{Lo: j.bounds.Lo, Hi: r.Lo - 1}); err != nil {
		return beyond{}, err
	} else if n := len(missing); n > 0 && missing[n-1].Hi == r.Lo-1 {
		below = missing[n-1]
	}
	return j.walk(ctx, todo, &below)
}

// last collects the newest n messages within the bounds, and nothing older.
// Of the newest n ids each is needed, for they hold n messages at most; then, of the
// ids below, as many as messages are still lacking; and so on. So they can be read
// by several workers and none in vain. What a page shows of the ids below is taken
// as far as it is needed. Where the ids are known, the store is asked how far down
// to go.
func (j *job) last(ctx context.Context, n int64) error {
	lo := j.bounds.Hi + 1
	for n > 0 && lo > j.bounds.Lo {
		to, more, err := j.step(ctx, lo-1, n)
		if err != nil {
			return err
		}
		have, err := j.messagesIn(ctx, collector.Range{Lo: to, Hi: lo - 1})
		if err != nil {
			return err
		}
		n, lo = n-have, to
		if n <= 0 || more.none() {
			continue
		}
		if to, err = j.keepNewest(ctx, more, n); err != nil {
			return err
		}
		if have, err = j.messagesIn(ctx, collector.Range{Lo: to, Hi: lo - 1}); err != nil {
			return err
		}
		n, lo = n-have, to
	}
	j.p.Lo, j.p.Hi = lo, j.bounds.Hi // an earlier run may have come lower
	return nil
}

// step makes known the next ids down from hi that n messages lie in. It returns the
// lowest of them, and what the source told of those below.
func (j *job) step(ctx context.Context, hi, n int64) (lo int64, more beyond, err error) {
	missing, err := j.missing(ctx, collector.Range{Lo: j.bounds.Lo, Hi: hi})
	if err != nil {
		return 0, beyond{}, err
	}
	known := collector.Range{Lo: j.bounds.Lo, Hi: hi} // down to what is missing
	if m := len(missing); m > 0 {
		known.Lo = missing[m-1].Hi + 1
	}
	if known.Len() > 0 {
		lo, err = j.newest(ctx, known, n)
		return lo, beyond{}, err
	}
	r := collector.Range{Lo: max(j.bounds.Lo, hi-n+1), Hi: hi}
	if err := j.widen(ctx, r.Lo); err != nil {
		return 0, beyond{}, err
	}
	more, err = j.fetchMissing(ctx, r)
	return r.Lo, more, err
}

// messagesIn counts what the store holds of some ids, without service messages.
func (j *job) messagesIn(ctx context.Context, r collector.Range) (int64, error) {
	n, err := j.Store.Count(ctx, j.ch.ID, r)
	if err != nil {
		return 0, storeError{fmt.Errorf("count channel %d: %w", j.ch.ID, err)}
	}
	return n.Messages, nil
}

// keepNewest puts the newest n messages of what the source told beyond the ids that
// it was asked for, and returns the lowest id that is known then.
func (j *job) keepNewest(ctx context.Context, more beyond, n int64) (lo int64, err error) {
	ids := more.ids
	for i, m := range more.messages {
		if m.Kind != collector.KindMessage {
			continue
		}
		if n--; n == 0 {
			more.messages, ids.Lo = more.messages[:i+1], m.ID
			break
		}
	}
	l := load{began: more.began, messages: more.messages, peers: more.peers, covered: collector.Ranges{ids}}
	if _, err := j.putLoad(ctx, l, false); err != nil {
		return 0, err
	}
	return ids.Lo, j.widen(ctx, ids.Lo)
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

// newest returns the highest lo for which the known range lo..r.Hi holds n
// messages; r.Lo when it holds fewer.
func (j *job) newest(ctx context.Context, r collector.Range, n int64) (int64, error) {
	lo, hi := r.Lo, r.Hi+1 // enough from lo on, or all there is; not enough from hi on
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		have, err := j.Store.Count(ctx, j.ch.ID, collector.Range{Lo: mid, Hi: r.Hi})
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

// end takes the counts from the store when the channel ends, also when it was
// stopped.
func (j *job) end(ctx context.Context) error {
	ctx, cancel := still(ctx)
	defer cancel()
	if err := j.settle(ctx); err != nil {
		return err
	}
	j.p.Counted = true
	return nil
}

// settle takes the counts from the store, and where the server said how many messages
// there are, that of those that are gone.
func (j *job) settle(ctx context.Context) error {
	if err := j.recount(ctx); err != nil {
		return err
	}
	if j.p.Expected != nil { // else there is nothing to hold the counts to
		vanished, err := j.Store.Vanished(ctx, j.ch.ID, collector.Range{Lo: j.p.Lo, Hi: j.p.Hi})
		if err != nil {
			return storeError{fmt.Errorf("find the vanished messages of channel %d: %w", j.ch.ID, err)}
		}
		j.p.Vanished = vanished.Len()
	}
	return nil
}

// expectAgain asks how many messages there are once more, where fewer came: some may
// have been deleted while the channel was read. Those that were posted meanwhile are
// in the second count; how many they are is not known, but at least one where the
// newest id is another.
func (j *job) expectAgain(ctx context.Context) error {
	if err := j.settle(ctx); err != nil || j.p.Short() == 0 {
		return err
	}
	b, err := j.boundsOf(ctx, j.ch, j.Request.Since.Time, j.Request.Until.Time)
	if stop := stops(ctx, err); stop != nil {
		return fmt.Errorf("count the messages of channel %d again: %w", j.ch.ID, stop)
	}
	if err != nil || b.Count == nil {
		return nil // the first count stands: it is only told
	}
	now := *b.Count
	if b.Newest > j.p.Newest {
		now--
	}
	if now < *j.p.Expected {
		j.p.Expected = &now
	}
	return nil
}

// recount takes the counts from the store. What is new is so of all ids asked for,
// not only of the last N messages.
func (j *job) recount(ctx context.Context) error {
	all, err := j.held(ctx, j.bounds)
	if err != nil {
		return err
	}
	countNew(j.p, all.rows())
	return j.count(ctx, all)
}

// count takes the counts of Lo..Hi, where those of all ids asked for are known.
func (j *job) count(ctx context.Context, all tally) (err error) {
	if r := (collector.Range{Lo: j.p.Lo, Hi: j.p.Hi}); r != j.bounds {
		if all, err = j.held(ctx, r); err != nil {
			return err
		}
	}
	setCounts(j.p, all)
	return nil
}

// held is what the store holds of some ids of the channel.
func (j *job) held(ctx context.Context, r collector.Range) (tally, error) {
	return j.Run.held(ctx, j.ch.ID, j.Source.Name(), r)
}
