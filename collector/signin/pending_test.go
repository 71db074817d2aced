package signin

import (
	"testing"
	"time"

	"telegramtrac/collector"
)

// TestCodesAreSpread: a number has a code every 20 seconds at most, and five an
// hour, until its owner has entered one.
func TestCodesAreSpread(t *testing.T) {
	s := New(Options{})
	begin := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	ask := func(number string, after, wait time.Duration) (undo func()) {
		t.Helper()
		now := begin.Add(after)
		undo, err := s.pace(number, now)
		var got time.Duration
		if e := collector.AsError(err); e != nil {
			got = e.RetryAt.Sub(now)
		}
		if got != wait {
			t.Errorf("after %v: wait %v, want %v", after, got, wait)
		}
		return undo
	}
	ask("a", 0, 0)
	ask("a", 5*time.Second, 15*time.Second)
	ask("b", 5*time.Second, 0)
	ask("a", 20*time.Second, 0)() // none was sent
	ask("a", 21*time.Second, 0)
	for i := range 3 {
		ask("a", time.Duration(i+1)*time.Minute, 0)
	}
	ask("a", 10*time.Minute, 50*time.Minute)
	ask("a", time.Hour, 0)
	ask("a", time.Hour+20*time.Second, time.Second) // one more has aged
	s.proved("a")
	ask("a", time.Hour+20*time.Second, 0)
	ask("c", 3*time.Hour, 0)
	if len(s.sent) != 1 {
		t.Errorf("%d numbers are remembered, want 1", len(s.sent))
	}
}
