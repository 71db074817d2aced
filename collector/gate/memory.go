package gate

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"telegramtrac/collector"
)

// Memory is what is remembered of an account's requests and flood waits. It is stored as JSON,
// so that a new gate continues where the last one ended. The zero Memory is that of a new
// account. All times are wall clock times.
type Memory struct {
	NotBefore time.Time             `json:"not_before,omitzero"` // no request before this: the current or last flood wait
	Since     time.Time             `json:"since,omitzero"`      // when that wait began
	Method    string                `json:"method,omitempty"`    // the request that was refused
	Stopped   string                `json:"stopped,omitempty"`   // why nothing is sent until the person resumes: a Stop constant
	Waits     []collector.FloodWait `json:"waits,omitempty"`     // of the last day, oldest first
	Minutes   []Slot                `json:"minutes,omitempty"`   // counts by minute of the last hour, oldest first
	Hours     []Slot                `json:"hours,omitempty"`     // counts by hour of the last day, oldest first
	Paces     map[string]Pace       `json:"paces,omitempty"`     // by method: the spacing after flood waits
	LookUps   LookUps               `json:"look_ups,omitzero"`   // the limits of look-ups only
	Stranger  *Stranger             `json:"stranger,omitempty"`  // the delays of a new account; nil: none yet
	Doubt     Doubt                 `json:"doubt,omitzero"`      // for how long Telegram has refused the session
}

// Slot counts the requests and waits of one minute or hour.
type Slot struct {
	Start  int64                            `json:"start"` // Unix time in minutes or hours
	Counts map[string]collector.MethodCount `json:"counts"`
}

// Pace is the remembered spacing of one method's requests, and what its flood waits have shown.
type Pace struct {
	Gap    time.Duration `json:"gap"`            // nanoseconds between two requests; 0: none
	Calm   time.Duration `json:"calm"`           // how long the gap stays before it shrinks
	EaseAt time.Time     `json:"ease_at"`        // when it begins to shrink
	Held   bool          `json:"held,omitempty"` // many requests were accepted at about this gap

	Passed  time.Duration `json:"passed,omitempty"`  // time between the recent waits, …
	Through float64       `json:"through,omitempty"` // … and the requests accepted in it
}

const (
	minutesRemembered = 60
	hoursRemembered   = 24
	waitsRemembered   = 200
)

// count adds to the current minute and hour.
func (m *Memory) count(now time.Time, method string, n collector.MethodCount) {
	m.Minutes = addTo(m.Minutes, now.Unix()/60, minutesRemembered, method, n)
	m.Hours = addTo(m.Hours, now.Unix()/3600, hoursRemembered, method, n)
}

// addTo adds to the newest slot, or to a new one. If the clock was set back by at most one
// slot, it adds to the newest, so that no time is counted twice. Slots further in the future
// are merged into the current one, so that they expire.
func addTo(slots []Slot, start int64, span int, method string, n collector.MethodCount) []Slot {
	var ahead []Slot
	if i := slices.IndexFunc(slots, func(s Slot) bool { return s.Start > start+1 }); i >= 0 {
		slots, ahead = slots[:i], slots[i:]
	}
	if len(slots) == 0 || slots[len(slots)-1].Start < start {
		slots = append(slices.Clip(slots), Slot{Start: start, Counts: map[string]collector.MethodCount{}})
		slots = slices.DeleteFunc(slots, func(s Slot) bool { return s.Start <= start-int64(span) })
	}
	counts := slots[len(slots)-1].Counts
	for _, s := range ahead {
		addCounts(counts, s.Counts)
	}
	addCounts(counts, map[string]collector.MethodCount{method: n})
	return slots
}

// addCounts adds counts to to.
func addCounts(to, counts map[string]collector.MethodCount) {
	for method, n := range counts {
		c := to[method]
		to[method] = collector.MethodCount{Requests: c.Requests + n.Requests, Waits: c.Waits + n.Waits}
	}
}

// sum adds up the slots within span. Slots a span or more in the future do not count: the clock
// was wrong.
func sum(slots []Slot, start int64, span int) map[string]collector.MethodCount {
	out := map[string]collector.MethodCount{}
	for _, s := range slots {
		if s.Start > start-int64(span) && s.Start < start+int64(span) {
			addCounts(out, s.Counts)
		}
	}
	return out
}

// met records a new flood wait.
func (m *Memory) met(now time.Time, method string, d time.Duration) {
	m.count(now, method, collector.MethodCount{Waits: 1})
	m.Waits = slices.DeleteFunc(m.Waits, func(w collector.FloodWait) bool { return now.Sub(w.End()) > 24*time.Hour })
	m.Waits = append(m.Waits, collector.FloodWait{At: now, Method: method, Seconds: int64(d / time.Second)})
	m.Waits = m.Waits[max(0, len(m.Waits)-waitsRemembered):]
}

// left returns how much of the wait remains, never more than its full length, even if the wall
// clock was set back.
func (m *Memory) left(now time.Time) time.Duration {
	left := m.NotBefore.Sub(now)
	if !m.Since.IsZero() {
		left = min(left, m.NotBefore.Sub(m.Since))
	}
	return max(0, left)
}

// clone is a deep copy.
func (m *Memory) clone() Memory {
	out := *m
	out.Waits = slices.Clone(m.Waits)
	out.Minutes, out.Hours = cloneSlots(m.Minutes), cloneSlots(m.Hours)
	out.Paces = maps.Clone(m.Paces)
	out.LookUps.Sent = slices.Clone(m.LookUps.Sent)
	return out
}

func cloneSlots(slots []Slot) []Slot {
	out := slices.Clone(slots)
	for i := range out {
		out[i].Counts = maps.Clone(out[i].Counts)
	}
	return out
}

// Resumed returns the memory after the person resumes: the waits so far cannot lead to another
// stop. A current wait remains.
func (m Memory) Resumed() Memory {
	out := m.clone()
	out.Stopped = ""
	for i := range out.Waits {
		out.Waits[i].Forgiven = true
	}
	return out
}

// Standing returns the state of the account as far as the memory shows; an open gate knows more
// (Account.Standing). The options are those of such a gate.
func (m Memory) Standing(now time.Time, o Options) collector.Standing {
	s := collector.Standing{Waits: slices.Clone(m.Waits), Next: collector.Next{Resolves: resolveBurst}}
	slices.Reverse(s.Waits)
	s.Waits = slices.DeleteFunc(s.Waits, func(w collector.FloodWait) bool { return now.Sub(w.End()) > 24*time.Hour })
	hour, day := sum(m.Minutes, now.Unix()/60, minutesRemembered), sum(m.Hours, now.Unix()/3600, hoursRemembered)
	for method, n := range day {
		s.Methods = append(s.Methods, collector.MethodStanding{Method: method, Hour: hour[method], Day: n, Spacing: m.Paces[method].at(now)})
	}
	slices.SortFunc(s.Methods, func(a, b collector.MethodStanding) int {
		return cmp.Or(cmp.Compare(b.Day.Requests, a.Day.Requests), cmp.Compare(a.Method, b.Method))
	})
	if left := m.left(now); left > 0 {
		s.Next.At, s.Next.Why, s.Next.Method = now.Add(left), collector.Flood, m.Method
		s.Next.ResolveAt = s.Next.At
	}
	known := newLookUps(m.LookUps, o.LookUpsADay, 0, now)
	known.next(&s.Next, 0, now)
	if o.Pace {
		stranger := newStranger(m.Stranger, 0, now)
		s.Next.Spacing = stranger.spacing()
	}
	if m.Stopped != "" {
		s.Next.Why, s.Next.Stopped = collector.Guarded, m.Stopped
	}
	return s
}

// at returns the spacing at a time.
func (p Pace) at(now time.Time) time.Duration {
	if p.Gap == 0 {
		return 0
	}
	q := pace{gap: p.Gap, burst: 1} // easing begins at 0
	return q.spacing(now.Sub(p.EaseAt))
}
