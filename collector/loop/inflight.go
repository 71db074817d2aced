package loop

import "telegramtrac/collector"

// inflight decides how many requests are in flight. It begins small, grows by one with
// every page that came without a flood wait, and halves when the source met one:
// additive increase, multiplicative decrease. It is not safe for concurrent use.
type inflight struct {
	limit int
	most  int
	waits int64
}

func newInflight(most int) *inflight {
	most = max(1, most)
	return &inflight{limit: min(2, most), most: most}
}

// observe takes in what the source had spent when an answer came.
func (p *inflight) observe(u collector.Usage) {
	if u.Waits > p.waits {
		p.waits = u.Waits
		p.limit = max(1, p.limit/2)
		return
	}
	p.limit = min(p.most, p.limit+1)
}
