package engine

import (
	"context"
	"sync"
	"testing"

	"telegramtrac/collector"
)

// TestReadsWhileRecordsChange: a collection is there for whoever reads it, alone or
// among others, also while its records are written anew.
func TestReadsWhileRecordsChange(t *testing.T) {
	e := open(t, Options{})
	const w = "ann"
	id, err := e.Submit(t.Context(), w, collector.Request{Channels: []string{"@a"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{haveKey(w, id), haveKey(w, id) + ".1", haveKey(w, id) + ".2"} {
		if err := e.collections.Put(t.Context(), key, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			_ = e.Ask(ctx, w, id, Pause) // ends with its context
			_ = e.Ask(ctx, w, id, Run)
		}
	})
	for range 800 {
		if _, err := e.Collection(t.Context(), w, id); err != nil {
			t.Error(err)
			break
		}
		all, err := e.WholeCollections(t.Context(), w)
		if err != nil || len(all) != 1 {
			t.Errorf("%d collections, %v; want one", len(all), err)
			break
		}
	}
	stop()
	wg.Wait()
}
