package gate

import (
	"time"

	"telegramtrac/collector"
)

// Standing returns the state of the account: its recent requests and waits, and when the next
// requests are allowed.
func (g *Account) Standing() collector.Standing {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, wall := g.clock.Uptime(), g.clock.Now()
	s := g.memory.Standing(wall, Options{})
	s.Next.At, s.Next.ResolveAt = time.Time{}, time.Time{}
	left := max(0, g.closed-now)
	if left > 0 {
		s.Next.At = wall.Add(left)
	}
	p := g.pace(resolveMethod, now)
	s.Next.Resolves = p.left(now)
	if left = max(left, p.wait(now)); left > 0 {
		s.Next.ResolveAt = wall.Add(left)
	}
	g.lookUps.next(&s.Next, now, wall)
	s.Next.Spacing = g.stranger.spacing()
	return s
}

// Usage counts what has passed the gate. Of the current wait it includes the time so far.
func (g *Account) Usage() collector.Usage {
	g.mu.Lock()
	defer g.mu.Unlock()
	u := g.usage
	if g.wait != nil {
		u.Waited += min(g.clock.Uptime(), g.closed) - g.since
	}
	return u
}

// Disconnected reports the wait of a request that is sent again after a lost connection, and
// counts the retry. If shown is not nil, it updates that wait instead of adding one.
func (g *Account) Disconnected(shown *collector.Wait, w collector.Wait) *collector.Wait {
	g.mu.Lock()
	g.usage.Retries++
	g.mu.Unlock()
	if shown == nil {
		return g.waits.begin(w)
	}
	g.waits.change(shown, w)
	return shown
}

// Reconnected ends a wait that Disconnected returned. It accepts nil.
func (g *Account) Reconnected(shown *collector.Wait) { g.waits.end(shown) }
