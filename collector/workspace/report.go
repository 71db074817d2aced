package workspace

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/workspace/totals"
)

// How often a change is saved, and how often it is only published.
const (
	saveEvery   = time.Second
	notifyEvery = 100 * time.Millisecond
)

// reporter turns a run's reports into the collection's record: saved when a state changes, with
// a channel's first messages and once a second, published live in between.
type reporter struct {
	lease  *engine.Lease
	tally  *totals.Counter
	id     string
	logger interface {
		Error(msg string, args ...any)
	}

	mu       sync.Mutex
	ctx      func() (context.Context, context.CancelFunc) // for one save
	record   collector.Collection
	shown    []collector.State // the state last saved of each channel
	counting int               // the channel whose first messages were saved; -1: none
	saved    time.Time
	told     time.Time
	active   int // the channel being collected
	replaced bool
}

func newReporter(r *run) *reporter {
	rec := r.task.Record
	if len(rec.Channels) < len(rec.Requested.Channels) {
		rec.Channels = collector.StartProgress(rec.Requested)
	}
	shown := make([]collector.State, len(rec.Channels))
	for i, p := range rec.Channels {
		if p.State.Final() { // as saved; the others are shown as they stand now
			shown[i] = p.State
		}
	}
	return &reporter{lease: r.lease, tally: &r.host.tally, id: r.task.ID, logger: r.host.Logger, record: rec, shown: shown, counting: -1}
}

// begin records the collection as running.
func (r *reporter) begin(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ctx = func() (context.Context, context.CancelFunc) { return saving(ctx) }
	now := time.Now().UTC()
	if r.record.StartedAt == nil {
		r.record.StartedAt = &now
	} else if w := r.record.Waits; w != collector.LookUps && w != collector.Disk && w != collector.OpenFiles { // which are no stop
		r.record.Resumed++
	}
	r.record.State, r.record.Waits, r.record.RetryAt, r.record.Error = collector.Running, "", nil, ""
	r.record.WaitsMethod = ""
	return r.lease.Save(ctx, r.id, r.head())
}

// progress returns the progress of the channels.
func (r *reporter) progress() []collector.Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.record.Channels)
}

// resumed returns how often the collection was resumed.
func (r *reporter) resumed() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.Resumed
}

// head returns the record without its channels, which are saved one by one.
func (r *reporter) head() collector.Collection {
	head := r.record
	head.Channels = nil
	return head
}

// channel records a change of channel i.
func (r *reporter) channel(i int, p collector.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active = i
	for i >= len(r.record.Channels) { // a linked group, found on the way
		r.record.Channels = append(r.record.Channels, collector.Progress{})
		r.shown = append(r.shown, "")
	}
	r.tally.Moved(r.record.Channels[i], p)
	r.record.Messages += p.Messages - r.record.Channels[i].Messages
	r.record.Channels[i] = p
	r.show(i)
}

// show saves or publishes channel i as people should see it: as waiting while the collection
// waits.
func (r *reporter) show(i int) {
	p := r.record.Channels[i]
	if r.record.Waits != "" && (p.State == collector.Collecting || p.State == collector.Resolving) {
		p.State = collector.Waiting
	}
	now := time.Now()
	first := r.counting != i && p.New > 0 // else the counts would stand at 0 for a second
	if first {
		r.counting = i
	}
	if first || p.State != r.shown[i] || now.Sub(r.saved) >= saveEvery {
		r.shown[i], r.saved, r.told = p.State, now, now
		r.save(i, p)
		return
	}
	if now.Sub(r.told) >= notifyEvery {
		r.told = now
		r.check(r.lease.Publish(r.id, engine.Event{Collection: r.head(), Channel: &p, Index: i}))
	}
}

func (r *reporter) save(i int, p collector.Progress) {
	ctx, cancel := r.ctx()
	defer cancel()
	r.check(errors.Join(r.lease.SaveChannel(ctx, r.id, i, p), r.lease.Save(ctx, r.id, r.head())))
}

// check logs that progress could not be saved. The run goes on: the parts are the checkpoint,
// and a replaced holder is stopped by its lease.
func (r *reporter) check(err error) {
	if err == nil || r.replaced {
		return
	}
	if r.replaced = errors.Is(err, engine.ErrReplaced); !r.replaced {
		r.logger.Error("saving progress failed", "collection", r.id, "error", err)
	}
}

// wait records that the source waits, or with a zero wait that it goes on.
func (r *reporter) wait(w collector.Wait) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.Kind != "" && w.Kind != r.record.Waits {
		r.tally.Waited(w.Kind)
	}
	r.record.Waits, r.record.WaitsMethod, r.record.RetryAt, r.record.State = w.Kind, w.Method, nil, collector.Running
	if w.Kind != "" {
		r.record.State = collector.Waiting
	}
	if !w.Until.IsZero() {
		until := w.Until.UTC()
		r.record.RetryAt = &until
	}
	if len(r.record.Channels) > 0 {
		r.saved = time.Time{} // at once
		r.show(r.active)
	}
}

// fail records why the whole collection failed.
func (r *reporter) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record.Error = collector.KindOf(err)
	r.tally.Failed(r.record.Error)
}

// end saves the last state.
func (r *reporter) end(ctx context.Context, state collector.State, progress []collector.Progress) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record.State = state
	if state != collector.Waiting {
		r.record.Waits, r.record.WaitsMethod, r.record.RetryAt = "", "", nil
	}
	if state.Final() {
		now := time.Now().UTC()
		r.record.FinishedAt = &now
	}
	r.record.Channels, r.record.Messages = progress, 0
	var errs []error
	for i, p := range progress {
		r.record.Messages += p.Messages
		if p.StartedAt == nil { // what was not begun follows from the collection's state
			continue
		}
		if i >= len(r.shown) || p.State != r.shown[i] || i == r.active {
			errs = append(errs, r.lease.SaveChannel(ctx, r.id, i, p))
		}
	}
	return errors.Join(append(errs, r.lease.Save(ctx, r.id, r.head()))...)
}
