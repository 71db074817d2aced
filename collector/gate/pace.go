package gate

import (
	"math"
	"time"
)

// resolveMethod is by far the most limited method: 160 fast calls led to waits of 15 hours.
const resolveMethod = "contacts.resolveUsername"

// The burst and gap of look-ups: at most 29 in any minute.
const (
	resolveGap   = 2500 * time.Millisecond
	resolveBurst = 5
)

// How a flood wait sets a pace, and how the pace recovers.
const (
	paceMargin = 1.04                   // how much slower than the measured limit
	firstCalm  = 3 * time.Minute        // time before the gap shrinks, …
	calmFor    = 200                    // … or the time of this many requests, if shorter
	cheap      = 50 * time.Millisecond  // a wait that costs less per accepted request changes nothing
	recent     = .75                    // weight of what was measured up to the previous wait
	mostCalm   = time.Hour              // limit; the calm doubles when a wait comes after the gap began to shrink
	easeHalf   = 10 * time.Minute       // then the gap halves in this time, …
	easeFor    = 600                    // … or the time of this many requests, if shorter
	firstGap   = 250 * time.Millisecond // if nothing was measured
	leastGap   = 20 * time.Millisecond
	mostGap    = time.Minute
	idle       = 3 * time.Minute // after a pause this long, earlier measurements are dropped

	manyGranted = 30                    // after this many accepted requests, a wait means that the pace was only a little too fast
	paceSlop    = 50 * time.Millisecond // timer delay that the next request makes up for
)

// pace spaces out the requests of one method. At first there is no gap, except for look-ups. A
// flood wait shows the limit: the requests accepted since the wait before. From then on
// requests are that far apart, instead of meeting the next wait at once, because escalating
// waits get accounts limited. After a calm time the gap slowly shrinks to none. Times are by
// Clock.Uptime. It is not safe for concurrent use.
type pace struct {
	gap    time.Duration // gap set by a flood wait; 0: none
	easeAt time.Duration // when the gap begins to shrink
	calm   time.Duration
	held   bool // many requests were accepted at about this gap

	floor time.Duration // least gap, and …
	burst int           // … how many requests may be sent before it applies
	free  time.Duration // when the next request may be sent without using the burst

	met     bool          // there was a flood wait, …
	metAt   time.Duration // … the last at this time; without one, when the pace began
	granted int           // requests accepted since
	sentAt  time.Duration // when the last request was sent

	// The time between the recent waits, and the requests accepted in it. Older ones have less
	// weight.
	passed  time.Duration
	through float64
}

func newPace(method string, now time.Duration) *pace {
	p := &pace{burst: 1, metAt: now}
	if method == resolveMethod {
		p.floor, p.burst = resolveGap, resolveBurst
	}
	return p
}

// memory returns the state to remember.
func (p *pace) memory(uptime time.Duration, now time.Time) Pace {
	return Pace{
		Gap: p.gap, Calm: p.calm, EaseAt: now.Add(p.easeAt - uptime).Round(0),
		Held: p.held, Passed: p.passed + uptime - p.metAt, Through: p.through + float64(p.granted),
	}
}

// restore sets a new pace to the remembered state; left is what remains of the current flood
// wait. The time between the processes does not count. A gap from a clock that was ahead does
// not last longer than intended.
func (p *pace) restore(m Pace, uptime time.Duration, now time.Time, left time.Duration) {
	p.gap, p.calm, p.held = m.Gap, m.Calm, m.Held
	p.easeAt = uptime + min(m.EaseAt.Sub(now), left+m.Calm)
	p.passed, p.through = m.Passed, m.Through
	p.met, p.metAt = true, uptime
}

// spacing returns the current gap. It clears a gap that has shrunk to nothing.
func (p *pace) spacing(now time.Duration) time.Duration {
	gap := p.gap
	if past := now - p.easeAt; gap > 0 && past > 0 {
		gap = time.Duration(float64(gap) * math.Exp2(-float64(past)/float64(half(gap))))
	}
	if gap <= max(p.floor, leastGap) {
		if p.gap > 0 {
			p.gap, p.calm, p.held = 0, 0, false
		}
		return p.floor
	}
	return gap
}

// half returns the time in which a gap halves.
func half(gap time.Duration) time.Duration { return min(easeHalf, easeFor*gap) }

// wait returns how long until a request may be sent.
func (p *pace) wait(now time.Duration) time.Duration {
	gap := p.spacing(now)
	ahead := time.Duration(0)
	if p.gap == 0 {
		ahead = time.Duration(p.burst-1) * gap
	}
	return max(0, p.free-ahead-now)
}

// sent records that a request was sent.
func (p *pace) sent(now time.Duration) {
	if now-max(p.sentAt, p.metAt) > idle {
		p.met, p.metAt, p.granted = false, now, 0
		p.passed, p.through = 0, 0
	}
	p.sentAt = now
}

// answered counts a request that Telegram accepted.
func (p *pace) answered() { p.granted++ }

// take uses up the turn of a request that is sent now.
func (p *pace) take(now time.Duration) {
	if gap := p.spacing(now); gap > 0 {
		p.free = max(p.free, now-min(paceSlop, gap)) + gap
	}
}

// left returns how many requests may be sent at once.
func (p *pace) left(now time.Duration) int {
	gap := p.spacing(now)
	if p.gap > 0 || gap == 0 {
		return p.burst
	}
	return max(0, min(p.burst, p.burst-int((max(0, p.free-now)+gap-1)/gap)))
}

// slow sets the gap after a flood wait of length d that begins now.
func (p *pace) slow(now, d time.Duration) {
	before := p.spacing(now)
	gap := p.allowed(now, d, before)
	costly := p.granted == 0 || (d+time.Second)/time.Duration(p.granted) >= cheap
	many := p.granted >= manyGranted
	p.met, p.metAt, p.granted = true, now, 0
	if !costly {
		return
	}
	if before > 0 && now > p.easeAt {
		p.calm = min(mostCalm, 2*p.calm)
	}
	switch { // a proven pace is nearly right, or the wait had another reason
	case p.gap == 0:
	case many:
		gap, p.held = min(gap, p.gap*21/20), true
	case p.held:
		gap = min(gap, p.gap*5/4)
	}
	p.gap = min(max(gap, leastGap), mostGap)
	p.calm = max(p.calm, min(firstCalm, calmFor*p.gap))
	p.easeAt = now + d + p.calm
	p.free = 0
}

// allowed returns the gap that Telegram's limit implies: between two waits, the accepted
// requests are the limit, whatever the pace. A single wait after few requests proves little,
// because it may have another reason.
func (p *pace) allowed(now, d, before time.Duration) time.Duration {
	passed, through := now-p.metAt, float64(p.granted)
	if p.met {
		passed += time.Duration(recent * float64(p.passed))
		through += recent * p.through
		p.passed, p.through = passed, through
	} else {
		passed += d // the first burst proves little about the long-term limit
	}
	if through == 0 {
		return max(2*before, firstGap)
	}
	// The refused request counts half: a little later it would have been accepted.
	return time.Duration(paceMargin * float64(passed) / (through + .5))
}
