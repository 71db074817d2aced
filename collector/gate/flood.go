package gate

import (
	"time"

	"telegramtrac/collector"
)

// hold delays requests for as long as Telegram asks, plus one second: Telegram counts in whole
// seconds, and asking early counts against the account. Requests already on their way are
// refused too; these do not count as another wait.
func (g *Account) hold(method string, d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, wall := g.clock.Uptime(), g.clock.Now().Round(0)
	until := now + d + time.Second
	if g.signingIn { // other methods continue, so that the person can still enter a code
		g.refused[method] = max(until, g.refused[method])
		return
	}
	if g.ofItsOwn(method) {
		g.holdLookUps(method, now, wall, d)
		return
	}
	again := now < g.closed
	if !again {
		g.logger.Info("flood wait", "method", method, "seconds", int64(d/time.Second))
		g.usage.Waits++
		g.since = now
		g.memory.met(wall, method, d)
		g.memory.Since, g.memory.Method = wall, method
		g.pace(method, now).slow(now, d)
		g.stranger.slow()
	}
	if until <= g.closed {
		return
	}
	g.closed = until
	g.memory.NotBefore = wall.Add(d + time.Second)
	if again {
		g.lengthen(d)
	}
	if why := stopFor(g.memory.Waits); why != "" {
		g.halt(why)
	}
	g.remember()
	g.notifyFlood(d+time.Second, method)
}

// holdLookUps is hold for look-ups: other requests continue.
func (g *Account) holdLookUps(method string, now time.Duration, wall time.Time, d time.Duration) {
	if now >= g.lookUps.closed {
		g.logger.Info("flood wait of look-ups", "method", method, "seconds", int64(d/time.Second))
		g.usage.Waits++
		g.memory.met(wall, method, d)
		g.pace(method, now).slow(now, d)
	}
	g.lookUps.hold(now, d, g.memory.Waits)
	g.remember()
	g.wake()
}

// lengthen corrects the last recorded wait after Telegram asked for a longer one.
func (g *Account) lengthen(d time.Duration) {
	if n := len(g.memory.Waits); n > 0 {
		w := &g.memory.Waits[n-1]
		w.Seconds = max(w.Seconds, int64(g.memory.NotBefore.Sub(w.At)/time.Second)-1)
	}
}

// notifyFlood reports the current flood wait, and corrects its times if the wall clock was set.
func (g *Account) notifyFlood(left time.Duration, method string) {
	until := g.clock.Now().Add(left).Round(0)
	if drift := until.Sub(g.memory.NotBefore); drift > noticeable || drift < -noticeable {
		if !g.memory.Since.IsZero() {
			g.memory.Since = g.memory.Since.Add(drift)
		}
		g.memory.NotBefore = until
		g.remember()
	}
	if g.memory.Method != "" {
		method = g.memory.Method
	}
	w := collector.Wait{Kind: collector.Flood, Method: method, Until: g.memory.NotBefore}
	if g.wait == nil {
		g.wait = g.waits.begin(w)
		return
	}
	g.waits.change(g.wait, w)
}

// over ends the current flood wait, if any.
func (g *Account) over(now time.Duration) {
	if g.wait == nil {
		return
	}
	g.usage.Waited += min(now, g.closed) - g.since
	g.waits.end(g.wait)
	g.wait = nil
}

// refusal returns the error for an interactive caller during a flood wait, or after the stop
// that the wait led to.
func (g *Account) refusal(method string, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.memory.Stopped != "" {
		return g.memory.guarded()
	}
	left := max(g.closed, g.refused[method]) - g.clock.Uptime()
	return &collector.Error{Kind: collector.Flood, RetryAt: g.clock.Now().Add(max(0, left)).Round(0), Err: err}
}

// wake makes waiting callers check again.
func (g *Account) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}
