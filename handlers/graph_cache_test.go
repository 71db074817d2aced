package handlers

import (
	"context"
	"errors"
	"fmt"
	"runtime"
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
	g.waiters(2)
	close(release)
	for range 2 {
		if err := <-errs; err == nil || !strings.Contains(err.Error(), "a damaged part") {
			t.Errorf("error %v", err)
		}
	}
	g.mu.Lock()
	kept := len(g.kept)
	g.mu.Unlock()
	if kept != 0 {
		t.Error("the failure was kept")
	}
}

// gatedGraphs makes networks when it is let; it tells of each begin and end.
func gatedGraphs() (g *graphs, begun, let chan struct{}, ended chan error) {
	begun, let, ended = make(chan struct{}), make(chan struct{}), make(chan error, 8)
	g = newGraphs(func(ctx context.Context, _ string) (*network.Graph, error) {
		begun <- struct{}{}
		select {
		case <-let:
		case <-ctx.Done():
		}
		ended <- ctx.Err()
		return &network.Graph{}, ctx.Err()
	})
	return g, begun, let, ended
}

// waiters waits until so many wait for the network of w.
func (g *graphs) waiters(n int) {
	for got := -1; got != n; runtime.Gosched() {
		g.mu.Lock()
		if got = 0; g.kept["w"] != nil {
			got = g.kept["w"].waiting
		}
		g.mu.Unlock()
	}
}

// TestGraphOutlivesTheFirst: whoever asked first and goes away takes the network
// from nobody else.
func TestGraphOutlivesTheFirst(t *testing.T) {
	g, begun, let, _ := gatedGraphs()
	first, leave := context.WithCancel(t.Context())
	gone, others := make(chan error, 1), make(chan error, 2)
	go func() { _, err := g.of(first, "w", "1"); gone <- err }()
	<-begun
	for range 2 {
		go func() { _, err := g.of(t.Context(), "w", "1"); others <- err }()
	}
	g.waiters(3)
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left got %v", err)
	}
	close(let)
	for range 2 {
		if err := <-others; err != nil {
			t.Errorf("one who waited got %v", err)
		}
	}
	if _, err := g.of(t.Context(), "w", "1"); err != nil { // kept: nothing is begun
		t.Errorf("afterwards: %v", err)
	}
}

// TestGraphNobodyWaitsFor: when the last one leaves, the making has ended before
// they are gone, and it is begun anew for whoever comes next.
func TestGraphNobodyWaitsFor(t *testing.T) {
	g, begun, let, ended := gatedGraphs()
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 2)
	for range 2 {
		go func() { _, err := g.of(ctx, "w", "1"); gone <- err }()
	}
	<-begun
	g.waiters(2)
	leave()
	for range 2 {
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("one who left got %v", err)
		}
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it was made for nobody")
		}
	default:
		t.Error("it is still being made")
	}
	next := make(chan error, 1)
	go func() { _, err := g.of(t.Context(), "w", "1"); next <- err }()
	<-begun
	close(let)
	if err := <-next; err != nil {
		t.Errorf("the next one got %v", err)
	}
}
