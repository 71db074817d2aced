// Package memo caches the last network of each workspace until its data changes: the tab and
// the drawing ask for the same network in quick succession, and a layout of thousands of
// channels takes seconds.
//
// golang.org/x/sync/singleflight cannot end a build with the last of those who wait for it, and an
// LRU cannot keep what is still being built: both would need as much around them as this is.
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

// Limits of the cache over all workspaces: networks, and their channels and ties together. The
// network that was requested last always stays.
const (
	mostGraphs = 16
	mostSize   = 1 << 20 // some 200 MB
)

// Graphs is the cache. It builds one network of a workspace at a time.
type Graphs struct {
	build func(ctx context.Context, workspace string) (*network.Graph, error)

	mu    sync.Mutex
	last  map[string]*made
	begun uint64 // builds so far
	asked uint64 // requests so far
}

type made struct {
	fingerprint string // of the data it was made from
	number      uint64 // of the build, counted in Graphs.begun
	done        chan struct{}
	graph       *network.Graph
	err         error
	ended       time.Time
	took        time.Duration

	asked   uint64             // number of the last request for it
	waiting int                // requests that wait for it
	cancel  context.CancelFunc // cancels the build
}

// isMade reports whether the build has ended.
func (k *made) isMade() bool {
	select {
	case <-k.done:
		return true
	default:
		return false
	}
}

// fresh reports whether a built network is recent enough for the page while a collection adds
// to its data: building for every request would slow the collection down.
func (k *made) fresh() bool {
	return k.err == nil && time.Since(k.ended) < max(freshFor, freshTimes*k.took)
}

// How long the page may show a network after its data changed: at least freshFor, and
// freshTimes the time that the build took. Files are always current.
const (
	freshFor   = time.Second
	freshTimes = 4
)

// New returns a cache of the networks that build makes.
func New(build func(ctx context.Context, workspace string) (*network.Graph, error)) *Graphs {
	return &Graphs{build: build, last: map[string]*made{}}
}

// Of returns a workspace's network for the fingerprint of its data, or one whose build began
// after this call.
func (g *Graphs) Of(ctx context.Context, workspace, fingerprint string) (*network.Graph, error) {
	return g.get(ctx, workspace, fingerprint, false)
}

// Recent returns the workspace's network that is being built, whatever its fingerprint, or the
// cached one if it is fresh, else that of the current data.
func (g *Graphs) Recent(ctx context.Context, workspace, fingerprint string) (*network.Graph, error) {
	return g.get(ctx, workspace, fingerprint, true)
}

// get waits for a network and starts a build if none fits. All waiting requests share the
// build, so it is cancelled only when the last of them leaves.
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
		select { // an older fingerprint is being built: two concurrent builds take longer than one after the other
		case <-k.done:
		case <-ctx.Done():
		}
	}
}

// join joins a fitting build or cached network, or starts a build. mine is false when an
// unsuitable build still runs: the caller waits for its end and tries again.
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
	go g.make(ctx, workspace, k) // ends with the build, which the last waiting request cancels when it leaves
	return k, true
}

// wait counts a waiting request. The caller holds mu.
func (g *Graphs) wait(k *made) {
	g.asked++
	k.asked, k.waiting = g.asked, k.waiting+1
}

// await waits until the network is built or ctx ends.
func (g *Graphs) await(ctx context.Context, workspace string, k *made) (*network.Graph, error) {
	select {
	case <-k.done:
	case <-ctx.Done():
	}
	if g.leave(workspace, k) {
		<-k.done // the last request waits for the build to stop reading
	}
	if !k.isMade() {
		return nil, ctx.Err()
	}
	return k.graph, cmp.Or(ctx.Err(), k.err)
}

// leave counts a request out and reports whether it was the last. The last one cancels the
// unfinished build and drops it, so that the next request starts another.
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

// errNotMade is a build's error until the build has returned.
var errNotMade = errors.New("the network was not made")

// make runs build. However it ends, waiting requests are released; a failure is not cached.
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
		g.makeRoom() // now that its size is known
	}()
	k.err = collector.Recovered(func() (err error) {
		k.graph, err = g.build(ctx, workspace)
		return err
	})
}

// makeRoom drops the least recently requested networks while there are too many or too large
// ones. It never drops one that is still being built, which would cause a second build. The
// caller holds mu.
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

// Drop removes the network of a deleted workspace from the cache. Waiting requests still get
// it.
func (g *Graphs) Drop(workspace string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.last, workspace)
}
