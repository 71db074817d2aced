package workspace

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/intake"
)

// A second attempt at an import tells what it read, not what the first one did, too.
func TestTellAgain(t *testing.T) {
	var i collector.Import
	report := &intake.Result{Files: []archive.FileReport{{Name: "a.ndjson", Kind: "x", Messages: 3}}, LeftOut: []string{"b.txt"}}
	tell(&i, report)
	tell(&i, report)
	if len(i.Read) != 1 || len(i.LeftOut) != 1 || i.Read[0].Messages != 3 {
		t.Errorf("read %+v, left out %q", i.Read, i.LeftOut)
	}
}

// An import that is asked for while the last one tidies up is begun after it.
func TestImportAskedForAtTheEndOfTheLast(t *testing.T) {
	i := newImports()
	i.kick("w", "w")
	<-i.kicks
	if got := len(i.take(t.Context())); got != 1 {
		t.Fatalf("%d jobs begin, want 1", got)
	}
	i.kick("w")
	<-i.kicks
	if got := len(i.take(t.Context())); got != 0 {
		t.Fatalf("%d jobs begin beside the first, want none", got)
	}
	i.forget("w")
	select {
	case <-i.kicks:
	default:
		t.Fatal("nobody is told to begin the next")
	}
	if got := len(i.take(t.Context())); got != 1 {
		t.Errorf("%d jobs begin after the first, want 1", got)
	}
}

// Large imports leave places to small ones, each begins in its turn, and one that is
// canceled while it waits takes none.
func TestImportSlots(t *testing.T) {
	s := newImportSlots()
	leave := map[string]func(){}
	var begun []string
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, w := range []struct {
		name  string
		large bool
		ctx   context.Context
	}{
		{"large 1", true, t.Context()}, {"large 2", true, t.Context()}, {"large 3", true, canceled}, {"small 1", false, t.Context()},
		{"small 2", false, t.Context()}, {"small 3", false, canceled},
	} {
		all := s.all
		leave[w.name] = s.take(w.ctx, w.large)
		if s.all > all {
			begun = append(begun, w.name)
		}
	}
	if got, want := strings.Join(begun, ", "), "large 1, large 2, small 1, small 2"; got != want {
		t.Errorf("%s begin, want %s", got, want)
	}
	leave["large 3"]()
	leave["small 3"]()
	next := make(chan func())
	go func() { next <- s.take(t.Context(), true) }() // ends when a large one has left
	for s.waits() == 0 {
		runtime.Gosched()
	}
	leave["small 1"]()
	if s.waits() != 1 {
		t.Error("a third large one begins beside two")
	}
	leave["large 1"]()
	(<-next)()
	leave["large 2"]()
	leave["small 2"]()
	if s.all != 0 || s.large != 0 || s.waits() != 0 {
		t.Errorf("left over: %+v", s)
	}
}

func (s *importSlots) waits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}
