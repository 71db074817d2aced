package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"telegramtrac/collector/engine/store"

	"github.com/nats-io/nats.go/jetstream"
)

// Watch yields the workspaces that have work (a collection that should run and has not ended,
// or a canceled one whose end is not recorded): all of them at the start, then each whenever a
// collection is submitted, resumed or canceled there. It may name a workspace whose holder
// has just called Next for the last time: remember it, and after releasing the lease acquire
// it again. The channel closes with the context or the engine.
func (e *Engine) Watch(ctx context.Context) (<-chan string, error) {
	ctx, cancel := e.store.Within(ctx)
	// First the watch and then the list, so that nothing falls between them.
	w, err := e.collections.Watch(ctx, []string{"want.>"}, jetstream.UpdatesOnly(), jetstream.IgnoreDeletes())
	if err != nil {
		cancel()
		return nil, fmt.Errorf("watch collections: %w", err)
	}
	queue, err := e.unfinished(ctx)
	if err != nil {
		cancel()
		w.End()
		return nil, fmt.Errorf("list unfinished collections: %w", err)
	}
	jobs := make(chan string)
	started := e.store.Go(func() {
		defer close(jobs)
		defer w.End()
		defer cancel()
		e.passJobs(ctx, w, jobs, queue)
	})
	if !started {
		cancel()
		w.End()
		return nil, ErrClosed
	}
	return jobs, nil
}

// passJobs sends the workspaces on; one that waits in the queue is not added again.
func (e *Engine) passJobs(ctx context.Context, w store.Watcher, jobs chan<- string, queue []string) {
	for {
		var out chan<- string // nil, never ready, while there is none to hand on
		var next string
		if len(queue) > 0 {
			out, next = jobs, queue[0]
		}
		select {
		case out <- next:
			queue = queue[1:]
		case it, ok := <-w.Updates():
			if !ok {
				return
			}
			if ws := e.workspaceToDo(ctx, it); ws != "" && !slices.Contains(queue, ws) {
				queue = append(queue, ws)
			}
		case <-ctx.Done():
			return
		}
	}
}

// workspaceToDo returns the workspace of a want that needs a holder, else "".
func (e *Engine) workspaceToDo(ctx context.Context, it jetstream.KeyValueEntry) string {
	value, ok, err := e.collections.Unseal(ctx, it.Key(), it.Value())
	if err != nil {
		e.log.Warn("want unreadable", "error", err)
	}
	if err != nil || !ok {
		return ""
	}
	rs, err := readRecords([]store.Entry{{Key: it.Key(), Value: value, Revision: it.Revision()}})
	if err != nil || len(rs) == 0 || rs[0].want.Want == Pause {
		return ""
	}
	return rs[0].workspace
}

// unfinished lists the workspaces that have work, ordered by their oldest unfinished
// collection.
func (e *Engine) unfinished(ctx context.Context) (out []string, err error) {
	rs, err := e.list(ctx, wantKey("*", "*"), haveKey("*", "*"))
	for _, r := range rs {
		if r.toDo() && !slices.Contains(out, r.workspace) {
			out = append(out, r.workspace)
		}
	}
	return out, err
}

// toDo reports whether the collection needs a holder.
func (r *record) toDo() bool {
	return !r.settled() && r.want.Want != Pause
}

// settled reports whether the end of the collection is recorded.
func (r *record) settled() bool {
	return r.have != nil && r.have.State.Final()
}

// Wants yields what is wanted of a collection: first the current want, then its changes; a
// slow reader gets only the last. A deleted collection counts as canceled. The channel closes
// with the context, the lease or the engine.
func (l *Lease) Wants(ctx context.Context, id string) (<-chan Want, error) {
	if err := store.CheckNames(id); err != nil {
		return nil, fmt.Errorf("watch wants: %w", err)
	}
	ctx, cancel := l.engine.store.Within(ctx)
	w, err := l.engine.collections.Watch(ctx, []string{wantKey(l.workspace, id)})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("watch wants: %w", err)
	}
	wants := make(chan Want, 1)
	started := l.engine.store.Go(func() {
		defer close(wants)
		defer w.End()
		defer cancel()
		l.passWants(ctx, w, wants)
	})
	if !started {
		cancel()
		w.End()
		return nil, ErrClosed
	}
	return wants, nil
}

func (l *Lease) passWants(ctx context.Context, w store.Watcher, wants chan Want) {
	told := false
	for {
		select {
		case it, ok := <-w.Updates():
			if !ok {
				return
			}
			if it == nil && told { // the end of the existing entries
				continue
			}
			want, err := l.engine.wantOf(ctx, it)
			if err != nil { // the next one may be readable
				l.engine.log.Warn("want unreadable", "error", err)
				continue
			}
			told = true
			select {
			case <-wants:
			default:
			}
			wants <- want
		case <-ctx.Done():
			return
		case <-l.Ended():
			return
		}
	}
}

// wantOf reads an entry; nil and sealed ones that cannot be opened mean Cancel.
func (e *Engine) wantOf(ctx context.Context, it jetstream.KeyValueEntry) (Want, error) {
	if it == nil || it.Operation() != jetstream.KeyValuePut {
		return Cancel, nil
	}
	value, ok, err := e.collections.Unseal(ctx, it.Key(), it.Value())
	if err != nil {
		return "", err
	}
	var w wanted
	if !ok || json.Unmarshal(value, &w) != nil {
		return Cancel, nil
	}
	return w.Want, nil
}
