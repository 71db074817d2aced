package graph

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// Betweenness takes a walk over the whole graph for each source. Where that exceeds
// betweenWork steps, sources are sampled at random, but at least leastSources.
const (
	betweenWork  = 30_000_000
	leastSources = 64
	sourceBlock  = 16 // sources whose shares are added up by one goroutine
	blocksAtOnce = 8  // bounds the memory: each block has a sum for every node
)

// betweenness returns, for each node, the share of shortest paths between other nodes that
// pass through it, along the direction of the arcs and ignoring their weights: Brandes'
// algorithm, https://doi.org/10.1080/0022250X.2001.9990249. Large graphs are sampled; sources
// is the number of nodes that paths start from. Equal for equal seeds, however many processors
// there are.
func betweenness(out *matrix, seed uint64) (between []float64, sources int) {
	n := out.len()
	between = make([]float64, n)
	from := pathSources(out, seed)
	if n < 3 {
		return between, len(from)
	}
	blocks := (len(from) + sourceBlock - 1) / sourceBlock
	sums := make([][]float64, min(blocks, blocksAtOnce))
	for i := range sums {
		sums[i] = make([]float64, n)
	}
	for first := 0; first < blocks; first += len(sums) {
		count := min(len(sums), blocks-first)
		parallel(min(count, runtime.GOMAXPROCS(0)), count, func() func(int) {
			walks := newWalks(out)
			return func(i int) {
				lo := (first + i) * sourceBlock
				for _, s := range from[lo:min(lo+sourceBlock, len(from))] {
					walks.Add(s, sums[i])
				}
			}
		})
		// Added in the order of the blocks, so that rounding is always the same.
		for _, sum := range sums[:count] {
			for v, x := range sum {
				between[v] += x
				sum[v] = 0
			}
		}
	}
	scale := float64(n) / float64(len(from)) / (float64(n-1) * float64(n-2))
	for v := range between {
		between[v] *= scale
	}
	return between, len(from)
}

// pathSources returns the nodes from which shortest paths are walked: all in ascending order,
// or a sample.
func pathSources(out *matrix, seed uint64) []int32 {
	n := out.len()
	from := singletons(n)
	most := max(leastSources, betweenWork/max(1, n+len(out.to)))
	if n <= most {
		return from
	}
	rng := rand.New(rand.NewPCG(seed, 0x6265747765656e))
	for i := range most {
		j := i + rng.IntN(n-i)
		from[i], from[j] = from[j], from[i]
	}
	return from[:most]
}

// parallel does count pieces of work on some goroutines, each with a function of its own.
func parallel(workers, count int, newWork func() func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			work := newWork()
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	all.Wait()
}

// walks is the scratch space of walks from one source to all nodes.
type walks struct {
	out      *matrix
	distance []int32 // -1: not reached
	paths    []float64
	share    []float64
	order    []int32 // in the order they were reached
}

func newWalks(out *matrix) *walks {
	n := out.len()
	w := &walks{out: out, distance: make([]int32, n), paths: make([]float64, n), share: make([]float64, n)}
	for i := range w.distance {
		w.distance[i] = -1
	}
	return w
}

// Add adds each node's share of the shortest paths from s to sum.
func (w *walks) Add(s int32, sum []float64) {
	w.order = append(w.order[:0], s)
	w.distance[s], w.paths[s] = 0, 1
	for at := 0; at < len(w.order); at++ {
		u := w.order[at]
		to, _ := w.out.row(u)
		for _, v := range to {
			if w.distance[v] < 0 {
				w.distance[v] = w.distance[u] + 1
				w.order = append(w.order, v)
			}
			if w.distance[v] == w.distance[u]+1 {
				w.paths[v] += w.paths[u]
			}
		}
	}
	for at := len(w.order) - 1; at >= 0; at-- {
		u := w.order[at]
		to, _ := w.out.row(u)
		for _, v := range to {
			if w.distance[v] == w.distance[u]+1 {
				w.share[u] += w.paths[u] / w.paths[v] * (1 + w.share[v])
			}
		}
		if u != s {
			sum[u] += w.share[u]
		}
	}
	for _, u := range w.order {
		w.distance[u], w.paths[u], w.share[u] = -1, 0, 0
	}
}

// reciprocity returns the share of arcs that have an arc in the other direction, 0 without
// arcs. Rows of both matrices must be ascending.
func reciprocity(out, in *matrix) float64 {
	if len(out.to) == 0 {
		return 0
	}
	both := 0
	for u := range int32(out.len()) {
		to, _ := out.row(u)
		from, _ := in.row(u)
		for i, j := 0, 0; i < len(to) && j < len(from); {
			switch {
			case to[i] < from[j]:
				i++
			case to[i] > from[j]:
				j++
			default:
				both, i, j = both+1, i+1, j+1
			}
		}
	}
	return float64(both) / float64(len(out.to))
}
