package workspace

import (
	"context"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/intake"
)

// A second attempt at an import tells what it read, not what the first one did, too.
func TestTellAgain(t *testing.T) {
	var i collector.Import
	report := &intake.Result{Files: []input.FileReport{{Name: "a.ndjson", Kind: "x", Messages: 3}}, LeftOut: []string{"b.txt"}}
	noteRead(&i, report)
	noteRead(&i, report)
	if len(i.Read) != 1 || len(i.LeftOut) != 1 || i.Read[0].Messages != 3 {
		t.Errorf("read %+v, left out %q", i.Read, i.LeftOut)
	}
}

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

// What is wanted in a reserved workspace begins when the reservation ends, and only
// what collects waits for that.
func TestReserved(t *testing.T) {
	s := newScheduler(time.Now)
	begun := make(chan taskKind)
	for _, kind := range []taskKind{collecting, importing} {
		if s.work == nil {
			s.work = map[taskKind]func(context.Context, string, *task){}
		}
		s.work[kind] = func(context.Context, string, *task) { begun <- kind }
	}
	_, first := s.reserve("w")
	_, second := s.reserve("w")
	s.want(collecting, "w")
	s.want(importing, "w")
	s.begin(t.Context())
	if got := <-begun; got != importing {
		t.Errorf("%d begins, want %d", got, importing)
	}
	s.wg.Wait()
	first()
	s.begin(t.Context())
	if n := s.count(collecting); n != 0 {
		t.Error("it begins while somebody has reserved the workspace")
	}
	second()
	s.begin(t.Context())
	if got := <-begun; got != collecting {
		t.Errorf("%d begins, want %d", got, collecting)
	}
	s.wg.Wait()
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
