package network

import (
	"context"
	"fmt"

	"telegramtrac/collector/network/graph"
)

// measure fills the degrees, ranks and communities of the nodes.
func (g *Graph) measure(seed uint64) {
	m := graph.Measure(len(g.Nodes), g.arcs(), seed)
	s := &g.Summary
	s.Nodes, s.Edges, s.Seed = len(g.Nodes), len(g.Edges), seed
	s.Communities, s.Modularity, s.Reciprocity, s.BetweennessSources = m.Communities, m.Modularity, m.Reciprocity, m.Sources
	for i := range g.Nodes {
		n := &g.Nodes[i]
		n.InDegree, n.OutDegree, n.Degree = m.InDegree[i], m.OutDegree[i], m.Degree[i]
		n.PageRank, n.Betweenness, n.Community = m.PageRank[i], m.Betweenness[i], int(m.Community[i])
	}
}

// layOut places the nodes. Equal for equal graphs, however many processors there are.
func (g *Graph) layOut(ctx context.Context) error {
	community := make([]int32, len(g.Nodes))
	for i, n := range g.Nodes {
		community[i] = int32(n.Community)
	}
	at, settled, err := graph.Layout(ctx, g.arcs(), community)
	if err != nil {
		return fmt.Errorf("lay out the network: %w", err)
	}
	g.Summary.Settled = settled
	for i, p := range at {
		g.Nodes[i].X, g.Nodes[i].Y = p.X, p.Y
	}
	return nil
}

// arcs returns the edges with node indices, self-edges included.
func (g *Graph) arcs() []graph.Arc {
	index := make(map[string]int32, len(g.Nodes))
	for i, n := range g.Nodes {
		index[n.Key] = int32(i)
	}
	arcs := make([]graph.Arc, 0, len(g.Edges))
	for _, e := range g.Edges {
		arcs = append(arcs, graph.Arc{From: index[e.Source], To: index[e.Target], Weight: float64(e.Weight)})
	}
	return arcs
}
