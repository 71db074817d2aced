package gate

import (
	"sync"

	"telegramtrac/collector"
)

// waits are all waits of an account at one moment. It notifies of the one that matters
// most: a flood wait before a lost connection before our own pace.
type waits struct {
	notify func(collector.Wait)

	mu    sync.Mutex
	on    map[*collector.Wait]bool
	shown collector.Wait
}

func newWaits(notify func(collector.Wait)) *waits {
	if notify == nil {
		notify = func(collector.Wait) {}
	}
	return &waits{notify: notify, on: map[*collector.Wait]bool{}}
}

// begin adds a wait. The lock is held while notify runs, so that waits and their
// ends arrive in order.
func (s *waits) begin(w collector.Wait) *collector.Wait {
	s.mu.Lock()
	defer s.mu.Unlock()
	added := &w
	s.on[added] = true
	s.show()
	return added
}

// change replaces what a wait says.
func (s *waits) change(w *collector.Wait, to collector.Wait) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*w = to
	s.show()
}

// end takes a wait off; nil is none.
func (s *waits) end(w *collector.Wait) {
	if w == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.on, w)
	s.show()
}

// show notifies of the wait that matters most, where that has changed.
func (s *waits) show() {
	var top collector.Wait
	for w := range s.on {
		if rank(w.Kind) > rank(top.Kind) || rank(w.Kind) == rank(top.Kind) && w.Until.After(top.Until) {
			top = *w
		}
	}
	if top != s.shown {
		s.shown = top
		s.notify(top)
	}
}

func rank(k collector.Kind) int {
	switch k {
	case collector.Flood:
		return 3
	case collector.Network:
		return 2
	case collector.Pacing:
		return 1
	}
	return 0
}
