package network

import (
	"cmp"
	"slices"
)

// Candidate is a channel that collected ones point at but that has no collected messages: a
// snowball can go on with it. Users are never candidates, since they are not nodes.
type Candidate struct {
	Node
	Mentions []int64 // messages that point at it and pass the filter, by kind in the order of Kinds
	Total    int64   // their sum
	From     int     // collected channels that point at it
	Depth    int64   // steps from the channels that a person named
}

// Candidates lists the channels that collected ones point at with at least so many messages
// within the filter, those with most first. depth has the steps between each collected channel
// and those that a person named; a missing one counts as 0.
func (g *Graph) Candidates(f Filter, least int64, depth map[int64]int64) []Candidate {
	index := make(map[string]int, len(g.Nodes))
	for i, n := range g.Nodes {
		index[n.Key] = i
	}
	type counted struct {
		Candidate
		last string // source
	}
	found := map[int]*counted{}
	for i, e := range g.Edges {
		from, to := g.Nodes[index[e.Source]], g.Nodes[index[e.Target]]
		if !from.Collected || to.Messages > 0 || !f.cut(&e, g.DaysOf(i)) {
			continue
		}
		c := found[index[e.Target]]
		if c == nil {
			c = &counted{Candidate: Candidate{Node: to, Mentions: make([]int64, len(Kinds)), Depth: depth[from.ChannelID] + 1}}
			found[index[e.Target]] = c
		}
		c.Mentions[slices.Index(Kinds, e.Kind)] += e.Weight
		c.Total += e.Weight
		c.Depth = min(c.Depth, depth[from.ChannelID]+1)
		if c.last != e.Source { // edges of one source and target are adjacent
			c.last, c.From = e.Source, c.From+1
		}
	}
	var out []Candidate
	for _, c := range found {
		if c.Total >= least && c.matches(f.Search) {
			out = append(out, c.Candidate)
		}
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(b.From, a.From), cmp.Compare(a.Key, b.Key))
	})
	return out
}
