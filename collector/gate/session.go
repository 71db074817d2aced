package gate

import "time"

// How long and how often Telegram has to refuse a session before it has ended. Data
// centres that did not know their keys for a moment are on record.
const (
	doubtFor   = 3 * time.Minute
	doubtTimes = 5
	doubtGap   = time.Minute // the most that counts between two refusals: the machine may have slept, its clock may have been set
	doubtOld   = time.Hour   // after which refusals have nothing to do with each other
)

// Doubt is for how long Telegram has refused a session that it may accept again. The
// zero Doubt is none.
type Doubt struct {
	For   time.Duration `json:"for"` // nanoseconds
	Times int           `json:"times"`
	Last  time.Time     `json:"last"`
}

// refused notes a refusal, and reports whether the session has ended.
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

// pause is how long to wait before the session is tried again.
func (d *Doubt) pause() time.Duration { return min(max(time.Second, d.For), LongestSleep) }

// RefuseSession notes that Telegram refused the session, and returns how long to wait
// before the next try, or that the session has ended.
func (g *Account) RefuseSession() (pause time.Duration, ended bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ended = g.memory.Doubt.refused(g.clock.Now())
	pause = g.memory.Doubt.pause()
	g.tryAt = g.clock.Uptime() + pause
	g.remember()
	return pause, ended
}

// AcceptSession notes that Telegram accepts the session.
func (g *Account) AcceptSession() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.memory.Doubt != (Doubt{}) {
		g.memory.Doubt = Doubt{}
		g.remember()
	}
}

// DoubtsSession reports whether Telegram refused the session when it was last used.
func (g *Account) DoubtsSession() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.memory.Doubt != (Doubt{})
}

// MayTrySession reports whether the session may be used: at any time while Telegram
// accepts it, else once in a while.
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
