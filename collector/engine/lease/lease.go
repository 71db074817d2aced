// Package lease makes one process the only one that works on a workspace. A lease is a key in
// the bucket leases: its holder creates it and renews it three times in its life, and it
// expires soon after its holder dies.
//
// A holder that was frozen sees by the wall clock that its lease ran out, without asking the
// server (Alive), and of two holders the one with the higher Revision wins.
package lease

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector/engine/store"
)

var (
	// ErrReplaced says that a lease has run out or passed to someone else.
	ErrReplaced = errors.New("the lease is held no longer")
	// ErrHeld says that somebody else has the lease.
	ErrHeld = errors.New("the lease is held by somebody else")
)

// Keeper gives out leases.
type Keeper struct {
	store *store.Store
	ttl   time.Duration
	wall  func() time.Time
	log   *slog.Logger
}

// New makes a keeper of the leases in a store. A lease that is not renewed runs out after ttl
// by wall, the wall clock.
func New(s *store.Store, ttl time.Duration, wall func() time.Time, log *slog.Logger) *Keeper {
	return &Keeper{store: s, ttl: ttl, wall: wall, log: log}
}

// Start makes the next lease newer than highest, the highest number that a lease has written
// with: the leases may have been lost, and a holder with a lower number would count as
// replaced. It also forgets all leases. Call it while no holder can be alive.
func (k *Keeper) Start(ctx context.Context, highest uint64) error {
	info, err := k.store.Leases.Stream.Info(ctx)
	if err == nil && info.State.LastSeq < highest {
		k.log.Warn("leases were lost", "highest", highest, "last", info.State.LastSeq)
		err = k.store.Leases.Stream.Purge(ctx, jetstream.WithPurgeSequence(highest+1))
	}
	if err != nil {
		return fmt.Errorf("make the next lease the newest: %w", err)
	}
	left, err := k.store.Leases.List(ctx, ">")
	for _, l := range left {
		if err == nil {
			err = k.store.Leases.Drop(ctx, l.Key)
		}
	}
	if err != nil {
		return fmt.Errorf("forget the leases: %w", err)
	}
	return nil
}

// Lease makes its holder the only one who works on a workspace. It is renewed
// by a goroutine of its own until Release, until it is lost, or until the
// engine closes. Its methods may be called from several goroutines at once.
type Lease struct {
	keeper *Keeper
	name   string // of the workspace
	born   uint64 // the revision of its creation
	nonce  []byte // the value of its key, by which it recognizes the key as its own

	lost   chan struct{} // closed when it was taken or ran out
	ended  chan struct{} // closed when lost or released
	rested chan struct{} // closed when the renewing goroutine has ended

	mu      sync.Mutex
	over    bool
	latest  uint64    // revision of the key
	renewed time.Time // by the wall clock, before the request was sent
}

// Acquire waits until the workspace is free and leases it. It ends early with the context or
// the engine. Release the lease when done.
func (k *Keeper) Acquire(ctx context.Context, workspace string) (*Lease, error) {
	waiting, cancel := k.store.Within(ctx)
	defer cancel()
	for {
		l, err := k.try(ctx, workspace)
		if errors.Is(err, jetstream.ErrKeyExists) {
			err = k.waitFree(waiting, workspace)
		}
		if err != nil {
			return nil, fmt.Errorf("acquire lease: %w", err)
		}
		if l != nil {
			return l, nil
		}
	}
}

func (k *Keeper) try(ctx context.Context, workspace string) (*Lease, error) {
	if err := k.store.Room(store.LeaseRoom); err != nil {
		return nil, err
	}
	nonce := []byte(rand.Text())
	at := k.wall()
	revision, err := k.store.Leases.KV.Create(ctx, workspace, nonce)
	k.store.Met(err)
	if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		k.giveBack(ctx, workspace, nonce) // the server may have created it all the same
	}
	if err != nil {
		return nil, err
	}
	l := &Lease{
		keeper: k, name: workspace, born: revision, nonce: nonce,
		lost: make(chan struct{}), ended: make(chan struct{}), rested: make(chan struct{}),
		latest: revision, renewed: at,
	}
	// The lease outlives the context of Acquire.
	if !k.store.Go(func() { l.keep(context.WithoutCancel(ctx)) }) {
		return nil, store.ErrClosed
	}
	return l, nil
}

// giveBack deletes a key that was created with a nonce and whose answer did not come: it would
// block everybody until it runs out. It creates the key once more, because the server handles
// that after the first request: if that is refused, the key's value shows whether it is ours.
// It touches nobody else's key.
func (k *Keeper) giveBack(ctx context.Context, workspace string, nonce []byte) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(k.ttl/3, 2*time.Second))
	defer cancel()
	second := []byte(rand.Text())
	revision, err := k.store.Leases.KV.Create(ctx, workspace, second)
	if errors.Is(err, jetstream.ErrKeyExists) {
		var it store.Entry
		if it, err = k.store.Leases.Entry(ctx, workspace); err == nil && !bytes.Equal(it.Value, nonce) {
			return
		}
		revision = it.Revision
	}
	if err == nil {
		err = k.store.Leases.KV.Delete(ctx, workspace, jetstream.LastRevision(revision))
	}
	if err != nil && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) && k.store.Conn.IsConnected() {
		k.log.Warn("lease not given back", "error", err) // it runs out
	}
}

// waitFree returns when the key is gone, or when it is time to try again: watchers are not
// told when a key runs out.
func (k *Keeper) waitFree(ctx context.Context, key string) error {
	watching, cancel := context.WithTimeout(ctx, k.ttl/3)
	defer cancel()
	w, err := k.store.Leases.Watch(watching, []string{key})
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

// Alive reports whether the lease is still valid by the wall clock: a process that was frozen
// finds out without asking the server.
func (l *Lease) Alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.over && l.keeper.wall().Before(l.renewed.Add(l.keeper.ttl))
}

// Lost closes when the lease has run out or was replaced, and when the engine closes. It stays
// open after Release.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Within returns a context that ends when the lease is lost, with the cause ErrReplaced.
func (l *Lease) Within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() { // ends with the context
		select {
		case <-l.lost:
			cancel(ErrReplaced)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// Release frees the workspace at once. It does nothing to a lost lease.
func (l *Lease) Release(ctx context.Context) error {
	if !l.end(false) {
		return nil
	}
	select {
	case <-l.rested:
	case <-ctx.Done():
		return fmt.Errorf("release lease: %w", ctx.Err())
	}
	err := l.keeper.store.Leases.KV.Delete(ctx, l.name, jetstream.LastRevision(l.latest))
	if err != nil && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) { // else it had run out
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}

// Ended closes when the lease is lost or released.
func (l *Lease) Ended() <-chan struct{} { return l.ended }

// Lose ends the lease of a holder who found out that it was replaced.
func (l *Lease) Lose() { l.end(true) }

// end ends the lease once. It reports whether this call ended it.
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

// keep renews the lease three times in its life, so that one slow answer does not end it.
func (l *Lease) keep(ctx context.Context) {
	defer close(l.rested)
	ticker := time.NewTicker(l.keeper.ttl / 3)
	defer ticker.Stop()
	for {
		select {
		case <-l.ended:
			return
		case <-l.keeper.store.Closed():
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

// renew reports whether the lease is still valid. It does not renew one that has run out, even
// if nobody has taken the workspace yet.
func (l *Lease) renew(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, l.keeper.ttl/3)
	defer cancel()
	for l.Alive() {
		at := l.keeper.wall()
		var revision uint64
		err := l.keeper.store.Room(store.LeaseRoom)
		if err == nil {
			revision, err = l.keeper.store.Leases.KV.Update(ctx, l.name, l.nonce, l.revision())
			l.keeper.store.Met(err)
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
			l.keeper.log.Warn("lease not renewed", "error", err)
			return l.Alive()
		}
	}
	return false
}

// recognize reports whether the key is still ours: the server may have renewed it though its
// answer was lost.
func (l *Lease) recognize(ctx context.Context) bool {
	it, err := l.keeper.store.Leases.Entry(ctx, l.name)
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

// TryAcquire leases a workspace if it is free now. The error is ErrHeld if it is not.
func (k *Keeper) TryAcquire(ctx context.Context, workspace string) (*Lease, error) {
	l, err := k.try(ctx, workspace)
	if errors.Is(err, jetstream.ErrKeyExists) {
		err = ErrHeld
	}
	if err != nil {
		return nil, fmt.Errorf("try to acquire lease: %w", err)
	}
	return l, nil
}
