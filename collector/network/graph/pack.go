package graph

import (
	"cmp"
	"math"
	"slices"
)

// spacing is half the distance between neighbouring nodes, roughly.
const spacing = 20.0

// island is a connected component with positions relative to its own middle.
type island struct {
	members []int32
	at      []Point
	radius  float64
	center  Point // in the picture
}

func newIsland(members []int32, at []Point) island {
	is := island{members: members, at: slices.Clone(at)}
	lo, hi := Bounds(at)
	middle := lo.Add(hi).Scale(0.5)
	for i := range is.at {
		is.at[i] = is.at[i].Sub(middle)
		is.radius = max(is.radius, is.at[i].Length())
	}
	is.radius += spacing
	return is
}

// pack puts the first island in the middle and the others, as discs, in rings around it, wide
// ones inside.
func pack(islands []island) {
	if len(islands) == 0 {
		return
	}
	var rest []*island
	for i := range islands[1:] {
		rest = append(rest, &islands[1+i])
	}
	slices.SortStableFunc(rest, func(a, b *island) int { return cmp.Compare(b.radius, a.radius) })
	for inner := islands[0].radius; len(rest) > 0; {
		middle := inner + rest[0].radius // islands are sorted: the first of a ring is its widest
		var angle float64
		filled := 0
		for _, is := range rest {
			arc := 2 * math.Asin(min(1, is.radius/middle))
			if filled > 0 && angle+arc > 2*math.Pi {
				break
			}
			is.center = Polar(middle, angle+arc/2)
			angle += arc
			filled++
		}
		spreadRing(rest[:filled], angle)
		inner = middle + rest[0].radius
		rest = rest[filled:]
	}
}

// spreadRing spreads a ring's islands over the whole circle when the ring is more than half
// full; fewer stay together.
func spreadRing(ring []*island, used float64) {
	if used < math.Pi {
		return
	}
	extra := (2*math.Pi - used) / float64(len(ring))
	for i, is := range ring {
		angle := math.Atan2(is.center.Y, is.center.X) + extra*float64(i)
		is.center = Polar(is.center.Length(), angle)
	}
}
