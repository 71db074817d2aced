package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"telegramtrac/collector/dataset"
	"telegramtrac/collector/network"
)

// graphsKept is how many workspaces' networks are kept.
const graphsKept = 16

// graphs keeps the last network of each workspace until its data changes: the
// tab and the drawing ask for the same one in quick succession, and a layout of
// thousands of channels takes seconds.
type graphs struct {
	build func(ctx context.Context, workspace string) (*network.Graph, error)

	mu   sync.Mutex
	kept map[string]*keptGraph
}

type keptGraph struct {
	print string // of the data it was made from
	done  chan struct{}
	graph *network.Graph
	err   error
	ended time.Time
	took  time.Duration

	waiting int                // how many wait for it
	cancel  context.CancelFunc // ends the making
}

// fresh reports whether a network is made and young enough to be looked at
// while a collection adds to it: making it anew for every look would keep the
// machine from collecting.
func (k *keptGraph) fresh() bool {
	select {
	case <-k.done:
		return k.err == nil && time.Since(k.ended) < max(freshFor, freshTimes*k.took)
	default:
		return false
	}
}

// How long a network may lag behind the data on the page, at least, and in
// times of what it took to make it. Files never lag.
const (
	freshFor   = time.Second
	freshTimes = 4
)

func newGraphs(build func(ctx context.Context, workspace string) (*network.Graph, error)) *graphs {
	return &graphs{build: build, kept: map[string]*keptGraph{}}
}

// of returns the network of a workspace whose data has a fingerprint. Who asks
// for one that is being made waits for it. It is made for all who wait, so it ends
// early only when the last of them has gone.
func (g *graphs) of(ctx context.Context, workspace, print string) (*network.Graph, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	k := g.join(ctx, workspace, print)
	select {
	case <-k.done:
	case <-ctx.Done():
	}
	if g.leave(workspace, k) {
		<-k.done // the last one sees to it that nothing goes on reading
	}
	select {
	case <-k.done:
		return k.graph, cmp.Or(ctx.Err(), k.err)
	default:
		return nil, ctx.Err()
	}
}

// join begins to wait for a network; the first one has it made.
func (g *graphs) join(ctx context.Context, workspace, print string) *keptGraph {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := g.kept[workspace]
	if k == nil || k.print != print {
		k = &keptGraph{print: print, done: make(chan struct{})}
		g.keep(workspace, k)
		ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
		go g.make(ctx, workspace, k) // ends when it is made, or with the last who waits
	}
	k.waiting++
	return k
}

// leave ends waiting, and reports whether nobody is left. A making that nobody
// waits for is ended, and whoever asks next has another one begun.
func (g *graphs) leave(workspace string, k *keptGraph) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if k.waiting--; k.waiting > 0 {
		return false
	}
	select {
	case <-k.done:
	default:
		k.cancel()
		if g.kept[workspace] == k {
			delete(g.kept, workspace)
		}
	}
	return true
}

// recent returns the kept network of a workspace if it is fresh, else that of
// the data as it is.
func (g *graphs) recent(ctx context.Context, workspace, print string) (*network.Graph, error) {
	g.mu.Lock()
	k := g.kept[workspace]
	g.mu.Unlock()
	if k != nil && k.fresh() {
		return k.graph, nil
	}
	return g.of(ctx, workspace, print)
}

// errNotMade stands where a build ended without saying how.
var errNotMade = errors.New("the network was not made")

// make builds a network. However that ends, those who wait are let go, and a
// failure is not kept.
func (g *graphs) make(ctx context.Context, workspace string, k *keptGraph) {
	k.err = errNotMade
	begun := time.Now()
	defer k.cancel()
	defer close(k.done)
	defer func() { k.ended, k.took = time.Now(), time.Since(begun) }()
	defer func() {
		if k.err != nil {
			g.forget(workspace, k)
		}
	}()
	k.err = unpanicked(func() (err error) {
		k.graph, err = g.build(ctx, workspace)
		return err
	})
}

// keep makes room by dropping any other. The caller holds mu.
func (g *graphs) keep(workspace string, k *keptGraph) {
	for other := range g.kept {
		if len(g.kept) < graphsKept {
			break
		}
		delete(g.kept, other)
	}
	g.kept[workspace] = k
}

func (g *graphs) forget(workspace string, k *keptGraph) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kept[workspace] == k {
		delete(g.kept, workspace)
	}
}

// fingerprint changes whenever the data does.
func fingerprint(all []dataset.ChannelSummary) string {
	var b strings.Builder
	for _, ch := range all {
		fmt.Fprintf(&b, "%d:%d:%d:%d:%d;", ch.ID, ch.Count.Messages, ch.Count.Service, ch.Count.Absent, ch.Updated.UnixMicro())
	}
	return b.String()
}
