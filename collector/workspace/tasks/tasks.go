// Package tasks decides when the tasks of workspaces run, and which of them never overlap.
//
// It does nothing itself: package workspace says what a task of each kind does.
package tasks

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"telegramtrac/collector"
)

// Kind is one of the things that are done for workspaces.
type Kind int

const (
	Collecting Kind = iota // runs a workspace's collections
	Bringing               // merges into a workspace what comes along; a person need not wait for it
	Merging                // moves the rows of a file into a workspace, or its own into another one
	Deleting               // deletes a workspace
	Expiring               // deletes a workspace that nobody used
	Asking                 // does in a workspace what a person waits for
	Importing              // reads a workspace's upload; its rows are moved by merging
	Sweeping               // looks for workspaces to delete; there is one for all of them
	Compacting             // makes what a workspace holds quick to read; nobody waits for it
)

// holders are the kinds that hold their workspace: no two of them are in one at a time.
var holders = []Kind{Collecting, Bringing, Merging, Deleting, Expiring, Asking, Compacting}

// encounter is what becomes of a task that is to begin while another one runs.
type encounter int

const (
	beside  encounter = iota // it begins
	after                    // it waits
	instead                  // it stops the other and waits for its end
	never                    // it is given up
)

// meet is the rule for tasks of one workspace.
func meet(next, running Kind) encounter {
	switch {
	case next == running && next != Expiring:
		return after
	case !slices.Contains(holders, next) || !slices.Contains(holders, running):
		return beside
	case running == Compacting: // it begins again afterwards, and is no use of the workspace
		return instead
	case next == Expiring: // somebody works there
		return never
	case next == Compacting:
		return after
	case running == Collecting && next != Bringing, running == Bringing && next != Collecting: // they go on afterwards
		return instead
	}
	return after
}

// taskKey names a task: a workspace has one of each kind at a time.
type taskKey struct {
	kind      Kind
	workspace string
}

// Task is a task that runs.
type Task struct {
	kind   Kind
	cancel context.CancelCauseFunc
	done   chan struct{} // closed at its end

	Busy atomic.Bool // Collecting: it has found work

	mu       sync.Mutex
	imported collector.Import // Importing: how far it is
}

// Change changes how far an import is, and returns the new state.
func (t *Task) Change(with func(*collector.Import)) collector.Import {
	t.mu.Lock()
	defer t.mu.Unlock()
	with(&t.imported)
	return t.imported
}

// Stop cancels a task with a cause and waits for its end.
func (t *Task) Stop(ctx context.Context, why error) error {
	t.cancel(why)
	return t.wait(ctx)
}

// Done is closed at the end of the task.
func (t *Task) Done() <-chan struct{} { return t.done }

func (t *Task) wait(ctx context.Context) error {
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Why a task is stopped, or not begun.
var (
	ErrYield = errors.New("the workspace is wanted for something else")
	ErrInUse = errors.New("the workspace is in use")
)

// Scheduler decides when the tasks of a host run: once they are wanted, or at a time, and
// never beside one that they must not meet. A task that is wanted while it runs is run again
// afterwards, so that no change is missed. It is in memory only: what there is to do is in
// the engine's records, and between processes the lease of a workspace decides.
type Scheduler struct {
	// Work is what wanted tasks do. Set it before Loop.
	Work map[Kind]func(ctx context.Context, workspace string, t *Task)

	now   func() time.Time
	wakes chan struct{} // holds one value when begin has to be called
	wg    sync.WaitGroup

	mu      sync.Mutex
	running map[taskKey]*Task
	wanted  map[taskKey]struct{}
	due     map[taskKey]time.Time // tasks to be run at a time
	waiting map[string]int        // how many callers of run wait, by workspace
}

// New makes a scheduler that goes by a clock.
func New(now func() time.Time) *Scheduler {
	return &Scheduler{
		now: now, wakes: make(chan struct{}, 1), running: map[taskKey]*Task{}, wanted: map[taskKey]struct{}{},
		due: map[taskKey]time.Time{}, waiting: map[string]int{},
	}
}

// sweepEvery is how often expired workspaces are looked for. They expire by the day.
const sweepEvery = time.Hour

// longestAlarm is how long the scheduler sleeps at most, because the machine may sleep
// meanwhile, or its clock may be set.
const longestAlarm = 30 * time.Second

// Loop begins tasks until the context ends, and collecting in each workspace that comes from
// jobs. It returns an error if jobs closes earlier.
func (s *Scheduler) Loop(ctx context.Context, jobs <-chan string) error {
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		s.begin(ctx)
		alarm.Reset(s.untilDue())
		select {
		case <-alarm.C:
		case <-s.wakes:
		case <-sweep.C:
			s.Want(Sweeping, "")
		case workspace, ok := <-jobs:
			if ok {
				s.Want(Collecting, workspace)
				break
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.New("the watch for work ended")
		}
	}
}

// Want requests a task. It never blocks, and the request is never lost.
func (s *Scheduler) Want(kind Kind, workspace string) {
	s.mu.Lock()
	s.wanted[taskKey{kind, workspace}] = struct{}{}
	s.mu.Unlock()
	s.wake()
}

// WantAt requests a task at a time, and replaces an earlier such request.
func (s *Scheduler) WantAt(kind Kind, workspace string, at time.Time) {
	s.mu.Lock()
	s.due[taskKey{kind, workspace}] = at
	s.mu.Unlock()
	s.wake()
}

func (s *Scheduler) wake() {
	select {
	case s.wakes <- struct{}{}:
	default: // the loop has one to take already
	}
}

// Wait returns when the wanted tasks have ended. Call it after Loop.
func (s *Scheduler) Wait() { s.wg.Wait() }

// untilDue returns how long the loop may sleep.
func (s *Scheduler) untilDue() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := longestAlarm
	for _, at := range s.due {
		left = min(left, at.Sub(s.now()))
	}
	return max(0, left)
}

// begin starts the tasks that are wanted or due. One that has to wait stays wanted.
func (s *Scheduler) begin(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	maps.DeleteFunc(s.due, func(key taskKey, at time.Time) bool {
		if s.now().Before(at) {
			return false
		}
		s.wanted[key] = struct{}{}
		return true
	})
	maps.DeleteFunc(s.wanted, func(key taskKey, _ struct{}) bool {
		if s.preceded(key) || s.meets(key) != nil {
			return false
		}
		taskCtx, t := s.start(ctx, key)
		s.wg.Go(func() {
			defer s.end(key, t)
			s.Work[key.kind](taskCtx, key.workspace, t)
		})
		return true
	})
}

// preceded reports whether something goes before what could be stopped: a person who waits,
// before collecting also what comes along, and before compacting everything. The caller
// holds mu.
func (s *Scheduler) preceded(key taskKey) bool {
	before, stoppable := goesBefore[key.kind]
	if !stoppable {
		return false
	}
	return s.waiting[key.workspace] > 0 || slices.ContainsFunc(before, func(kind Kind) bool {
		_, wanted := s.wanted[taskKey{kind, key.workspace}]
		return wanted
	})
}

// goesBefore are the kinds that another one stops, and which wanted ones go before each.
var goesBefore = map[Kind][]Kind{
	Collecting: {Bringing},
	Bringing:   nil,
	Compacting: {Bringing, Collecting},
}

// meets returns the running task that a task has to wait for, nil for none, and stops it if
// that is the rule. The caller holds mu.
func (s *Scheduler) meets(key taskKey) *Task {
	if t := s.running[key]; t != nil {
		return t
	}
	for _, kind := range holders {
		t := s.running[taskKey{kind, key.workspace}]
		if t == nil || meet(key.kind, kind) == beside {
			continue
		}
		if meet(key.kind, kind) == instead {
			t.cancel(ErrYield)
		}
		return t
	}
	return nil
}

// Run runs f as a task, when it is its turn. The error is ErrInUse where the task is given up
// because of another one.
func (s *Scheduler) Run(ctx context.Context, kind Kind, workspace string, f func(context.Context) error) error {
	key := taskKey{kind, workspace}
	ctx, t, err := s.turn(ctx, key)
	if err != nil {
		return err
	}
	defer s.end(key, t)
	return f(ctx)
}

// turn waits until a task may run, and starts it.
func (s *Scheduler) turn(ctx context.Context, key taskKey) (context.Context, *Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[key.workspace]++
	defer func() {
		if s.waiting[key.workspace]--; s.waiting[key.workspace] == 0 {
			delete(s.waiting, key.workspace)
			s.wake() // for what was wanted meanwhile
		}
	}()
	for {
		other := s.meets(key)
		if other == nil {
			ctx, t := s.start(ctx, key)
			return ctx, t, nil
		}
		if meet(key.kind, other.kind) == never {
			return nil, nil, ErrInUse
		}
		s.mu.Unlock()
		err := other.wait(ctx)
		s.mu.Lock()
		if err != nil {
			return nil, nil, err
		}
	}
}

// start notes that a task runs, until end. The caller holds mu.
func (s *Scheduler) start(ctx context.Context, key taskKey) (context.Context, *Task) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &Task{kind: key.kind, cancel: cancel, done: make(chan struct{})}
	s.running[key] = t
	return ctx, t
}

func (s *Scheduler) end(key taskKey, t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, key)
	t.cancel(nil)
	close(t.done)
	if len(s.wanted) > 0 { // perhaps the same task again
		s.wake()
	}
}

// Task returns a workspace's running task, nil for none.
func (s *Scheduler) Task(kind Kind, workspace string) *Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[taskKey{kind, workspace}]
}

// Count returns how many tasks of a kind run.
func (s *Scheduler) Count(kind Kind) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.running {
		if key.kind == kind {
			n++
		}
	}
	return n
}
