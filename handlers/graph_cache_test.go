package handlers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"telegramtrac/collector/network"
)

func TestGraphsAreMadeOnce(t *testing.T) {
	var made atomic.Int64
	broken := errors.New("broken")
	fail := false
	g := newGraphs(func(context.Context, string) (*network.Graph, error) {
		made.Add(1)
		if fail {
			return nil, broken
		}
		return &network.Graph{}, nil
	})
	ctx := context.Background()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := g.of(ctx, "w", "1"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
	fail = true
	for range 2 {
		if _, err := g.of(ctx, "w", "2"); !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
	}
	if n := made.Load(); n != 3 {
		t.Errorf("a failure was kept: made %d times", n)
	}
	fail = false
	for i := range 100 {
		if _, err := g.of(ctx, fmt.Sprint(i), "1"); err != nil {
			t.Error(err)
		}
	}
	if len(g.kept) > graphsKept {
		t.Errorf("%d are kept", len(g.kept))
	}
}

// TestGraphPanics: a panic is everyone's error, and nobody waits for ever.
func TestGraphPanics(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	g := newGraphs(func(context.Context, string) (*network.Graph, error) {
		close(entered)
		<-release
		panic("a damaged part")
	})
	errs := make(chan error, 2)
	ask := func() {
		_, err := g.of(t.Context(), "w", "1")
		errs <- err
	}
	go ask()
	<-entered
	go ask()
	close(release)
	if err := <-errs; err == nil || !strings.Contains(err.Error(), "a damaged part") {
		t.Errorf("error %v", err)
	}
	g.mu.Lock()
	kept := len(g.kept)
	g.mu.Unlock()
	if kept != 0 {
		t.Error("the failure was kept")
	}
}
