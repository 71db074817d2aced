package collector

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// How much is read of comments before it is put: what a kill may cost.
const (
	threadsPut  = 50  // threads
	commentsPut = 500 // comments
)

// maxID is the highest id that a message can have.
const maxID = 1<<31 - 1

// comments collects a linked group whose history is closed to the account: the
// comments under one message of its channel after the other, of those that say
// they have any. It costs a request or more for each. Where the source cannot do
// that, or the channel itself was not collected, refused stays the answer.
func (c *collection) comments(ctx context.Context, i int, report func(), refused error) error {
	p := &c.progress[i]
	by, ok := c.Source.(Commenter)
	of := slices.IndexFunc(c.progress, func(q Progress) bool { return q.Reference == p.CommentsOf })
	if !ok || of < 0 || c.progress[of].Hi == 0 {
		return refused
	}
	group, err := ParseReference(p.Reference)
	if err != nil {
		return err
	}
	channel, err := ParseReference(p.CommentsOf)
	if err != nil {
		return err
	}
	ch, err := c.Source.Channel(ctx, channel)
	if err != nil {
		return fmt.Errorf("resolve %s for its comments: %w", channel, err)
	}
	p.ChannelID, p.State = group.ID, Collecting
	t := &threads{collection: c, source: by, ch: ch, groupID: group.ID, p: p, report: report}
	return t.read(ctx, Range{c.progress[of].Lo, c.progress[of].Hi})
}

// threads reads the comments under the messages of one channel.
type threads struct {
	*collection
	source  Commenter
	ch      Channel
	groupID int64
	p       *Progress
	report  func()

	part  Part // comments that were read and not put yet, …
	count int  // … of so many threads, …
	to    int64
}

// read reads the comments under the messages within a range, several at a time as
// the pace allows. A run that goes on after a stop begins after the last messages
// whose comments were put.
func (t *threads) read(ctx context.Context, r Range) error {
	if err := t.recount(ctx); err != nil {
		return err
	}
	if t.p.Before == nil {
		n := t.p.Messages + t.p.Service
		t.p.Before = &n
	}
	t.report()
	r.Lo = max(r.Lo, t.p.ThreadsTo+1)
	var batch []Thread
	for thread, err := range t.Store.Threads(ctx, t.ch.ID, t.groupID, r) {
		if err != nil {
			return storeError{fmt.Errorf("find the messages with comments of channel %d: %w", t.ch.ID, err)}
		}
		if !t.wanted(thread) {
			continue
		}
		if batch = append(batch, thread); len(batch) < t.pace.limit {
			continue
		}
		if err := t.fetch(ctx, batch); err != nil {
			return err
		}
		batch = batch[:0]
	}
	if err := t.fetch(ctx, batch); err != nil {
		return err
	}
	if err := t.put(ctx); err != nil {
		return err
	}
	return t.recount(ctx)
}

// wanted reports whether a thread is to be read: it has more comments than are
// kept, or it is among the messages to look at again.
func (t *threads) wanted(thread Thread) bool {
	if thread.Have < thread.Says {
		return true
	}
	days := int(t.Request.AgainDays)
	return days > 0 && thread.Says > 0 && !thread.Date.Before(t.p.StartedAt.AddDate(0, 0, -days))
}

// fetch reads the comments under some messages at the same time. Those below the
// first that fails are put all the same.
func (t *threads) fetch(ctx context.Context, batch []Thread) error {
	parts, errs := make([]Part, len(batch)), make([]error, len(batch))
	var all sync.WaitGroup
	for i, thread := range batch {
		all.Go(func() { parts[i], errs[i] = t.comments(ctx, thread.MessageID) })
	}
	all.Wait()
	t.pace.observe(t.Source.Usage())
	for i, part := range parts {
		if errs[i] != nil {
			ctx, cancel := late(ctx)
			defer cancel()
			if err := t.put(ctx); err != nil {
				return err
			}
			return errs[i]
		}
		t.add(part, batch[i])
	}
	if t.count >= threadsPut || len(t.part.Messages) >= commentsPut {
		return t.put(ctx)
	}
	return nil
}

// add takes the comments of a thread.
func (t *threads) add(part Part, thread Thread) {
	if t.count == 0 {
		t.part = Part{ChannelID: t.groupID, Source: t.Source.Name(), ObservedAt: part.ObservedAt, Loose: true}
	}
	t.part.Messages = append(t.part.Messages, part.Messages...)
	t.part.Peers = append(t.part.Peers, part.Peers...)
	t.count, t.to = t.count+1, thread.MessageID
	t.p.Messages += max(0, int64(len(part.Messages))-thread.Have)
	t.p.countNew()
	t.report()
}

// put puts what was read.
func (t *threads) put(ctx context.Context) error {
	if len(t.part.Messages) > 0 {
		t.part.Range = Range{Lo: maxID, Hi: 0}
		for _, m := range t.part.Messages {
			t.part.Range.Lo, t.part.Range.Hi = min(t.part.Range.Lo, m.ID), max(t.part.Range.Hi, m.ID)
		}
		if err := t.Store.PutPart(ctx, t.part); err != nil {
			return storeError{fmt.Errorf("put comments of channel %d: %w", t.ch.ID, err)}
		}
	}
	t.p.Threads += int64(t.count)
	t.p.ThreadsTo = max(t.p.ThreadsTo, t.to)
	t.part, t.count = Part{}, 0
	t.report()
	return nil
}

// comments reads the comments under one message.
func (t *threads) comments(ctx context.Context, messageID int64) (Part, error) {
	part := Part{ObservedAt: t.Now().UTC()}
	for page, err := range t.source.Replies(ctx, t.ch, messageID) {
		if err != nil {
			return Part{}, err
		}
		for i := range page.Messages {
			m := &page.Messages[i]
			if m.ChannelID != t.groupID {
				return Part{}, Errorf(Internal, "a comment on message %d of channel %d is message %d of channel %d, not of its group %d",
					messageID, t.ch.ID, m.ID, m.ChannelID, t.groupID)
			}
			m.Source = t.Source.Name()
		}
		part.Messages = append(part.Messages, page.Messages...)
		part.Peers = append(part.Peers, page.Peers...)
	}
	return part, ctx.Err()
}

// recount takes the count of comments from the store, which knows each only once.
func (t *threads) recount(ctx context.Context) error {
	n, err := t.Store.Count(ctx, t.groupID, Range{1, maxID})
	if err != nil {
		return storeError{fmt.Errorf("count channel %d: %w", t.groupID, err)}
	}
	t.p.Messages, t.p.Service = n.Messages, n.Service
	t.p.countNew()
	return nil
}
