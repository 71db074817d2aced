package datafolder

import (
	"log/slog"
	"testing"
	"time"
)

// TestDatasetsRest: a dataset in use is never closed or replaced, and one that nobody
// uses rests once when others are asked for.
func TestDatasetsRest(t *testing.T) {
	s := New(t.TempDir(), slog.New(slog.DiscardHandler))
	a, err := s.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	s.opened["a"].used = now.Add(-2 * restAfter)
	s.rested = now.Add(-restAfter)
	if _, err := s.Open("b"); err != nil {
		t.Fatal(err)
	}
	if !s.rested.After(now.Add(-time.Second)) {
		t.Error("nobody looked for unused datasets")
	}
	if again, err := s.Open("a"); err != nil || again != a {
		t.Errorf("another dataset was opened on the same folder: %v", err)
	}
	if unused := time.Since(s.opened["a"].used); unused > restAfter {
		t.Errorf("its use was not noted: %v", unused)
	}
}
