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
	asked  collector.Request // of this channel
	bounds collector.Range   // the ids asked for
	topics topics
	again  int64 // ids from here on are read again; 0: none
}

// begin counts the rows stored before, and finds the id from which to read again. Only then
// does it report the new state, so that both are recorded together: after a kill the earlier
// count cannot be recovered.
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
	if j.asked.PostByPost() && j.hasComments() {
		j.again = max(1, j.bounds.Lo) // how many comments a message has is known when it was read just now
		return nil
	}
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

// hasComments reports whether there are comments on the channel's messages that can be read by
// thread.
func (j *job) hasComments() bool {
	return j.ch.Kind == collector.Broadcast && j.ch.LinkedChannelID != 0 && j.commenter()
}

// missing returns the ids of r to ask for: those not covered and, if the job reads again, those
// not read since it began. A resumed job does not read them twice.
func (j *job) missing(ctx context.Context, r collector.Range) (collector.Ranges, error) {
	covered, err := j.Store.Covered(ctx, j.ch.ID, j.Source.Name())
	if err != nil {
		return nil, storeError{fmt.Errorf("fold channel %d: %w", j.ch.ID, err)}
	}
	if j.again == 0 {
		return covered.Missing(r), nil
	}
	// Exclude observations in the future: the clock was wrong then.
	fresh, err := j.Store.CoveredBetween(ctx, j.ch.ID, j.Source.Name(), *j.p.StartedAt, j.Now().UTC())
	if err != nil {
		return nil, storeError{fmt.Errorf("fold channel %d: %w", j.ch.ID, err)}
	}
	old := covered.Missing(collector.Range{Lo: r.Lo, Hi: min(r.Hi, j.again-1)})
	return old.Union(fresh.Missing(collector.Range{Lo: max(r.Lo, j.again), Hi: r.Hi})), nil
}

// fetchMissing fetches the missing ids of r. It returns what pages contained of the ids right
// below, as long as these are missing too.
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

// last collects the newest n messages within the bounds, and nothing older. The newest n ids
// are all needed, because they hold at most n messages; then, of the ids below, as many as
// messages are still lacking, and so on. So several workers can read them without waste.
// Messages of a page below these ids are used as far as needed. For covered ids the store says
// how far down to go.
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
	j.p.Lo, j.p.Hi = lo, j.bounds.Hi // an earlier run may have gone lower
	return nil
}

// step collects the next ids down from hi that contain at most n messages. It returns the
// lowest of them, and what pages contained of the ids below.
func (j *job) step(ctx context.Context, hi, n int64) (lo int64, more beyond, err error) {
	missing, err := j.missing(ctx, collector.Range{Lo: j.bounds.Lo, Hi: hi})
	if err != nil {
		return 0, beyond{}, err
	}
	known := collector.Range{Lo: j.bounds.Lo, Hi: hi} // down to the highest missing id
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

// messagesIn counts the stored messages in a range, without service messages.
func (j *job) messagesIn(ctx context.Context, r collector.Range) (int64, error) {
	n, err := j.Store.Count(ctx, j.ch.ID, r)
	if err != nil {
		return 0, storeError{fmt.Errorf("count channel %d: %w", j.ch.ID, err)}
	}
	return n.Messages, nil
}

// keepNewest stores the newest n messages that pages contained below the requested ids, and
// returns the lowest id that is then covered.
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

// lower sets Lo to lo, unless it is already lower.
func (j *job) lower(lo int64) {
	if j.p.Lo == 0 || lo < j.p.Lo {
		j.p.Lo = lo
	}
	j.p.Hi = j.bounds.Hi
}

// widen lowers Lo to lo and updates the counts.
func (j *job) widen(ctx context.Context, lo int64) error {
	j.lower(lo)
	if err := j.recount(ctx); err != nil {
		return err
	}
	j.report()
	return nil
}

// newest returns the highest lo for which the known range lo..r.Hi contains n messages; r.Lo if
// it contains fewer.
func (j *job) newest(ctx context.Context, r collector.Range, n int64) (int64, error) {
	lo, hi := r.Lo, r.Hi+1 // from lo on there are n or all messages, from hi on fewer than n
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

// end gets the counts from the store when the channel ends, even if it was stopped.
func (j *job) end(ctx context.Context) error {
	ctx, cancel := still(ctx)
	defer cancel()
	if err := j.settle(ctx); err != nil {
		return err
	}
	j.p.Counted = true
	return nil
}

// settle gets the counts from the store and, if the server said how many messages exist, also
// the number of vanished ones.
func (j *job) settle(ctx context.Context) error {
	if err := j.recount(ctx); err != nil {
		return err
	}
	if j.p.Expected != nil { // else there is no count to compare with
		vanished, err := j.Store.Vanished(ctx, j.ch.ID, collector.Range{Lo: j.p.Lo, Hi: j.p.Hi})
		if err != nil {
			return storeError{fmt.Errorf("find the vanished messages of channel %d: %w", j.ch.ID, err)}
		}
		j.p.Vanished = vanished.Len()
	}
	return nil
}

// expectAgain asks for the number of messages again if some are missing: they may have been
// deleted while the channel was read. The second count includes newly posted messages, whose
// number is unknown, but at least one if the newest id has changed.
func (j *job) expectAgain(ctx context.Context) error {
	if err := j.settle(ctx); err != nil || j.p.Short() == 0 {
		return err
	}
	b, err := j.boundsOf(ctx, j.ch, j.asked.Since.Time, j.asked.Until.Time)
	if stop := stops(ctx, err); stop != nil {
		return fmt.Errorf("count the messages of channel %d again: %w", j.ch.ID, stop)
	}
	if err != nil || b.Count == nil {
		return nil // keep the first count: it is only informative
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

// recount gets the counts from the store. New covers all requested ids, even with Request.Last.
func (j *job) recount(ctx context.Context) error {
	all, err := j.held(ctx, j.bounds)
	if err != nil {
		return err
	}
	countNew(j.p, all.rows())
	return j.count(ctx, all)
}

// count sets the counts of Lo..Hi; all are the counts of all requested ids.
func (j *job) count(ctx context.Context, all tally) (err error) {
	if r := (collector.Range{Lo: j.p.Lo, Hi: j.p.Hi}); r != j.bounds {
		if all, err = j.held(ctx, r); err != nil {
			return err
		}
	}
	setCounts(j.p, all)
	return nil
}

// held counts the channel's stored ids within a range.
func (j *job) held(ctx context.Context, r collector.Range) (tally, error) {
	return j.Run.held(ctx, j.ch.ID, j.Source.Name(), r)
}
