package network

import (
	"slices"
	"strings"
	"time"
)

// Filter selects a part of a graph. The zero Filter selects all of it.
type Filter struct {
	Kinds         []string  // of edges; none: all
	Since, Until  time.Time // UTC days, since inclusive, until exclusive; zero: no bound
	MinWeight     int64     // messages that an edge must have within these days
	CollectedOnly bool
	Search        string // part of a title, a username or an id, in any case
}

// Selection is the part of a graph that passes a filter. Weights, dates and degrees are those
// within the filter; communities, ranks and positions are those of the whole graph.
type Selection struct {
	Nodes []Node
	Edges []Edge
}

// Select applies a filter. A channel that was not collected stays only while an edge ties it
// to another.
func (g *Graph) Select(f Filter) Selection {
	index := make(map[string]int, len(g.Nodes))
	nodes := slices.Clone(g.Nodes)
	tied := make([]bool, len(nodes))
	found := make([]bool, len(nodes))
	for i := range nodes {
		n := &nodes[i]
		index[n.Key] = i
		found[i] = n.matches(f.Search)
		n.InWeight, n.OutWeight, n.InDegree, n.OutDegree, n.Degree = 0, 0, 0, 0, 0
	}
	var out Selection
	neighbours := map[[2]int]uint8{} // 1: a tie from the first to the second, 2: back
	for i, e := range g.Edges {
		from, to := index[e.Source], index[e.Target]
		if f.CollectedOnly && !(nodes[from].Collected && nodes[to].Collected) || !f.cut(&e, g.DaysOf(i)) {
			continue
		}
		tied[from], tied[to] = true, true
		if from != to {
			nodes[from].OutWeight += e.Weight
			nodes[to].InWeight += e.Weight
			if from < to {
				neighbours[[2]int{from, to}] |= 1
			} else {
				neighbours[[2]int{to, from}] |= 2
			}
		}
		if found[from] || found[to] {
			out.Edges = append(out.Edges, e)
		}
	}
	for pair, ways := range neighbours {
		a, b := &nodes[pair[0]], &nodes[pair[1]]
		a.Degree, b.Degree = a.Degree+1, b.Degree+1
		if ways&1 != 0 {
			a.OutDegree, b.InDegree = a.OutDegree+1, b.InDegree+1
		}
		if ways&2 != 0 {
			b.OutDegree, a.InDegree = b.OutDegree+1, a.InDegree+1
		}
	}
	for i, n := range nodes {
		if found[i] && (n.Collected || tied[i] && !f.CollectedOnly) {
			out.Nodes = append(out.Nodes, n)
		}
	}
	return out
}

// DrawnNodes is the greatest number of channels that are drawn, heaviest first: more can be
// neither read nor moved smoothly.
const DrawnNodes = 5000

// Drawn returns the part of a graph that a page draws: the DrawnNodes heaviest channels and
// the edges between them. Its summary is that of the whole graph.
func (g *Graph) Drawn() *Graph {
	if len(g.Nodes) <= DrawnNodes {
		return g
	}
	out := &Graph{Nodes: g.Nodes[:DrawnNodes:DrawnNodes], Summary: g.Summary}
	drawn := make(map[string]bool, DrawnNodes)
	for _, n := range out.Nodes {
		drawn[n.Key] = true
	}
	for i, e := range g.Edges {
		if drawn[e.Source] && drawn[e.Target] {
			out.Edges = append(out.Edges, e)
			out.Timeline = append(out.Timeline, g.DaysOf(i))
		}
	}
	return out
}

// DaysOf returns when the messages of the i-th edge were sent: nil without a Timeline.
func (g *Graph) DaysOf(i int) Days {
	if i < len(g.Timeline) {
		return g.Timeline[i]
	}
	return nil
}

// cut narrows an edge to the filter's days and reports whether it passes the filter.
func (f Filter) cut(e *Edge, days Days) bool {
	if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, e.Kind) {
		return false
	}
	if since, until := f.days(); days != nil && (since > DayOf(e.First) || until <= DayOf(e.Last)) {
		weight, first, last := days.Within(since, until)
		if weight == 0 {
			return false
		}
		if first > DayOf(e.First) {
			e.First = DayTime(first)
		}
		if last < DayOf(e.Last) {
			e.Last = DayTime(last)
		}
		e.Weight = weight
	}
	return e.Weight >= f.MinWeight
}

// days returns the filter's bounds.
func (f Filter) days() (since, until int32) {
	const first, last = -1 << 31, 1<<31 - 1
	since, until = first, last
	if !f.Since.IsZero() {
		since = DayOf(f.Since)
	}
	if !f.Until.IsZero() {
		until = DayOf(f.Until)
	}
	return since, until
}

// matches reports whether a search finds the channel.
func (n Node) matches(search string) bool {
	search = strings.ToLower(strings.TrimSpace(search))
	name := strings.TrimPrefix(search, "@")
	return search == "" || strings.Contains(strings.ToLower(n.Title), search) ||
		name != "" && (strings.Contains(strings.ToLower(n.Username), name) || strings.Contains(n.Key, name))
}
