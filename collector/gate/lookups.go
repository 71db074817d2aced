package gate

import (
	"slices"
	"time"

	"telegramtrac/collector"
)

// LookUpsADay is how many names an account looks up in any 24 hours at most. No
// number is published: about 200 a day is commonly named, and waits of 15 to 18
// hours are on record after it.
const LookUpsADay = 150

const day = 24 * time.Hour

// Why look-ups wait: the Detail of LookUps errors, and collector.Next.LookUpsWhy.
const (
	LookUpsFlood  = "flood"  // Telegram asked to wait
	LookUpsBudget = "budget" // the day's look-ups are used up
)

// isLookUp reports whether a method asks what a name or number stands for. These
// have limits of their own at Telegram, by far the lowest.
func isLookUp(method string) bool {
	switch method {
	case resolveMethod, "contacts.resolvePhone", "contacts.search":
		return true
	}
	return false
}

// lookUps is what holds an account's look-ups, and nothing else: a flood wait of
// theirs, and the day's budget. Times are of Clock.Uptime. It is not safe for
// concurrent use.
type lookUps struct {
	aDay   int           // below 0: no budget
	closed time.Duration // until when a flood wait holds
	since  time.Duration // when that began
	sent   []time.Duration
}

// newLookUps turns what is remembered in wall clock time into waits.
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

// memory is what is remembered over a restart.
func (l *lookUps) memory(uptime time.Duration, now time.Time) LookUps {
	l.forget(uptime)
	var m LookUps
	if l.closed > uptime {
		m.NotBefore, m.Since = now.Add(l.closed-uptime).Round(0), now.Add(l.since-uptime).Round(0)
	}
	for _, at := range l.sent {
		m.Sent = append(m.Sent, now.Add(at-uptime).Unix()+1) // whole seconds, and never too early
	}
	return m
}

// forget drops what a day has passed over.
func (l *lookUps) forget(now time.Duration) {
	l.sent = slices.DeleteFunc(l.sent, func(at time.Duration) bool { return now-at >= day })
}

// left is how many may still be sent today.
func (l *lookUps) left(now time.Duration) int {
	l.forget(now)
	return max(0, l.aDay-len(l.sent))
}

// wait is how long until the next may be sent, and why.
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

// hold takes in a flood wait of length d. Where three in a row have escalated, as
// those that stop an account do, look-ups rest for a day.
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

// ofLookUps picks the waits that look-ups met, or those that all else did.
func ofLookUps(waits []collector.FloodWait, yes bool) []collector.FloodWait {
	return slices.DeleteFunc(slices.Clone(waits), func(w collector.FloodWait) bool { return isLookUp(w.Method) != yes })
}

// LookUps is what is remembered of an account's look-ups.
type LookUps struct {
	NotBefore time.Time `json:"not_before,omitzero"` // none before this: the flood wait that is on
	Since     time.Time `json:"since,omitzero"`      // when that wait began
	Sent      []int64   `json:"sent,omitempty"`      // when those of the last day were sent, Unix seconds, oldest first
}

// left is how much of the flood wait remains. A wall clock that was set back does not
// make it longer than it was.
func (m LookUps) left(now time.Time) time.Duration {
	return max(0, min(m.NotBefore.Sub(now), m.NotBefore.Sub(m.Since)))
}

// sent is when those of the last day were sent. What a clock that was ahead has noted
// counts as sent now.
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

// Until is when nothing is remembered of look-ups any more: the wait is over, and the
// last one is a day old.
func (m LookUps) Until() time.Time {
	until := m.NotBefore
	if n := len(m.Sent); n > 0 {
		if last := time.Unix(m.Sent[n-1], 0).Add(day); last.After(until) {
			until = last
		}
	}
	return until
}

// next says when the next look-up may go, why not now, and how many are left.
func (l *lookUps) next(n *collector.Next, uptime time.Duration, now time.Time) {
	left, why := l.wait(uptime)
	n.LookUpsADay, n.LookUpsLeft, n.LookUpsWhy = l.aDay, l.left(uptime), why
	n.Resolves = min(n.Resolves, n.LookUpsLeft)
	if at := now.Add(left); left > 0 && at.After(n.ResolveAt) {
		n.Resolves, n.ResolveAt = 0, at
	}
}
