package workspace

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// taskKind is one of the things that a host does by itself.
type taskKind int

const (
	collecting taskKind = iota // merges what comes along into a workspace, then runs its collections
	importing                  // imports a workspace's upload
	sweeping                   // deletes the workspaces that have expired; there is one for all of them
)

// taskKey names a task: a workspace has one of each kind at a time.
type taskKey struct {
	kind      taskKind
	workspace string
}

// task is a task that runs.
type task struct {
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
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// scheduler decides when the tasks of a host run: once they are wanted, or at a time. A
// task that is wanted while it runs is run again afterwards, so that no change is missed.
// It is in memory only: what there is to do is in the engine's records.
type scheduler struct {
	now  func() time.Time
	work map[taskKind]func(ctx context.Context, workspace string, t *task)

	wakes chan struct{} // holds one value when begin has to be called
	wg    sync.WaitGroup

	mu       sync.Mutex
	running  map[taskKey]*task
	wanted   map[taskKey]struct{}
	due      map[taskKey]time.Time // tasks to be run at a time
	reserved map[string]int        // workspaces in which no collecting may begin now
}

func newScheduler(now func() time.Time) *scheduler {
	return &scheduler{
		now: now, wakes: make(chan struct{}, 1), running: map[taskKey]*task{}, wanted: map[taskKey]struct{}{},
		due: map[taskKey]time.Time{}, reserved: map[string]int{},
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

// begin starts the tasks that are wanted or due. A task that runs already, or whose workspace
// is reserved, stays wanted.
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
		if s.running[key] != nil || key.kind == collecting && s.reserved[key.workspace] > 0 {
			return false
		}
		s.start(ctx, key)
		return true
	})
}

// start runs a task in a goroutine of its own, which ends before wg.Wait returns.
func (s *scheduler) start(ctx context.Context, key taskKey) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &task{cancel: cancel, done: make(chan struct{})}
	s.running[key] = t
	s.wg.Go(func() {
		defer close(t.done)
		defer cancel(nil)
		defer s.end(key)
		s.work[key.kind](ctx, key.workspace, t)
	})
}

func (s *scheduler) end(key taskKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, key)
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

// reserve prevents collecting in a workspace from starting until release, and returns the task
// that collects there now, nil for none.
func (s *scheduler) reserve(workspace string) (running *task, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reserved[workspace]++
	return s.running[taskKey{collecting, workspace}], func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.reserved[workspace]--; s.reserved[workspace] == 0 {
			delete(s.reserved, workspace)
			s.wake() // for what was wanted meanwhile
		}
	}
}
