package collector

import (
	"context"
	"fmt"
)

// step is what a range in flight tells the loop: more messages, or its end.
type step struct {
	messages, service int64 // since the last step; taken back when the range fails
	ended             bool
	absent            int64
	err               error
}

// ranges fetches and puts the ranges, several at a time as the pace allows.
// Progress counts messages as they arrive; those of a range that fails are
// taken back. After the first error, which is returned, nothing new is begun,
// but what is in flight may end well: it has been paid for.
func (c *collection) ranges(ctx context.Context, ch Channel, p *Progress, todo []Range, report func()) error {
	steps := make(chan step)
	inFlight := 0
	var first error
	for inFlight > 0 || (first == nil && len(todo) > 0) {
		for first == nil && len(todo) > 0 && inFlight < c.pace.limit {
			go c.fetch(ctx, ch, todo[0], steps)
			todo = todo[1:]
			inFlight++
		}
		s := <-steps
		p.Messages += s.messages
		p.Service += s.service
		p.Absent += s.absent
		p.countNew()
		if s.ended {
			inFlight--
			c.pace.observe(c.Source.Usage())
		}
		if s.err != nil && first == nil {
			first = s.err
		}
		report()
	}
	return first
}

// fetch collects one range and puts it as a part. It sends steps until the one
// that says ended; the loop receives until then.
func (c *collection) fetch(ctx context.Context, ch Channel, r Range, steps chan<- step) {
	part := Part{ChannelID: ch.ID, Range: r, Source: c.Source.Name(), ObservedAt: c.Now().UTC()}
	var sum step
	err := c.pages(ctx, ch, &part, func(s step) {
		sum.messages += s.messages
		sum.service += s.service
		steps <- s
	})
	if err == nil {
		if err = c.Store.PutPart(ctx, part); err != nil {
			err = storeError{fmt.Errorf("put ids %d to %d of channel %d: %w", r.Lo, r.Hi, ch.ID, err)}
		}
	}
	if err != nil {
		steps <- step{ended: true, err: err, messages: -sum.messages, service: -sum.service}
		return
	}
	steps <- step{ended: true, absent: r.Len() - sum.messages - sum.service}
}

// pages reads a range into a part, page by page, and holds the source to its
// contract: ids within the range, strictly descending.
func (c *collection) pages(ctx context.Context, ch Channel, part *Part, tell func(step)) error {
	last := part.Range.Hi + 1
	for page, err := range c.Source.Messages(ctx, ch, part.Range) {
		if err != nil {
			return fmt.Errorf("read ids %d to %d of channel %d: %w", part.Range.Lo, part.Range.Hi, ch.ID, err)
		}
		var s step
		for i := range page.Messages {
			m := &page.Messages[i]
			if m.ID >= last || m.ID < part.Range.Lo || m.ChannelID != ch.ID {
				return Errorf(Internal, "message %d of channel %d came after %d in a request for ids %d to %d of channel %d",
					m.ID, m.ChannelID, last, part.Range.Lo, part.Range.Hi, ch.ID)
			}
			last = m.ID
			m.ChannelUsername, m.ChannelTitle, m.Source = ch.Username, ch.Title, part.Source
			if m.Kind == KindService {
				s.service++
			} else {
				s.messages++
			}
		}
		part.Messages = append(part.Messages, page.Messages...)
		part.Peers = append(part.Peers, page.Peers...)
		tell(s)
	}
	// A source that ends early without saying so must not turn into absence.
	return ctx.Err()
}
