package gate

import (
	"sync"

	"telegramtrac/collector"
)

// waits are all current waits of an account. Listeners get the most important one: a flood wait
// before a lost connection before our own pace.
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

// begin adds a wait. The lock is held during notify, so that the begin and end of waits arrive
// in order.
func (s *waits) begin(w collector.Wait) *collector.Wait {
	s.mu.Lock()
	defer s.mu.Unlock()
	added := &w
	s.on[added] = true
	s.show()
	return added
}

// change replaces a wait.
func (s *waits) change(w *collector.Wait, to collector.Wait) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*w = to
	s.show()
}

// end removes a wait. It accepts nil.
func (s *waits) end(w *collector.Wait) {
	if w == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.on, w)
	s.show()
}

// show reports the most important wait if it has changed.
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
