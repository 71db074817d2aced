package graph

const (
	leafBodies = 8  // at most, except at the greatest depth
	treeDepth  = 40 // limits the splitting of nodes at the same place
)

// quadtree sums up the masses of distant nodes: Barnes and Hut's tree, with its cells in
// depth-first order so that it is read without recursion.
type quadtree struct {
	cells []cell
	order []int32 // nodes, cell after cell
	body  []body  // the positions of the same nodes, read sequentially
	spare []int32
	at    []Point
	mass  []float64
}

type cell struct {
	x, y, mass float64 // of the bodies within
	reach      float64 // squared distance from which the cell counts as one body
	skip       int32   // the next cell that is not within this one
	lo, hi     int32   // bodies of a leaf; lo == hi: not a leaf
}

type body struct{ x, y, mass float64 }

// build rebuilds the tree for these positions.
func (t *quadtree) build(at []Point, mass []float64) {
	t.at, t.mass, t.cells = at, mass, t.cells[:0]
	if len(t.order) != len(at) {
		t.order, t.spare, t.body = singletons(len(at)), make([]int32, len(at)), make([]body, len(at))
	}
	lo, hi := Bounds(at)
	t.grow(0, len(at), lo.Add(hi).Scale(0.5), max(hi.X-lo.X, hi.Y-lo.Y), 0)
	for i, u := range t.order {
		t.body[i] = body{at[u].X, at[u].Y, mass[u]}
	}
}

// grow adds the cell of order[lo:hi] and its sub-cells.
func (t *quadtree) grow(lo, hi int, middle Point, width float64, depth int) {
	c := len(t.cells)
	t.cells = append(t.cells, cell{reach: width * width / (openingAngle * openingAngle)})
	var sum cell
	for _, u := range t.order[lo:hi] {
		m := t.mass[u]
		sum.x += m * t.at[u].X
		sum.y += m * t.at[u].Y
		sum.mass += m
	}
	if hi-lo > leafBodies && depth < treeDepth {
		begin := lo
		for quarter, end := range t.split(lo, hi, middle) {
			if end > begin {
				t.grow(begin, end, corner(middle, width/4, quarter), width/2, depth+1)
			}
			begin = end
		}
	} else {
		t.cells[c].lo, t.cells[c].hi = int32(lo), int32(hi)
	}
	t.cells[c].x, t.cells[c].y, t.cells[c].mass = sum.x/sum.mass, sum.y/sum.mass, sum.mass
	t.cells[c].skip = int32(len(t.cells))
}

// split sorts order[lo:hi] by the quarters around middle and returns where each quarter ends.
func (t *quadtree) split(lo, hi int, middle Point) (ends [4]int) {
	for _, u := range t.order[lo:hi] {
		ends[quarterOf(t.at[u], middle)]++
	}
	var next [4]int
	at := lo
	for q := range ends {
		next[q] = at
		at += ends[q]
		ends[q] = at
	}
	copy(t.spare[lo:hi], t.order[lo:hi])
	for _, u := range t.spare[lo:hi] {
		q := quarterOf(t.at[u], middle)
		t.order[next[q]] = u
		next[q]++
	}
	return ends
}

func quarterOf(p, middle Point) int {
	q := 0
	if p.X > middle.X {
		q = 1
	}
	if p.Y > middle.Y {
		q += 2
	}
	return q
}

func corner(middle Point, by float64, quarter int) Point {
	out := Point{middle.X - by, middle.Y - by}
	if quarter&1 != 0 {
		out.X += 2 * by
	}
	if quarter&2 != 0 {
		out.Y += 2 * by
	}
	return out
}

// push returns the repulsion of all masses on a node at p, per unit of its mass: the sum of
// mass/distance, away from each. Nodes at the same place do not repel each other.
func (t *quadtree) push(p Point) (f Point) {
	for i := 0; i < len(t.cells); {
		c := &t.cells[i]
		dx, dy := p.X-c.x, p.Y-c.y
		d2 := dx*dx + dy*dy
		if d2 > c.reach {
			s := c.mass / d2
			f.X += dx * s
			f.Y += dy * s
			i = int(c.skip)
			continue
		}
		for _, b := range t.body[c.lo:c.hi] {
			dx, dy := p.X-b.x, p.Y-b.y
			if d2 := dx*dx + dy*dy; d2 > 0 {
				s := b.mass / d2
				f.X += dx * s
				f.Y += dy * s
			}
		}
		i++
	}
	return f
}
