package collector

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// step is what a range in flight tells the loop: more messages, or its end.
type step struct {
	messages, service int64 // not known before, since the last step; taken back when the range fails
	ended             bool
	absent            int64
	err               error
}

// ranges fetches and puts the ranges, several at a time as the pace allows.
// Progress counts messages as they arrive; those of a range that fails are
// taken back. After the first error, which is returned, nothing new is begun,
// but what is in flight may end well: it has been paid for.
func (j *job) ranges(ctx context.Context, todo []Range) error {
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
		if ProvesAbsence(j.Source.Name()) {
			j.p.Absent += s.absent
		} else {
			j.p.Unseen += s.absent
		}
		j.count(s)
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
func (j *job) fetch(ctx context.Context, r Range, steps chan<- step) {
	part := j.newPart(r)
	var sum step
	err := j.pages(ctx, &part, func(s step) {
		sum.messages += s.messages
		sum.service += s.service
		steps <- s
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
	n := sum.messages + sum.service
	if kept := err == nil || part.Range.Lo > r.Lo && !isStoreError(err); kept {
		steps <- step{ended: true, err: err, absent: j.known.Missing(part.Range).Len() - n}
		return
	}
	steps <- step{ended: true, err: err, messages: -sum.messages, service: -sum.service}
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
func (j *job) pages(ctx context.Context, part *Part, tell func(step)) error {
	last := part.Range.Hi + 1
	for page, err := range j.Source.Messages(ctx, j.ch, part.Range) {
		if err != nil {
			return fmt.Errorf("read ids %d to %d of channel %d: %w", part.Range.Lo, part.Range.Hi, j.ch.ID, err)
		}
		s, err := j.accept(part, page, &last)
		if err != nil {
			return err
		}
		tell(s)
	}
	// A source that ends early without saying so must not turn into absence.
	return ctx.Err()
}

// accept adds a page to a part, and holds the source to its contract: ids
// within the range, strictly descending from the last one.
func (j *job) accept(part *Part, page Page, last *int64) (step, error) {
	var s step
	for i := range page.Messages {
		m := &page.Messages[i]
		if m.ID >= *last || m.ID < part.Range.Lo || m.ChannelID != j.ch.ID {
			return step{}, Errorf(Internal, "message %d of channel %d came after %d in a request for ids %d to %d of channel %d",
				m.ID, m.ChannelID, *last, part.Range.Lo, part.Range.Hi, j.ch.ID)
		}
		*last = m.ID
		m.ChannelUsername, m.ChannelTitle, m.Source = j.ch.Username, j.ch.Title, part.Source
		switch {
		case j.known.Contain(m.ID):
		case m.Kind == KindService:
			s.service++
		default:
			s.messages++
		}
	}
	part.Messages = append(part.Messages, page.Messages...)
	part.Peers = append(part.Peers, page.Peers...)
	return s, nil
}
