package workspace_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/loop"
)

// broken is a store whose compactions are broken off now and then, while pages come.
type broken struct {
	store *staging.Writer
	pages atomic.Int64
	stop  atomic.Pointer[context.CancelFunc] // of the compaction under way
}

// TestCollectingBesideCompaction: collections of several channels, the compaction of what they
// have stored so far, which is broken off now and then, and readers share a dataset. Nothing is
// lost or doubled by it, and the race detector has something to look at.
func TestCollectingBesideCompaction(t *testing.T) {
	t.Parallel()
	const channels, messages = 3, 2500
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &broken{store: d.Writer(1)}
	ctx, over := context.WithCancel(t.Context())
	var collecting, beside sync.WaitGroup
	for id := int64(1); id <= channels; id++ {
		collecting.Go(func() { b.collect(t, id, messages) })
	}
	beside.Go(func() { b.compactUntil(t, ctx, channels) })
	beside.Go(func() {
		for ctx.Err() == nil {
			rowsOf(t, d)
		}
	})
	collecting.Wait()
	over()
	beside.Wait()
	for id := int64(1); id <= channels; id++ {
		if err := b.store.Compact(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if n := rowsOf(t, d); n != channels*messages {
		t.Errorf("%d rows, want %d", n, channels*messages)
	}
}

// collect collects a channel twice: the second time there is nothing to do.
func (b *broken) collect(t *testing.T, id int64, messages int) {
	var ids []int64
	for n := range int64(messages) {
		ids = append(ids, 1+n+n/20) // every 21st is absent
	}
	name := fmt.Sprint("channel_", id)
	src := collectortest.NewSource(collectortest.NewChannel(id, name, ids...))
	src.OnPage = func(context.Context, int64, int64) error {
		if stop := b.stop.Load(); b.pages.Add(1)%16 == 0 && stop != nil {
			(*stop)()
		}
		return nil
	}
	for run := range 2 {
		got, err := loop.Collect(t.Context(), loop.Run{ID: fmt.Sprint(name, run), Source: src, Store: b.store, MaxInFlight: 4,
			Request: collector.Request{Channels: []string{name}}})
		if err != nil || got[0].State != collector.Done || got[0].Messages+got[0].Service != int64(messages) ||
			got[0].Accounted() != got[0].Span() {
			t.Errorf("run %d: %+v, %v", run, got, err)
		}
	}
}

// compactUntil compacts one channel after the other until ctx ends.
func (b *broken) compactUntil(t *testing.T, ctx context.Context, channels int64) {
	for id := int64(1); ctx.Err() == nil; id = id%channels + 1 {
		each, stop := context.WithCancel(ctx)
		b.stop.Store(&stop)
		if err := b.store.Compact(each, id); err != nil && each.Err() == nil {
			t.Error(err)
		}
		stop()
	}
}

// rowsOf counts the rows, each of which has to be there once.
func rowsOf(t *testing.T, d *dataset.Dataset) (n int) {
	t.Helper()
	seen := map[[2]int64]bool{}
	for m, err := range d.Scan(t.Context(), 0) {
		if err != nil {
			t.Error(err)
			return n
		}
		if key := [2]int64{m.ChannelID, m.ID}; seen[key] {
			t.Errorf("message %d of channel %d came twice", m.ID, m.ChannelID)
		} else {
			seen[key] = true
		}
		n++
	}
	return n
}
