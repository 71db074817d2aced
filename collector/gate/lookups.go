package gate

import (
	"slices"
	"time"

	"telegramtrac/collector"
)

// LookUpsADay is how many names an account looks up in any 24 hours at most. Telegram publishes
// no number: people commonly name about 200 a day, and report waits of 15 to 18 hours beyond
// that.
const LookUpsADay = 150

const day = 24 * time.Hour

// Reasons why look-ups wait, in the Detail of LookUps errors and in collector.Next.LookUpsWhy.
const (
	LookUpsFlood  = "flood"  // Telegram asked to wait
	LookUpsBudget = "budget" // the day's look-ups are used up
)

// isLookUp reports whether a method asks who has a name or number. Telegram limits these
// separately, and much more strictly than other methods.
func isLookUp(method string) bool {
	switch method {
	case resolveMethod, "contacts.resolvePhone", "contacts.search":
		return true
	}
	return false
}

// lookUps holds the limits that apply to look-ups only: their flood wait and the daily budget.
// Times are by Clock.Uptime. It is not safe for concurrent use.
type lookUps struct {
	aDay   int           // below 0: no budget
	closed time.Duration // no look-up before it, after a flood wait
	since  time.Duration // when that flood wait began
	sent   []time.Duration
}

// newLookUps converts the remembered wall clock times to Uptime.
func newLookUps(m LookUps, aDay int, uptime time.Duration, now time.Time) lookUps {
	l := lookUps{aDay: aDay}
	if aDay == 0 {
		l.aDay = LookUpsADay
	}
	if left := m.left(now); left > 0 {
		l.closed, l.since = uptime+left, uptime
	}
	for _, at := range m.sent(now) {
		l.sent = append(l.sent, uptime-now.Sub(at))
	}
	return l
}

// memory returns the state to remember.
func (l *lookUps) memory(uptime time.Duration, now time.Time) LookUps {
	l.forget(uptime)
	var m LookUps
	if l.closed > uptime {
		m.NotBefore, m.Since = now.Add(l.closed-uptime).Round(0), now.Add(l.since-uptime).Round(0)
	}
	for _, at := range l.sent {
		m.Sent = append(m.Sent, now.Add(at-uptime).Unix()+1) // rounded up to whole seconds
	}
	return m
}

// forget drops look-ups that are a day old.
func (l *lookUps) forget(now time.Duration) {
	l.sent = slices.DeleteFunc(l.sent, func(at time.Duration) bool { return now-at >= day })
}

// left returns how many look-ups may still be sent today.
func (l *lookUps) left(now time.Duration) int {
	l.forget(now)
	return max(0, l.aDay-len(l.sent))
}

// wait returns how long until the next look-up may be sent, and why.
func (l *lookUps) wait(now time.Duration) (left time.Duration, why string) {
	if l.closed > now {
		left, why = l.closed-now, LookUpsFlood
	}
	if l.aDay >= 0 && l.left(now) == 0 && len(l.sent) > 0 {
		if free := l.sent[len(l.sent)-l.aDay] + day - now; free > left {
			left, why = free, LookUpsBudget
		}
	}
	return left, why
}

// hold starts a flood wait of length d. If the last three escalate as those that stop an
// account, look-ups wait for a day.
func (l *lookUps) hold(now, d time.Duration, waits []collector.FloodWait) {
	if now >= l.closed {
		l.since = now
	}
	until := now + d + time.Second
	if escalating(ofLookUps(waits, true)) {
		until = max(until, now+day)
	}
	l.closed = max(l.closed, until)
}

// ofLookUps returns the waits of look-ups if yes is true, else the waits of other requests.
func ofLookUps(waits []collector.FloodWait, yes bool) []collector.FloodWait {
	return slices.DeleteFunc(slices.Clone(waits), func(w collector.FloodWait) bool { return isLookUp(w.Method) != yes })
}

// LookUps is what is remembered of an account's look-ups.
type LookUps struct {
	NotBefore time.Time `json:"not_before,omitzero"` // no look-up before this: the current flood wait
	Since     time.Time `json:"since,omitzero"`      // when that wait began
	Sent      []int64   `json:"sent,omitempty"`      // when the look-ups of the last day were sent, Unix seconds, oldest first
}

// left returns how much of the flood wait remains, never more than its full length, even if the
// wall clock was set back.
func (m LookUps) left(now time.Time) time.Duration {
	return max(0, min(m.NotBefore.Sub(now), m.NotBefore.Sub(m.Since)))
}

// sent returns when the look-ups of the last day were sent. A time in the future, from a clock
// that was ahead, counts as now.
func (m LookUps) sent(now time.Time) []time.Time {
	var out []time.Time
	for _, unix := range m.Sent {
		at := time.Unix(unix, 0)
		if at.After(now) {
			at = now
		}
		if now.Sub(at) < day {
			out = append(out, at)
		}
	}
	return out
}

// Until returns when the look-ups can be forgotten: the wait is over, and the last look-up is a
// day old.
func (m LookUps) Until() time.Time {
	until := m.NotBefore
	if n := len(m.Sent); n > 0 {
		if last := time.Unix(m.Sent[n-1], 0).Add(day); last.After(until) {
			until = last
		}
	}
	return until
}

// next fills in when the next look-up may be sent, why not now, and how many are left.
func (l *lookUps) next(n *collector.Next, uptime time.Duration, now time.Time) {
	left, why := l.wait(uptime)
	n.LookUpsADay, n.LookUpsLeft, n.LookUpsWhy = l.aDay, l.left(uptime), why
	n.Resolves = min(n.Resolves, n.LookUpsLeft)
	if at := now.Add(left); left > 0 && at.After(n.ResolveAt) {
		n.Resolves, n.ResolveAt = 0, at
	}
}
