package workspace

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"telegramtrac/collector/engine"
)

// A task that is wanted while the last one of its kind ends is run after it.
func TestWantedAtTheEndOfTheLast(t *testing.T) {
	s := newScheduler(time.Now)
	begun, end := make(chan struct{}), make(chan struct{})
	s.work = map[taskKind]func(context.Context, string, *task){importing: func(context.Context, string, *task) {
		begun <- struct{}{}
		<-end
	}}
	s.want(importing, "w")
	s.want(importing, "w")
	s.begin(t.Context())
	<-begun
	s.want(importing, "w")
	s.begin(t.Context())
	if n := s.count(importing); n != 1 {
		t.Fatalf("%d tasks run, want 1", n)
	}
	for len(s.wakes) > 0 {
		<-s.wakes
	}
	end <- struct{}{}
	<-s.wakes // somebody is told to begin the next
	s.begin(t.Context())
	<-begun
	end <- struct{}{}
	s.wg.Wait()
	if len(s.wanted) > 0 || s.count(importing) > 0 {
		t.Errorf("left over: %v", s.wanted)
	}
}

// What is wanted at a time begins then, and not before.
func TestWantedAtATime(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	s := newScheduler(func() time.Time { return now })
	n := 0
	s.work = map[taskKind]func(context.Context, string, *task){collecting: func(context.Context, string, *task) { n++ }}
	s.wantAt(collecting, "w", now.Add(10*time.Second))
	s.begin(t.Context())
	if s.wg.Wait(); n != 0 || s.untilDue() != 10*time.Second {
		t.Errorf("%d begun, %v left; want none before its time", n, s.untilDue())
	}
	now = now.Add(10 * time.Second)
	s.begin(t.Context())
	if s.wg.Wait(); n != 1 || len(s.due) != 0 {
		t.Errorf("%d begun at its time, want 1", n)
	}
}

// TestMeet is the rule: what becomes of a task that is to begin while another one runs.
func TestMeet(t *testing.T) {
	rule := map[taskKind]map[taskKind]encounter{
		collecting: {collecting: after, merging: after, deleting: after, expiring: after, asking: after, importing: beside, sweeping: beside},
		merging:    {collecting: instead, merging: after, deleting: after, expiring: after, asking: after, importing: beside, sweeping: beside},
		deleting:   {collecting: instead, merging: after, deleting: after, expiring: after, asking: after, importing: beside, sweeping: beside},
		expiring:   {collecting: never, merging: never, deleting: never, expiring: never, asking: never, importing: beside, sweeping: beside},
		asking:     {collecting: instead, merging: after, deleting: after, expiring: after, asking: after, importing: beside, sweeping: beside},
		importing:  {collecting: beside, merging: beside, deleting: beside, expiring: beside, asking: beside, importing: after, sweeping: beside},
		sweeping:   {collecting: beside, merging: beside, deleting: beside, expiring: beside, asking: beside, importing: beside, sweeping: after},
	}
	for next, row := range rule {
		for running, want := range row {
			if got := meet(next, running); got != want {
				t.Errorf("%d meets %d: %d, want %d", next, running, got, want)
			}
		}
	}
}

// crowd runs tasks of all kinds at random, and notes which overlap.
type crowd struct {
	t  *testing.T
	s  *scheduler
	mu sync.Mutex
	in map[taskKey]bool
	n  map[taskKind]int // how many have run
}

// spend is what every task does.
func (c *crowd) spend(ctx context.Context, key taskKey) {
	c.mu.Lock()
	for other := range c.in {
		if other.workspace == key.workspace && meet(key.kind, other.kind) != beside {
			c.t.Errorf("%v runs beside %v", key, other)
		}
	}
	c.in[key] = true
	c.n[key.kind]++
	c.mu.Unlock()
	pause(ctx, time.Duration(rand.IntN(20))*time.Second)
	c.mu.Lock()
	delete(c.in, key)
	c.mu.Unlock()
}

// TestNoTwoHoldAWorkspace: whatever is wanted and asked for, in whichever order, no two tasks
// that hold a workspace are in it at once, and all of them run in the end.
func TestNoTwoHoldAWorkspace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := &crowd{t: t, s: newScheduler(time.Now), in: map[taskKey]bool{}, n: map[taskKind]int{}}
		c.s.work = map[taskKind]func(context.Context, string, *task){}
		for _, kind := range []taskKind{collecting, merging, importing, sweeping} {
			c.s.work[kind] = func(ctx context.Context, w string, _ *task) { c.spend(ctx, taskKey{kind, w}) }
		}
		var over sync.WaitGroup
		jobs := make(chan engine.Job)
		over.Go(func() { _ = c.s.loop(ctx, jobs) })
		var people sync.WaitGroup
		for i := range 300 {
			w := fmt.Sprintf("w%d", rand.IntN(3))
			wanted := []taskKind{collecting, merging, importing}[rand.IntN(3)]
			c.s.want(wanted, w)
			people.Go(func() {
				kind := []taskKind{merging, deleting, expiring, asking}[i%4]
				err := c.s.run(ctx, kind, w, func(ctx context.Context) error { c.spend(ctx, taskKey{kind, w}); return nil })
				if err != nil && !(kind == expiring && errors.Is(err, errInUse)) {
					t.Error(err)
				}
			})
			time.Sleep(time.Duration(rand.IntN(5)) * time.Second)
		}
		people.Wait()
		time.Sleep(time.Hour)
		if len(c.s.wanted)+len(c.s.waiting)+len(c.s.running) > 0 {
			t.Errorf("left over: wanted %v, waiting %v, running %v", c.s.wanted, c.s.waiting, c.s.running)
		}
		if c.n[asking] != 75 || c.n[deleting] != 75 || c.n[merging] < 75 || c.n[collecting] == 0 {
			t.Errorf("ran: %v", c.n)
		}
		cancel()
		close(jobs)
		over.Wait()
	})
}

// TestCollectingComesLast: what is wanted while a person waits or a merge is due begins when
// they are done, and only what holds the workspace waits.
func TestCollectingComesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := newScheduler(time.Now)
		var mu sync.Mutex
		var got []taskKind
		ran := func(kind taskKind) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, kind)
		}
		s.work = map[taskKind]func(context.Context, string, *task){}
		for _, kind := range []taskKind{collecting, merging, importing, sweeping} {
			s.work[kind] = func(ctx context.Context, _ string, _ *task) {
				ran(kind)
				pause(ctx, time.Second)
			}
		}
		var all sync.WaitGroup
		hold := make(chan struct{})
		all.Go(func() { s.run(ctx, asking, "w", func(context.Context) error { <-hold; ran(asking); return nil }) })
		synctest.Wait()
		all.Go(func() { s.run(ctx, deleting, "w", func(context.Context) error { ran(deleting); return nil }) })
		s.want(collecting, "w")
		s.want(importing, "w")
		s.want(merging, "w")
		jobs := make(chan engine.Job)
		all.Go(func() { _ = s.loop(ctx, jobs) })
		synctest.Wait()
		mu.Lock()
		if !slices.Equal(got, []taskKind{importing}) {
			t.Errorf("while somebody has the workspace: %v", got)
		}
		mu.Unlock()
		close(hold)
		time.Sleep(time.Minute)
		mu.Lock()
		if len(got) != 5 || got[1] != asking || got[4] != collecting {
			t.Errorf("in this order: %v; want collecting at the end", got)
		}
		mu.Unlock()
		cancel()
		close(jobs)
		all.Wait()
	})
}

// TestStopsCollecting: what a person waits for stops what collects, with the reason, and
// whoever stops waiting leaves nothing behind.
func TestStopsCollecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScheduler(time.Now)
		stubborn := make(chan struct{})
		var why error
		s.work = map[taskKind]func(context.Context, string, *task){collecting: func(ctx context.Context, _ string, _ *task) {
			<-ctx.Done()
			why = context.Cause(ctx)
			<-stubborn
		}}
		s.want(collecting, "w")
		s.begin(t.Context())
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := s.run(impatient, asking, "w", func(context.Context) error { t.Error("it ran beside"); return nil })
		if !errors.Is(err, context.DeadlineExceeded) || len(s.waiting) > 0 {
			t.Errorf("gave up with %v, waiting %v", err, s.waiting)
		}
		close(stubborn)
		ran := false
		if err := s.run(t.Context(), asking, "w", func(context.Context) error { ran = true; return nil }); err != nil || !ran {
			t.Errorf("afterwards: %v, %v", ran, err)
		}
		if s.wg.Wait(); !errors.Is(why, errYield) {
			t.Errorf("stopped because of %v", why)
		}
	})
}
