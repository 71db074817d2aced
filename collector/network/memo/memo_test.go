package memo

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"telegramtrac/collector/network"
)

func TestGraphsAreMadeOnce(t *testing.T) {
	var made atomic.Int64
	broken := errors.New("broken")
	fail := false
	g := New(func(context.Context, string) (*network.Graph, error) {
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
			if _, err := g.Of(ctx, "w", "1"); err != nil {
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
		if _, err := g.Of(ctx, "w", "2"); !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
	}
	if n := made.Load(); n != 3 {
		t.Errorf("a failure was kept: made %d times", n)
	}
	fail = false
	for i := range 100 {
		if _, err := g.Of(ctx, fmt.Sprint(i), "1"); err != nil {
			t.Error(err)
		}
	}
	if len(g.last) > mostGraphs {
		t.Errorf("%d are kept", len(g.last))
	}
}

// TestGraphPanics: all waiting requests get a panic as an error, and none hangs.
func TestGraphPanics(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	g := New(func(context.Context, string) (*network.Graph, error) {
		close(entered)
		<-release
		panic("a damaged part")
	})
	errs := make(chan error, 2)
	ask := func() {
		_, err := g.Of(t.Context(), "w", "1")
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
	kept := len(g.last)
	g.mu.Unlock()
	if kept != 0 {
		t.Error("the failure was kept")
	}
}

// gatedGraphs makes networks when let allows it; begun and ended report each build.
func gatedGraphs() (g *Graphs, begun, let chan struct{}, ended chan error) {
	begun, let, ended = make(chan struct{}), make(chan struct{}), make(chan error, 8)
	g = New(func(ctx context.Context, _ string) (*network.Graph, error) {
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

// waiters blocks until n requests wait for the network of w.
func (g *Graphs) waiters(n int) {
	for got := -1; got != n; runtime.Gosched() {
		g.mu.Lock()
		if got = 0; g.last["w"] != nil {
			got = g.last["w"].waiting
		}
		g.mu.Unlock()
	}
}

// TestGraphOutlivesTheFirst: when the first request leaves, the others still get the network.
func TestGraphOutlivesTheFirst(t *testing.T) {
	g, begun, let, _ := gatedGraphs()
	first, leave := context.WithCancel(t.Context())
	gone, others := make(chan error, 1), make(chan error, 2)
	go func() { _, err := g.Of(first, "w", "1"); gone <- err }()
	<-begun
	for range 2 {
		go func() { _, err := g.Of(t.Context(), "w", "1"); others <- err }()
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
	if _, err := g.Of(t.Context(), "w", "1"); err != nil { // cached: no build begins
		t.Errorf("afterwards: %v", err)
	}
}

// TestGraphNobodyWaitsFor: the last request leaves only after the build has ended, and the
// next request starts a new build.
func TestGraphNobodyWaitsFor(t *testing.T) {
	g, begun, let, ended := gatedGraphs()
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 2)
	for range 2 {
		go func() { _, err := g.Of(ctx, "w", "1"); gone <- err }()
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
	go func() { _, err := g.Of(t.Context(), "w", "1"); next <- err }()
	<-begun
	close(let)
	if err := <-next; err != nil {
		t.Errorf("the next one got %v", err)
	}
}

// TestGraphsWhileCollecting: requests during a collection join the running build, and then get
// its network while it is fresh.
func TestGraphsWhileCollecting(t *testing.T) {
	g, begun, let, ended := gatedGraphs()
	const looks = 20
	errs := make(chan error, looks)
	look := func(print string) { _, err := g.Recent(t.Context(), "w", print); errs <- err }
	go look("0")
	<-begun
	for i := range looks - 1 {
		go look(fmt.Sprint(i + 1))
	}
	g.waiters(looks) // all of them wait for the same build
	close(let)
	for range looks {
		if err := <-errs; err != nil {
			t.Errorf("a look got %v", err)
		}
	}
	g.last["w"].took = time.Hour // fresh for four hours
	if _, err := g.Recent(t.Context(), "w", "later"); err != nil || len(ended) != 1 {
		t.Errorf("%d made, want 1; %v", len(ended), err)
	}
}

// TestGraphGrowsOld: the page gets a cached network while it is fresh; files never get one of
// other data.
func TestGraphGrowsOld(t *testing.T) {
	made := 0
	g := New(func(context.Context, string) (*network.Graph, error) { made++; return &network.Graph{}, nil })
	look := func(get func(context.Context, string, string) (*network.Graph, error), print string, want int) {
		t.Helper()
		if _, err := get(t.Context(), "w", print); err != nil || made != want {
			t.Errorf("print %s: made %d times, want %d; %v", print, made, want, err)
		}
	}
	look(g.Recent, "1", 1)
	g.last["w"].took = time.Hour // fresh for four hours
	look(g.Recent, "2", 1)
	look(g.Of, "1", 1)
	look(g.Of, "2", 2)
	g.last["w"].took, g.last["w"].ended = time.Minute, time.Now().Add(-5*time.Minute)
	look(g.Recent, "3", 3)
	g.Drop("w")
	look(g.Recent, "3", 4)
}

// TestGraphsOneAfterTheOther: one network of a workspace is built at a time. Requests for
// other data during a build all share the next one.
func TestGraphsOneAfterTheOther(t *testing.T) {
	g, begun, let, ended := gatedGraphs()
	errs := make(chan error, 10)
	arrived := make(chan struct{})
	ask := func(print string) {
		arrived <- struct{}{}
		_, err := g.Of(t.Context(), "w", print)
		errs <- err
	}
	go ask("0")
	<-arrived
	<-begun
	for i := range 9 {
		go ask(fmt.Sprint(i + 1))
		<-arrived
	}
	let <- struct{}{}
	<-begun // the next build; earlier requests wait for it
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the first ended with %v", err)
		}
	default:
		t.Error("two are made at once")
	}
	close(let)
	for len(errs) < 10 {
		select {
		case <-begun: // for a request that came after the next build had begun
		case <-ended:
		default:
			runtime.Gosched()
		}
	}
	for range 10 {
		if err := <-errs; err != nil {
			t.Errorf("one who asked got %v", err)
		}
	}
}

// TestGraphsKept: the network to be dropped is the least recently requested, never one that is
// being built, and the size counts as well as the number.
func TestGraphsKept(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	size := 1
	g := New(func(_ context.Context, workspace string) (*network.Graph, error) {
		if workspace == "slow" {
			close(entered)
			<-release
		}
		return &network.Graph{Nodes: make([]network.Node, size)}, nil
	})
	get := func(workspace string) {
		t.Helper()
		if _, err := g.Of(t.Context(), workspace, "1"); err != nil {
			t.Error(err)
		}
	}
	kept := func(workspace string) bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.last[workspace] != nil
	}
	slow := make(chan error, 1)
	go func() { _, err := g.Of(t.Context(), "slow", "1"); slow <- err }()
	<-entered
	get("often")
	for i := range 3 * mostGraphs {
		get(fmt.Sprint(i))
		get("often")
	}
	g.mu.Lock()
	many := len(g.last)
	g.mu.Unlock()
	if !kept("slow") || !kept("often") || kept("0") || many > mostGraphs {
		t.Errorf("kept %d: the one in the making %v, the one asked for often %v, an old one %v", many, kept("slow"), kept("often"), kept("0"))
	}
	size = mostSize
	get("large")
	if !kept("large") || kept("often") || !kept("slow") {
		t.Errorf("besides a large one: that one is kept %v, others %v, the one in the making %v", kept("large"), kept("often"), kept("slow"))
	}
	close(release)
	if err := <-slow; err != nil {
		t.Error(err)
	}
}
