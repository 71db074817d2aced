package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"telegramtrac/collector"
)

// clock is a clock that a test may put forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }
func (c *clock) options(t testing.TB, ttl time.Duration) Options {
	return Options{Dir: t.TempDir(), Now: c.now, LeaseTTL: ttl}
}

// acquireLater acquires in a goroutine and sends what it got.
func acquireLater(ctx context.Context, e *Engine, workspace string) <-chan *Lease {
	got := make(chan *Lease, 1)
	go func() {
		defer close(got)
		if l, err := e.Acquire(ctx, workspace); err == nil {
			got <- l
		}
	}()
	return got
}

func TestSecondHolderWaits(t *testing.T) {
	e := open(t, Options{})
	first := acquire(t, e, "w")
	waiting := acquireLater(t.Context(), e, "w")
	other := acquire(t, e, "other") // is free at once
	select {
	case <-waiting:
		t.Fatal("two holders at once")
	default:
	}
	if err := first.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := receive(t, waiting)
	if second.Revision() <= first.Revision() || second.Revision() <= other.Revision() {
		t.Errorf("revisions: got %d after %d and %d, want it to grow", second.Revision(), first.Revision(), other.Revision())
	}
	if first.Alive() || !second.Alive() {
		t.Errorf("alive: got %v and %v, want the second", first.Alive(), second.Alive())
	}
	if err := first.Release(t.Context()); err != nil { // does nothing the second time
		t.Fatal(err)
	}
	if err := second.Save(t.Context(), submit(t, e, "w", "@a"), collector.Collection{State: collector.Running}); err != nil {
		t.Errorf("the second saves: %v", err)
	}
}

func TestAcquireEndsWithContext(t *testing.T) {
	e := open(t, Options{})
	acquire(t, e, "w")
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error, 1)
	go func() {
		_, err := e.Acquire(ctx, "w")
		got <- err
	}()
	cancel()
	if err := receive(t, got); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
}

func TestLeaseIsRenewed(t *testing.T) {
	t.Parallel()
	e := open(t, Options{LeaseTTL: 1500 * time.Millisecond})
	l := acquire(t, e, "w")
	w, err := e.store.Leases.Watch(t.Context(), []string{"w"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.End()
	before := uint64(0)
	for n := 0; n < 5; { // past its TTL
		it := receive(t, w.Updates())
		if it == nil {
			continue
		}
		if n++; it.Revision() <= before {
			t.Errorf("revision %d after %d", it.Revision(), before)
		}
		before = it.Revision()
	}
	if !l.Alive() {
		t.Error("it was renewed, but is not alive")
	}
	if l.Revision() >= before {
		t.Errorf("its number changed: %d", l.Revision())
	}
}

// A holder whose process was frozen finds out by its clock, before anybody
// tells it, and writes no more.
func TestFrozenHolderLosesByItsClock(t *testing.T) {
	t.Parallel()
	var c clock
	e := open(t, c.options(t, 600*time.Millisecond))
	id := submit(t, e, "w", "@a")
	first := acquire(t, e, "w")
	next(t, first, id)
	save(t, first, id, collector.Running)
	waiting := acquireLater(t.Context(), e, "w")

	c.forward(time.Hour)
	if first.Alive() {
		t.Error("alive after an hour")
	}
	if err := first.Save(t.Context(), id, collector.Collection{State: collector.Done}); !errors.Is(err, ErrReplaced) {
		t.Errorf("Save: got %v, want ErrReplaced", err)
	}
	if _, _, err := first.Next(t.Context()); !errors.Is(err, ErrReplaced) {
		t.Errorf("Next: got %v, want ErrReplaced", err)
	}
	if err := first.Publish(id, Event{}); !errors.Is(err, ErrReplaced) {
		t.Errorf("Publish: got %v, want ErrReplaced", err)
	}
	receiveEnd(t, first.Lost())
	if err := first.Release(t.Context()); err != nil {
		t.Errorf("Release: %v", err)
	}
	second := receive(t, waiting) // when the key has run out
	if task := next(t, second, id); task.Record.State != collector.Running {
		t.Errorf("state: got %s, want running", task.Record.State)
	}
}

// A lease that has run out is noticed by its own goroutine, though nothing is
// asked of it.
func TestLostWithoutBeingAsked(t *testing.T) {
	t.Parallel()
	var c clock
	e := open(t, c.options(t, 300*time.Millisecond))
	l := acquire(t, e, "w")
	c.forward(time.Hour)
	receiveEnd(t, l.Lost())
}

// Two holders at once, as when the first one's clock stands still: the later
// lease wins, whoever writes first.
func TestLaterLeaseWins(t *testing.T) {
	e := open(t, Options{})
	id := submit(t, e, "w", "@a")
	first := acquire(t, e, "w")
	next(t, first, id)
	save(t, first, id, collector.Running)

	if err := e.store.Leases.KV.Delete(t.Context(), "w"); err != nil { // as if it had run out
		t.Fatal(err)
	}
	second := acquire(t, e, "w")
	next(t, second, id)
	if !first.Alive() {
		t.Fatal("the first has noticed already")
	}
	// A late write of the first does not stop the second …
	save(t, first, id, collector.Waiting)
	save(t, second, id, collector.Running)
	// … but the second's stops the first.
	if err := first.Save(t.Context(), id, collector.Collection{State: collector.Done}); !errors.Is(err, ErrReplaced) {
		t.Errorf("Save: got %v, want ErrReplaced", err)
	}
	receiveEnd(t, first.Lost())
	if got := collection(t, e, "w", id).State; got != collector.Running {
		t.Errorf("state: got %s, want the second's", got)
	}
	if !second.Alive() {
		t.Error("the second is not alive")
	}
}

// The same for a channel that the first has never written.
func TestLaterLeaseWinsForNewChannels(t *testing.T) {
	e := open(t, Options{})
	id := submit(t, e, "w", "@a")
	first := acquire(t, e, "w")
	next(t, first, id)
	if err := e.store.Leases.KV.Delete(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	second := acquire(t, e, "w")
	next(t, second, id)
	if err := second.SaveChannel(t.Context(), id, 0, collector.Progress{Messages: 2}); err != nil {
		t.Fatal(err)
	}
	if err := first.SaveChannel(t.Context(), id, 0, collector.Progress{Messages: 1}); !errors.Is(err, ErrReplaced) {
		t.Errorf("SaveChannel: got %v, want ErrReplaced", err)
	}
	if got := collection(t, e, "w", id).Messages; got != 2 {
		t.Errorf("messages: got %d, want 2", got)
	}
}

// A lease taken by someone else is lost at its next renewal.
func TestTakenLeaseIsLost(t *testing.T) {
	t.Parallel()
	e := open(t, Options{LeaseTTL: 1500 * time.Millisecond})
	first := acquire(t, e, "w")
	if err := e.store.Leases.KV.Delete(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	second := acquire(t, e, "w")
	receiveEnd(t, first.Lost())
	if err := first.Release(t.Context()); err != nil {
		t.Errorf("Release: %v", err)
	}
	if !second.Alive() {
		t.Error("the second is not alive")
	}
}

// A write whose answer was lost is known again by the lease's number.
func TestOwnMismatch(t *testing.T) {
	e := open(t, Options{})
	id := submit(t, e, "w", "@a")
	l := acquire(t, e, "w")
	next(t, l, id)
	save(t, l, id, collector.Running)
	// an unheard Save
	if err := e.collections.PutJSON(t.Context(), haveKey("w", id), had{Lease: l.Revision(), State: collector.Waiting}); err != nil {
		t.Fatal(err)
	}
	save(t, l, id, collector.Done)
	if got := collection(t, e, "w", id).State; got != collector.Done {
		t.Errorf("state: got %s, want done", got)
	}
}

func TestReleasedLease(t *testing.T) {
	e := open(t, Options{})
	id := submit(t, e, "w", "@a")
	l := acquire(t, e, "w")
	if err := l.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.Save(t.Context(), id, collector.Collection{State: collector.Done}); !errors.Is(err, ErrReplaced) {
		t.Errorf("Save: got %v, want ErrReplaced", err)
	}
	select {
	case <-l.Lost():
		t.Error("a released lease is not lost")
	default:
	}
}

// TestAcquireCanceled: whoever stops waiting in the middle leaves nothing behind
// that would hold up the next one until it runs out, and takes nobody's lease.
func TestAcquireCanceled(t *testing.T) {
	e := open(t, Options{}) // 15 s
	left := 0
	for i := range 300 {
		w := fmt.Sprintf("w%d", i)
		ctx, cancel := context.WithCancel(t.Context())
		stopped := time.AfterFunc(time.Duration(i)*5*time.Microsecond, cancel)
		l, err := e.Acquire(ctx, w)
		stopped.Stop()
		cancel()
		if err == nil {
			if err := l.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
		} else {
			left++
		}
		if it, err := e.store.Leases.Entry(t.Context(), w); err != nil || it.Revision != 0 {
			t.Fatalf("after %d µs the lease is still taken (%v)", i*5, err)
		}
	}
	if left == 0 {
		t.Error("no wait was stopped in its middle")
	}
}
