package tasks

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
)

// A task that is wanted while the last one of its kind ends is run after it.
func TestWantedAtTheEndOfTheLast(t *testing.T) {
	s := New(time.Now)
	begun, end := make(chan struct{}), make(chan struct{})
	s.Work = map[Kind]func(context.Context, string, *Task){Importing: func(context.Context, string, *Task) {
		begun <- struct{}{}
		<-end
	}}
	s.Want(Importing, "w")
	s.Want(Importing, "w")
	s.begin(t.Context())
	<-begun
	s.Want(Importing, "w")
	s.begin(t.Context())
	if n := s.Count(Importing); n != 1 {
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
	if len(s.wanted) > 0 || s.Count(Importing) > 0 {
		t.Errorf("left over: %v", s.wanted)
	}
}

// What is wanted at a time begins then, and not before.
func TestWantedAtATime(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	s := New(func() time.Time { return now })
	n := 0
	s.Work = map[Kind]func(context.Context, string, *Task){Collecting: func(context.Context, string, *Task) { n++ }}
	s.WantAt(Collecting, "w", now.Add(10*time.Second))
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
	// running: Collecting, Bringing, Merging, Deleting, Expiring, Asking, Importing, Sweeping, Compacting
	for next, row := range map[Kind][]encounter{
		Collecting: {after, after, after, after, after, after, beside, beside, instead},
		Bringing:   {after, after, after, after, after, after, beside, beside, instead},
		Merging:    {instead, instead, after, after, after, after, beside, beside, instead},
		Deleting:   {instead, instead, after, after, after, after, beside, beside, instead},
		Expiring:   {never, never, never, never, never, never, beside, beside, instead},
		Asking:     {instead, instead, after, after, after, after, beside, beside, instead},
		Importing:  {beside, beside, beside, beside, beside, beside, after, beside, beside},
		Sweeping:   {beside, beside, beside, beside, beside, beside, beside, after, beside},
		Compacting: {after, after, after, after, after, after, beside, beside, after},
	} {
		for running, want := range row {
			if got := meet(next, Kind(running)); got != want {
				t.Errorf("%d meets %d: %d, want %d", next, running, got, want)
			}
		}
	}
}

// crowd runs tasks of all kinds at random, and notes which overlap.
type crowd struct {
	t  *testing.T
	s  *Scheduler
	mu sync.Mutex
	in map[taskKey]bool
	n  map[Kind]int // how many have run
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
	spend(ctx, time.Duration(rand.IntN(20))*time.Second)
	c.mu.Lock()
	delete(c.in, key)
	c.mu.Unlock()
}

// TestNoTwoHoldAWorkspace: whatever is wanted and asked for, in whichever order, no two tasks
// that hold a workspace are in it at once, and all of them run in the end.
func TestNoTwoHoldAWorkspace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := &crowd{t: t, s: New(time.Now), in: map[taskKey]bool{}, n: map[Kind]int{}}
		c.s.Work = map[Kind]func(context.Context, string, *Task){}
		for _, kind := range []Kind{Collecting, Bringing, Importing, Sweeping, Compacting} {
			c.s.Work[kind] = func(ctx context.Context, w string, _ *Task) { c.spend(ctx, taskKey{kind, w}) }
		}
		var over sync.WaitGroup
		jobs := make(chan string)
		over.Go(func() { _ = c.s.Loop(ctx, jobs) })
		var people sync.WaitGroup
		for i := range 300 {
			w := fmt.Sprintf("w%d", rand.IntN(3))
			wanted := []Kind{Collecting, Bringing, Importing, Compacting}[rand.IntN(4)]
			c.s.Want(wanted, w)
			people.Go(func() {
				kind := []Kind{Merging, Deleting, Expiring, Asking}[i%4]
				err := c.s.Run(ctx, kind, w, func(ctx context.Context) error { c.spend(ctx, taskKey{kind, w}); return nil })
				if err != nil && !(kind == Expiring && errors.Is(err, ErrInUse)) {
					t.Error(err)
				}
			})
			time.Sleep(time.Duration(rand.IntN(5)) * time.Second)
		}
		people.Wait()
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(c.s.wanted)+len(c.s.waiting)+len(c.s.running) > 0 {
			t.Errorf("left over: wanted %v, waiting %v, running %v", c.s.wanted, c.s.waiting, c.s.running)
		}
		if c.n[Asking] != 75 || c.n[Deleting] != 75 || c.n[Merging] != 75 || c.n[Collecting] == 0 || c.n[Bringing] == 0 || c.n[Compacting] == 0 {
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
		s := New(time.Now)
		var mu sync.Mutex
		var got []Kind
		ran := func(kind Kind) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, kind)
		}
		s.Work = map[Kind]func(context.Context, string, *Task){}
		for _, kind := range []Kind{Collecting, Bringing, Importing, Sweeping, Compacting} {
			s.Work[kind] = func(ctx context.Context, _ string, _ *Task) {
				ran(kind)
				spend(ctx, time.Second)
			}
		}
		var all sync.WaitGroup
		hold := make(chan struct{})
		all.Go(func() { s.Run(ctx, Asking, "w", func(context.Context) error { <-hold; ran(Asking); return nil }) })
		synctest.Wait()
		all.Go(func() { s.Run(ctx, Deleting, "w", func(context.Context) error { ran(Deleting); return nil }) })
		s.Want(Compacting, "w")
		s.Want(Collecting, "w")
		s.Want(Importing, "w")
		s.Want(Bringing, "w")
		jobs := make(chan string)
		all.Go(func() { _ = s.Loop(ctx, jobs) })
		synctest.Wait()
		mu.Lock()
		if !slices.Equal(got, []Kind{Importing}) {
			t.Errorf("while somebody has the workspace: %v", got)
		}
		mu.Unlock()
		close(hold)
		time.Sleep(time.Minute)
		mu.Lock()
		if len(got) != 6 || got[1] != Asking || got[4] != Collecting || got[5] != Compacting {
			t.Errorf("in this order: %v; want Collecting and then Compacting at the end", got)
		}
		mu.Unlock()
		cancel()
		close(jobs)
		all.Wait()
	})
}

// TestStops: what a person waits for stops what collects, or merges what comes along, with the
// reason, and whoever stops waiting leaves nothing behind.
func TestStops(t *testing.T) {
	t.Run("collecting", func(t *testing.T) { stops(t, Collecting) })
	t.Run("bringing", func(t *testing.T) { stops(t, Bringing) })
	t.Run("compacting", func(t *testing.T) { stops(t, Compacting) })
}

func stops(t *testing.T, kind Kind) {
	synctest.Test(t, func(t *testing.T) {
		s := New(time.Now)
		stubborn := make(chan struct{})
		var why error
		s.Work = map[Kind]func(context.Context, string, *Task){kind: func(ctx context.Context, _ string, _ *Task) {
			<-ctx.Done()
			why = context.Cause(ctx)
			<-stubborn
		}}
		s.Want(kind, "w")
		s.begin(t.Context())
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := s.Run(impatient, Asking, "w", func(context.Context) error { t.Error("it ran beside"); return nil })
		if !errors.Is(err, context.DeadlineExceeded) || len(s.waiting) > 0 {
			t.Errorf("gave up with %v, waiting %v", err, s.waiting)
		}
		close(stubborn)
		ran := false
		if err := s.Run(t.Context(), Asking, "w", func(context.Context) error { ran = true; return nil }); err != nil || !ran {
			t.Errorf("afterwards: %v, %v", ran, err)
		}
		if s.wg.Wait(); !errors.Is(why, ErrYield) {
			t.Errorf("stopped because of %v", why)
		}
	})
}

// spend lets time pass, unless the context ends.
func spend(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}
