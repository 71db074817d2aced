package engine

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

func TestExpiresAt(t *testing.T) {
	for touched, want := range map[string]string{
		"2026-11-27T00:00:00Z":      "2026-12-28T00:00:00Z",
		"2026-11-27T23:59:59Z":      "2026-12-28T00:00:00Z",
		"2026-11-28T00:30:00+01:00": "2026-12-28T00:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, touched)
		if err != nil {
			t.Fatal(err)
		}
		if got := ExpiresAt(at, 30*day).Format(time.RFC3339); got != want {
			t.Errorf("touched %s: expires %s, want %s", touched, got, want)
		}
	}
}

// A cookie that a browser has forgotten opens nothing when it turns up again; one
// that is used goes on, and records of older versions do.
func TestVisitorLife(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	e := open(t, Options{Now: func() time.Time { return now }})
	for _, visitor := range []string{"stays", "leaves"} {
		if err := e.SetWorkspace(t.Context(), visitor, Workspace{ID: "w"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.workspaces.PutJSON(t.Context(), "visitor.older", Workspace{ID: "w"}); err != nil {
		t.Fatal(err)
	}
	hundredDays := func() { // on each of which somebody reaches the program
		for range 100 {
			now = now.Add(day)
			if err := e.Reached(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	hundredDays()
	for _, visitor := range []string{"stays", "nobody"} {
		if err := e.Seen(t.Context(), visitor); err != nil {
			t.Fatal(err)
		}
	}
	hundredDays()
	for visitor, want := range map[string]string{"stays": "w", "leaves": "", "older": "w", "nobody": ""} {
		if w, err := e.Workspace(t.Context(), visitor); err != nil || w.ID != want {
			t.Errorf("%s is in %q, %v; want %q", visitor, w.ID, err, want)
		}
	}
	if err := e.Seen(t.Context(), "leaves"); err != nil {
		t.Fatal(err)
	}
	if w, err := e.Workspace(t.Context(), "leaves"); err != nil || w.ID != "" {
		t.Errorf("coming back opens %q, %v", w.ID, err)
	}
	if all, err := e.Visitors(t.Context(), "w"); err != nil || len(all) != 2 {
		t.Errorf("visitors %v, %v; want two", all, err)
	}
	if err := e.PutSignIn(t.Context(), "stays", SignIn{Step: StepCode}); err != nil {
		t.Fatal(err)
	}
	if b, err := e.workspaces.Get(t.Context(), "visitor.leaves"); b != nil || err != nil {
		t.Errorf("the record of who is gone stays: %s, %v", b, err)
	}
}

func TestTouch(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	e := open(t, Options{Now: func() time.Time { return now }})
	touchedAt := func() time.Time {
		t.Helper()
		k, err := e.Retention(t.Context(), "w")
		if err != nil {
			t.Fatal(err)
		}
		return k.Touched
	}
	touch := func() {
		t.Helper()
		if err := e.Touch(t.Context(), "w"); err != nil {
			t.Fatal(err)
		}
	}
	if got := touchedAt(); !got.IsZero() {
		t.Errorf("never touched: %v", got)
	}
	touch()
	first := now
	now = now.Add(5 * time.Hour)
	touch()
	if got := touchedAt(); !got.Equal(first) {
		t.Errorf("touched twice in a day: %v, want the first, %v", got, first)
	}
	now = now.Add(24 * time.Hour)
	touch()
	if got := touchedAt(); !got.Equal(now) {
		t.Errorf("touched the next day: %v, want %v", got, now)
	}
}

// Whoever touches a workspace in the moment in which it would be deleted keeps it.
func TestTouchedAtTheLastMoment(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	e := open(t, Options{Now: func() time.Time { return now }})
	ctx := t.Context()
	if err := e.Touch(ctx, "w"); err != nil {
		t.Fatal(err)
	}
	old, err := e.Retention(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(40 * day)
	if err := e.Touch(ctx, "w"); err != nil {
		t.Fatal(err)
	}
	if ok, err := e.BeginDeletion(ctx, "w", old); ok || err != nil {
		t.Errorf("deletion of what was touched meanwhile began: %v, %v", ok, err)
	}
	newer, err := e.Retention(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := e.BeginDeletion(ctx, "w", newer); !ok || err != nil {
		t.Fatalf("deletion did not begin: %v, %v", ok, err)
	}
	now = now.Add(day)
	if err := e.Touch(ctx, "w"); err != nil { // too late
		t.Fatal(err)
	}
	if k, err := e.Retention(ctx, "w"); err != nil || !k.Deleting {
		t.Errorf("a touch stopped the deletion: %+v, %v", k, err)
	}
	if err := e.DropWorkspace(ctx, "w"); err != nil {
		t.Fatal(err)
	}
	if k, err := e.Retention(ctx, "w"); err != nil || !k.Deleting {
		t.Errorf("the records are gone before the deletion has ended: %+v, %v", k, err)
	}
	if err := e.EndDeletion(ctx, "w"); err != nil {
		t.Fatal(err)
	}
	if k, err := e.Retention(ctx, "w"); err != nil || k.Deleting || !k.Touched.IsZero() {
		t.Errorf("after the deletion: %+v, %v", k, err)
	}
}

func TestWorkspacesAndCounts(t *testing.T) {
	e := open(t, Options{})
	ctx := t.Context()
	submit(t, e, "submitted", "@a")
	if err := e.PutSession(ctx, "signedin", []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	if err := e.PutPeer(ctx, "signedin", "id.1", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := e.SetWorkspace(ctx, "somebody", Workspace{ID: "visited"}); err != nil {
		t.Fatal(err)
	}
	if err := e.PutSignIn(ctx, "session", SignIn{Step: StepCode, Workspace: "notyet"}); err != nil {
		t.Fatal(err)
	}
	if err := e.Touch(ctx, "touched"); err != nil {
		t.Fatal(err)
	}
	got, err := e.Workspaces(ctx)
	if diff := cmp.Diff([]string{"signedin", "submitted", "touched", "visited"}, got); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	if !slices.IsSorted(got) {
		t.Errorf("not ascending: %v", got)
	}
	paused := submit(t, e, "other", "@b")
	if err := e.Ask(ctx, "other", paused, Pause); err != nil {
		t.Fatal(err)
	}
	counts, err := e.Counts(ctx)
	if diff := cmp.Diff(map[collector.State]int{collector.Queued: 1, collector.Paused: 1}, counts); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestTryAcquire(t *testing.T) {
	e := open(t, Options{})
	first, err := e.TryAcquire(t.Context(), "w")
	if err != nil {
		t.Fatalf("free: %v", err)
	}
	if _, err := e.TryAcquire(t.Context(), "w"); !errors.Is(err, ErrHeld) {
		t.Errorf("held: %v", err)
	}
	if err := first.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.TryAcquire(t.Context(), "w"); err != nil {
		t.Errorf("free again: %v", err)
	}
}
