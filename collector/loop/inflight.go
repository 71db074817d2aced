package loop

import "telegramtrac/collector"

// inflight decides how many requests may be in flight. It starts small, grows by one with each
// page without a flood wait, and halves at a flood wait: additive increase, multiplicative
// decrease. It is not safe for concurrent use.
type inflight struct {
	limit int
	most  int
	waits int64
}

func newInflight(most int) *inflight {
	most = max(1, most)
	return &inflight{limit: min(2, most), most: most}
}

// observe adapts the limit to the source's usage after an answer.
func (p *inflight) observe(u collector.Usage) {
	if u.Waits > p.waits {
		p.waits = u.Waits
		p.limit = max(1, p.limit/2)
		return
	}
	p.limit = min(p.most, p.limit+1)
}
