// Package loop runs one collection from its source to its store.
//
// Collect resolves each reference to a channel, asks for the ranges of message ids that the
// store does not cover yet, and stores each range as immutable parts. A range that ended
// without an error is complete, so ids without a message are absent; that makes every message
// accountable.
package loop

import (
	"context"
	"fmt"
	"slices"
	"time"

	"telegramtrac/collector"
)

// Run is the input of Collect for one collection.
type Run struct {
	ID       string // of the collection, for its receipts
	Resumed  int    // how often it was resumed
	Source   collector.Source
	Store    collector.Store
	Request  collector.Request
	Progress []collector.Progress              // where an earlier run of the same collection left off; nil at first
	Report   func(i int, p collector.Progress) // called for each change of channel i, one call at a time; must return quickly

	MaxInFlight int              // most requests for messages in flight; below 1 means 1
	Now         func() time.Time // nil: time.Now
}

// Collect runs a collection from its source to its store. It returns how each channel ended. An
// error of one channel does not stop the others: it is in its Progress. A channel whose look-up
// must wait is postponed until the channels that need none are done. Collect itself fails only
// if continuing makes no sense: the context ended, the source cannot answer any more
// (SignedOut, Guarded, Network, Clock), all remaining channels wait for look-ups (LookUps, with
// the earliest time), or the store failed. The Progress returned with an error can be given to
// a later Run.
func Collect(ctx context.Context, run Run) ([]collector.Progress, error) {
	c := &collection{Run: run, inflight: newInflight(run.MaxInFlight), byID: map[int64]string{}}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Report == nil {
		c.Report = func(int, collector.Progress) {}
	}
	c.progress = collector.StartProgress(run.Request)
	if len(run.Progress) >= len(c.progress) {
		c.progress = slices.Clone(run.Progress)
	}
	for {
		if err := c.round(ctx); err != nil {
			return c.progress, err
		}
		first := c.waiting()
		if first == nil {
			return c.progress, nil
		}
		if c.Now().Before(*first) {
			return c.progress, &collector.Error{Kind: collector.LookUps, RetryAt: *first}
		}
	}
}

// round runs all channels that have not ended, one after the other.
func (c *collection) round(ctx context.Context) error {
	for i := 0; i < len(c.progress); i++ { // linked groups are added during the loop
		if c.progress[i].State.Final() {
			c.claim(i)
			continue
		}
		if err := c.channel(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// waiting returns the earliest time at which a channel that waits for its look-up can continue,
// nil if none waits.
func (c *collection) waiting() *time.Time {
	var first *time.Time
	for _, p := range c.progress {
		if p.State == collector.Waiting && p.RetryAt != nil && (first == nil || p.RetryAt.Before(*first)) {
			first = p.RetryAt
		}
	}
	return first
}

// collection is one call of Collect.
type collection struct {
	Run
	inflight *inflight
	progress []collector.Progress
	byID     map[int64]string // by id of a channel that was started: its reference
}

// claim reserves the channel of progress i for its reference. If an earlier reference has the
// channel, claim returns that one. Groups of which other messages are asked for than of a channel
// that is named reserve nothing: somebody may have named the group, too.
func (c *collection) claim(i int) (earlier string) {
	p := &c.progress[i]
	if c.asksOther(*p) || p.ChannelID == 0 || p.SameAs != "" || p.Error != "" {
		return ""
	}
	if earlier, ok := c.byID[p.ChannelID]; ok {
		return earlier
	}
	c.byID[p.ChannelID] = p.Reference
	return ""
}

// asksOther reports whether of a group other messages are collected, as comments, than if it were
// named: those of posts, or all of them where of a named one some are asked for.
func (c *collection) asksOther(p collector.Progress) bool {
	return p.ByPost || p.CommentsOf != "" && c.Request.Bounded()
}

// channel runs one channel to a final state. It returns an error only if the whole collection
// must stop.
func (c *collection) channel(ctx context.Context, i int) error {
	p := &c.progress[i]
	began := c.Source.Usage()
	spent := collector.Usage{Requests: p.Requests, Retries: p.Retries, Waits: p.Waits}
	waited := p.WaitedSeconds
	meter := func() {
		u := c.Source.Usage().Sub(began)
		p.Requests, p.Retries, p.Waits = spent.Requests+u.Requests, spent.Retries+u.Retries, spent.Waits+u.Waits
		p.WaitedSeconds = waited + int64(u.Waited.Round(time.Second)/time.Second)
	}
	report := func() {
		meter()
		c.Report(i, *p)
	}
	if p.StartedAt == nil || p.RetryAt != nil && p.Hi == 0 { // a channel that waited for its look-up starts only now
		now := c.Now().UTC()
		p.StartedAt = &now
	}
	waits := p.State == collector.Waiting
	p.State, p.Source, p.Error, p.Detail, p.RetryAt = collector.Resolving, c.Source.Name(), "", "", nil
	if !waits { // avoids a report for each of a thousand channels that must wait again
		report()
	}
	ch, err := c.collectChannel(ctx, i, report)
	if p.CommentsOf != "" && ctx.Err() == nil && (collector.KindOf(err) == collector.Private || err == nil && p.ByPost) {
		err = c.comments(ctx, i, report, err)
	}
	if later := collector.AsError(err); ctx.Err() == nil && collector.KindOf(err) == collector.LookUps {
		at := later.RetryAt.UTC()
		p.State, p.RetryAt, p.Detail = collector.Waiting, &at, later.Detail
		report()
		return nil
	}
	if stop := stops(ctx, err); stop != nil {
		p.State = collector.Queued
		if collector.KindOf(stop) == collector.Guarded {
			p.Detail = collector.AsError(stop).Detail
		}
		report()
		return stop
	}
	c.addLinked(p.Reference, ch)
	p = &c.progress[i] // addLinked may have moved it
	meter()
	ended := *p
	c.finish(&ended, err)
	// The receipt first: a channel whose final state is stored is not resumed.
	if err := c.receipt(ctx, ended); err != nil {
		p.State = collector.Queued
		report()
		return err
	}
	*p = ended
	report()
	return nil
}

// storeError marks a failure of the store, after which nothing can be stored.
type storeError struct{ error }

func (e storeError) Unwrap() error { return e.error }

// stops returns the error that must stop the whole collection, or nil.
func stops(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("collect: %w", context.Cause(ctx))
	}
	if isStoreError(err) {
		return err
	}
	switch collector.KindOf(err) {
	case collector.SignedOut, collector.Guarded, collector.Network, collector.Clock: // the next channel would get the same error
		return err
	}
	return nil
}

// finish sets a channel's final state.
func (c *collection) finish(p *collector.Progress, err error) {
	now := c.Now().UTC()
	p.FinishedAt = &now
	if err == nil {
		p.State = collector.Done
		return
	}
	e := collector.AsError(err)
	p.Error, p.Detail = e.Kind, e.Detail
	p.State = collector.Failed
	if p.Messages+p.Service+p.Unreadable > 0 {
		p.State = collector.Partial
	}
	delete(c.byID, p.ChannelID) // another reference to the channel may succeed
}

// collectChannel resolves one channel and collects what the store does not have yet.
func (c *collection) collectChannel(ctx context.Context, i int, report func()) (collector.Channel, error) {
	p := &c.progress[i]
	if p.CommentsOf != "" && c.Request.PostByPost() && c.commenter() {
		turnByPost(p)
	}
	ref, err := collector.ParseReference(p.Reference)
	if err != nil {
		return collector.Channel{}, err
	}
	ch, err := c.find(ctx, ref)
	if err != nil {
		return collector.Channel{}, fmt.Errorf("resolve %s: %w", ref, err)
	}
	p.Renamed = ref.Username != "" && !ch.Bears(ref.Username)
	ch.Source, ch.LastSeenAt, ch.Reference = c.Source.Name(), c.Now().UTC(), p.Reference
	p.ChannelID, p.Username, p.Title = ch.ID, ch.Username, ch.Title
	if p.SameAs = c.claim(i); p.SameAs != "" {
		return collector.Channel{}, nil
	}
	if err := c.Store.PutChannel(ctx, ch); err != nil {
		return ch, storeError{fmt.Errorf("put details of channel %d: %w", ch.ID, err)}
	}
	if c.Request.DetailsOnly || p.ByPost {
		return ch, nil
	}
	return ch, c.messages(ctx, ch, p, report)
}

// turnByPost lets the progress of a group be that of comments by post. An earlier version may have
// begun to collect the group's messages within the dates: what was counted of these ids is not
// what is counted now.
func turnByPost(p *collector.Progress) {
	if p.ByPost {
		return
	}
	p.ByPost, p.Lo, p.Hi, p.Newest, p.Expected, p.Vanished = true, 0, 0, 0, nil, 0
	if !p.Counted {
		p.Before = nil
	}
}

// find resolves a reference. If the username now belongs to another channel, that one is stored
// as a peer, so that the person can name it by its number.
func (c *collection) find(ctx context.Context, ref collector.Reference) (collector.Channel, error) {
	ch, err := Find(ctx, c.Source, c.Store, ref)
	if collector.KindOf(err) != collector.OtherChannel {
		return ch, err
	}
	if putErr := c.Store.PutPeers(ctx, withItself(ch), c.Now().UTC()); putErr != nil {
		return ch, storeError{fmt.Errorf("put the peers of channel %d: %w", ch.ID, putErr)}
	}
	return ch, err
}

// addLinked appends a channel's linked group, which contains its comments, to the list.
// See https://core.telegram.org/api/discussion
func (c *collection) addLinked(of string, ch collector.Channel) {
	if !c.Request.Comments || ch.Kind != collector.Broadcast || ch.LinkedChannelID == 0 {
		return
	}
	if slices.ContainsFunc(c.progress, func(p collector.Progress) bool { return p.CommentsOf == of }) {
		return // an earlier run added it
	}
	c.progress = append(c.progress,
		collector.Progress{Reference: c.groupReference(ch.LinkedChannelID), CommentsOf: of, State: collector.Queued})
	c.Report(len(c.progress)-1, c.progress[len(c.progress)-1])
}

// groupReference is a reference to a linked group by its number. It differs from those that a
// person wrote: the receipt of one replaces that of another with the same reference.
func (c *collection) groupReference(id int64) string {
	ref := collector.Reference{ID: id}.String()
	if slices.Contains(c.Request.Channels, ref) {
		return "t.me/c/" + ref
	}
	return ref
}

// requestOf is the request for one channel of a run.
func requestOf(r collector.Request, p collector.Progress) collector.Request {
	if p.CommentsOf != "" && !p.ByPost {
		return r.OfGroup()
	}
	return r
}

// messages collects the requested ids of a channel.
func (c *collection) messages(ctx context.Context, ch collector.Channel, p *collector.Progress, report func()) error {
	asked := requestOf(c.Request, *p)
	b, err := c.firstBounds(ctx, ch, asked)
	if err != nil {
		return fmt.Errorf("find the bounds of channel %d: %w", ch.ID, err)
	}
	lo := p.Lo
	p.Lo, p.Hi, p.Newest, p.Expected = b.Lo, b.Hi, b.Newest, b.Count
	if b.Len() == 0 {
		p.Lo, p.Hi = 0, 0
		return nil
	}
	if asked.Last > 0 {
		p.Expected = nil
		if p.Lo = lo; lo == 0 {
			p.Hi = 0 // no ids yet, unless an earlier run has set them
		}
	}
	job := &job{collection: c, ch: ch, p: p, report: report, asked: asked, bounds: b.Range}
	if err := job.begin(ctx); err != nil {
		return err
	}
	if asked.Last > 0 {
		err = job.last(ctx, asked.Last)
	} else {
		_, err = job.fetchMissing(ctx, b.Range)
	}
	if err == nil {
		err = job.ask(ctx)
	}
	if err == nil {
		err = job.expectAgain(ctx)
	}
	if countErr := job.end(ctx); countErr != nil && err == nil {
		return countErr
	}
	return err
}

// firstBounds returns the requested bounds of a channel. How long each answer took says how many
// requests may be in flight before the first page comes.
func (c *collection) firstBounds(ctx context.Context, ch collector.Channel, r collector.Request) (collector.Bounds, error) {
	before, asked := c.Source.Usage(), time.Now()
	b, err := c.boundsOf(ctx, ch, r.Since.Time, r.Until.Time)
	u := c.Source.Usage()
	if n := u.Requests - before.Requests; n > 0 && u.Waited == before.Waited {
		if took := time.Since(asked) / time.Duration(n); took >= near {
			c.inflight.observe(u, took)
		}
	}
	return b, err
}

// began is before the first message of Telegram. Dates are sent as 32-bit seconds, where 0
// means none, so dates that cannot matter are not sent.
var began = time.Date(2013, 8, 1, 0, 0, 0, 0, time.UTC)

// boundsOf returns the bounds of the messages between two times.
func (c *collection) boundsOf(ctx context.Context, ch collector.Channel, since, until time.Time) (collector.Bounds, error) {
	now := c.Now()
	if since.After(now) || !until.IsZero() && until.Before(began) {
		return collector.Bounds{Range: collector.Range{Lo: 1}}, nil // there are none
	}
	if since.Before(began) {
		since = time.Time{}
	}
	if until.After(now) {
		until = time.Time{}
	}
	return c.Source.Bounds(ctx, ch, since, until)
}
