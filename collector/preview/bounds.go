package preview

import (
	"context"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/preview/page"
)

// Bounds reads the newest page, and finds dates by halving the ids.
func (s *Source) Bounds(ctx context.Context, ch collector.Channel, since, until time.Time) (collector.Bounds, error) {
	newest, err := s.history(ctx, ch, 0)
	if err != nil {
		return collector.Bounds{}, err
	}
	top := newest.Highest()
	b := collector.Bounds{Range: collector.Range{Lo: 1, Hi: top}, Newest: top}
	if !since.IsZero() {
		before, err := s.lastBefore(ctx, ch, newest, since)
		if err != nil {
			return collector.Bounds{}, err
		}
		b.Lo = before + 1
	}
	if !until.IsZero() {
		if b.Hi, err = s.lastBefore(ctx, ch, newest, until); err != nil {
			return collector.Bounds{}, err
		}
	}
	return b, nil
}

// lastBefore returns the id of the newest message older than a time, 0 if there is none. It
// begins with the newest page, which has most dates asked for, and then halves downward. A page
// without messages may be above a gap: then it looks upward from below.
func (s *Source) lastBefore(ctx context.Context, ch collector.Channel, p page.Page, t time.Time) (int64, error) {
	h := halving{hi: p.Highest(), t: t}
	if h.down(p, h.hi) {
		return h.last, nil
	}
	for h.lo < h.hi {
		mid := h.lo + (h.hi-h.lo+1)/2
		p, err := s.history(ctx, ch, mid+1)
		if err != nil {
			return 0, err
		}
		if len(p.Posts) > 0 {
			if h.down(p, mid) {
				break
			}
			continue
		}
		if p, err = s.after(ctx, ch, h.lo); err != nil {
			return 0, err
		}
		if next := p.Lowest(); next == 0 || next > mid {
			h.lo = max(mid, next-1) // there are none in between
			continue
		}
		if h.up(p, h.lo) {
			break
		}
		return s.lastBeforeFromBelow(ctx, ch, h)
	}
	return h.last, nil
}

func (s *Source) lastBeforeFromBelow(ctx context.Context, ch collector.Channel, h halving) (int64, error) {
	for h.lo < h.hi {
		mid := h.lo + (h.hi-h.lo)/2
		p, err := s.after(ctx, ch, mid)
		if err != nil {
			return 0, err
		}
		if h.up(p, mid) {
			break
		}
	}
	return h.last, nil
}

// halving looks for a channel's newest message that is older than a time.
type halving struct {
	t      time.Time
	lo, hi int64 // messages up to lo are older; the answer is last or within lo+1..hi
	last   int64 // the newest message known to be older
}

// down records the page that ends at mid. It reports whether that page has the answer.
func (h *halving) down(p page.Page, mid int64) bool {
	older, newer := p.Split(h.t)
	h.last = max(h.last, older)
	if older > 0 && newer > 0 { // the border lies on the page
		h.last = older
		return true
	}
	if newer > 0 {
		h.hi = newer - 1
	} else { // all of them, and so all up to mid, are older
		h.lo = mid
	}
	return false
}

// up records the page that begins above mid. It reports whether that page has the answer.
func (h *halving) up(p page.Page, mid int64) bool {
	older, newer := p.Split(h.t)
	h.last = max(h.last, older)
	switch {
	case older > 0 && newer > 0:
		h.last = older
		return true
	case older > 0:
		h.lo = max(mid+1, p.Highest())
	default: // none above mid, or only newer ones
		h.hi = mid
	}
	return false
}
