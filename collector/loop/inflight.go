package loop

import (
	"time"

	"telegramtrac/collector"
)

const (
	// near is how soon an answer comes where more requests in flight bring nothing: what
	// takes the time then is reading the answers, not waiting for them.
	near = 15 * time.Millisecond

	// few requests are in flight at first, and for as long as answers come that soon. Each
	// more is a page in memory.
	few = 2

	// some are in flight as soon as the first answer was waited for, and from then on one
	// more with each answer. After a flood wait it is also the most.
	some = 8
)

// inflight decides how many requests may be in flight: as many as the time that answers take
// asks for. It grows by one with each page without a flood wait, and halves at a flood wait:
// additive increase, multiplicative decrease. It is not safe for concurrent use.
type inflight struct {
	limit int
	most  int
	waits int64

	soonest [8]time.Duration // how long the last answers took
	next    int              // of soonest, the oldest
	answers int
}

func newInflight(most int) *inflight {
	most = max(1, most)
	return &inflight{limit: min(few, most), most: most}
}

// observe adapts the limit to the source's usage after an answer that took some time.
func (p *inflight) observe(u collector.Usage, took time.Duration) {
	p.soonest[p.next], p.next = took, (p.next+1)%len(p.soonest)
	p.answers++
	if u.Waits > p.waits {
		p.waits = u.Waits
		p.limit = max(1, p.limit/2)
		p.most = min(p.most, some)
		return
	}
	switch {
	case p.close():
		p.limit = min(p.most, few)
	case p.answers == 1:
		p.limit = min(p.most, some)
	default:
		p.limit = min(p.most, p.limit+1)
	}
}

// close reports whether the source is so near that waiting for it takes no time. One of the
// last answers shows it: others may have waited for this program.
func (p *inflight) close() bool {
	soonest := p.soonest[0]
	for _, t := range p.soonest[:min(p.answers, len(p.soonest))] {
		soonest = min(soonest, t)
	}
	return soonest < near
}
