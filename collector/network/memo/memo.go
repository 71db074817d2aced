// Package memo keeps the last network of each workspace until its data changes: the tab and
// the drawing ask for the same one in quick succession, and a layout of thousands of channels
// takes seconds.
package memo

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

// How many networks of all workspaces are remembered, and how many channels and ties they may
// have together. The one that was asked for last is always remembered.
const (
	mostGraphs = 16
	mostSize   = 1 << 20 // some 200 MB
)

// Graphs are the networks that are remembered. One network of a workspace is made at a
// time.
type Graphs struct {
	build func(ctx context.Context, workspace string) (*network.Graph, error)

	mu    sync.Mutex
	last  map[string]*made
	begun uint64 // how many were begun
	asked uint64 // how often one was asked for
}

type made struct {
	fingerprint string // of the data it was made from
	number      uint64 // of those that were begun
	done        chan struct{}
	graph       *network.Graph
	err         error
	ended       time.Time
	took        time.Duration

	asked   uint64             // when it was asked for last, in numbers of askings
	waiting int                // how many wait for it
	cancel  context.CancelFunc // ends the making
}

// isMade reports whether the making has ended.
func (k *made) isMade() bool {
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
func (k *made) fresh() bool {
	return k.err == nil && time.Since(k.ended) < max(freshFor, freshTimes*k.took)
}

// How long a network may lag behind the data on the page, at least, and in
// times of what it took to make it. Files never lag.
const (
	freshFor   = time.Second
	freshTimes = 4
)

// New remembers the networks that build makes.
func New(build func(ctx context.Context, workspace string) (*network.Graph, error)) *Graphs {
	return &Graphs{build: build, last: map[string]*made{}}
}

// Of returns the network of a workspace whose data has a fingerprint, or one of which
// the making began later than that fingerprint was taken.
func (g *Graphs) Of(ctx context.Context, workspace, fingerprint string) (*network.Graph, error) {
	return g.get(ctx, workspace, fingerprint, false)
}

// Recent returns the network of a workspace that is being made, whatever the fingerprint
// of its data, or the remembered one if it is fresh, else that of the data as it is.
func (g *Graphs) Recent(ctx context.Context, workspace, fingerprint string) (*network.Graph, error) {
	return g.get(ctx, workspace, fingerprint, true)
}

// get waits for a network, beginning it where there is none. It is made for all
// who wait, so it ends early only when the last of them has gone.
func (g *Graphs) get(ctx context.Context, workspace, fingerprint string, lag bool) (*network.Graph, error) {
	g.mu.Lock()
	since := g.begun
	g.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		k, mine := g.join(ctx, workspace, fingerprint, since, lag)
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
func (g *Graphs) join(ctx context.Context, workspace, fingerprint string, since uint64, lag bool) (k *made, mine bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k = g.last[workspace]
	switch {
	case k == nil:
	case k.fingerprint == fingerprint, k.number > since, lag && (!k.isMade() || k.fresh()):
		g.wait(k)
		return k, true
	case !k.isMade():
		return k, false
	}
	g.begun++
	k = &made{fingerprint: fingerprint, number: g.begun, done: make(chan struct{})}
	g.last[workspace] = k
	g.wait(k)
	g.makeRoom()
	ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go g.make(ctx, workspace, k) // ends when it is made, or with the last who waits
	return k, true
}

// wait counts one more who waits. The caller holds mu.
func (g *Graphs) wait(k *made) {
	g.asked++
	k.asked, k.waiting = g.asked, k.waiting+1
}

// await waits until a network is made or ctx ends.
func (g *Graphs) await(ctx context.Context, workspace string, k *made) (*network.Graph, error) {
	select {
	case <-k.done:
	case <-ctx.Done():
	}
	if g.leave(workspace, k) {
		<-k.done // the last one sees to it that nothing goes on reading
	}
	if !k.isMade() {
		return nil, ctx.Err()
	}
	return k.graph, cmp.Or(ctx.Err(), k.err)
}

// leave ends waiting, and reports whether nobody is left. A making that nobody
// waits for is ended, and whoever asks next has another one begun.
func (g *Graphs) leave(workspace string, k *made) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if k.waiting--; k.waiting > 0 {
		return false
	}
	if !k.isMade() {
		k.cancel()
		if g.last[workspace] == k {
			delete(g.last, workspace)
		}
	}
	return true
}

// errNotMade stands where a build ended without saying how.
var errNotMade = errors.New("the network was not made")

// make builds a network. However that ends, those who wait are let go, and a
// failure is not kept.
func (g *Graphs) make(ctx context.Context, workspace string, k *made) {
	k.err = errNotMade
	begun := time.Now()
	defer k.cancel()
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		k.ended, k.took = time.Now(), time.Since(begun)
		if k.err != nil && g.last[workspace] == k {
			delete(g.last, workspace)
		}
		close(k.done)
		g.makeRoom() // now its size is known
	}()
	k.err = collector.Recovered(func() (err error) {
		k.graph, err = g.build(ctx, workspace)
		return err
	})
}

// makeRoom drops the networks that nobody has asked for the longest while there
// are too many or too large ones. It never drops one that is being made, which would then
// be made twice. The caller holds mu.
func (g *Graphs) makeRoom() {
	type old struct {
		workspace string
		asked     uint64
		size      int
	}
	var done []old
	many, size := len(g.last), 0
	for workspace, k := range g.last {
		if k.isMade() && k.graph != nil {
			done = append(done, old{workspace, k.asked, len(k.graph.Nodes) + len(k.graph.Edges)})
			size += done[len(done)-1].size
		}
	}
	slices.SortFunc(done, func(a, b old) int { return cmp.Compare(a.asked, b.asked) })
	for _, o := range done {
		if many <= mostGraphs && size <= mostSize || g.last[o.workspace].asked == g.asked {
			return
		}
		delete(g.last, o.workspace)
		many, size = many-1, size-o.size
	}
}

// Drop forgets the network of a workspace that is deleted. Those who wait for it still get
// it.
func (g *Graphs) Drop(workspace string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.last, workspace)
}
