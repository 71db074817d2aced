package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// piece is a range to fetch, and what was held of it when that began.
type piece struct {
	Range
	had held
}

// step is what a range in flight tells the loop: what came since the last step, or
// its end.
type step struct {
	held  // added; taken back when the range fails
	ended bool
	err   error
}

// ranges fetches and puts the ranges, several at a time as the pace allows.
// Progress counts messages as they arrive; those of a range that fails are
// taken back. Of a range of which something was held already, it counts at the end
// what there is more of: each id once. After the first error, which is returned,
// nothing new is begun, but what is in flight may end well: it has been paid for.
func (j *job) ranges(ctx context.Context, todo []piece) error {
	steps := make(chan step)
	inFlight := 0
	var first error
	for inFlight > 0 || (first == nil && len(todo) > 0) {
		for first == nil && len(todo) > 0 && inFlight < j.pace.limit {
			go j.fetch(ctx, todo[0], steps)
			todo = todo[1:]
			inFlight++
		}
		s := <-steps
		j.p.add(s.held)
		j.report()
		if s.ended {
			inFlight--
			j.pace.observe(j.Source.Usage())
		}
		if s.err != nil && first == nil {
			first = s.err
		}
	}
	return first
}

// fetch collects one range and puts it as a part. It sends steps until the one
// that says ended; the loop receives until then.
func (j *job) fetch(ctx context.Context, r piece, steps chan<- step) {
	part := j.newPart(r.Range)
	var sum held
	err := j.pages(ctx, &part, func(came held) {
		if r.had != (held{}) {
			came = held{}
		}
		sum = sum.plus(came)
		steps <- step{held: came}
	})
	part.ProvedAt = j.Now().UTC() // a range may have waited for hours
	if err == nil {
		err = j.put(ctx, part)
	} else if n := len(part.Messages); n > 0 && (ctx.Err() != nil || KindOf(err) != Internal) {
		// Pages come newest first, so what was read before it broke off is
		// complete down to its last message, and need not be asked for again.
		part.Range.Lo = part.Messages[n-1].ID
		err = errors.Join(err, j.putLate(ctx, part))
	}
	if kept := err == nil || part.Range.Lo > r.Lo && !isStoreError(err); !kept {
		steps <- step{held: held{}.minus(sum), ended: true, err: err}
		return
	}
	more, countErr := j.gained(ctx, r, part, sum)
	steps <- step{held: more, ended: true, err: cmp.Or(err, countErr)}
}

// gained is what a part that was put has added and was not told yet.
func (j *job) gained(ctx context.Context, r piece, part Part, told held) (held, error) {
	if r.had != (held{}) {
		ctx, cancel := still(ctx)
		defer cancel()
		now, err := j.held(ctx, r.Range)
		if err != nil {
			return held{}, err
		}
		return now.minus(r.had), nil
	}
	without := part.Range.Len() - told.rows()
	if ProvesAbsence(part.Source) {
		return held{absent: without}, nil
	}
	return held{unseen: without}, nil
}

func isStoreError(err error) bool {
	var failed storeError
	return errors.As(err, &failed)
}

// putLate puts a part although the run has been stopped.
func (j *job) putLate(ctx context.Context, part Part) error {
	ctx, cancel := late(ctx)
	defer cancel()
	return j.put(ctx, part)
}

// late is a context in which what was read can still be put although the run has
// been stopped, but not for long.
func late(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// still is the context, or one in which the end can be put down where the run has
// been stopped.
func still(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() != nil {
		return late(ctx)
	}
	return ctx, func() {}
}

func (j *job) newPart(r Range) Part {
	return Part{ChannelID: j.ch.ID, Range: r, Source: j.Source.Name(), ObservedAt: j.Now().UTC()}
}

func (j *job) put(ctx context.Context, part Part) error {
	if err := j.Store.PutPart(ctx, part); err != nil {
		return storeError{fmt.Errorf("put ids %d to %d of channel %d: %w", part.Range.Lo, part.Range.Hi, j.ch.ID, err)}
	}
	return nil
}

// pages reads a range into a part.
func (j *job) pages(ctx context.Context, part *Part, tell func(held)) error {
	last := part.Range.Hi + 1
	for page, err := range j.Source.Messages(ctx, j.ch, part.Range) {
		if err != nil {
			return fmt.Errorf("read ids %d to %d of channel %d: %w", part.Range.Lo, part.Range.Hi, j.ch.ID, err)
		}
		came, err := j.accept(part, page, &last)
		if err != nil {
			return err
		}
		tell(came)
	}
	// A source that ends early without saying so must not turn into absence.
	return ctx.Err()
}

// accept adds a page to a part, and holds the source to its contract: ids
// within the range, strictly descending from the last one.
func (j *job) accept(part *Part, page Page, last *int64) (held, error) {
	var came held
	for i := range page.Messages {
		m := &page.Messages[i]
		if m.ID >= *last || m.ID < part.Range.Lo || m.ChannelID != j.ch.ID {
			return held{}, Errorf(Internal, "message %d of channel %d came after %d in a request for ids %d to %d of channel %d",
				m.ID, m.ChannelID, *last, part.Range.Lo, part.Range.Hi, j.ch.ID)
		}
		*last = m.ID
		m.ChannelUsername, m.ChannelTitle, m.Source = j.ch.Username, j.ch.Title, part.Source
		j.topics.place(j.ch, m)
		if m.Kind == KindService {
			came.service++
		} else {
			came.messages++
		}
	}
	part.Messages = append(part.Messages, page.Messages...)
	part.Peers = append(part.Peers, page.Peers...)
	return came, nil
}
