package gate

import (
	"math"
	"time"
)

// resolveMethod is by far the most limited call: 160 quick ones led to waits of
// 15 hours.
const resolveMethod = "contacts.resolveUsername"

// The budget of look-ups: 29 in any minute at most.
const (
	resolveGap   = 2500 * time.Millisecond
	resolveBurst = 5
)

// How a pace is set after a flood wait, and how it recovers.
const (
	paceMargin = 1.04                   // slower than what was seen to be allowed
	firstCalm  = 3 * time.Minute        // before it is tried whether more is allowed, …
	calmFor    = 200                    // … or after so many requests at this distance
	cheap      = 50 * time.Millisecond  // a wait that cost less for each request let through changes nothing
	recent     = .75                    // how much counts of what was seen up to the wait before
	mostCalm   = time.Hour              // the calm doubles each time that trying met a wait
	easeHalf   = 10 * time.Minute       // then the spacing halves in this time, …
	easeFor    = 600                    // … or in the time of so many requests
	firstGap   = 250 * time.Millisecond // where nothing is known
	leastGap   = 20 * time.Millisecond
	mostGap    = time.Minute
	idle       = 3 * time.Minute // after a pause like this, what came before says nothing

	manyGranted = 30                    // after so many, a wait says that the pace was only a little too fast
	paceSlop    = 50 * time.Millisecond // lateness of a timer that the next request makes up for
)

// pace spreads the requests of one method. At first they go as they come (look-ups
// excepted). A flood wait shows what is allowed: so many requests in the time since
// the wait before. From then on requests keep that distance instead of running into
// the next wait at once, for waits that escalate are what gets accounts limited.
// After a calm time the distance shrinks again, slowly, until it is none. Times are
// of Clock.Uptime. It is not safe for concurrent use.
type pace struct {
	gap    time.Duration // distance that a flood wait has set; 0: none
	easeAt time.Duration // from when it shrinks
	calm   time.Duration
	held   bool // many requests went through at this distance or about it

	floor time.Duration // distance at the best of times, and …
	burst int           // … how many may go before it applies
	free  time.Duration // from when the next may go, without the burst

	met     bool          // a flood wait was met, …
	metAt   time.Duration // … the last one at this time; before that, when the pace was made
	granted int           // requests let through since
	sentAt  time.Duration // when the last one left

	// The time between the waits met lately, and the requests let through in it:
	// the older, the less they count.
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

// memory is what is remembered of the pace over a restart.
func (p *pace) memory(uptime time.Duration, now time.Time) Pace {
	return Pace{
		Gap: p.gap, Calm: p.calm, EaseAt: now.Add(p.easeAt - uptime).Round(0),
		Held: p.held, Passed: p.passed + uptime - p.metAt, Through: p.through + float64(p.granted),
	}
}

// restore sets a new pace to what is remembered, where so much is left of the wait
// that is on. The time in which nothing ran counts for nothing. What was remembered
// by a clock that was ahead does not keep the distance for longer than it was meant.
func (p *pace) restore(m Pace, uptime time.Duration, now time.Time, left time.Duration) {
	p.gap, p.calm, p.held = m.Gap, m.Calm, m.Held
	p.easeAt = uptime + min(m.EaseAt.Sub(now), left+m.Calm)
	p.passed, p.through = m.Passed, m.Through
	p.met, p.metAt = true, uptime
}

// spacing is the distance to keep now. It forgets a distance that has shrunk away.
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

// half is the time in which a distance halves.
func half(gap time.Duration) time.Duration { return min(easeHalf, easeFor*gap) }

// wait is how long until a request may go.
func (p *pace) wait(now time.Duration) time.Duration {
	gap := p.spacing(now)
	ahead := time.Duration(0)
	if p.gap == 0 {
		ahead = time.Duration(p.burst-1) * gap
	}
	return max(0, p.free-ahead-now)
}

// sent notes that a request left.
func (p *pace) sent(now time.Duration) {
	if now-max(p.sentAt, p.metAt) > idle {
		p.met, p.metAt, p.granted = false, now, 0
		p.passed, p.through = 0, 0
	}
	p.sentAt = now
}

// answered notes that a request was let through.
func (p *pace) answered() { p.granted++ }

// take uses the place of the request that goes now.
func (p *pace) take(now time.Duration) {
	if gap := p.spacing(now); gap > 0 {
		p.free = max(p.free, now-min(paceSlop, gap)) + gap
	}
}

// left is how many requests may go at once.
func (p *pace) left(now time.Duration) int {
	gap := p.spacing(now)
	if p.gap > 0 || gap == 0 {
		return p.burst
	}
	return max(0, min(p.burst, p.burst-int((max(0, p.free-now)+gap-1)/gap)))
}

// slow takes in a flood wait of length d that was met now.
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
	switch { // a pace that has held is nearly right, or the wait had another reason
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

// allowed works out the distance at which requests were let through: from one wait
// to another, what comes in is what is allowed, whatever the pace. One wait after
// few requests says little by itself, for it may have another reason.
func (p *pace) allowed(now, d, before time.Duration) time.Duration {
	passed, through := now-p.metAt, float64(p.granted)
	if p.met {
		passed += time.Duration(recent * float64(p.passed))
		through += recent * p.through
		p.passed, p.through = passed, through
	} else {
		passed += d // the burst at the beginning says little about what is allowed for long
	}
	if through == 0 {
		return max(2*before, firstGap)
	}
	// The refused request counts half: it would have been allowed a little later.
	return time.Duration(paceMargin * float64(passed) / (through + .5))
}
