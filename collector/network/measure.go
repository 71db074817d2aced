package network

import (
	"context"
	"fmt"
)

// measure fills the degrees, ranks and communities of the nodes.
func (g *Graph) measure(seed uint64) {
	m := measureAll(len(g.Nodes), g.arcs(), seed)
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
	at, settled, err := layout(ctx, g.arcs(), community)
	if err != nil {
		return fmt.Errorf("lay out the network: %w", err)
	}
	g.Summary.Settled = settled
	for i, p := range at {
		g.Nodes[i].X, g.Nodes[i].Y = p.x, p.y
	}
	return nil
}

// arcs returns the edges by the indices of their nodes, self-edges included.
func (g *Graph) arcs() []arc {
	index := make(map[string]int32, len(g.Nodes))
	for i, n := range g.Nodes {
		index[n.Key] = int32(i)
	}
	arcs := make([]arc, 0, len(g.Edges))
	for _, e := range g.Edges {
		arcs = append(arcs, arc{from: index[e.Source], to: index[e.Target], weight: float64(e.Weight)})
	}
	return arcs
}
