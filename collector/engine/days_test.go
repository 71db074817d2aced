package engine

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A pause is told in the log once, and a restart on the same day is none.
func TestPauseIsLogged(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	come := func() int {
		t.Helper()
		var log shared
		e := open(t, Options{Dir: dir, Now: func() time.Time { return now }, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		err := errors.Join(e.Reached(t.Context()), e.Close())
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(log.String(), "nothing is deleted by its age")
	}
	if got := come() + come(); got != 0 {
		t.Errorf("on its first day it told of %d pauses", got)
	}
	now = now.Add(30 * day)
	if first, again := come(), come(); first != 1 || again != 0 {
		t.Errorf("after a month it told of %d pauses, and then of %d", first, again)
	}
}
