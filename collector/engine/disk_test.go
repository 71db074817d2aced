package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/store"
)

// TestDiskFull: while the disk is nearly full nothing is recorded and everything can be
// read and deleted; with room again it goes on.
func TestDiskFull(t *testing.T) {
	var free atomic.Uint64
	free.Store(1 << 40)
	e := open(t, Options{Free: func() (uint64, uint64, bool) { return free.Load(), 1 << 40, true }})
	id, err := e.Submit(t.Context(), "w", collector.Request{Channels: []string{"@a"}})
	if err != nil {
		t.Fatal(err)
	}
	free.Store(store.RecordRoom - 1)
	if _, err := e.Submit(t.Context(), "w", collector.Request{Channels: []string{"@b"}}); !errors.Is(err, ErrDiskFull) {
		t.Errorf("a new collection: %v", err)
	}
	if _, err := e.Collection(t.Context(), "w", id); err != nil {
		t.Errorf("reading: %v", err)
	}
	l, err := e.Acquire(t.Context(), "w")
	if err != nil {
		t.Fatalf("a lease, to delete with: %v", err)
	}
	if err := l.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if err := e.DropWorkspace(t.Context(), "w"); err != nil {
		t.Errorf("deleting: %v", err)
	}
	free.Store(0)
	if _, err := e.Acquire(t.Context(), "w2"); !errors.Is(err, ErrDiskFull) {
		t.Errorf("a lease on a disk without any room: %v", err)
	}
	free.Store(1 << 40)
	if _, err := e.Submit(t.Context(), "w2", collector.Request{Channels: []string{"@b"}}); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// eventually tries until it works: the engine restarts its server by itself.
func eventually(t *testing.T, what string, do func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for patience := time.Second; ; patience = min(2*patience, 20*time.Second) { // a request to a server that stops is lost
		try, end := context.WithTimeout(ctx, patience)
		err := do(try)
		end()
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%s: %v", what, err)
		}
		pause, end := context.WithTimeout(ctx, 50*time.Millisecond)
		<-pause.Done()
		end()
	}
}

// TestServerStops: when the server has stopped its store, as it does on a full disk, it
// is restarted, and who listened goes on listening.
func TestServerStops(t *testing.T) {
	t.Parallel() // a watch that lost its server waits for its heartbeat
	e := open(t, Options{})
	jobs, err := e.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.calls.Handle(t.Context(), "s", func(context.Context, string, []byte) (any, error) { return 1, nil })
	if err != nil {
		t.Fatal(err)
	}
	defer answer()
	id, err := e.Submit(t.Context(), "w", collector.Request{Channels: []string{"@a"}})
	if err != nil {
		t.Fatal(err)
	}
	<-jobs
	if err := e.store.Server().DisableJetStream(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "read", func(ctx context.Context) error { _, err := e.Collection(ctx, "w", id); return err })
	eventually(t, "submit", func(ctx context.Context) error {
		_, err := e.Submit(ctx, "w2", collector.Request{Channels: []string{"@b"}})
		return err
	})
	eventually(t, "call", func(ctx context.Context) error { return e.calls.Call(ctx, "s", "m", struct{}{}, nil) })
	select {
	case <-jobs: // of either: what was missed is told again
	case <-time.After(time.Minute):
		t.Error("the watch heard nothing after the restart")
	}
}

// TestRealDiskFull fills a real disk to its last byte.
func TestRealDiskFull(t *testing.T) {
	t.Parallel()
	dir := tmpfs(t, "32m")
	if dir == "" { // TestDiskFull does the same with a disk that only says so
		return
	}
	e := open(t, Options{Dir: filepath.Join(dir, "engine")}) // which does not look at the disk
	id, err := e.Submit(t.Context(), "w", collector.Request{Channels: []string{"@a"}})
	if err != nil {
		t.Fatal(err)
	}
	junk := filepath.Join(dir, "junk")
	fillDisk(t, junk)
	failed := false
	for n := 0; n < 3000 && !failed; n++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := e.Submit(ctx, "w", collector.Request{Channels: []string{"@a_long_name_of_a_channel"}})
		failed = err != nil
		cancel()
	}
	if !failed {
		t.Fatal("the disk never was full")
	}
	eventually(t, "read on a full disk", func(ctx context.Context) error { _, err := e.Collection(ctx, "w", id); return err })
	if err := os.Remove(junk); err != nil {
		t.Fatal(err)
	}
	eventually(t, "write with room again", func(ctx context.Context) error {
		_, err := e.Submit(ctx, "w2", collector.Request{Channels: []string{"@b"}})
		return err
	})
}

// fillDisk writes until there is no room.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}
