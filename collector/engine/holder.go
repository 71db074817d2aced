package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/lease"
	"telegramtrac/collector/engine/store"
)

// Lease makes its holder the only one who works on a workspace, and records the progress of
// its collections.
type Lease struct {
	*lease.Lease
	engine    *Engine
	workspace string

	saving    sync.Mutex
	revisions map[string]uint64               // of the keys that this lease has read or written
	heads     map[string]collector.Collection // as last saved, by id
}

func (e *Engine) newLease(l *lease.Lease, workspace string) *Lease {
	return &Lease{
		Lease: l, engine: e, workspace: workspace,
		revisions: map[string]uint64{}, heads: map[string]collector.Collection{},
	}
}

// Acquire waits until the workspace is free and takes it. It ends early with
// the context or the engine. Release the lease when done.
func (e *Engine) Acquire(ctx context.Context, workspace string) (*Lease, error) {
	if err := store.CheckNames(workspace); err != nil {
		return nil, fmt.Errorf("acquire lease: %w", err)
	}
	l, err := e.keeper.Acquire(ctx, workspace)
	if err != nil {
		return nil, err
	}
	return e.newLease(l, workspace), nil
}

// TryAcquire acquires a workspace if it is free now. The error is ErrHeld if it is not.
func (e *Engine) TryAcquire(ctx context.Context, workspace string) (*Lease, error) {
	if err := store.CheckNames(workspace); err != nil {
		return nil, fmt.Errorf("try to acquire lease: %w", err)
	}
	l, err := e.keeper.TryAcquire(ctx, workspace)
	if err != nil {
		return nil, err
	}
	return e.newLease(l, workspace), nil
}

// Task is a collection to run or to end.
type Task struct {
	ID     string
	Want   Want // Run, or Cancel: end its channels
	Record collector.Collection
}

// Next returns the oldest collection of the workspace that is to be run, or that has begun and
// was canceled, so that its channels must be ended; false when there is none. Canceled
// collections that never began are recorded as ended here. It skips those in later, which wait
// for something that other collections need not wait for.
func (l *Lease) Next(ctx context.Context, later ...string) (_ Task, _ bool, err error) {
	defer wrap(&err, "find the next collection")
	if !l.Alive() {
		return Task{}, false, ErrReplaced
	}
	rs, err := l.engine.records(ctx, l.workspace, "*")
	if err != nil {
		return Task{}, false, err
	}
	for _, r := range rs {
		if !r.toDo() || r.want.Want != Cancel && slices.Contains(later, r.id) {
			continue
		}
		if r.want.Want == Cancel && !r.begun() {
			if err := l.Save(ctx, r.id, r.head()); err != nil {
				return Task{}, false, err
			}
			continue
		}
		return l.take(ctx, r.id)
	}
	return Task{}, false, nil
}

// take reads a whole record and remembers its revisions.
func (l *Lease) take(ctx context.Context, id string) (Task, bool, error) {
	r, err := l.engine.record(ctx, l.workspace, id)
	if err != nil {
		return Task{}, false, err
	}
	c := r.collection()
	if r.want.Want == Cancel { // nothing has ended its channels yet
		c = r.written()
	}
	l.saving.Lock()
	defer l.saving.Unlock()
	maps.Copy(l.revisions, r.revisions)
	l.heads[id] = c
	return Task{ID: id, Want: r.want.Want, Record: c}, true, nil
}

// Save records a collection's head (its channels, request and time of
// submission are not touched) and publishes it. When it returns, the record
// survives a power cut. Errors: ErrReplaced, after which the holder must stop;
// ErrNoCollection when it was deleted meanwhile.
func (l *Lease) Save(ctx context.Context, id string, head collector.Collection) error {
	l.saving.Lock()
	defer l.saving.Unlock()
	if err := l.put(ctx, id, haveKey(l.workspace, id), newHad(l.Revision(), head)); err != nil {
		return fmt.Errorf("save collection: %w", err)
	}
	head.Channels = nil
	l.heads[id] = head
	return l.engine.publish(id, Event{Collection: head})
}

// SaveChannel records how far the channel at an index is, and publishes it
// under the head that was saved last. An index beyond the requested channels
// adds one that was found on the way. Errors are those of Save.
func (l *Lease) SaveChannel(ctx context.Context, id string, index int, p collector.Progress) error {
	if index < 0 {
		return fmt.Errorf("save channel: index %d", index)
	}
	l.saving.Lock()
	defer l.saving.Unlock()
	key := haveKey(l.workspace, id) + "." + strconv.Itoa(index)
	if err := l.put(ctx, id, key, hadChannel{l.Revision(), p}); err != nil {
		return fmt.Errorf("save channel: %w", err)
	}
	return l.engine.publish(id, Event{Collection: l.heads[id], Channel: &p, Index: index})
}

// Publish sends an event to the watchers, and stores nothing. It never blocks.
func (l *Lease) Publish(id string, ev Event) error {
	if err := store.CheckNames(id); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if !l.Alive() {
		return fmt.Errorf("publish: %w", ErrReplaced)
	}
	return l.engine.publish(id, ev)
}

// put writes a key by compare-and-swap, with l.saving held. After a mismatch it tries again if
// the stored value is our own write whose answer was lost, or an older lease's.
func (l *Lease) put(ctx context.Context, id, key string, v any) error {
	if err := store.CheckNames(id); err != nil {
		return err
	}
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	revision, known := l.revisions[key]
	for {
		if !known || revision == 0 {
			if revision, err = l.fence(ctx, id, key); err != nil {
				return err
			}
		}
		if !l.Alive() {
			l.Lose()
			return ErrReplaced
		}
		written, err := l.engine.collections.Update(ctx, key, value, revision)
		if err == nil {
			l.revisions[key] = written
			return nil
		}
		if !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return err
		}
		known = false
	}
}

// fence returns the revision that a write to the key may replace, 0 for none,
// or ErrReplaced when a newer lease has written it.
func (l *Lease) fence(ctx context.Context, id, key string) (uint64, error) {
	want, err := l.engine.collections.Entry(ctx, wantKey(l.workspace, id))
	if err != nil {
		return 0, err
	}
	if want.Revision == 0 {
		return 0, ErrNoCollection
	}
	it, err := l.engine.collections.Entry(ctx, key)
	if err != nil || it.Revision == 0 {
		return 0, err
	}
	var by struct {
		Lease uint64 `json:"lease"`
	}
	if err := json.Unmarshal(it.Value, &by); err != nil {
		return 0, err
	}
	if by.Lease > l.Revision() {
		l.Lose()
		return 0, ErrReplaced
	}
	return it.Revision, nil
}
