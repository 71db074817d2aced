package gate

import "time"

// How long and how often Telegram must refuse a session before it counts as ended. Data centres
// have been seen to forget their keys for a moment.
const (
	doubtFor   = 3 * time.Minute
	doubtTimes = 5
	doubtGap   = time.Minute // limit counted between two refusals, as the machine may have slept or its clock been set
	doubtOld   = time.Hour   // refusals further apart are unrelated
)

// Doubt is how long Telegram has refused a session that it may still accept again. The zero
// Doubt is none.
type Doubt struct {
	For   time.Duration `json:"for"` // nanoseconds
	Times int           `json:"times"`
	Last  time.Time     `json:"last"`
}

// refused records a refusal, and reports whether the session has ended.
func (d *Doubt) refused(now time.Time) bool {
	if now.Sub(d.Last) > doubtOld {
		*d = Doubt{}
	}
	if d.Times > 0 {
		d.For += min(max(0, now.Sub(d.Last)), doubtGap)
	}
	d.Times, d.Last = d.Times+1, now
	return d.For >= doubtFor && d.Times >= doubtTimes
}

// pause returns how long to wait before the session is tried again.
func (d *Doubt) pause() time.Duration { return min(max(time.Second, d.For), LongestSleep) }

// RefuseSession records that Telegram refused the session, and returns how long to wait before
// the next try, or that the session has ended.
func (g *Account) RefuseSession() (pause time.Duration, ended bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ended = g.memory.Doubt.refused(g.clock.Now())
	pause = g.memory.Doubt.pause()
	g.tryAt = g.clock.Uptime() + pause
	g.remember()
	return pause, ended
}

// AcceptSession records that Telegram accepts the session.
func (g *Account) AcceptSession() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.memory.Doubt != (Doubt{}) {
		g.memory.Doubt = Doubt{}
		g.remember()
	}
}

// DoubtsSession reports whether Telegram refused the session at its last use.
func (g *Account) DoubtsSession() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.memory.Doubt != (Doubt{})
}

// MayTrySession reports whether the session may be used: always while Telegram accepts it, else
// only when the pause is over.
func (g *Account) MayTrySession() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Uptime()
	if g.memory.Doubt == (Doubt{}) {
		return true
	}
	if now < g.tryAt {
		return false
	}
	g.tryAt = now + g.memory.Doubt.pause()
	return true
}
