package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"telegramtrac/collector/engine/call"
	"telegramtrac/collector/engine/days"
	"telegramtrac/collector/engine/doctor"
	"telegramtrac/collector/engine/lease"
	"telegramtrac/collector/engine/listing"
	"telegramtrac/collector/engine/store"
	"telegramtrac/collector/keyring"
)

var (
	// ErrInUse says that another process has locked the folder.
	ErrInUse = store.ErrInUse
	// ErrDiskFull says that the disk has no room for another record.
	ErrDiskFull = store.ErrDiskFull
	// ErrNoCollection says that the workspace has no such collection.
	ErrNoCollection = errors.New("no such collection")
	// ErrDeleting says that a workspace is being deleted: no collection may begin there.
	ErrDeleting = errors.New("the workspace is being deleted")
	// ErrNoList says that the workspace has no such list.
	ErrNoList = listing.ErrNoList
	// ErrFinal says that a collection has ended and cannot be changed.
	ErrFinal = errors.New("the collection has ended")
	// ErrReplaced says that a lease has run out or passed to someone else.
	ErrReplaced = lease.ErrReplaced
	// ErrHeld says that somebody else has the lease.
	ErrHeld = lease.ErrHeld
	// ErrNobody says that nobody handles the subject of a call.
	ErrNobody = call.ErrNobody
	// ErrName says that a workspace, visitor, subject or key is not a valid name: names are
	// letters, digits, dash, underscore and equals sign.
	ErrName = store.ErrName
	// ErrClosed says that the engine was closed.
	ErrClosed = store.ErrClosed
)

// defaultLeaseTTL is the longest pause after a holder vanished: long enough for a slow disk,
// short enough for a person who watches.
const defaultLeaseTTL = 15 * time.Second

// Options of Open. Only Dir is needed.
type Options struct {
	Dir      string        // created if missing; no other process may use it at the same time
	Logger   *slog.Logger  // default: none
	LeaseTTL time.Duration // default 15 s, at least 100 ms
	Now      func() time.Time

	Free func() (bytes, total uint64, known bool) // bytes free on the folder's disk, and its size; nil: not checked
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
	now func() time.Time
	ids ids

	sealer *keyring.Keys // of sign-ins; set by SealWith

	store                   *store.Store
	collections, workspaces *store.Bucket
	keeper                  *lease.Keeper
	calls                   *call.Caller

	touched sync.Map // workspace → the day on which Touch last recorded it
	*days.Days
	*listing.Records
}

// wrap adds what was being done to an error.
func wrap(err *error, doing string) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", doing, *err)
	}
}

// Open locks the folder, starts the server in it (without a socket) and drops the leases of
// the process before. The context limits only the opening; Close ends the engine. The error is
// ErrInUse when another process uses the folder, and a *doctor.DamagedError when its files are
// damaged: see Repair.
func Open(ctx context.Context, o Options) (*Engine, error) {
	o = o.withDefaults()
	s, err := store.New(store.Options{Dir: o.Dir, Logger: o.Logger, LeaseTTL: o.LeaseTTL, Free: o.Free, Owner: owner})
	if err != nil {
		return nil, fmt.Errorf("open engine: %w", err)
	}
	e := &Engine{log: o.Logger, now: o.Now, store: s, calls: &call.Caller{Store: s, Log: o.Logger}}
	e.keeper = lease.New(s, o.LeaseTTL, e.wall, o.Logger)
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open engine in %s: %w", o.Dir, err), e.Close())
	}
	s.Opened()
	return e, nil
}

// startTimeout is how long the server may take to open undamaged records: a second and less,
// but a start on a machine that is busy with everything else at once has taken ten.
const startTimeout = time.Minute

// errStuck says that the records did not open in time.
var errStuck = errors.New("the records did not open within a minute")

func (e *Engine) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, errStuck)
	defer cancel()
	err := e.store.Start(ctx)
	e.collections, e.workspaces = e.store.Collections, e.store.Workspaces
	e.Records = listing.New(listing.Options{
		Bucket: e.workspaces, NextID: func() string { return e.ids.next(e.wall()) }, Now: e.wall, Open: e.open, Past: e.WholeCollections,
	})
	for _, step := range []func(context.Context) error{e.startLeases, e.openDays, e.forgetSignIns} {
		if err == nil {
			err = step(ctx)
		}
	}
	if err != nil && errors.Is(context.Cause(ctx), errStuck) {
		err = errors.Join(errStuck, err)
	}
	return err
}

// Repair repairs an engine's folder so that it opens with every record that can be read, and
// returns what was damaged and lost. The error is ErrInUse when an engine has the folder open.
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

// startLeases starts with no lease held, newer than every lease that has written a record: we
// have the folder's lock, so no holder is alive.
func (e *Engine) startLeases(ctx context.Context) error {
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
	return e.keeper.Start(ctx, highest)
}

// openDays reads on which days the program was reached.
func (e *Engine) openDays(ctx context.Context) (err error) {
	e.Days, err = days.Open(ctx, e.workspaces, e.now, e.log)
	return err
}

// Close ends the engine: leases are lost, channels close, and it waits for handlers, whose
// contexts end. Nothing may be called afterwards.
func (e *Engine) Close() error {
	if !e.store.Stop() {
		return nil
	}
	return e.store.Close()
}

// wall returns the wall-clock time: a monotonic clock stands still while a machine is
// suspended, and a lease must not.
func (e *Engine) wall() time.Time { return e.now().Round(0).UTC() }
