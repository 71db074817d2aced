package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	if _, err := Open(t.Context(), Options{Dir: dir}); !errors.Is(err, ErrInUse) {
		t.Fatalf("got %v, want ErrInUse", err)
	}
	if out, err := child(t, "submit", dir).Output(); err == nil || !strings.Contains(string(out), ErrInUse.Error()) {
		t.Fatalf("another process: got %v, %q; want ErrInUse", err, out)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, Options{Dir: dir})
}

// sockets lists the sockets that this process has open.
func sockets(t *testing.T) []string {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(links) == 0 {
		t.Skip("needs /proc")
	}
	var out []string
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, "socket:") {
			out = append(out, to)
		}
	}
	slices.Sort(out)
	return out
}

func TestNoSocket(t *testing.T) {
	before := sockets(t)
	e := open(t, Options{})
	submit(t, e, "w", "@a")
	if diff := cmp.Diff(before, sockets(t)); diff != "" {
		t.Errorf("sockets before and after (-before +after):\n%s", diff)
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	one, two := submit(t, e, "w", "@a", "@b"), submit(t, e, "w", "@c")
	l := acquire(t, e, "w")
	next(t, l, one)
	save(t, l, one, collector.Running)
	if err := l.SaveChannel(t.Context(), one, 1, collector.Progress{Reference: "@b", State: collector.Done, Messages: 3}); err != nil {
		t.Fatal(err)
	}
	ask(t, e, "w", two, Pause)
	want, err := e.WholeCollections(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	receiveEnd(t, l.Lost())

	e = open(t, Options{Dir: dir})
	got, err := e.WholeCollections(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after the restart (-want +got):\n%s", diff)
	}
	if got, want := got[1].Messages, int64(3); got != want {
		t.Errorf("messages: got %d, want %d", got, want)
	}
	if again := acquire(t, e, "w"); again.Revision() <= l.Revision() {
		t.Errorf("revision after the restart: got %d, want more than %d", again.Revision(), l.Revision())
	}
}

func TestKilledAfterSubmit(t *testing.T) {
	dir := t.TempDir()
	id := runCrash(t, "submit", dir)[0]
	e := open(t, Options{Dir: dir})
	c := collection(t, e, "w", id)
	if diff := cmp.Diff([]string{"@a", "@b"}, c.Requested.Channels); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	jobs, err := e.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := receive(t, jobs), "w"; got != want {
		t.Errorf("job: got %v, want %v", got, want)
	}
}

func TestKilledAfterSave(t *testing.T) {
	dir := t.TempDir()
	lines := runCrash(t, "save", dir)
	e := open(t, Options{Dir: dir})
	c := collection(t, e, "w", lines[0])
	if c.State != collector.Waiting || c.Waits != collector.Flood || c.RetryAt == nil || c.Messages != 20 {
		t.Errorf("got %+v, want it waiting for a flood wait with 20 messages", c)
	}
	// The dead holder's lease is not waited for: the folder's lock is ours.
	l := acquire(t, e, "w")
	if before, _ := strconv.ParseUint(lines[1], 10, 64); l.Revision() <= before {
		t.Errorf("revision: got %d, want more than %d", l.Revision(), before)
	}
	next(t, l, lines[0])
}

func TestKilledAfterDelete(t *testing.T) {
	dir := t.TempDir()
	id := runCrash(t, "delete", dir)[0]
	e := open(t, Options{Dir: dir})
	if _, err := e.Collection(t.Context(), "w", id); !errors.Is(err, ErrNoCollection) {
		t.Errorf("collection: got %v, want ErrNoCollection", err)
	}
	session, err := e.Session(t.Context(), "w")
	if session != nil || err != nil {
		t.Errorf("session: got %q, %v; want none", session, err)
	}
	peer, err := e.Peer(t.Context(), "w", "id.1")
	if peer != nil || err != nil {
		t.Errorf("peer: got %q, %v; want none", peer, err)
	}
	if w, err := e.Workspace(t.Context(), "v"); w != (Workspace{}) || err != nil {
		t.Errorf("workspace of visitor: got %v, %v; want none", w, err)
	}
}

func TestClosed(t *testing.T) {
	e := open(t, Options{})
	id := submit(t, e, "w", "@a")
	l := acquire(t, e, "w")
	events, _, err := e.Subscribe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	wants, err := l.Wants(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := e.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it does nothing
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	receiveEnd(t, events)
	receiveEnd(t, wants)
	receiveEnd(t, jobs)
	receiveEnd(t, l.Lost())
	if _, err := e.Submit(t.Context(), "w", request("@a")); err == nil {
		t.Error("Submit after Close: got no error")
	}
	if _, _, err := e.Subscribe(t.Context(), id); !errors.Is(err, ErrClosed) {
		t.Errorf("Subscribe after Close: got %v, want ErrClosed", err)
	}
}

// Reading, watching and calling leave no goroutines behind.
func TestNoGoroutineStays(t *testing.T) {
	before := runtime.NumGoroutine()
	e := open(t, Options{})
	id := submit(t, e, "w", "@a")
	open := runtime.NumGoroutine()
	for range 20 {
		l := acquire(t, e, "w")
		next(t, l, id)
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := l.Wants(ctx, id); err != nil { // never read
			t.Fatal(err)
		}
		if _, err := e.Watch(ctx); err != nil {
			t.Fatal(err)
		}
		if _, _, err := e.Subscribe(ctx, id); err != nil {
			t.Fatal(err)
		}
		if _, err := e.calls.Handle(ctx, "w", signIn); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := l.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	waitGoroutines(t, open+10) // the server has some that come and go
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	waitGoroutines(t, before)
}

// waitGoroutines waits until at most so many are left: nothing tells the end of
// the libraries' own.
func waitGoroutines(t *testing.T, most int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > most {
		select {
		case <-tick.C:
		case <-ctx.Done():
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, want %d:\n%s", runtime.NumGoroutine(), most, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
