package engine

import "sync"

// gate runs goroutines until it is shut, and waits for them. Its zero value is
// open.
type gate struct {
	mu      sync.Mutex
	isShut  bool
	running sync.WaitGroup
}

// run starts f in a goroutine. It reports false, and starts nothing, when shut.
func (g *gate) run(f func()) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.isShut {
		return false
	}
	g.running.Go(f)
	return true
}

// shut lets nothing start any more. It reports whether it was open.
func (g *gate) shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.isShut
	g.isShut = true
	return !was
}

// wait returns when everything that was started has ended. Call it after shut.
func (g *gate) wait() { g.running.Wait() }
