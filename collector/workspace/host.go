// Package workspace is the one owner of a workspace: it signs people in,
// collects for them, and logs them out.
//
// A Host watches the engine for workspaces with work. For each it takes the
// workspace's lease, opens the account's session, runs the collections in the
// order they were submitted, and gives the lease back. Whoever has the lease is
// the only user of the session and the only writer of the parts.
package workspace

import (
	"cmp"
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
	"telegramtrac/collector/engine"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/intake"
	"telegramtrac/collector/keyring"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/signin"
	"telegramtrac/collector/spool"
)

// Store is where a holder keeps what it collects.
type Store interface {
	collector.Store

	// Compact makes a finished channel quick to read. Nothing is lost where it
	// is broken off.
	Compact(ctx context.Context, channelID int64) error

	// Written is how many bytes it has put so far.
	Written() int64

	// Import puts what was staged into the dataset, all of it or nothing.
	Import(ctx context.Context, s *dataset.Staging) ([]collector.Imported, error)

	// TakeOver gives messages that a file had under a username alone to the channel
	// that they are of, where that is in the dataset by now.
	TakeOver(ctx context.Context) ([]collector.TakenOver, error)
}

// Options are what a Host needs.
type Options struct {
	Engine      *engine.Engine
	Store       func(workspace string, lease uint64) (Store, error) // asked once for each lease, when there is work
	RemoveData  func(workspace string) error
	Merge       func(ctx context.Context, into Store, from string) (channels int64, err error)    // puts all that a workspace collected into a store, at once; again it changes nothing
	Count       func(ctx context.Context, workspace string) (channels, messages int64, err error) // what RemoveData would delete; nil: not counted
	Servers     map[string]signin.Server                                                          // by the name of the source
	Previews    map[string]*preview.Site                                                          // preview, and sandbox: the public web preview of the same channels
	Keys        *keyring.Keys
	MaxInFlight int
	LookUpsADay int            // names that an account looks up in 24 hours at most; 0: gate.LookUpsADay, below 0: no limit
	Spool       *spool.Spool   // of uploads to import; nil: nothing is imported
	Reader      intake.Program // reads what was uploaded; its zero value is the program itself
	Logger      *slog.Logger

	MaxBytes int64                                                      // a workspace may hold about so much; 0: no limit
	Used     func(ctx context.Context, workspace string) (int64, error) // how many bytes it holds; needed with MaxBytes

	MaxChannels int                                                                 // an import brings a workspace to so many at most; 0: no limit
	Channels    func(ctx context.Context, workspace string) (map[int64]bool, error) // those it has; needed with MaxChannels
	Room        func() error                                                        // an error where the disk is nearly full; nil: not looked at

	RoomEvery time.Duration // how often it is looked whether there is room again; 0: 15 s

	Known func(workspace string) (collector.Acquaintance, error) // what a workspace knows of channels' names; nil, also returned: nothing

	Keep   time.Duration            // untouched workspaces are deleted after it; 0: never
	Stored func() ([]string, error) // the workspaces that have data; nil: those that records tell of
	Now    func() time.Time         // nil: time.Now

	// Invented reports whether a channel is one of the sandbox's, however it is
	// told of. Nil: none is known.
	Invented func(channelID int64, username string) bool
}

// Host holds the workspaces of one process. Make it with New, run it with Run.
type Host struct {
	Options
	*signin.Desk // answers what people ask of signing in and out
	now          func() time.Time
	sweep        sync.Mutex // held by Sweep
	tally        tally
	imports      *imports

	kicks chan struct{} // there is something in wanted
	ready chan struct{} // closed when Run answers

	mu       sync.Mutex
	holders  map[string]*holder
	reserved map[string]int       // workspaces in which no holder may start now
	refused  map[string]bool      // and those in which one would have
	wanted   map[string]struct{}  // workspaces to look for work in
	due      map[string]time.Time // and those in which work goes on at a time
	wg       sync.WaitGroup
}

// holder is the goroutine that works for one workspace.
type holder struct {
	again  bool                    // there may be more work than it has seen
	busy   bool                    // it has found work
	cancel context.CancelCauseFunc // stops it
	done   chan struct{}
}

// errYield stops a holder because its session is wanted for something else.
var errYield = errors.New("the workspace is wanted for something else")

// New makes a host. It does nothing until Run.
func New(o Options) *Host {
	h := &Host{
		Options: o, kicks: make(chan struct{}, 1), ready: make(chan struct{}),
		holders: map[string]*holder{}, reserved: map[string]int{}, refused: map[string]bool{}, wanted: map[string]struct{}{},
		due: map[string]time.Time{},
	}
	if h.now = o.Now; h.now == nil {
		h.now = time.Now
	}
	h.Desk = signin.New(signin.Options{
		Engine: o.Engine, Keys: o.Keys, Servers: o.Servers, Previews: o.Previews, Owner: h, Logger: o.Logger,
	})
	h.imports = newImports()
	return h
}

// Alive says that the host answers.
func (h *Host) Alive(context.Context) error { return nil }

// Ready is closed when Run, which may be called once, answers calls.
func (h *Host) Ready() <-chan struct{} { return h.ready }

// Run answers calls and works for every workspace until the context ends; it
// returns when all work has stopped.
func (h *Host) Run(ctx context.Context) error {
	defer h.wg.Wait()
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
	sweepCtx, endSweep := context.WithCancel(ctx)
	defer endSweep() // before the wait
	h.wg.Go(func() { h.sweeping(sweepCtx) })
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		alarm.Reset(h.untilDue())
		select {
		case <-alarm.C:
			for _, workspace := range h.takeDue() {
				h.start(ctx, workspace)
			}
		case job, ok := <-jobs:
			if !ok {
				return cmp.Or(ctx.Err(), errors.New("the watch for work ended"))
			}
			h.start(ctx, job.Workspace)
		case <-h.kicks:
			for _, workspace := range h.takeWanted() {
				h.start(ctx, workspace)
			}
		case <-h.imports.kicks:
			h.startImports(ctx)
		}
	}
}

// Wake asks Run to look for work in a workspace. It never blocks and is never lost.
func (h *Host) Wake(workspace string) {
	h.mu.Lock()
	h.wanted[workspace] = struct{}{}
	h.mu.Unlock()
	h.wake()
}

// wake tells Run that there is something in wanted.
func (h *Host) wake() {
	select {
	case h.kicks <- struct{}{}:
	default: // it has one to take already
	}
}

func (h *Host) takeWanted() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := slices.Collect(maps.Keys(h.wanted))
	clear(h.wanted)
	return out
}

// longestAlarm is how long is slept at once for what is due: the machine may sleep
// meanwhile, and its clock be set.
const longestAlarm = 30 * time.Second

// startAt makes Run look for work in a workspace at a time.
func (h *Host) startAt(workspace string, at time.Time) {
	h.mu.Lock()
	h.due[workspace] = at
	h.mu.Unlock()
	h.wake() // to look at the time anew
}

// untilDue is how long Run may sleep.
func (h *Host) untilDue() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	left := longestAlarm
	for _, at := range h.due {
		left = min(left, at.Sub(h.now()))
	}
	return max(0, left)
}

// takeDue returns the workspaces whose time has come.
func (h *Host) takeDue() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for workspace, at := range h.due {
		if !h.now().Before(at) {
			out = append(out, workspace)
			delete(h.due, workspace)
		}
	}
	return out
}

// start makes sure that a holder looks for work in the workspace. While the
// workspace is reserved none is started; the kick that ends the reservation
// makes up for it.
func (h *Host) start(ctx context.Context, workspace string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if running, ok := h.holders[workspace]; ok {
		running.again = true
		return
	}
	if h.reserved[workspace] > 0 {
		h.refused[workspace] = true
		return
	}
	if ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithCancelCause(ctx)
	one := &holder{cancel: cancel, done: make(chan struct{})}
	h.holders[workspace] = one
	h.wg.Go(func() { h.hold(ctx, workspace, one) })
}

// hold works for a workspace until there is nothing left to do. A failure (the
// lease was lost while the machine slept, the records could not be written) is
// no end: work that is wanted is tried again.
func (h *Host) hold(ctx context.Context, workspace string, me *holder) {
	defer close(me.done)
	defer me.cancel(nil)
	for try := 0; ; try++ {
		err := h.work(ctx, workspace, me)
		if err == nil {
			try = 0
		} else if ctx.Err() == nil {
			h.Logger.Warn("holding a workspace failed and is tried again", "workspace", workspace, "error", err)
			pause(ctx, gate.Backoff(try, time.Second, time.Minute))
		}
		h.mu.Lock()
		if ctx.Err() != nil || err == nil && !me.again {
			delete(h.holders, workspace)
			h.mu.Unlock()
			return
		}
		me.again = false
		h.mu.Unlock()
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
func (h *Host) work(ctx context.Context, workspace string, me *holder) error {
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
		h.setBusy(me, ok)
		if err == nil && !ok && len(later) > 0 {
			h.startAt(workspace, slices.MinFunc(slices.Collect(maps.Values(later)), time.Time.Compare))
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

func (h *Host) setBusy(me *holder, busy bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	me.busy = busy
}

// release gives a lease back, also when the work was stopped.
func release(ctx context.Context, lease *engine.Lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = lease.Release(ctx) // a lease that cannot be given back expires
}

// Exclusively stops the workspace's holder, takes the lease and runs f. Then work goes
// on.
func (h *Host) Exclusively(ctx context.Context, workspace string, f func(context.Context, *engine.Lease) error) error {
	running := h.reserve(workspace)
	defer h.Wake(workspace) // there may be a session now, or none
	defer h.unreserve(workspace)
	if running != nil {
		running.cancel(errYield)
		select {
		case <-running.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	lease, err := h.Engine.Acquire(ctx, workspace)
	if err != nil {
		return fmt.Errorf("take the lease: %w", err)
	}
	defer release(ctx, lease)
	return f(ctx, lease)
}

// reserve keeps holders from starting, and returns the one that runs.
func (h *Host) reserve(workspace string) *holder {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reserved[workspace]++
	return h.holders[workspace]
}

func (h *Host) unreserve(workspace string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.reserved[workspace]--; h.reserved[workspace] > 0 {
		return
	}
	delete(h.reserved, workspace)
	if h.refused[workspace] {
		delete(h.refused, workspace)
		h.wanted[workspace] = struct{}{}
		h.wake()
	}
}
