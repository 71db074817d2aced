// Package graph computes what the picture and the tables of a weighted, directed graph need:
// degrees, ranks, communities and a position for every node. Nodes are plain indices; package
// network maps them to channels.
//
// All results are equal for equal input and seed, however many processors there are.
package graph

// measures are the numbers of every node, in the order of the nodes, and of the whole graph.
// Loops are ignored.
type measures struct {
	InDegree, OutDegree []int // nodes that point at it, nodes it points at
	Degree              []int // neighbours in either direction
	PageRank            []float64
	Betweenness         []float64
	Community           []int32 // numbered by size, 0 is the largest

	Communities int     // with at least two nodes
	Modularity  float64 // of the communities, on the undirected weighted projection
	Reciprocity float64 // share of the arcs that have an arc back
	Sources     int     // nodes that shortest paths start from: all, or a sample
}

// Measure measures a graph of n nodes. Equal for equal arcs and seeds.
func Measure(n int, arcs []Arc, seed uint64) measures {
	out := newMatrix(n, arcs)
	both := undirected(n, arcs)
	in := out.transposed()
	m := measures{
		InDegree: in.degrees(), OutDegree: out.degrees(), Degree: both.degrees(),
		PageRank: pageRank(out, in), Reciprocity: reciprocity(out, in),
	}
	m.Betweenness, m.Sources = betweenness(out, seed)
	m.Community, m.Modularity = communities(both, seed)
	size := make([]int, n)
	for _, c := range m.Community {
		if size[c]++; size[c] == 2 {
			m.Communities++
		}
	}
	return m
}
