package intake

import (
	"context"
	"runtime"
	"strings"
	"testing"
)

// Large imports leave places to small ones, each begins in its turn, and one that is
// canceled while it waits takes none.
func TestImportSlots(t *testing.T) {
	s := &Slots{}
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
		var size int64
		if w.large {
			size = largeUpload + 1
		}
		all := s.all
		leave[w.name] = s.Take(w.ctx, size)
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
	go func() { next <- s.Take(t.Context(), largeUpload+1) }() // ends when a large one has left
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

func (s *Slots) waits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}
