package graph

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Layout places the nodes, given their communities: each connected component by itself, the
// largest in the middle, the others in rings around it, nodes without arcs outermost. settled
// reports whether all components settled. Equal for equal arcs, however many processors there
// are.
func Layout(ctx context.Context, arcs []Arc, community []int32) (at []Point, settled bool, err error) {
	m := undirected(len(community), arcs)
	var islands []island
	settled = true
	for _, members := range m.islands() {
		at, rested, err := arrange(ctx, m.part(members), pick(community, members))
		if err != nil {
			return nil, false, err
		}
		settled = settled && rested
		islands = append(islands, newIsland(members, at))
	}
	pack(islands)
	at = make([]Point, m.len())
	for _, is := range islands {
		for i, u := range is.members {
			p := is.at[i].Add(is.center)
			at[u] = Point{Round(p.X, 2), Round(p.Y, 2)}
		}
	}
	return at, settled, nil
}

// islands returns the nodes of each connected component, the largest first.
func (m *matrix) islands() [][]int32 {
	component, count := m.components(nil)
	out := make([][]int32, count)
	for u, c := range component {
		out[c] = append(out[c], int32(u))
	}
	slices.SortStableFunc(out, func(a, b []int32) int { return cmp.Compare(len(b), len(a)) })
	return out
}

// part returns the matrix of some nodes and the edges among them; members must be ascending.
func (m *matrix) part(members []int32) *matrix {
	if len(members) == m.len() {
		return m
	}
	out := &matrix{offset: make([]int, 1, len(members)+1)}
	for _, u := range members {
		to, weight := m.row(u)
		for k, v := range to {
			if at, ok := slices.BinarySearch(members, v); ok {
				out.to = append(out.to, int32(at))
				out.weight = append(out.weight, weight[k])
			}
		}
		out.offset = append(out.offset, len(out.to))
	}
	return out
}

func pick(from, members []int32) []int32 {
	out := make([]int32, len(members))
	for i, u := range members {
		out[i] = from[u]
	}
	return out
}

// arrange places the nodes of one connected component around the origin and reports whether
// they settled.
func arrange(ctx context.Context, m *matrix, community []int32) (at []Point, settled bool, err error) {
	switch m.len() {
	case 1:
		return []Point{{}}, true, nil
	case 2:
		return []Point{{-spacing, 0}, {spacing, 0}}, true, nil
	}
	most := maxRounds(m.len())
	at, rounds, err := newAtlas(m, start(community)).run(ctx, most)
	if err != nil {
		return nil, false, err
	}
	return evenOut(at), rounds < most, nil
}

// evenOut scales a component so that all components are equally dense.
func evenOut(at []Point) []Point {
	middle := centroid(at)
	var square float64
	for i := range at {
		at[i] = at[i].Sub(middle)
		square += at[i].X*at[i].X + at[i].Y*at[i].Y
	}
	n := float64(len(at))
	factor := spacing * math.Sqrt(n) / math.Sqrt(square/n)
	for i := range at {
		at[i] = at[i].Scale(factor)
	}
	return at
}

// maxRounds limits the rounds of a layout that does not settle.
func maxRounds(n int) int { return min(2000, max(300, 20_000_000/n)) }

// goldenAngle spreads points evenly over a disc, like the seeds of a sunflower.
var goldenAngle = math.Pi * (3 - math.Sqrt(5))

// start places each community as a disc of its own, and the discs like sunflower seeds, so
// that the forces have less to untangle.
func start(community []int32) []Point {
	count := slices.Max(community) + 1
	size := make([]int, count)
	for _, c := range community {
		size[c]++
	}
	center := make([]Point, count)
	before, nth := 0, 0
	for c, s := range size {
		if s == 0 {
			continue
		}
		center[c] = Polar(spacing*math.Sqrt(float64(before)+float64(s)/2)*1.2, goldenAngle*float64(nth))
		before += s
		nth++
	}
	at := make([]Point, len(community))
	placed := make([]int, count)
	for i, c := range community {
		k := float64(placed[c])
		placed[c]++
		at[i] = center[c].Add(Polar(spacing*0.7*math.Sqrt(k+0.5), goldenAngle*k))
	}
	return at
}
