// Package account is the one holder of a workspace: it signs people in,
// collects for them, and logs them out.
//
// A Host watches the engine for workspaces with work. For each it takes the
// workspace's lease, opens the account's session, runs the collections in the
// order they were submitted, and gives the lease back. Whoever has the lease is
// the only user of the session and the only writer of the parts.
package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/telegram"
)

// Server is a Telegram server that people may sign in at.
type Server struct {
	telegram.Server
	Identity string // workspaces of different identities never meet
	Label    string // what the page calls a workspace signed in here
	Shared   bool   // accounts are shared (the sandbox): the workspace is the visitor's own
}

// Options are what a Host needs.
type Options struct {
	Engine      *engine.Engine
	Store       func(workspace string, lease uint64) (collector.Store, error) // asked once for each lease, when it was acquired
	RemoveData  func(workspace string) error
	Servers     map[string]Server // by the name of the source
	Keys        *Keys
	MaxInFlight int
	Logger      *slog.Logger
}

// Host holds the workspaces of one process. Make it with New, run it with Run.
type Host struct {
	Options
	signIns *signIns

	kicks chan string   // workspaces to look for work in
	ready chan struct{} // closed when Run answers

	mu      sync.Mutex
	holders map[string]*holder
	wg      sync.WaitGroup
}

// holder is the goroutine that works for one workspace.
type holder struct {
	again  bool                    // there may be more work than it has seen
	cancel context.CancelCauseFunc // stops it
	done   chan struct{}
}

// errYield stops a holder because its session is wanted for something else.
var errYield = errors.New("the workspace is wanted for something else")

// New makes a host. It does nothing until Run.
func New(o Options) *Host {
	h := &Host{Options: o, holders: map[string]*holder{}, kicks: make(chan string), ready: make(chan struct{})}
	h.signIns = newSignIns(h)
	return h
}

// Ready is closed when Run, which may be called once, answers calls.
func (h *Host) Ready() <-chan struct{} { return h.ready }

// Run answers calls and works for every workspace until the context ends; it
// returns when all work has stopped.
func (h *Host) Run(ctx context.Context) error {
	defer h.wg.Wait()
	defer h.signIns.close()
	stop, err := h.Engine.Handle(ctx, engine.SubjectSignIn, h.handle)
	if err != nil {
		return fmt.Errorf("answer sign-in calls: %w", err)
	}
	defer stop()
	jobs, err := h.Engine.Watch(ctx)
	if err != nil {
		return fmt.Errorf("watch for work: %w", err)
	}
	close(h.ready)
	for {
		select {
		case job, ok := <-jobs:
			if !ok {
				return ctx.Err()
			}
			h.kick(ctx, job.Workspace)
		case workspace := <-h.kicks:
			h.kick(ctx, workspace)
		}
	}
}

// kick makes sure that a holder looks for work in the workspace.
func (h *Host) kick(ctx context.Context, workspace string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if running, ok := h.holders[workspace]; ok {
		running.again = true
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

// hold works for a workspace until there is nothing left to do.
func (h *Host) hold(ctx context.Context, workspace string, me *holder) {
	defer close(me.done)
	defer me.cancel(nil)
	for {
		err := h.work(ctx, workspace)
		if err != nil && ctx.Err() == nil && !errors.Is(err, engine.ErrReplaced) {
			h.Logger.Error("holding a workspace failed", "workspace", workspace, "error", err)
		}
		h.mu.Lock()
		if !me.again || ctx.Err() != nil {
			delete(h.holders, workspace)
			h.mu.Unlock()
			return
		}
		me.again = false
		h.mu.Unlock()
	}
}

// work takes the lease and runs what is wanted.
func (h *Host) work(ctx context.Context, workspace string) error {
	lease, err := h.Engine.Acquire(ctx, workspace)
	if err != nil {
		return fmt.Errorf("take the lease: %w", err)
	}
	defer release(ctx, lease)
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
	store, err := h.Store(workspace, lease.Revision())
	if err != nil {
		return fmt.Errorf("open the dataset: %w", err)
	}
	for {
		task, ok, err := lease.Next(ctx)
		if err != nil || !ok {
			return err
		}
		r := &run{host: h, lease: lease, session: session, store: store, workspace: workspace, task: task}
		if goOn, err := r.collect(ctx); err != nil || !goOn {
			return err
		}
	}
}

// release gives a lease back, also when the work was stopped.
func release(ctx context.Context, lease *engine.Lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = lease.Release(ctx) // a lease that cannot be given back expires
}

// exclusively stops the workspace's holder, takes the lease and runs f; then
// work goes on.
func (h *Host) exclusively(ctx context.Context, workspace string, f func(ctx context.Context) error) error {
	defer func() {
		select {
		case h.kicks <- workspace:
		case <-ctx.Done(): // the next start looks for work anyway
		}
	}()
	h.mu.Lock()
	running := h.holders[workspace]
	if running != nil {
		running.cancel(errYield)
	}
	h.mu.Unlock()
	if running != nil {
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
	return f(ctx)
}
