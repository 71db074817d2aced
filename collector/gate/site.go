package gate

import (
	"cmp"
	"context"
	"sync"
	"time"

	"telegramtrac/collector"
)

// Limits for a website. They apply to the whole process, across all collections.
const (
	siteGap         = 500 * time.Millisecond // least time between the starts of two requests
	firstRefused    = 5 * time.Second        // pause after a refusal, doubled for each further one
	longestRefused  = 5 * time.Minute
	mostRefusals    = 6         // in a row before the site is stopped
	siteStopped     = time.Hour // or until a person resumes it
	siteAfterResume = 30 * time.Second
)

// SiteMemory is what a Site remembers of refusals. It survives a restart: nothing is sent
// before its times.
type SiteMemory struct {
	Closed  time.Time `json:"closed,omitzero"`  // no request before it, after a refusal
	Refused int       `json:"refused,omitzero"` // refusals in a row
	Stop    time.Time `json:"stop,omitzero"`    // no request before it, after too many refusals
}

// Site is the gate of a website: it starts one request after the other; a refusal delays all
// callers, and several in a row stop the site.
type Site struct {
	clock Clock
	gap   time.Duration

	mu     sync.Mutex
	next   time.Time // the earliest time of the next request
	memory SiteMemory

	saving sync.Mutex       // makes saves happen in the order of the changes
	save   func(SiteMemory) // may be nil
}

// NewSite makes the gate of a site. Requests are at least gap apart; 0 means half a second, the
// minimum for real sites.
func NewSite(c Clock, gap time.Duration) *Site {
	return &Site{clock: c, gap: cmp.Or(gap, siteGap)}
}

// Remember restores a memory, and from then on passes each change of it to save, which must
// return only when it is stored.
func (s *Site) Remember(m SiteMemory, save func(SiteMemory)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory, s.save = m, save
}

// change changes the memory, and saves it before the next change.
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

// errSiteStopped is the error after too many refusals.
func errSiteStopped(until time.Time) error {
	return &collector.Error{Kind: collector.Guarded, Detail: "preview", RetryAt: until}
}

// Pass waits for the caller's turn. While a refusal delays it, notify is called with that wait,
// and with a zero Wait at the end. If patient is false, Pass instead returns an error that
// contains when to try again.
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

// turn takes the turn if it is free and returns 0; else it returns how long to wait before
// asking again, and, after a refusal, until when the site is closed (else zero).
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

// Answered records a normal answer, which ends a row of refusals.
func (s *Site) Answered() {
	s.change(func(m *SiteMemory) { m.Refused = 0 })
}

// Refuse records a refusal: all callers wait as long as the server asks, and longer after each
// further refusal. It returns an error if the site is now stopped.
func (s *Site) Refuse(after time.Duration) (err error) {
	s.change(func(m *SiteMemory) { err = m.refuse(s.clock.Now(), after) })
	return err
}

func (m *SiteMemory) refuse(now time.Time, after time.Duration) error {
	if now.Before(m.Closed) {
		return nil // the request was sent before the site closed
	}
	m.Refused++
	if m.Refused >= mostRefusals {
		m.Refused, m.Stop = 0, now.Add(max(after, siteStopped))
		return errSiteStopped(m.Stop)
	}
	m.Closed = now.Add(max(after, Backoff(m.Refused-1, firstRefused, longestRefused)))
	return nil
}

// Resume reopens a stopped site after siteAfterResume.
func (s *Site) Resume() {
	s.change(func(m *SiteMemory) {
		if now := s.clock.Now(); now.Before(m.Stop) {
			m.Stop, m.Closed = time.Time{}, now.Add(siteAfterResume)
		}
	})
}
