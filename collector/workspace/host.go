// Package workspace owns workspaces: it alone collects, imports, merges, expires and deletes in them.
//
// A Host watches the engine for workspaces with work. All that it does there are tasks of one
// scheduler (package tasks), which says which of them never overlap: collections, imports, merges,
// deletions, expiry, and what people wait for. A task that holds a workspace has its lease
// (leased), which says the same to other processes: it is the only user of the account's
// session and the only writer of the parts. Requests of people come through engine.Accounts;
// package signin handles signing in and out.
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
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/intake"
	"telegramtrac/collector/keyring"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/quota"
	"telegramtrac/collector/signin"
	"telegramtrac/collector/spool"
	"telegramtrac/collector/workspace/tasks"
	"telegramtrac/collector/workspace/totals"
)

// Store is where a holder writes what it collects.
type Store interface {
	collector.Store

	// Compact makes a channel quick to read, if it is worth it. An interruption loses nothing.
	Compact(ctx context.Context, channelID int64) error

	// Written returns how many bytes it has written so far.
	Written() int64

	// Import moves the staged rows into the dataset, all or none.
	Import(ctx context.Context, s *staging.Staging) ([]collector.Imported, error)

	// Merge copies everything that another dataset holds, all or none. Merging again changes
	// nothing.
	Merge(ctx context.Context, from *catalog.Catalog, now time.Time) ([]collector.Imported, error)

	// TakeOver moves messages that a file had under a username only to their channel, if the
	// dataset has it by now.
	TakeOver(ctx context.Context) ([]collector.TakenOver, error)
}

// Options are what a Host needs.
type Options struct {
	Engine *engine.Engine
	Keys   *keyring.Keys
	Logger *slog.Logger
	Now    func() time.Time // nil: time.Now

	Data       func(workspace string) (*dataset.Dataset, error)    // nil and no error: it has none
	Store      func(workspace string, lease uint64) (Store, error) // asked once for each lease, when there is work
	RemoveData func(workspace string) error
	Stored     func() ([]string, error) // the workspaces that have data; nil: only those with records

	Servers     map[string]signin.Server // by the name of the source
	Previews    map[string]*preview.Site // preview, and sandbox: the public web preview of the same channels
	MaxInFlight int
	LookUpsADay int // names that an account looks up in 24 hours at most; 0: gate.LookUpsADay, below 0: no limit

	Spool  *spool.Spool   // of uploads to import; nil: nothing is imported
	Reader intake.Program // reads what was uploaded; its zero value is the program itself
	// Invented reports whether a channel, known by id or username, is one of the sandbox's.
	// Nil: none is known.
	Invented func(channelID int64, username string) bool

	Quota     quota.Allowance // of each workspace
	Room      func() error    // an error if the disk is nearly full; nil: not checked
	RoomEvery time.Duration   // how often a full disk is checked again; 0: 15 s
	Keep      time.Duration   // unused workspaces are deleted after it; 0: never
}

// Host holds the workspaces of one process. Make it with New, run it with Run.
type Host struct {
	Options
	*signin.Desk // handles signing in and out
	tasks        *tasks.Scheduler
	now          func() time.Time
	ready        chan struct{} // closed when Run answers
	tally        totals.Counter

	starting sync.Mutex   // held while an import is recorded, so that a workspace has one
	slots    intake.Slots // for the imports that are read now

	compacting tasks.Alone // so that the memory for it does not grow with the people
	overdue    tasks.Overdue
}

// New makes a host. It does nothing until Run.
func New(o Options) *Host {
	h := &Host{Options: o, ready: make(chan struct{}), compacting: make(tasks.Alone, 1)}
	if h.now = o.Now; h.now == nil {
		h.now = time.Now
	}
	h.Desk = signin.New(signin.Options{
		Engine: o.Engine, Keys: o.Keys, Servers: o.Servers, Previews: o.Previews, Owner: h, Logger: o.Logger,
	})
	h.tasks = tasks.New(h.now)
	h.tasks.Work = map[tasks.Kind]func(context.Context, string, *tasks.Task){
		tasks.Collecting: h.hold,
		tasks.Bringing:   h.bringAlong,
		tasks.Importing:  h.runImport,
		tasks.Sweeping:   h.logSweep,
		tasks.Compacting: h.compact,
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
	defer h.tasks.Wait()
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
	if err := errors.Join(h.kickMerges(ctx), h.sweepImports(ctx), h.compactAll(ctx)); err != nil {
		return err
	}
	close(h.ready)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before the wait for the tasks
	h.tasks.Want(tasks.Sweeping, "")
	return h.tasks.Loop(ctx, jobs)
}

// Wake makes Run look for work in a workspace. It never blocks and is never lost.
func (h *Host) Wake(workspace string) { h.tasks.Want(tasks.Collecting, workspace) }

// hold works for a workspace until there is nothing left to do. After a failure (the lease
// was lost while the machine slept, a record could not be written) it tries again.
func (h *Host) hold(ctx context.Context, workspace string, me *tasks.Task) {
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
func (h *Host) work(ctx context.Context, workspace string, me *tasks.Task) error {
	return h.leased(ctx, workspace, h.Engine.Acquire, func(ctx context.Context, lease *engine.Lease) error {
		if begun, err := h.deleting(ctx, workspace); err != nil || begun { // a sweep finishes it
			return err
		}
		return h.collections(ctx, workspace, lease, me)
	})
}

// collections runs one collection after the other.
func (h *Host) collections(ctx context.Context, workspace string, lease *engine.Lease, me *tasks.Task) error {
	session := &openSession{host: h, workspace: workspace}
	defer session.close()
	open := h.opener(workspace, lease)
	var written int64               // by the collections before
	later := map[string]time.Time{} // collections that wait for look-ups: the others go on
	for {
		maps.DeleteFunc(later, func(_ string, at time.Time) bool { return !h.now().Before(at) })
		task, ok, err := lease.Next(ctx, slices.Collect(maps.Keys(later))...)
		me.Busy.Store(ok)
		if err == nil && !ok && len(later) > 0 {
			h.tasks.WantAt(tasks.Collecting, workspace, slices.MinFunc(slices.Collect(maps.Values(later)), time.Time.Compare))
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
		if store.Written() > written {
			written = store.Written()
			h.turn(ctx, workspace, store)
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

// WithLease runs f, which a person waits for, with the lease of a workspace. Afterwards the
// collections there go on.
func (h *Host) WithLease(ctx context.Context, workspace string, f func(context.Context, *engine.Lease) error) error {
	return h.as(ctx, tasks.Asking, workspace, f)
}

// as runs f as a task that holds a workspace.
func (h *Host) as(ctx context.Context, kind tasks.Kind, workspace string, f func(context.Context, *engine.Lease) error) error {
	defer h.Wake(workspace) // there may be a session now, or none
	return h.tasks.Run(ctx, kind, workspace, func(ctx context.Context) error {
		return h.leased(ctx, workspace, h.Engine.Acquire, f)
	})
}

// leased takes the lease of a workspace and runs f, whose context ends when the lease is lost:
// then the error is engine.ErrReplaced. The lease is released also after the work was stopped.
func (h *Host) leased(ctx context.Context, workspace string, take func(context.Context, string) (*engine.Lease, error),
	f func(context.Context, *engine.Lease) error) error {
	lease, err := take(ctx, workspace)
	if err != nil {
		return fmt.Errorf("take the lease: %w", err)
	}
	held, end := lease.Within(ctx)
	defer func() {
		end()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = lease.Release(late) // a lease that cannot be given back expires
	}()
	err = f(held, lease)
	if err != nil && errors.Is(context.Cause(held), engine.ErrReplaced) {
		return engine.ErrReplaced
	}
	return err
}

// Tally returns the counts so far.
func (h *Host) Tally() totals.Totals {
	out := h.tally.Read()
	out.Holders = h.tasks.Count(tasks.Collecting)
	return out
}
