package collector

// pace decides how many requests are in flight. It begins small, grows by one with
// every page that came without a flood wait, and halves when the source met one:
// additive increase, multiplicative decrease. It is not safe for concurrent use.
type pace struct {
	limit int
	most  int
	waits int64
}

func newPace(most int) *pace {
	most = max(1, most)
	return &pace{limit: min(2, most), most: most}
}

// observe takes in what the source had spent when an answer came.
func (p *pace) observe(u Usage) {
	if u.Waits > p.waits {
		p.waits = u.Waits
		p.limit = max(1, p.limit/2)
		return
	}
	p.limit = min(p.most, p.limit+1)
}
