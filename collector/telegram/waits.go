package telegram

import (
	"sync"

	"telegramtrac/collector"
)

// board knows every wait of a client and tells of the one that matters most: a
// flood wait before a lost connection before our own pace.
type board struct {
	tell func(collector.Wait)

	mu    sync.Mutex
	waits map[*collector.Wait]bool
	shown collector.Wait
}

func newBoard(tell func(collector.Wait)) *board {
	if tell == nil {
		tell = func(collector.Wait) {}
	}
	return &board{tell: tell, waits: map[*collector.Wait]bool{}}
}

// begin adds a wait. The lock is held while it is told, so that waits and their
// ends are told in order.
func (b *board) begin(w collector.Wait) *collector.Wait {
	b.mu.Lock()
	defer b.mu.Unlock()
	added := &w
	b.waits[added] = true
	b.show()
	return added
}

// change replaces what a wait says.
func (b *board) change(w *collector.Wait, to collector.Wait) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*w = to
	b.show()
}

// end takes a wait off; nil is none.
func (b *board) end(w *collector.Wait) {
	if w == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.waits, w)
	b.show()
}

func (b *board) show() {
	var top collector.Wait
	for w := range b.waits {
		if rank(w.Kind) > rank(top.Kind) || rank(w.Kind) == rank(top.Kind) && w.Until.After(top.Until) {
			top = *w
		}
	}
	if top != b.shown {
		b.shown = top
		b.tell(top)
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
