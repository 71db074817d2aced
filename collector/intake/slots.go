package intake

import (
	"context"
	"slices"
	"sync"
)

// How many imports are read at the same time, and how many large ones among them: a
// small one never waits for large ones. A workspace has one import at a time, and they
// begin in the order in which they were asked for.
const (
	readAtOnce  = 4
	largeAtOnce = 2
	largeUpload = 8 << 20 // bytes uploaded
)

// Slots limits the imports that are read at the same time.
type Slots struct {
	mu      sync.Mutex
	all     int
	large   int
	waiting []*slotWait // in their order
}

type slotWait struct {
	large bool
	begin chan struct{} // closed when it may
}

// Take waits for a slot, and returns a function that frees it. If the context ends first, that
// function does nothing.
func (s *Slots) Take(ctx context.Context, size int64) (leave func()) {
	w := &slotWait{size > largeUpload, make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, w)
	s.next()
	s.mu.Unlock()
	select {
	case <-w.begin:
		return func() { s.leave(w) }
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.waiting, w); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
		return func() {}
	}
	return func() { s.leave(w) } // it got one meanwhile
}

func (s *Slots) leave(w *slotWait) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if w.large {
		s.large--
	}
	s.next()
}

// next starts the waiting imports for which there is a slot.
func (s *Slots) next() {
	s.waiting = slices.DeleteFunc(s.waiting, func(w *slotWait) bool {
		if s.all == readAtOnce || w.large && s.large == largeAtOnce {
			return false
		}
		s.all++
		if w.large {
			s.large++
		}
		close(w.begin)
		return true
	})
}
