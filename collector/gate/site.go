package gate

import (
	"cmp"
	"context"
	"sync"
	"time"

	"telegramtrac/collector"
)

// How a website is treated, by the whole process, whoever collects.
const (
	siteGap         = 500 * time.Millisecond // between the beginnings of two requests, at least
	firstRefused    = 5 * time.Second        // pause after a refusal, doubled by each that follows
	longestRefused  = 5 * time.Minute
	mostRefusals    = 6         // in a row, after which nothing is sent
	siteStopped     = time.Hour // or until a person says to go on
	siteAfterResume = 30 * time.Second
)

// SiteMemory is what a site's refusals lead to. It survives a restart: nothing is sent
// before its time.
type SiteMemory struct {
	Closed  time.Time `json:"closed,omitzero"`  // nothing is sent before it: refused
	Refused int       `json:"refused,omitzero"` // refusals in a row
	Stop    time.Time `json:"stop,omitzero"`    // until when the site is stopped
}

// Site is the gate of a website: requests begin one after the other, a refusal holds
// back everybody, and several in a row stop the site.
type Site struct {
	clock Clock
	gap   time.Duration

	mu     sync.Mutex
	next   time.Time // the earliest time of the next request
	memory SiteMemory

	saving sync.Mutex       // memories are saved in the order in which they came to be
	save   func(SiteMemory) // may be nil
}

// NewSite makes the gate of a site. Requests are a gap apart; 0: half a second, which
// is the least for real sites.
func NewSite(c Clock, gap time.Duration) *Site {
	return &Site{clock: c, gap: cmp.Or(gap, siteGap)}
}

// Remember goes on from a memory, and hands each change of it to save, which must have
// stored it when it returns.
func (s *Site) Remember(m SiteMemory, save func(SiteMemory)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory, s.save = m, save
}

// change changes the memory, and saves it before anybody goes on.
func (s *Site) change(f func(m *SiteMemory)) {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	before := s.memory
	f(&s.memory)
	after, save := s.memory, s.save
	s.mu.Unlock()
	if save != nil && after != before {
		save(after)
	}
}

// errSiteStopped says that the site refused too often.
func errSiteStopped(until time.Time) error {
	return &collector.Error{Kind: collector.Guarded, Detail: "preview", RetryAt: until}
}

// Pass waits for the caller's turn. Where a refusal holds it back, notify is called with
// that wait, and with a zero Wait when it is over. A caller that is not patient gets an
// error instead, with the time when trying again makes sense.
func (s *Site) Pass(ctx context.Context, patient bool, notify func(collector.Wait)) (waited time.Duration, err error) {
	var shown time.Time
	defer func() {
		if !shown.IsZero() {
			notify(collector.Wait{})
		}
	}()
	for {
		d, closed, err := s.turn()
		if err != nil || d <= 0 {
			return waited, err
		}
		d = min(d, LongestSleep)
		if !closed.IsZero() {
			if !patient {
				return waited, &collector.Error{Kind: collector.Flood, Detail: "preview", RetryAt: closed}
			}
			if !closed.Equal(shown) {
				shown = closed
				notify(collector.Wait{Kind: collector.Flood, Method: "preview", Until: closed})
			}
			waited += d
		}
		if err := Sleep(ctx, s.clock, d, nil); err != nil {
			return waited, err
		}
	}
}

// turn takes the turn when it is free (0), or says how long to wait before
// asking again, and until when a refusal closes the site; zero: it does not.
func (s *Site) turn() (d time.Duration, closed time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	switch {
	case now.Before(s.memory.Stop):
		return 0, time.Time{}, errSiteStopped(s.memory.Stop)
	case now.Before(s.memory.Closed):
		return s.memory.Closed.Sub(now), s.memory.Closed, nil
	case now.Before(s.next):
		return s.next.Sub(now), time.Time{}, nil
	}
	s.next = now.Add(s.gap)
	return 0, time.Time{}, nil
}

// Answered notes that a request was answered as it should be.
func (s *Site) Answered() {
	s.change(func(m *SiteMemory) { m.Refused = 0 })
}

// Refuse notes a refusal, after which everybody waits: as long as the server
// asks, or longer each time. It returns an error when that was one too many.
func (s *Site) Refuse(after time.Duration) (err error) {
	s.change(func(m *SiteMemory) { err = m.refuse(s.clock.Now(), after) })
	return err
}

func (m *SiteMemory) refuse(now time.Time, after time.Duration) error {
	if now.Before(m.Closed) {
		return nil // of a request that went before the one that closed the site
	}
	m.Refused++
	if m.Refused >= mostRefusals {
		m.Refused, m.Stop = 0, now.Add(max(after, siteStopped))
		return errSiteStopped(m.Stop)
	}
	m.Closed = now.Add(max(after, Backoff(m.Refused-1, firstRefused, longestRefused)))
	return nil
}

// Resume opens a stopped site, not at once.
func (s *Site) Resume() {
	s.change(func(m *SiteMemory) {
		if now := s.clock.Now(); now.Before(m.Stop) {
			m.Stop, m.Closed = time.Time{}, now.Add(siteAfterResume)
		}
	})
}
