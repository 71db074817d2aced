package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector/engine/doctor"
	"telegramtrac/collector/engine/store"
)

var (
	// ErrInUse says that another process holds the folder.
	ErrInUse = store.ErrInUse
	// ErrDiskFull says that the disk has no room for another record.
	ErrDiskFull = store.ErrDiskFull
	// ErrNoCollection says that the workspace has no such collection.
	ErrNoCollection = errors.New("no such collection")
	// ErrDeleting says that a workspace is being deleted: nothing begins there.
	ErrDeleting = errors.New("the workspace is being deleted")
	// ErrFinal says that a collection has ended and takes no more wishes.
	ErrFinal = errors.New("the collection has ended")
	// ErrReplaced says that a lease has run out or passed to someone else.
	ErrReplaced = errors.New("the lease is held no longer")
	// ErrNobody says that nobody handles the subject of a call.
	ErrNobody = errors.New("nobody answers")
	// ErrName says that a workspace, visitor, subject or key is no name: names
	// are letters, digits, dash, underscore and equals sign.
	ErrName = errors.New("not a name")
	// ErrClosed says that the engine was closed.
	ErrClosed = store.ErrClosed
)

// defaultLeaseTTL is the longest stall after a holder vanished: long enough for
// a slow disk, short enough for a person who looks on.
const defaultLeaseTTL = 15 * time.Second

// Options of Open. Only Dir is needed.
type Options struct {
	Dir      string        // created if missing; no other process may use it meanwhile
	Logger   *slog.Logger  // default: none
	LeaseTTL time.Duration // default 15 s, at least 100 ms
	Now      func() time.Time

	Free func() (bytes, total uint64, known bool) // on the folder's disk, and its size; nil: not looked at
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.LeaseTTL == 0 {
		o.LeaseTTL = defaultLeaseTTL
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Engine is one open folder. Its methods may be called from several goroutines
// at once.
type Engine struct {
	log *slog.Logger
	ttl time.Duration
	now func() time.Time
	ids ids
	hub hub

	sealer Sealer // of sign-ins; set by SealWith

	store                           *store.Store
	collections, workspaces, leases *store.Bucket

	touched sync.Map // workspace → the day on which it was last noted as touched
	days    days
}

// Open locks the folder, starts the server in it (without a socket) and forgets
// the leases of whoever was there before. The context bounds the opening alone;
// Close ends the engine. The error is ErrInUse when another process has the
// folder, and a *doctor.DamagedError when it is not as it was written: see Repair.
func Open(ctx context.Context, o Options) (*Engine, error) {
	o = o.withDefaults()
	s, err := store.New(store.Options{Dir: o.Dir, Logger: o.Logger, LeaseTTL: o.LeaseTTL, Free: o.Free, Owner: owner})
	if err != nil {
		return nil, fmt.Errorf("open engine: %w", err)
	}
	e := &Engine{log: o.Logger, ttl: o.LeaseTTL, now: o.Now, store: s}
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open engine in %s: %w", o.Dir, err), e.Close())
	}
	s.Opened()
	return e, nil
}

// startTimeout is how long the server may take to open what was found whole.
const startTimeout = 10 * time.Second

// errStuck says that the records were not open in time.
var errStuck = errors.New("the records did not open within 10 s")

func (e *Engine) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, errStuck)
	defer cancel()
	err := e.store.Start(ctx)
	e.collections, e.workspaces, e.leases = e.store.Collections, e.store.Workspaces, e.store.Leases
	for _, step := range []func(context.Context) error{e.leapLeases, e.forgetLeases, e.openDays, e.forgetSignIns} {
		if err == nil {
			err = step(ctx)
		}
	}
	if err != nil && errors.Is(context.Cause(ctx), errStuck) {
		err = errors.Join(errStuck, err)
	}
	if err == nil {
		e.hub.open(e.store.Conn, e.log)
	}
	return err
}

// Repair makes an engine's folder such that it opens, with every record that can be
// read, and returns what was damaged and is lost. The error is ErrInUse when an engine
// has the folder open.
func Repair(ctx context.Context, dir string) ([]doctor.Damage, error) {
	lock, err := store.Hold(dir)
	if err != nil {
		return nil, fmt.Errorf("repair the records: %w", err)
	}
	defer lock.Close()
	return doctor.Repair(ctx, dir, func(ctx context.Context, dir string) error {
		e, err := Open(ctx, Options{Dir: dir})
		if err == nil {
			err = e.Close()
		}
		return err
	})
}

// leapLeases makes the next lease newer than each that has written: their numbers may
// be lost, and a holder with a lower one would count as replaced for ever.
func (e *Engine) leapLeases(ctx context.Context) error {
	heads, err := e.collections.List(ctx, haveKey("*", "*"))
	if err != nil {
		return fmt.Errorf("list heads: %w", err)
	}
	var highest uint64
	for _, it := range heads {
		var by struct {
			Lease uint64 `json:"lease"`
		}
		if json.Unmarshal(it.Value, &by) == nil {
			highest = max(highest, by.Lease)
		}
	}
	info, err := e.leases.Stream.Info(ctx)
	if err == nil && info.State.LastSeq < highest {
		e.log.Warn("leases_were_lost", "highest", highest, "last", info.State.LastSeq)
		err = e.leases.Stream.Purge(ctx, jetstream.WithPurgeSequence(highest+1))
	}
	if err != nil {
		return fmt.Errorf("make the next lease the newest: %w", err)
	}
	return nil
}

// forgetLeases is right because the folder's lock is ours: no holder is alive.
func (e *Engine) forgetLeases(ctx context.Context) error {
	left, err := e.leases.List(ctx, ">")
	if err != nil {
		return fmt.Errorf("list leases: %w", err)
	}
	for _, l := range left {
		if err := e.leases.Drop(ctx, l.Key); err != nil {
			return fmt.Errorf("forget lease: %w", err)
		}
	}
	return nil
}

// Close ends the engine: leases are lost, channels close, handlers' contexts
// end and are waited for. Nothing else may be called after it.
func (e *Engine) Close() error {
	if !e.store.Stop() {
		return nil
	}
	e.hub.close()
	return e.store.Close()
}

// wall is the time by the clock on the wall: a monotonic reading stands still
// while a machine is suspended, and a lease must not.
func (e *Engine) wall() time.Time { return e.now().Round(0).UTC() }
