package gate

import (
	"math"
	"time"
)

// The pace of an account that is new to the product: within what the real service
// is known to allow (about 3,000 messages in 30 seconds, 30 requests), and slower
// than what gets new accounts limited.
const (
	strangerBurst = 20          // requests at once, and …
	strangerGap   = time.Second // … the distance of those after them
	strangerCalm  = 1000        // requests that must be let through before it shrinks, and …
	strangerHalf  = 1000        // … in how many more it halves
)

// stranger spreads all requests of an account of which nothing is known yet. The
// distance shrinks with the requests that Telegram lets through, not with time: an
// account that rests shows nothing. A flood wait doubles it, and the calm begins
// anew; what is allowed is then known, and kept by the pace of its method. Times are
// of Clock.Uptime. The zero stranger holds nothing back. It is not safe for
// concurrent use.
type stranger struct {
	gap     time.Duration // 0: Telegram knows the account by now
	through int           // requests let through since the gap was set
	free    time.Duration // from when the next may go, without the burst
}

// newStranger is that of an account as it is remembered; nil: not at all.
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

// memory is what is remembered over a restart. A process that is killed while
// requests are sent does not tell how much of the burst was used: then all of it.
func (s *stranger) memory(uptime time.Duration, now time.Time, sending bool) *Stranger {
	return &Stranger{Gap: s.gap, Through: s.through, Free: now.Add(s.free - uptime).Round(0), Sending: sending}
}

// spacing is the distance to keep now.
func (s *stranger) spacing() time.Duration {
	more := max(0, s.through-strangerCalm)
	gap := time.Duration(float64(s.gap) * math.Exp2(-float64(more)/strangerHalf))
	if gap < leastGap {
		return 0
	}
	return gap
}

// wait is how long until a request may go.
func (s *stranger) wait(now time.Duration) time.Duration {
	return max(0, s.free-(strangerBurst-1)*s.spacing()-now)
}

// take uses the place of the request that goes now.
func (s *stranger) take(now time.Duration) {
	if gap := s.spacing(); gap > 0 {
		s.free = max(s.free, now-min(paceSlop, gap)) + gap
	}
}

// answered notes that a request was let through.
func (s *stranger) answered() { s.through++ }

// slow takes in a flood wait.
func (s *stranger) slow() {
	if gap := s.spacing(); gap > 0 {
		s.gap, s.through = min(strangerGap, 2*gap), 0
	}
}

// Stranger is how an account that is new to the product is kept from being too
// quick.
type Stranger struct {
	Gap     time.Duration `json:"gap"`               // nanoseconds between two requests; 0: none any more
	Through int           `json:"through"`           // requests let through since it was set
	Free    time.Time     `json:"free"`              // when the next may go that is no part of the burst
	Sending bool          `json:"sending,omitempty"` // this was kept while requests were sent, so more may have been since
}
