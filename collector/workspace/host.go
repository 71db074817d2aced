// Package workspace owns workspaces: it alone collects, imports, merges, expires and deletes in them.
//
// A Host watches the engine for workspaces with work. A scheduler runs its tasks: the
// collections of a workspace, its import, and the sweep that deletes what has expired.
// A task that writes takes the workspace's lease first; the lease's holder is the only user of
// the account's session and the only writer of the parts. Requests of people come through
// engine.Accounts; package signin handles signing in and out.
package workspace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/intake"
	"telegramtrac/collector/keyring"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/signin"
	"telegramtrac/collector/spool"
)

// Store is where a holder writes what it collects.
type Store interface {
	collector.Store

	// Compact makes a finished channel quick to read. An interruption loses nothing.
	Compact(ctx context.Context, channelID int64) error

	// Written returns how many bytes it has written so far.
	Written() int64

	// Import moves the staged rows into the dataset, all or none.
	Import(ctx context.Context, s *staging.Staging) ([]collector.Imported, error)

	// TakeOver moves messages that a file had under a username only to their channel, if the
	// dataset has it by now.
	TakeOver(ctx context.Context) ([]collector.TakenOver, error)
}

// Options are what a Host needs.
type Options struct {
	Engine     *engine.Engine
	Store      func(workspace string, lease uint64) (Store, error) // asked once for each lease, when there is work
	RemoveData func(workspace string) error
	// puts all data of a workspace into a store, at once; repeating it changes nothing
	Merge func(ctx context.Context, into Store, from string) (channels int64, err error)
	// what RemoveData would delete; nil: not counted
	Count       func(ctx context.Context, workspace string) (channels, messages int64, err error)
	Servers     map[string]signin.Server // by the name of the source
	Previews    map[string]*preview.Site // preview, and sandbox: the public web preview of the same channels
	Keys        *keyring.Keys
	MaxInFlight int
	LookUpsADay int            // names that an account looks up in 24 hours at most; 0: gate.LookUpsADay, below 0: no limit
	Spool       *spool.Spool   // of uploads to import; nil: nothing is imported
	Reader      intake.Program // reads what was uploaded; its zero value is the program itself
	Logger      *slog.Logger

	MaxBytes int64                                                      // size limit of a workspace, roughly; 0: no limit
	Used     func(ctx context.Context, workspace string) (int64, error) // how many bytes it holds; needed with MaxBytes

	// how many channels a workspace may have after an import; 0: no limit
	MaxChannels int
	Channels    func(ctx context.Context, workspace string) (map[int64]bool, error) // those it has; needed with MaxChannels
	// an error if the disk is nearly full; nil: not checked
	Room func() error

	RoomEvery time.Duration // how often a full disk is checked again; 0: 15 s

	Known func(workspace string) (collector.Acquaintance, error) // the channels' names in a workspace's data; nil, also returned: none

	Keep   time.Duration            // unused workspaces are deleted after it; 0: never
	Stored func() ([]string, error) // the workspaces that have data; nil: only those with records
	Now    func() time.Time         // nil: time.Now

	// Invented reports whether a channel, known by id or username, is one of the sandbox's.
	// Nil: none is known.
	Invented func(channelID int64, username string) bool
}

// Host holds the workspaces of one process. Make it with New, run it with Run.
type Host struct {
	Options
	*signin.Desk // handles signing in and out
	tasks        *scheduler
	now          func() time.Time
	ready        chan struct{} // closed when Run answers
	tally        tally

	sweep    sync.Mutex   // held by Sweep
	starting sync.Mutex   // held while an import is recorded, so that a workspace has one
	slots    intake.Slots // for the imports that are read now
}

// errYield stops a holder because its session is needed for something else.
var errYield = errors.New("the workspace is wanted for something else")

// New makes a host. It does nothing until Run.
func New(o Options) *Host {
	h := &Host{Options: o, ready: make(chan struct{})}
	if h.now = o.Now; h.now == nil {
		h.now = time.Now
	}
	h.Desk = signin.New(signin.Options{
		Engine: o.Engine, Keys: o.Keys, Servers: o.Servers, Previews: o.Previews, Owner: h, Logger: o.Logger,
	})
	h.tasks = newScheduler(h.now)
	h.tasks.work = map[taskKind]func(context.Context, string, *task){
		collecting: h.hold,
		importing:  h.runImport,
		sweeping:   func(ctx context.Context, _ string, _ *task) { h.logSweep(ctx) },
	}
	return h
}

// Alive reports that the host answers.
func (h *Host) Alive(context.Context) error { return nil }

// Ready is closed when Run, which may be called once, answers calls.
func (h *Host) Ready() <-chan struct{} { return h.ready }

// Run answers calls and works for every workspace until the context ends; it
// returns when all work has stopped.
func (h *Host) Run(ctx context.Context) error {
	defer h.tasks.wg.Wait()
	defer h.Desk.Close()
	if err := h.rememberRefusals(ctx); err != nil {
		return err
	}
	if err := h.finishDeletions(ctx); err != nil && ctx.Err() == nil {
		h.Logger.Error("finishing deletions failed", "error", err) // the sweep tries again
	}
	if err := h.Reseal(ctx); err != nil { // before anybody stores one
		return err
	}
	stop, err := h.Engine.ServeAccounts(ctx, h)
	if err != nil {
		return fmt.Errorf("answer sign-in calls: %w", err)
	}
	defer stop()
	jobs, err := h.Engine.Watch(ctx)
	if err != nil {
		return fmt.Errorf("watch for work: %w", err)
	}
	if err := errors.Join(h.kickMerges(ctx), h.sweepImports(ctx)); err != nil {
		return err
	}
	close(h.ready)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before the wait for the tasks
	h.tasks.want(sweeping, "")
	return h.tasks.loop(ctx, jobs)
}

// Wake makes Run look for work in a workspace. It never blocks and is never lost.
func (h *Host) Wake(workspace string) { h.tasks.want(collecting, workspace) }

// hold works for a workspace until there is nothing left to do. After a failure (the lease
// was lost while the machine slept, a record could not be written) it tries again.
func (h *Host) hold(ctx context.Context, workspace string, me *task) {
	for try := 0; ; try++ {
		err := h.work(ctx, workspace, me)
		if err == nil || ctx.Err() != nil {
			return
		}
		h.Logger.Warn("holding a workspace failed and is tried again", "workspace", workspace, "error", err)
		if pause(ctx, gate.Backoff(try, time.Second, time.Minute)); ctx.Err() != nil {
			return
		}
	}
}

// pause waits for d or until the context ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// work takes the lease and runs what is wanted.
func (h *Host) work(ctx context.Context, workspace string, me *task) error {
	lease, err := h.Engine.Acquire(ctx, workspace)
	if err != nil {
		return fmt.Errorf("take the lease: %w", err)
	}
	defer release(ctx, lease)
	if begun, err := h.deleting(ctx, workspace); err != nil || begun { // a sweep finishes it
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { // ends with the lease or the work
		select {
		case <-lease.Lost():
			cancel(engine.ErrReplaced)
		case <-ctx.Done():
		}
	}()
	session := &openSession{host: h, workspace: workspace}
	defer session.close()
	open := h.opener(workspace, lease)
	if _, err := h.bring(ctx, workspace, open); err != nil { // the next holder tries again
		h.Logger.Error("merging a workspace failed", "workspace", workspace, "error", err)
	}
	later := map[string]time.Time{} // collections that wait for look-ups: the others go on
	for {
		maps.DeleteFunc(later, func(_ string, at time.Time) bool { return !h.now().Before(at) })
		task, ok, err := lease.Next(ctx, slices.Collect(maps.Keys(later))...)
		me.setBusy(ok)
		if err == nil && !ok && len(later) > 0 {
			h.tasks.wantAt(collecting, workspace, slices.MinFunc(slices.Collect(maps.Values(later)), time.Time.Compare))
		}
		if err != nil || !ok {
			return err
		}
		store, err := open()
		if err != nil {
			return err
		}
		r := &run{host: h, lease: lease, session: session, store: store, workspace: workspace, task: task}
		if goOn, err := r.collect(ctx); err != nil || !goOn {
			return err
		}
		if !r.retryAt.IsZero() {
			later[task.ID] = r.retryAt
		}
	}
}

// opener opens the store of a lease once, when there is work: that makes the folder.
func (h *Host) opener(workspace string, lease *engine.Lease) func() (Store, error) {
	return sync.OnceValues(func() (Store, error) {
		store, err := h.Store(workspace, lease.Revision())
		if err != nil {
			return nil, fmt.Errorf("open the dataset: %w", err)
		}
		return store, nil
	})
}

// release releases a lease, even after the work was stopped.
func release(ctx context.Context, lease *engine.Lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = lease.Release(ctx) // a lease that cannot be given back expires
}

// Exclusively stops the workspace's holder, takes the lease and runs f. Afterwards the work
// goes on.
func (h *Host) Exclusively(ctx context.Context, workspace string, f func(context.Context, *engine.Lease) error) error {
	running, unreserve := h.tasks.reserve(workspace)
	defer h.Wake(workspace) // there may be a session now, or none
	defer unreserve()
	if running != nil {
		if err := running.stop(ctx, errYield); err != nil {
			return err
		}
	}
	lease, err := h.Engine.Acquire(ctx, workspace)
	if err != nil {
		return fmt.Errorf("take the lease: %w", err)
	}
	defer release(ctx, lease)
	return f(ctx, lease)
}
