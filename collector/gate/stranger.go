package gate

import (
	"math"
	"time"
)

// Limits for an account that is new to the product: within what the real service is known to
// allow (about 3,000 messages in 30 seconds, 30 requests), and slower than what gets new
// accounts limited.
const (
	strangerBurst = 20          // requests without delay
	strangerGap   = time.Second // time between further requests
	strangerCalm  = 1000        // accepted requests before the gap shrinks
	strangerHalf  = 1000        // further accepted requests that halve the gap
)

// stranger delays all requests of an account that is new to the product. The gap shrinks with
// the requests that Telegram accepts, not with time, because an idle account proves nothing. A
// flood wait doubles the gap and restarts the count; after that the pace of the method is
// slower too. Times are by Clock.Uptime. The zero stranger delays nothing. It is not safe for
// concurrent use.
type stranger struct {
	gap     time.Duration // 0: no delay
	through int           // requests accepted since the gap was set
	free    time.Duration // when the next request may be sent without using the burst
}

// newStranger restores the remembered state; nil is a new account.
func newStranger(m *Stranger, uptime time.Duration, now time.Time) stranger {
	if m == nil {
		return stranger{gap: strangerGap}
	}
	s := stranger{gap: m.Gap, through: m.Through}
	s.free = uptime + max(0, min(m.Free.Sub(now), strangerBurst*strangerGap))
	if m.Sending {
		s.free = uptime + strangerBurst*s.spacing()
	}
	return s
}

// memory returns the state to remember. If sending is true and the process is killed, it is
// unknown how much of the burst was used: newStranger then assumes all of it.
func (s *stranger) memory(uptime time.Duration, now time.Time, sending bool) *Stranger {
	return &Stranger{Gap: s.gap, Through: s.through, Free: now.Add(s.free - uptime).Round(0), Sending: sending}
}

// spacing returns the current gap.
func (s *stranger) spacing() time.Duration {
	more := max(0, s.through-strangerCalm)
	gap := time.Duration(float64(s.gap) * math.Exp2(-float64(more)/strangerHalf))
	if gap < leastGap {
		return 0
	}
	return gap
}

// wait returns how long until a request may be sent.
func (s *stranger) wait(now time.Duration) time.Duration {
	return max(0, s.free-(strangerBurst-1)*s.spacing()-now)
}

// take uses up the turn of a request that is sent now.
func (s *stranger) take(now time.Duration) {
	if gap := s.spacing(); gap > 0 {
		s.free = max(s.free, now-min(paceSlop, gap)) + gap
	}
}

// answered counts a request that Telegram accepted.
func (s *stranger) answered() { s.through++ }

// slow doubles the gap after a flood wait.
func (s *stranger) slow() {
	if gap := s.spacing(); gap > 0 {
		s.gap, s.through = min(strangerGap, 2*gap), 0
	}
}

// Stranger is the remembered state of the delays for an account that is new to the product.
type Stranger struct {
	Gap     time.Duration `json:"gap"`               // nanoseconds between two requests; 0: no delay
	Through int           `json:"through"`           // requests accepted since the gap was set
	Free    time.Time     `json:"free"`              // when the next request may be sent without using the burst
	Sending bool          `json:"sending,omitempty"` // saved while requests were being sent, so more may have followed
}
