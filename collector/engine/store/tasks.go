package store

import "sync"

// Tasks runs goroutines until it is shut, and waits for them. Zero is open.
type Tasks struct {
	mu      sync.Mutex
	isShut  bool
	running sync.WaitGroup
}

// Run starts f in a goroutine. It reports false, and starts nothing, when shut.
func (t *Tasks) Run(f func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.isShut {
		return false
	}
	t.running.Go(f)
	return true
}

// Shut makes Run refuse from now on. It reports whether it was open.
func (t *Tasks) Shut() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.isShut
	t.isShut = true
	return !was
}

// Wait returns when all goroutines have ended. Call it after Shut.
func (t *Tasks) Wait() { t.running.Wait() }
