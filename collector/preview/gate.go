package preview

import (
	"context"
	"sync"
	"time"

	"telegramtrac/collector"
)

// The manners of this source. They are for the whole process, whoever collects.
const (
	pace         = 500 * time.Millisecond // between the beginnings of two requests, at least
	firstBackOff = 5 * time.Second        // after a refusal, doubled by each that follows
	longBackOff  = 5 * time.Minute
	refusals     = 6         // in a row, after which nothing is sent
	stopped      = time.Hour // or until a person says to go on
	afterResume  = 30 * time.Second
)

// gate lets requests go one after the other.
type gate struct {
	clock Clock
	pace  time.Duration

	mu   sync.Mutex
	next time.Time // the earliest time of the next request
	Memory

	keeping sync.Mutex   // what is kept comes in the order in which it happened
	keep    func(Memory) // may be nil
}

// Memory is what a site's refusals lead to: kept over a restart, nothing is sent
// before its time.
type Memory struct {
	Closed  time.Time `json:"closed,omitzero"`  // nothing is sent before it: refused
	Refused int       `json:"refused,omitzero"` // refusals in a row
	Stop    time.Time `json:"stop,omitzero"`    // until when the site is stopped
}

func newGate(c Clock, pace time.Duration) *gate { return &gate{clock: c, pace: pace} }

// remember goes on from a memory, and hands each change of it to keep.
func (g *gate) remember(m Memory, keep func(Memory)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.Memory, g.keep = m, keep
}

// change changes the memory, and keeps it before anybody goes on.
func (g *gate) change(f func()) {
	g.keeping.Lock()
	defer g.keeping.Unlock()
	g.mu.Lock()
	before := g.Memory
	f()
	after, keep := g.Memory, g.keep
	g.mu.Unlock()
	if keep != nil && after != before {
		keep(after)
	}
}

// errStopped says that the preview refused too often.
func (g *gate) errStopped(until time.Time) error {
	return &collector.Error{Kind: collector.Guarded, Detail: "preview", RetryAt: until}
}

// pass waits for the caller's turn. It tells wait when that is more than the
// pace, and again with a zero Wait when it is over. A caller that is not patient
// is refused instead, with the time when trying again makes sense.
func (g *gate) pass(ctx context.Context, patient bool, tell func(collector.Wait)) (waited time.Duration, err error) {
	told := false
	defer func() {
		if told {
			tell(collector.Wait{})
		}
	}()
	for {
		d, closed, err := g.turn()
		if err != nil || d <= 0 {
			return waited, err
		}
		if closed {
			until := g.clock.Now().Add(d)
			if !patient {
				return waited, &collector.Error{Kind: collector.Flood, Detail: "preview", RetryAt: until}
			}
			told = true
			tell(collector.Wait{Kind: collector.Flood, Method: "preview", Until: until})
			waited += d
		}
		if err := g.clock.Sleep(ctx, d); err != nil {
			return waited, err
		}
	}
}

// turn takes the turn when it is free (0), or says how long to wait before
// asking again, and whether that is because of a refusal.
func (g *gate) turn() (d time.Duration, closed bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	switch {
	case now.Before(g.Stop):
		return 0, false, g.errStopped(g.Stop)
	case now.Before(g.Closed):
		return g.Closed.Sub(now), true, nil
	case now.Before(g.next):
		return g.next.Sub(now), false, nil
	}
	g.next = now.Add(g.pace)
	return 0, false, nil
}

// answered notes that a request was answered as it should be.
func (g *gate) answered() {
	g.change(func() { g.Refused = 0 })
}

// refuse notes a refusal, after which everybody waits: as long as the server
// asks, or longer each time. It returns an error when that was one too many.
func (g *gate) refuse(after time.Duration) (err error) {
	g.change(func() { err = g.refuseNow(g.clock.Now(), after) })
	return err
}

func (g *gate) refuseNow(now time.Time, after time.Duration) error {
	if now.Before(g.Closed) {
		return nil // of a request that went before the one that closed the gate
	}
	g.Refused++
	if g.Refused >= refusals {
		g.Refused, g.Stop = 0, now.Add(max(after, stopped))
		return g.errStopped(g.Stop)
	}
	g.Closed = now.Add(max(after, min(firstBackOff<<(g.Refused-1), longBackOff)))
	return nil
}

// resume opens a stopped gate, not at once.
func (g *gate) resume() {
	g.change(func() {
		if now := g.clock.Now(); now.Before(g.Stop) {
			g.Stop, g.Closed = time.Time{}, now.Add(afterResume)
		}
	})
}
