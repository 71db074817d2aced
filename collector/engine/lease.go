package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/store"
)

// Lease makes its holder the only one who works on a workspace. It is renewed
// by a goroutine of its own until Release, until it is lost, or until the
// engine closes. Its methods may be called from several goroutines at once.
type Lease struct {
	engine    *Engine
	workspace string
	born      uint64 // the revision of its creation
	nonce     []byte // the value of its key, by which it knows itself

	lost   chan struct{} // closed when it was taken or ran out
	ended  chan struct{} // closed when lost or released
	rested chan struct{} // closed when the renewing goroutine has ended

	mu      sync.Mutex
	over    bool
	latest  uint64    // revision of the key
	renewed time.Time // by the clock on the wall, before the request was sent

	saving    sync.Mutex
	revisions map[string]uint64               // of the keys that this lease has read or written
	heads     map[string]collector.Collection // as last saved, by id
}

// Acquire waits until the workspace is free and takes it. It ends early with
// the context or the engine. Release the lease when done.
func (e *Engine) Acquire(ctx context.Context, workspace string) (*Lease, error) {
	if err := checkNames(workspace); err != nil {
		return nil, fmt.Errorf("acquire lease: %w", err)
	}
	waiting, cancel := e.store.Within(ctx)
	defer cancel()
	for {
		l, err := e.tryAcquire(ctx, workspace)
		if errors.Is(err, jetstream.ErrKeyExists) {
			err = e.waitFree(waiting, workspace)
		}
		if err != nil {
			return nil, fmt.Errorf("acquire lease: %w", err)
		}
		if l != nil {
			return l, nil
		}
	}
}

func (e *Engine) tryAcquire(ctx context.Context, workspace string) (*Lease, error) {
	if err := e.store.Room(store.LeaseRoom); err != nil {
		return nil, err
	}
	nonce := []byte(rand.Text())
	at := e.wall()
	revision, err := e.leases.KV.Create(ctx, workspace, nonce)
	e.store.Met(err)
	if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		e.giveBack(ctx, workspace, nonce) // it may have been taken all the same
	}
	if err != nil {
		return nil, err
	}
	l := &Lease{
		engine: e, workspace: workspace, born: revision, nonce: nonce,
		lost: make(chan struct{}), ended: make(chan struct{}), rested: make(chan struct{}),
		latest: revision, renewed: at,
		revisions: map[string]uint64{}, heads: map[string]collector.Collection{},
	}
	// The lease outlives the wait for it.
	if !e.store.Go(func() { l.keep(context.WithoutCancel(ctx)) }) {
		return nil, ErrClosed
	}
	return l, nil
}

// giveBack releases a key that was asked for with a nonce and whose answer did not
// come: it would hold up everybody until it runs out. The key is asked for once
// more, which is dealt with after the first: where that is refused, the key tells
// whose it is. Nobody else's is touched.
func (e *Engine) giveBack(ctx context.Context, workspace string, nonce []byte) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(e.ttl/3, 2*time.Second))
	defer cancel()
	second := []byte(rand.Text())
	revision, err := e.leases.KV.Create(ctx, workspace, second)
	if errors.Is(err, jetstream.ErrKeyExists) {
		var it store.Entry
		if it, err = e.leases.Entry(ctx, workspace); err == nil && !bytes.Equal(it.Value, nonce) {
			return
		}
		revision = it.Revision
	}
	if err == nil {
		err = e.leases.KV.Delete(ctx, workspace, jetstream.LastRevision(revision))
	}
	if err != nil && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) && e.store.Conn.IsConnected() {
		e.log.Warn("lease_not_given_back", "err", err) // it runs out
	}
}

// waitFree returns when the key is gone, or when it is time to try again:
// nobody is told when a key runs out.
func (e *Engine) waitFree(ctx context.Context, key string) error {
	watching, cancel := context.WithTimeout(ctx, e.ttl/3)
	defer cancel()
	w, err := e.leases.Watch(watching, []string{key})
	if err != nil {
		return err
	}
	defer w.End()
	held := false
	for {
		select {
		case it, ok := <-w.Updates():
			switch {
			case !ok && ctx.Err() == nil:
				return nil
			case !ok:
				return ctx.Err()
			case it == nil && held:
				continue
			case it == nil, it.Operation() != jetstream.KeyValuePut:
				return nil
			}
			held = true
		case <-watching.Done():
			return ctx.Err()
		}
	}
}

// Revision is the lease's number. Of two leases on a workspace the later one
// has the higher number, also over restarts.
func (l *Lease) Revision() uint64 { return l.born }

// Alive reports whether the lease is held, by the clock on the wall: a process
// that was frozen finds out before it asks anybody.
func (l *Lease) Alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.over && l.engine.wall().Before(l.renewed.Add(l.engine.ttl))
}

// Lost closes when the lease has run out or was taken, and when the engine
// closes. It stays open after Release.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Release gives the workspace back at once. It does nothing to a lost lease.
func (l *Lease) Release(ctx context.Context) error {
	if !l.end(false) {
		return nil
	}
	select {
	case <-l.rested:
	case <-ctx.Done():
		return fmt.Errorf("release lease: %w", ctx.Err())
	}
	err := l.engine.leases.KV.Delete(ctx, l.workspace, jetstream.LastRevision(l.latest))
	if err != nil && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) { // else it had run out
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}

// end ends the lease once. It reports whether it was the one to do so.
func (l *Lease) end(lost bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return false
	}
	l.over = true
	close(l.ended)
	if lost {
		close(l.lost)
	}
	return true
}

// keep renews the lease three times in its life, so that one slow answer does
// not end it.
func (l *Lease) keep(ctx context.Context) {
	defer close(l.rested)
	ticker := time.NewTicker(l.engine.ttl / 3)
	defer ticker.Stop()
	for {
		select {
		case <-l.ended:
			return
		case <-l.engine.store.Closed():
			l.end(true)
			return
		case <-ticker.C:
			if !l.renew(ctx) {
				l.end(true)
				return
			}
		}
	}
}

// renew reports whether the lease is still held. One that has run out is not
// renewed, even where nobody has taken it yet.
func (l *Lease) renew(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, l.engine.ttl/3)
	defer cancel()
	for l.Alive() {
		at := l.engine.wall()
		var revision uint64
		err := l.engine.store.Room(store.LeaseRoom)
		if err == nil {
			revision, err = l.engine.leases.KV.Update(ctx, l.workspace, l.nonce, l.revision())
			l.engine.store.Met(err)
		}
		switch {
		case err == nil:
			l.extend(revision, at)
			return true
		case errors.Is(err, jetstream.ErrKeyRevisionMismatch):
			if !l.recognize(ctx) {
				return false
			}
		default: // no answer: the next tick tries again while there is time
			l.engine.log.Warn("lease_not_renewed", "err", err)
			return l.Alive()
		}
	}
	return false
}

// recognize reports whether the key is still ours: a renewal may have been done
// though its answer was lost.
func (l *Lease) recognize(ctx context.Context) bool {
	it, err := l.engine.leases.Entry(ctx, l.workspace)
	if err != nil || string(it.Value) != string(l.nonce) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latest = it.Revision
	return true
}

func (l *Lease) revision() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.latest
}

func (l *Lease) extend(revision uint64, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latest, l.renewed = revision, at
}
