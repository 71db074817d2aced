package workspace

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// taskKind is one of the things that are done for workspaces.
type taskKind int

const (
	collecting taskKind = iota // runs a workspace's collections
	merging                    // moves rows into a workspace: those of a file, or of a workspace that comes along
	deleting                   // deletes a workspace
	expiring                   // deletes a workspace that nobody used
	asking                     // does in a workspace what a person waits for
	importing                  // reads a workspace's upload; its rows are moved by merging
	sweeping                   // looks for workspaces to delete; there is one for all of them
)

// holders are the kinds that hold their workspace: no two of them are in one at a time.
var holders = []taskKind{collecting, merging, deleting, expiring, asking}

// encounter is what becomes of a task that is to begin while another one runs.
type encounter int

const (
	beside  encounter = iota // it begins
	after                    // it waits
	instead                  // it stops the other and waits for its end
	never                    // it is given up
)

// meet is the rule for tasks of one workspace.
func meet(next, running taskKind) encounter {
	switch {
	case next == running && next != expiring:
		return after
	case !slices.Contains(holders, next) || !slices.Contains(holders, running):
		return beside
	case next == expiring: // somebody works there
		return never
	case running == collecting: // it goes on afterwards from its last part
		return instead
	}
	return after
}

// taskKey names a task: a workspace has one of each kind at a time.
type taskKey struct {
	kind      taskKind
	workspace string
}

// task is a task that runs.
type task struct {
	kind   taskKind
	cancel context.CancelCauseFunc
	done   chan struct{} // closed at its end

	mu       sync.Mutex
	busy     bool             // collecting: it has found work
	imported collector.Import // importing: how far it is
}

// change changes an import's state, and returns the new one.
func (t *task) change(with func(*collector.Import)) collector.Import {
	t.mu.Lock()
	defer t.mu.Unlock()
	with(&t.imported)
	return t.imported
}

func (t *task) setBusy(busy bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy = busy
}

// stop cancels a task with a cause and waits for its end.
func (t *task) stop(ctx context.Context, why error) error {
	t.cancel(why)
	return t.wait(ctx)
}

func (t *task) wait(ctx context.Context) error {
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Why a task is stopped, or not begun.
var (
	errYield = errors.New("the workspace is wanted for something else")
	errInUse = errors.New("the workspace is in use")
)

// scheduler decides when the tasks of a host run: once they are wanted, or at a time, and
// never beside one that they must not meet. A task that is wanted while it runs is run again
// afterwards, so that no change is missed. It is in memory only: what there is to do is in
// the engine's records, and between processes the lease of a workspace decides.
type scheduler struct {
	now  func() time.Time
	work map[taskKind]func(ctx context.Context, workspace string, t *task)

	wakes chan struct{} // holds one value when begin has to be called
	wg    sync.WaitGroup

	mu      sync.Mutex
	running map[taskKey]*task
	wanted  map[taskKey]struct{}
	due     map[taskKey]time.Time // tasks to be run at a time
	waiting map[string]int        // how many callers of run wait, by workspace
}

func newScheduler(now func() time.Time) *scheduler {
	return &scheduler{
		now: now, wakes: make(chan struct{}, 1), running: map[taskKey]*task{}, wanted: map[taskKey]struct{}{},
		due: map[taskKey]time.Time{}, waiting: map[string]int{},
	}
}

// longestAlarm is how long the scheduler sleeps at most, because the machine may sleep
// meanwhile, or its clock may be set.
const longestAlarm = 30 * time.Second

// loop begins tasks until the context ends. It returns an error if the watch for jobs ends
// earlier.
func (s *scheduler) loop(ctx context.Context, jobs <-chan engine.Job) error {
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
			s.want(sweeping, "")
		case job, ok := <-jobs:
			if ok {
				s.want(collecting, job.Workspace)
				break
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.New("the watch for work ended")
		}
	}
}

// want requests a task. It never blocks, and the request is never lost.
func (s *scheduler) want(kind taskKind, workspace string) {
	s.mu.Lock()
	s.wanted[taskKey{kind, workspace}] = struct{}{}
	s.mu.Unlock()
	s.wake()
}

// wantAt requests a task at a time, and replaces an earlier such request.
func (s *scheduler) wantAt(kind taskKind, workspace string, at time.Time) {
	s.mu.Lock()
	s.due[taskKey{kind, workspace}] = at
	s.mu.Unlock()
	s.wake()
}

func (s *scheduler) wake() {
	select {
	case s.wakes <- struct{}{}:
	default: // the loop has one to take already
	}
}

// untilDue returns how long the loop may sleep.
func (s *scheduler) untilDue() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := longestAlarm
	for _, at := range s.due {
		left = min(left, at.Sub(s.now()))
	}
	return max(0, left)
}

// begin starts the tasks that are wanted or due. One that has to wait stays wanted.
func (s *scheduler) begin(ctx context.Context) {
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
			s.work[key.kind](taskCtx, key.workspace, t)
		})
		return true
	})
}

// preceded reports whether something goes before collecting: a person who waits, or a merge.
// The caller holds mu.
func (s *scheduler) preceded(key taskKey) bool {
	_, merge := s.wanted[taskKey{merging, key.workspace}]
	return key.kind == collecting && (merge || s.waiting[key.workspace] > 0)
}

// meets returns the running task that a task has to wait for, nil for none, and stops it if
// that is the rule. The caller holds mu.
func (s *scheduler) meets(key taskKey) *task {
	if t := s.running[key]; t != nil {
		return t
	}
	for _, kind := range holders {
		t := s.running[taskKey{kind, key.workspace}]
		if t == nil || meet(key.kind, kind) == beside {
			continue
		}
		if meet(key.kind, kind) == instead {
			t.cancel(errYield)
		}
		return t
	}
	return nil
}

// run runs f as a task, when it is its turn. The error is errInUse where the task is given up
// because of another one.
func (s *scheduler) run(ctx context.Context, kind taskKind, workspace string, f func(context.Context) error) error {
	key := taskKey{kind, workspace}
	ctx, t, err := s.turn(ctx, key)
	if err != nil {
		return err
	}
	defer s.end(key, t)
	return f(ctx)
}

// turn waits until a task may run, and starts it.
func (s *scheduler) turn(ctx context.Context, key taskKey) (context.Context, *task, error) {
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
			return nil, nil, errInUse
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
func (s *scheduler) start(ctx context.Context, key taskKey) (context.Context, *task) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &task{kind: key.kind, cancel: cancel, done: make(chan struct{})}
	s.running[key] = t
	return ctx, t
}

func (s *scheduler) end(key taskKey, t *task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, key)
	t.cancel(nil)
	close(t.done)
	if len(s.wanted) > 0 { // perhaps the same task again
		s.wake()
	}
}

// task returns a workspace's running task, nil for none.
func (s *scheduler) task(kind taskKind, workspace string) *task {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[taskKey{kind, workspace}]
}

// count returns how many tasks of a kind run.
func (s *scheduler) count(kind taskKind) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.running {
		if key.kind == kind {
			n++
		}
	}
	return n
}
