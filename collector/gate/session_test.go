package gate

import (
	"testing"
	"testing/synctest"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/gate/gatetest"
)

// A refused session is retried at intervals, and counts as ended after minutes of refusals,
// including those before a restart. Once accepted again it is in no doubt.
func TestSessionInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, heard := gatetest.NewBubble(), new(told)
		g := testGate(clock, heard, nil)
		refuse := func() (ended bool) {
			pause, ended := g.RefuseSession()
			if pause < time.Second || pause > LongestSleep {
				t.Errorf("a pause of %v", pause)
			}
			if g.MayTrySession() || !g.DoubtsSession() {
				t.Error("a session that was just refused may be used")
			}
			time.Sleep(pause)
			if !g.MayTrySession() || g.MayTrySession() {
				t.Error("after the pause it may not be tried, or more than once")
			}
			return ended
		}
		refuse()
		g.AcceptSession()
		if g.DoubtsSession() || !g.MayTrySession() || heard.last().Doubt != (Doubt{}) {
			t.Error("an accepted session is in doubt")
		}
		begin, times := time.Now(), 0
		for !refuse() {
			if times++; times == 3 {
				g = reborn(t, clock, heard, nil)
			}
			time.Sleep(20 * time.Second)
		}
		if took := time.Since(begin); took < doubtFor || took > 2*doubtFor || times < doubtTimes-1 {
			t.Errorf("it ended after %v and %d refusals", took, times)
		}
	})
}

// Refusals delay all callers, longer each time, and several in a row stop the site until its
// time or until a person resumes it.
func TestSite(t *testing.T) {
	clock := gatetest.NewStill(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))
	s := NewSite(clock, 0)
	var saved SiteMemory
	s.Remember(SiteMemory{}, func(m SiteMemory) { saved = m })
	var told []collector.Wait
	pass := func(s *Site) time.Duration {
		t.Helper()
		waited, err := s.Pass(t.Context(), true, func(w collector.Wait) { told = append(told, w) })
		if err != nil {
			t.Fatal(err)
		}
		return waited
	}
	begin := clock.Now()
	pass(s)
	pass(s)
	if took := clock.Now().Sub(begin); took != siteGap {
		t.Errorf("the second request went after %v", took)
	}
	for i, want := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second} {
		if err := s.Refuse(0); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Pass(t.Context(), false, nil); collector.KindOf(err) != collector.Flood {
			t.Errorf("a person who waits gets %v", err)
		}
		told = nil
		s = NewSite(clock, 0) // a restart
		s.Remember(saved, func(m SiteMemory) { saved = m })
		if got := pass(s); got != want || len(told) != 2 || told[1] != (collector.Wait{}) {
			t.Errorf("refusal %d: waited %v and told %v, want %v", i+1, got, told, want)
		}
	}
	if err := s.Refuse(0); collector.KindOf(err) != collector.Guarded || !saved.Stop.Equal(clock.Now().Add(siteStopped)) {
		t.Errorf("the last refusal: %v, until %v", err, saved.Stop)
	}
	if _, err := s.Pass(t.Context(), true, nil); collector.KindOf(err) != collector.Guarded {
		t.Errorf("a stopped site: %v", err)
	}
	s.Resume()
	if got := pass(s); got != siteAfterResume {
		t.Errorf("after it was resumed: waited %v", got)
	}
	s.Answered()
	if saved.Refused != 0 {
		t.Errorf("after an answer: %+v", saved)
	}
}

func TestBackoff(t *testing.T) {
	for try, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		if got := Reconnect(try); got != want*time.Second {
			t.Errorf("try %d: %v, want %v", try, got, want*time.Second)
		}
	}
	if got := Backoff(1_000_000, 5*time.Second, 5*time.Minute); got != 5*time.Minute {
		t.Errorf("after very many tries: %v", got)
	}
}

// Neither idle time nor setting the clock ends a session.
func TestDoubt(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		gaps  []time.Duration // between refusals
		ended bool
	}{
		"once":                     {nil, false},
		"for a minute":             {[]time.Duration{1, 1, 2, 4, 8, 16, 28}, false},
		"for three minutes":        {[]time.Duration{1, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30}, true},
		"many at once":             {make([]time.Duration, 50), false},
		"two hours apart":          {[]time.Duration{7200, 7200, 7200, 7200, 7200, 7200}, false},
		"the machine slept":        {[]time.Duration{1, 1, 2, 3000}, false},
		"the clock was set back":   {[]time.Duration{1, 1, -86400, 1, 1, -86400}, false},
		"the clock was set ahead":  {[]time.Duration{1, 1, 3599, 1, 1}, false},
		"rarely, but all the same": {[]time.Duration{600, 600, 600, 600}, true},
	} {
		var d Doubt
		now := start
		ended := d.refused(now)
		for _, gap := range c.gaps {
			now = now.Add(gap * time.Second)
			ended = d.refused(now)
		}
		if ended != c.ended {
			t.Errorf("%s: ended %v, want %v: %+v", name, ended, c.ended, d)
		}
		if p := d.pause(); p < time.Second || p > LongestSleep {
			t.Errorf("%s: pause %v", name, p)
		}
	}
}
