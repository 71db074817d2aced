package handlers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
)

// What is kept of the networks of all workspaces together: so many, and of so
// many channels and ties. The one that was asked for last is always kept.
const (
	graphsKept = 16
	graphsSize = 1 << 20 // some 200 MB
)

// graphs keeps the last network of each workspace until its data changes: the
// tab and the drawing ask for the same one in quick succession, and a layout of
// thousands of channels takes seconds. Of a workspace one network is made at a
// time.
type graphs struct {
	build func(ctx context.Context, workspace string) (*network.Graph, error)

	mu    sync.Mutex
	kept  map[string]*keptGraph
	begun uint64 // how many were begun
	asked uint64 // how often one was asked for
}

type keptGraph struct {
	print  string // of the data it was made from
	number uint64 // of those that were begun
	done   chan struct{}
	graph  *network.Graph
	err    error
	ended  time.Time
	took   time.Duration

	asked   uint64             // when it was asked for last, in numbers of askings
	waiting int                // how many wait for it
	cancel  context.CancelFunc // ends the making
}

// made reports whether the making has ended.
func (k *keptGraph) made() bool {
	select {
	case <-k.done:
		return true
	default:
		return false
	}
}

// fresh reports whether a network that is made is young enough to be looked at
// while a collection adds to it: making it anew for every look would keep the
// machine from collecting.
func (k *keptGraph) fresh() bool {
	return k.err == nil && time.Since(k.ended) < max(freshFor, freshTimes*k.took)
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

// of returns the network of a workspace whose data has a print, or one of which
// the making began later than that print was taken.
func (g *graphs) of(ctx context.Context, workspace, print string) (*network.Graph, error) {
	return g.get(ctx, workspace, print, false)
}

// recent returns the network of a workspace that is being made, whatever the
// print of its data, or the kept one if it is fresh, else that of the data as
// it is.
func (g *graphs) recent(ctx context.Context, workspace, print string) (*network.Graph, error) {
	return g.get(ctx, workspace, print, true)
}

// get waits for a network, beginning it where there is none. It is made for all
// who wait, so it ends early only when the last of them has gone.
func (g *graphs) get(ctx context.Context, workspace, print string, lag bool) (*network.Graph, error) {
	g.mu.Lock()
	since := g.begun
	g.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		k, mine := g.join(ctx, workspace, print, since, lag)
		if mine {
			return g.await(ctx, workspace, k)
		}
		select { // one of older data is being made: two at once take longer than one after the other
		case <-k.done:
		case <-ctx.Done():
		}
	}
}

// join begins to wait for a network; the first one has it made. It reports
// whether the network is one to wait for, or one that is only in the way.
func (g *graphs) join(ctx context.Context, workspace, print string, since uint64, lag bool) (k *keptGraph, mine bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k = g.kept[workspace]
	switch {
	case k == nil:
	case k.print == print, k.number > since, lag && (!k.made() || k.fresh()):
		g.wait(k)
		return k, true
	case !k.made():
		return k, false
	}
	g.begun++
	k = &keptGraph{print: print, number: g.begun, done: make(chan struct{})}
	g.kept[workspace] = k
	g.wait(k)
	g.makeRoom()
	ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go g.make(ctx, workspace, k) // ends when it is made, or with the last who waits
	return k, true
}

// wait counts one more who waits. The caller holds mu.
func (g *graphs) wait(k *keptGraph) {
	g.asked++
	k.asked, k.waiting = g.asked, k.waiting+1
}

// await waits until a network is made or ctx ends.
func (g *graphs) await(ctx context.Context, workspace string, k *keptGraph) (*network.Graph, error) {
	select {
	case <-k.done:
	case <-ctx.Done():
	}
	if g.leave(workspace, k) {
		<-k.done // the last one sees to it that nothing goes on reading
	}
	if !k.made() {
		return nil, ctx.Err()
	}
	return k.graph, cmp.Or(ctx.Err(), k.err)
}

// leave ends waiting, and reports whether nobody is left. A making that nobody
// waits for is ended, and whoever asks next has another one begun.
func (g *graphs) leave(workspace string, k *keptGraph) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if k.waiting--; k.waiting > 0 {
		return false
	}
	if !k.made() {
		k.cancel()
		if g.kept[workspace] == k {
			delete(g.kept, workspace)
		}
	}
	return true
}

// errNotMade stands where a build ended without saying how.
var errNotMade = errors.New("the network was not made")

// make builds a network. However that ends, those who wait are let go, and a
// failure is not kept.
func (g *graphs) make(ctx context.Context, workspace string, k *keptGraph) {
	k.err = errNotMade
	begun := time.Now()
	defer k.cancel()
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		k.ended, k.took = time.Now(), time.Since(begun)
		if k.err != nil && g.kept[workspace] == k {
			delete(g.kept, workspace)
		}
		close(k.done)
		g.makeRoom() // now its size is known
	}()
	k.err = collector.Recovered(func() (err error) {
		k.graph, err = g.build(ctx, workspace)
		return err
	})
}

// makeRoom drops the networks that were not asked for the longest while there
// are too many or too large ones, never one that is being made: it would be made
// twice. The caller holds mu.
func (g *graphs) makeRoom() {
	type old struct {
		workspace string
		asked     uint64
		size      int
	}
	var made []old
	many, size := len(g.kept), 0
	for workspace, k := range g.kept {
		if k.made() && k.graph != nil {
			made = append(made, old{workspace, k.asked, len(k.graph.Nodes) + len(k.graph.Edges)})
			size += made[len(made)-1].size
		}
	}
	slices.SortFunc(made, func(a, b old) int { return cmp.Compare(a.asked, b.asked) })
	for _, o := range made {
		if many <= graphsKept && size <= graphsSize || g.kept[o.workspace].asked == g.asked {
			return
		}
		delete(g.kept, o.workspace)
		many, size = many-1, size-o.size
	}
}

// drop forgets the network of a workspace that is deleted. Who waits for it gets
// it still.
func (g *graphs) drop(workspace string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.kept, workspace)
}
