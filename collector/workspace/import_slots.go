package workspace

import (
	"context"
	"slices"
	"sync"
)

// How many imports are read at the same time, and how many large ones among them: a
// small one never waits for large ones. A workspace has one import at a time, and they
// begin in the order in which they were asked for.
const (
	importsAtOnce = 4
	largeAtOnce   = 2
	largeImport   = 8 << 20 // bytes uploaded
)

// importSlots are the places of imports that are read now.
type importSlots struct {
	mu      sync.Mutex
	all     int
	large   int
	waiting []*importWait // in their order
}

type importWait struct {
	large bool
	begin chan struct{} // closed when it may
}

func newImportSlots() *importSlots { return &importSlots{} }

// take waits for a place, and returns what gives it back. Where the context ends first
// there is nothing to give back.
func (s *importSlots) take(ctx context.Context, large bool) (leave func()) {
	w := &importWait{large, make(chan struct{})}
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

func (s *importSlots) leave(w *importWait) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if w.large {
		s.large--
	}
	s.next()
}

// next lets those begin for whom there is a place.
func (s *importSlots) next() {
	s.waiting = slices.DeleteFunc(s.waiting, func(w *importWait) bool {
		if s.all == importsAtOnce || w.large && s.large == largeAtOnce {
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
