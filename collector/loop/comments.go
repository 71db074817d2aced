package loop

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
)

// How much is read before it is stored: the most that a killed process loses.
const (
	threadsPut  = 50  // threads
	commentsPut = 500 // comments
)

// maxID is the highest possible message id.
const maxID = 1<<31 - 1

// weekOld is how old a message is when its comments are not read again as long as their number
// is the one that is stored. Before that some may be new and as many deleted.
const weekOld = 7 * 24 * time.Hour

// commenter reports whether the source can read comments by thread.
func (c *collection) commenter() bool {
	_, ok := c.Source.(collector.Commenter)
	return ok
}

// comments collects from a linked group the comments on each message of its channel that has
// any: because this is asked for, or because the group's history is closed to the account. Each
// message costs a request or more. If the source cannot do that, or nothing of the channel
// itself was asked for, comments returns the error refused.
func (c *collection) comments(ctx context.Context, i int, report func(), refused error) error {
	p := &c.progress[i]
	by, ok := c.Source.(collector.Commenter)
	of := slices.IndexFunc(c.progress, func(q collector.Progress) bool { return q.Reference == p.CommentsOf })
	if !ok || of < 0 || c.progress[of].Hi == 0 {
		return refused
	}
	group, err := collector.ParseReference(p.Reference)
	if err != nil {
		return err
	}
	// By its number: its username may need a look-up, or belong to another channel by now.
	channel := collector.Reference{ID: c.progress[of].ChannelID}
	ch, err := c.Source.Channel(ctx, channel)
	if err != nil {
		return fmt.Errorf("resolve %s for its comments: %w", channel, err)
	}
	p.State = collector.Collecting
	if p.ChannelID == 0 {
		p.ChannelID = group.ID
	}
	t := &threads{collection: c, source: by, ch: ch, groupID: p.ChannelID, p: p, report: report}
	return t.read(ctx, collector.Range{Lo: c.progress[of].Lo, Hi: c.progress[of].Hi})
}

// threads reads the comments on the messages of one channel.
type threads struct {
	*collection
	source  collector.Commenter
	ch      collector.Channel
	groupID int64
	p       *collector.Progress
	report  func()

	refusal error // the first of a single message's comments
	inARow  int   // refusals since comments were read

	part  collector.Part // comments that were read and not stored yet, …
	count int            // … of this many threads, …
	to    int64
}

// read reads the comments on the messages within a range, several at a time within the limit of
// inflight. A resumed run starts after the last message whose comments were stored.
func (t *threads) read(ctx context.Context, r collector.Range) error {
	all, err := t.held(ctx)
	if err != nil {
		return err
	}
	beginNew(t.p, all.rows())
	t.take(all)
	t.report()
	whole := r
	r.Lo = max(r.Lo, t.p.ThreadsTo+1)
	todo, err := t.expect(ctx, r)
	if err != nil {
		return err
	}
	if err = t.readAll(ctx, todo); isStoreError(err) {
		return err
	}
	if endErr := t.end(ctx, whole); endErr != nil {
		return endErr
	}
	return err
}

// expect lists the wanted threads within a range, and counts them so that people see how long it
// takes.
func (t *threads) expect(ctx context.Context, r collector.Range) ([]collector.Thread, error) {
	var todo []collector.Thread
	for thread, err := range t.Store.Threads(ctx, t.ch.ID, t.groupID, r) {
		if err != nil {
			return nil, storeError{fmt.Errorf("find the messages with comments of channel %d: %w", t.ch.ID, err)}
		}
		if t.wanted(thread) {
			todo = append(todo, thread)
		}
	}
	t.p.ThreadsAll = t.p.Threads + int64(len(todo))
	t.report()
	return todo, nil
}

// readAll reads threads. If the comments of some messages are refused, it returns the first
// refusal once it has read the others.
func (t *threads) readAll(ctx context.Context, todo []collector.Thread) error {
	for len(todo) > 0 {
		n := min(max(1, t.inflight.limit), len(todo))
		if err := t.fetch(ctx, todo[:n]); err != nil {
			return err
		}
		todo = todo[n:]
	}
	return t.refusal
}

// end stores what was read last, even if the run was stopped, and gets the counts from the
// store.
func (t *threads) end(ctx context.Context, whole collector.Range) error {
	ctx, cancel := still(ctx)
	defer cancel()
	if err := t.put(ctx); err != nil {
		return err
	}
	all, err := t.held(ctx)
	if err != nil {
		return err
	}
	t.take(all)
	t.p.Counted = true
	countNew(t.p, all.rows())
	return t.compare(ctx, whole)
}

// compare counts the comments that messages say they have, and those that are stored.
func (t *threads) compare(ctx context.Context, r collector.Range) error {
	var said, stored, short int64
	for thread, err := range t.Store.Threads(ctx, t.ch.ID, t.groupID, r) {
		if err != nil {
			return storeError{fmt.Errorf("count the comments of channel %d: %w", t.ch.ID, err)}
		}
		said, stored, short = said+thread.Says, stored+thread.Have, short+max(0, thread.Says-thread.Have)
	}
	t.p.CommentsSaid, t.p.CommentsStored, t.p.CommentsShort = &said, &stored, &short
	return nil
}

// take sets the counts of comments. Ids without a comment are unknown.
func (t *threads) take(all tally) {
	setCounts(t.p, tally{messages: all.messages, service: all.service, unreadable: all.unreadable})
}

// wanted reports whether to read a thread: it has more comments than are stored, or its message
// is recent enough to be read again. Where threads are asked for, also if it has fewer: some
// were deleted since, and others may be new. Comments in a group that the channel had before are
// not read: what is stored of them is not known here.
func (t *threads) wanted(thread collector.Thread) bool {
	if thread.Elsewhere {
		return false
	}
	if thread.Have < thread.Says {
		return true
	}
	if t.p.ByPost && thread.Says > 0 && (thread.Have > thread.Says || thread.Date.After(t.p.StartedAt.Add(-weekOld))) {
		return true
	}
	days := int(t.Request.AgainDays)
	return days > 0 && thread.Says > 0 && !thread.Date.Before(t.p.StartedAt.AddDate(0, 0, -days))
}

// fetch reads the comments on several messages at the same time. After a failure that concerns
// not only one message it adds only the threads before the failed one.
func (t *threads) fetch(ctx context.Context, batch []collector.Thread) error {
	if len(batch) == 0 {
		return nil
	}
	read, errs := make([]reading, len(batch)), make([]error, len(batch))
	asked := time.Now()
	var all sync.WaitGroup
	for i, thread := range batch {
		all.Go(func() { read[i], errs[i] = t.comments(ctx, thread.MessageID) })
	}
	all.Wait()
	t.inflight.observe(t.Source.Usage(), time.Since(asked))
	for i := range read {
		if errs[i] != nil && !t.ofOne(ctx, errs[i]) {
			return errs[i]
		}
		if errs[i] == nil {
			t.add(read[i], batch[i])
		}
	}
	if t.count >= threadsPut || len(t.part.Messages) >= commentsPut {
		return t.put(ctx)
	}
	return nil
}

// mostInARow is how many messages one after the other may have their comments refused before it
// is taken for a refusal of all.
const mostInARow = 3

// ofOne reports whether an error is a refusal of one message's comments, so that those of the
// others are read all the same. Else one message would hide all after it, each time.
func (t *threads) ofOne(ctx context.Context, err error) bool {
	kind := collector.KindOf(err)
	if stops(ctx, err) != nil || kind == collector.Flood || kind == collector.LookUps || t.inARow >= mostInARow {
		return false
	}
	t.inARow++
	if t.refusal == nil {
		t.refusal = err
	}
	return true
}

// add adds the comments of a thread to the part.
func (t *threads) add(r reading, thread collector.Thread) {
	if t.count == 0 {
		t.part = t.newPart(r.rest.ObservedAt)
	}
	t.part.Messages = append(t.part.Messages, r.rest.Messages...)
	t.part.Peers = append(t.part.Peers, r.rest.Peers...)
	t.count, t.to, t.inARow = t.count+1, thread.MessageID, 0
	addCounts(t.p, tally{messages: max(0, r.comments-thread.Have)})
	t.report()
}

// put stores what was read.
func (t *threads) put(ctx context.Context) error {
	if err := t.putPart(ctx, t.part); err != nil {
		return err
	}
	t.p.Threads += int64(t.count)
	t.p.ThreadsTo = max(t.p.ThreadsTo, t.to)
	t.part, t.count = collector.Part{}, 0
	t.report()
	return nil
}

// newPart makes a part for comments, which are found one by one.
func (t *threads) newPart(observed time.Time) collector.Part {
	return collector.Part{ChannelID: t.groupID, Source: t.Source.Name(), ObservedAt: observed, Loose: true}
}

// putPart stores a part if it has any comments.
func (t *threads) putPart(ctx context.Context, part collector.Part) error {
	if len(part.Messages) == 0 {
		return nil
	}
	part.Range = collector.Range{Lo: maxID, Hi: 0}
	for _, m := range part.Messages {
		part.Range.Lo, part.Range.Hi = min(part.Range.Lo, m.ID), max(part.Range.Hi, m.ID)
	}
	if err := t.Store.PutPart(ctx, part); err != nil {
		return storeError{fmt.Errorf("put comments of channel %d: %w", t.ch.ID, err)}
	}
	return nil
}

// reading is what was read of one thread.
type reading struct {
	comments int64
	rest     collector.Part // the comments not stored yet
}

// comments reads the comments on one message. It stores parts of a long thread on the way, so
// that the thread is never in memory as a whole.
func (t *threads) comments(ctx context.Context, messageID int64) (reading, error) {
	out := reading{rest: t.newPart(t.Now().UTC())}
	for page, err := range t.source.Replies(ctx, t.ch, messageID) {
		if err != nil {
			return reading{}, err
		}
		for i := range page.Messages {
			page.Messages[i].Source = t.Source.Name()
		}
		if page.Messages, err = t.putEarlier(ctx, page); err != nil {
			return reading{}, err
		}
		out.comments += int64(len(page.Messages))
		out.rest.Messages = append(out.rest.Messages, page.Messages...)
		out.rest.Peers = append(out.rest.Peers, page.Peers...)
		if len(out.rest.Messages) >= commentsPut {
			if err := t.putPart(ctx, out.rest); err != nil {
				return reading{}, err
			}
			out.rest = t.newPart(out.rest.ObservedAt)
		}
	}
	return out, ctx.Err()
}

// putEarlier stores a page's comments that are in another group, because the channel was linked
// to that group when they were written. It returns the rest.
func (t *threads) putEarlier(ctx context.Context, page collector.Page) ([]collector.Message, error) {
	elsewhere := func(m collector.Message) bool { return m.ChannelID != t.groupID }
	if !slices.ContainsFunc(page.Messages, elsewhere) {
		return page.Messages, nil
	}
	groups := map[int64][]collector.Message{}
	for _, m := range page.Messages {
		groups[m.ChannelID] = append(groups[m.ChannelID], m)
	}
	own := groups[t.groupID]
	delete(groups, t.groupID)
	for id, messages := range groups {
		if id == t.ch.ID {
			return nil, collector.Errorf(collector.Internal, "message %d of channel %d is no comment: it is in no group", messages[0].ID, id)
		}
		part := t.newPart(t.Now().UTC())
		part.ChannelID, part.Messages, part.Peers = id, messages, page.Peers
		if err := t.putPart(ctx, part); err != nil {
			return nil, err
		}
	}
	return own, nil
}

// held counts the group's stored ids; the store counts each comment only once.
func (t *threads) held(ctx context.Context) (tally, error) {
	return t.Run.held(ctx, t.groupID, t.Source.Name(), collector.Range{Lo: 1, Hi: maxID})
}
