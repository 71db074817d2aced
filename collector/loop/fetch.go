package loop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
)

// leastSplit is the least size in ids of a stretch that is split between two workers. Each
// split may cost one more request than the messages do.
const leastSplit = 500

// manySplit is leastSplit for workers beyond some: at a channel's end, where little is left,
// these would save no time.
const manySplit = 4 * leastSplit

// walk accounts for ids of one channel. Several workers go down the ids at the same time, each
// in its own stretch. An idle worker takes the largest stretch without a worker, or the lower
// half of the largest rest of another worker's. A page accounts for its ids whichever stretch
// they are in: one that skips a million ids completes all stretches in between. So the number
// of requests grows with messages, not with ids.
type walk struct {
	*job
	had  bool             // some ids were stored before: what a part adds is known only when it is stored
	all  sync.WaitGroup   // the workers
	over *collector.Range // ids below the walk whose messages are returned as beyond; nil: none

	mu      sync.Mutex       // guards the fields below and the job's progress, not a worker's load
	left    collector.Ranges // ids not accounted for yet
	workers []*worker
	came    int                   // pages …
	dense   int                   // … and those of which most ids have a message
	gaps    int                   // like pages that are not dense, where the source's count says that there are gaps
	most    int                   // workers, by that count; 0: it says nothing
	held    int                   // bytes, about, in the workers' loads
	spare   [][]collector.Message // of loads that ended, for workers that begin
	beyond  beyond
	err     error // the first
}

// worker walks down a stretch.
type worker struct {
	stretch collector.Range // its ids; another worker may take the lower half
	next    int64           // the highest id not read yet
	load    load
	size    int // of the load in bytes, about; guarded as the walk is
}

// beyond is what pages contained of the ids right below a walk.
type beyond struct {
	ids      collector.Range
	messages []collector.Message // newest first
	peers    []collector.Peer
	began    time.Time
}

// none reports whether no page contained ids below the walk.
func (b beyond) none() bool { return b.ids.Hi == 0 }

// walk accounts for the ids of todo. After the first error, which is returned, it sends no new
// requests, but those in flight may complete, because they have used up quota. Each id is
// counted once in the progress: when its message arrives, or, if some ids were stored before,
// when the part is stored. If below is not nil, walk also returns what pages contained of the
// ids right below todo, as long as they are within below.
func (j *job) walk(ctx context.Context, todo collector.Ranges, below *collector.Range) (beyond, error) {
	w := &walk{job: j, left: todo, over: below}
	w.expect(j.p.Expected)
	for _, r := range todo {
		h, err := j.held(ctx, r)
		if err != nil {
			return beyond{}, err
		}
		if h != (tally{}) {
			w.had = true
			break
		}
	}
	w.mu.Lock()
	w.start(ctx)
	w.mu.Unlock()
	w.all.Wait()
	return w.beyond, w.err
}

// expect takes what the source said of the number of messages as a few answers would be taken: it
// tells whether ids are dense, and that more workers than pages to come would only cost requests.
func (w *walk) expect(messages *int64) {
	switch {
	case messages == nil:
	case *messages*4 >= w.bounds.Len()*3:
		w.came, w.dense = 4, 4
	default:
		w.gaps = 8
		w.most = max(few, int(*messages/collector.MostIDs)+1)
	}
}

// start starts workers up to the limit of inflight. The lock is held.
func (w *walk) start(ctx context.Context) {
	for w.err == nil && len(w.workers) < w.limit() {
		r, ok := w.stretch()
		if !ok {
			return
		}
		x := &worker{stretch: r, next: r.Hi}
		if n := len(w.spare); n > 0 {
			x.load.messages, w.spare = w.spare[n-1], w.spare[:n-1]
		}
		w.workers = append(w.workers, x)
		w.all.Go(func() { w.work(ctx, x) })
	}
}

// limit is how many workers there may be: few before anything is known, more than some only where most answers have shown
// that most ids have a message. Where there are gaps, pages reach from one stretch into others,
// and each more worker costs requests that are not needed otherwise: a tenth of all with 16
// workers among 40 clumps of messages, and most of all if they begin where there is next to
// nothing. One gap in a dense channel does not count, however large it is. The lock is held.
func (w *walk) limit() int {
	n := w.inflight.limit
	if w.most > 0 {
		n = min(n, w.most)
	}
	switch {
	case w.came == 0:
		return min(n, few)
	case w.dense*4 < (w.came+w.gaps)*3:
		return min(n, some)
	}
	return n
}

// stretch returns the ids for an idle worker. The lock is held.
func (w *walk) stretch() (collector.Range, bool) {
	free := w.left
	widest := collector.Range{Lo: 1} // none
	var of *worker
	for _, x := range w.workers {
		free = free.Without(collector.Ranges{x.stretch})
		if r := w.rest(x); r.Len() > widest.Len() {
			widest, of = r, x
		}
	}
	if len(free) > 0 {
		return slices.MaxFunc(free, func(a, b collector.Range) int { return int(a.Len() - b.Len()) }), true
	}
	least := int64(leastSplit)
	if len(w.workers) >= some {
		least = manySplit
	}
	if widest.Len() < least {
		return collector.Range{}, false
	}
	// Whole pages stay above, so that none of them reaches into the half of the other worker.
	above := widest.Len() / 2 / collector.MostIDs * collector.MostIDs
	half := collector.Range{Lo: widest.Lo, Hi: widest.Hi - above}
	of.stretch.Lo = half.Hi + 1
	return half, true
}

// rest returns the ids that a worker still has to account for, without those that others have
// read. The lock is held.
func (w *walk) rest(x *worker) collector.Range {
	left := w.left.Intersect(x.stretch)
	if len(left) == 0 {
		return collector.Range{Lo: 1}
	}
	return left[len(left)-1]
}

// work walks a worker's stretch, as far as it remains its own, to the end.
func (w *walk) work(ctx context.Context, x *worker) {
	err := w.descend(ctx, x)
	if putErr := w.put(ctx, x); err == nil || isStoreError(putErr) {
		err = putErr
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leave(x)
	if x.load.messages != nil {
		w.spare = append(w.spare, x.load.messages)
	}
	if w.err == nil {
		w.err = err
	}
	w.start(ctx)
}

// descend reads pages until the stretch is done. It starts a new request after ids that another
// worker has read.
func (w *walk) descend(ctx context.Context, x *worker) error {
	for {
		r, ok := w.take(x)
		if !ok {
			return nil
		}
		if err := w.pages(ctx, x, r); err != nil {
			return err
		}
	}
}

// take returns the ids that a worker reads next; ok is false if it is done or not needed.
func (w *walk) take(x *worker) (collector.Range, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.rest(x)
	if r.Len() == 0 || !w.stays(x) {
		return r, false
	}
	x.next = r.Hi
	if x.load.began.IsZero() {
		x.load.began = w.Now().UTC()
	}
	return r, true
}

// pages reads pages from the top of r as long as the next ids are not accounted for.
func (w *walk) pages(ctx context.Context, x *worker, r collector.Range) error {
	asked := time.Now()
	for page, err := range w.Source.Messages(ctx, w.ch, r) {
		if err != nil {
			return fmt.Errorf("read ids %d to %d of channel %d: %w", r.Lo, r.Hi, w.ch.ID, err)
		}
		full, more, err := w.accept(ctx, x, page, time.Since(asked))
		if err == nil && full {
			err = w.put(ctx, x)
		}
		if err != nil || !more {
			return err
		}
		asked = time.Now()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// A source that ends early without an error must not cause false absence.
	return collector.Errorf(collector.Internal, "the ids %d to %d of channel %d were not accounted for", r.Lo, x.next, w.ch.ID)
}

// accept takes from a page, which took some time to come, what no other page had. It reports
// whether the worker has read enough to store it, and whether it continues.
func (w *walk) accept(ctx context.Context, x *worker, page collector.Page, took time.Duration) (full, more bool, err error) {
	if err := w.check(&page, x.next); err != nil {
		return false, false, err
	}
	fresh := w.claim(x, page)
	came := x.load.add(page, fresh)
	if without := fresh.Len() - came.rows(); collector.ProvesAbsence(w.Source.Name()) {
		came.absent = without
	} else {
		came.unseen = without
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.had {
		x.load.told = x.load.told.plus(came)
		addCounts(w.p, came)
	}
	size := sizeOf(x.load.messages[len(x.load.messages)-int(came.rows()):])
	x.size, w.held = x.size+size, w.held+size
	w.came++
	if int64(len(page.Messages))*4 >= page.Proven.Len()*3 {
		w.dense++
	}
	w.report()
	w.inflight.observe(w.Source.Usage(), took)
	w.start(ctx)
	r := w.rest(x)
	more = r.Len() > 0 && r.Hi == x.next && w.stays(x)
	return w.full(x), more, nil
}

// claim removes a page's ids from those that are left, and returns the ids that no other page
// had accounted for.
func (w *walk) claim(x *worker, page collector.Page) collector.Ranges {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keepBeyond(x, page)
	fresh := w.left.Intersect(page.Proven)
	w.left = w.left.Without(collector.Ranges{page.Proven})
	x.next = page.Proven.Lo - 1
	return fresh
}

// stays reports whether a worker is still needed. If there are too many workers, it gives up
// its stretch at once. The lock is held.
func (w *walk) stays(x *worker) bool {
	if len(w.workers) > w.limit() {
		w.leave(x)
	}
	return w.err == nil && slices.Contains(w.workers, x)
}

func (w *walk) leave(x *worker) {
	w.workers = slices.DeleteFunc(w.workers, func(y *worker) bool { return x == y })
}

// check enforces the contract of Source.Messages: the page accounts for ids from next down, and
// its messages are among them, strictly descending. It also fills in what the source does not
// know.
func (j *job) check(page *collector.Page, next int64) error {
	if page.Proven.Hi != next || page.Proven.Lo < 0 || page.Proven.Len() == 0 {
		return collector.Errorf(collector.Internal, "a page of channel %d accounts for the ids %d to %d and should from %d on", j.ch.ID,
			page.Proven.Lo, page.Proven.Hi, next)
	}
	last := next + 1
	for i := range page.Messages {
		m := &page.Messages[i]
		if m.ID >= last || m.ID < page.Proven.Lo || m.ID < 1 || m.ChannelID != j.ch.ID {
			return collector.Errorf(collector.Internal, "message %d of channel %d came after %d on a page of the ids %d to %d of channel %d",
				m.ID, m.ChannelID, last, page.Proven.Lo, page.Proven.Hi, j.ch.ID)
		}
		last = m.ID
		j.name(m)
	}
	return nil
}

// name fills in what a source does not set in a message.
func (j *job) name(m *collector.Message) {
	m.ChannelUsername, m.ChannelTitle, m.Source = j.ch.Username, j.ch.Title, j.Source.Name()
	j.topics.place(j.ch, m)
}

// keepBeyond stores a page's messages right below the walk in beyond if it has more ids than
// earlier pages. The lock is held.
func (w *walk) keepBeyond(x *worker, page collector.Page) {
	if w.over == nil {
		return
	}
	ids := page.Proven.Intersect(*w.over)
	if ids.Len() == 0 || ids.Hi != w.over.Hi || !w.beyond.none() && ids.Len() <= w.beyond.ids.Len() {
		return
	}
	w.beyond = beyond{ids: ids, messages: within(page.Messages, ids), peers: page.Peers, began: x.load.began}
}

// put stores what a worker has read, even if the walk was stopped.
func (w *walk) put(ctx context.Context, x *worker) error {
	w.mu.Lock()
	l := x.load
	x.load = load{began: w.Now().UTC()}
	w.held, x.size = w.held-x.size, 0
	w.mu.Unlock()
	if len(l.covered) == 0 {
		return nil
	}
	ctx, cancel := still(ctx)
	defer cancel()
	more, err := w.putLoad(ctx, l, w.had)
	clear(l.messages)
	x.load.messages = l.messages[:0] // the store keeps none of them
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		more = tally{}.minus(l.told)
		w.left = w.left.Union(l.covered)
		if w.err == nil {
			w.err = err
		}
	}
	addCounts(w.p, more)
	w.report()
	return err
}

// putLoad stores a load, one part for each run of ids, and returns how much was added beyond
// what was already counted.
func (j *job) putLoad(ctx context.Context, l load, had bool) (more tally, err error) {
	for i, ids := range l.covered {
		part := collector.Part{ChannelID: j.ch.ID, Range: ids, Source: j.Source.Name(), ObservedAt: l.began, ProvedAt: j.Now().UTC()}
		if part.Messages = l.messages; len(l.covered) > 1 {
			part.Messages = within(l.messages, ids)
		}
		if i == 0 {
			part.Peers = l.peers
		}
		n, err := j.putPart(ctx, part, had)
		if err != nil {
			return more, err
		}
		more = more.plus(n)
	}
	return more, nil
}

// within returns the messages whose ids are in a range.
func within(messages []collector.Message, ids collector.Range) []collector.Message {
	var out []collector.Message
	for _, m := range messages {
		if ids.Contains(m.ID) {
			out = append(out, m)
		}
	}
	return out
}

// putPart stores a part. If had is true, some of its ids may be stored already, and putPart
// returns how much it added.
func (j *job) putPart(ctx context.Context, part collector.Part, had bool) (more tally, err error) {
	var before, after tally
	if had {
		if before, err = j.held(ctx, part.Range); err != nil {
			return tally{}, err
		}
	}
	if err := j.Store.PutPart(ctx, part); err != nil {
		return tally{}, storeError{fmt.Errorf("put ids %d to %d of channel %d: %w", part.Range.Lo, part.Range.Hi, j.ch.ID, err)}
	}
	if had {
		if after, err = j.held(ctx, part.Range); err != nil {
			return tally{}, err
		}
	}
	return after.minus(before), nil
}

func isStoreError(err error) bool {
	var failed storeError
	return errors.As(err, &failed)
}

// late returns a context for storing what was read after the run was stopped, with a short time
// limit.
func late(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// still returns ctx, or, if the run was stopped, a context with time to store the end.
func still(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() != nil {
		return late(ctx)
	}
	return ctx, func() {}
}
