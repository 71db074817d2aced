package network

import "math"

// measure fills the degrees, ranks and communities of the nodes.
func (g *Graph) measure(seed uint64) {
	arcs := g.arcs()
	out := newMatrix(len(g.Nodes), arcs)
	both := undirected(len(g.Nodes), arcs)
	in := out.transposed()
	rank := pageRank(out, in)
	between, sources := betweenness(out, seed)
	community, q := communities(both, seed)
	g.Summary.Seed, g.Summary.Modularity = seed, q
	g.Summary.Nodes, g.Summary.Edges = len(g.Nodes), len(g.Edges)
	g.Summary.Reciprocity, g.Summary.BetweennessSources = reciprocity(out, in), sources
	size := make([]int, len(g.Nodes))
	for i := range g.Nodes {
		n := &g.Nodes[i]
		n.OutDegree = out.offset[i+1] - out.offset[i]
		n.InDegree = in.offset[i+1] - in.offset[i]
		n.Degree = both.offset[i+1] - both.offset[i]
		n.PageRank, n.Betweenness = rank[i], between[i]
		n.Community = int(community[i])
		if size[n.Community]++; size[n.Community] == 2 {
			g.Summary.Communities++
		}
	}
}

// arcs returns the edges by the indices of their nodes, self-edges included.
func (g *Graph) arcs() []arc {
	index := make(map[string]int32, len(g.Nodes))
	for i, n := range g.Nodes {
		index[n.Key] = int32(i)
	}
	arcs := make([]arc, 0, len(g.Edges))
	for _, e := range g.Edges {
		arcs = append(arcs, arc{index[e.Source], index[e.Target], float64(e.Weight)})
	}
	return arcs
}

const (
	damping       = 0.85
	rankTolerance = 1e-9 // sum of absolute changes
	rankRounds    = 200
)

// pageRank is the weighted PageRank by power iteration. A node that points at
// nobody spreads its rank over all. The ranks sum to 1.
func pageRank(out, in *matrix) []float64 {
	n := out.len()
	share := make([]float64, n) // 1 / weight going out; 0: nothing goes out
	rank := make([]float64, n)
	next := make([]float64, n)
	spread := make([]float64, n)
	for i := range int32(n) {
		var sum float64
		_, weight := out.row(i)
		for _, w := range weight {
			sum += w
		}
		if sum > 0 {
			share[i] = 1 / sum
		}
		rank[i] = 1 / float64(n)
	}
	for range rankRounds {
		var stuck float64
		for i, r := range rank {
			if share[i] == 0 {
				stuck += r
			}
			spread[i] = r * share[i]
		}
		base := (1 - damping + damping*stuck) / float64(n)
		var change float64
		for i := range int32(n) {
			var sum float64
			from, weight := in.row(i)
			for k, j := range from {
				sum += spread[j] * weight[k]
			}
			next[i] = base + damping*sum
			change += math.Abs(next[i] - rank[i])
		}
		rank, next = next, rank
		if change < rankTolerance {
			break
		}
	}
	return rank
}
