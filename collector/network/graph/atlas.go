package graph

import (
	"context"
	"math"
	"runtime"
)

// Constants of ForceAtlas2, see https://doi.org/10.1371/journal.pone.0098679
const (
	repulsion       = 10.0
	gravity         = 1.0
	openingAngle    = 1.2  // of Barnes-Hut
	jitterTolerance = 1.0  // how much a node may swing
	settledMove     = 1e-3 // mean move in a round, as a share of the diameter; a layout has settled …
	settledRounds   = 10   // … after so many rounds below it
	coolingRounds   = 100  // over which moves shrink once the rounds run out
	chunk           = 256  // nodes that one goroutine takes at a time
)

// atlas runs ForceAtlas2 with Barnes-Hut repulsion on one component. Sums over nodes are made
// chunk by chunk, so that the result does not depend on the number of goroutines.
type atlas struct {
	m        *matrix
	pull     []float64 // of each neighbour in m
	mass     []float64
	at       []Point
	force    []Point
	previous []Point
	tree     quadtree
	workers  int

	speed, efficiency float64
	partial           []progress // by chunk
}

// progress is what one chunk of nodes adds to the sums of a round.
type progress struct{ swing, traction, moved float64 }

func newAtlas(m *matrix, at []Point) *atlas {
	n := m.len()
	a := &atlas{
		m: m, at: at, mass: make([]float64, n), pull: make([]float64, len(m.weight)),
		force: make([]Point, n), previous: make([]Point, n),
		partial: make([]progress, (n+chunk-1)/chunk),
		workers: min(runtime.GOMAXPROCS(0), (n+4*chunk-1)/(4*chunk)),
		speed:   1, efficiency: 1,
	}
	for i := range a.mass {
		a.mass[i] = float64(1 + m.offset[i+1] - m.offset[i])
	}
	// Weights span decades; their logarithm attracts without collapsing the layout.
	for k, w := range m.weight {
		a.pull[k] = 1 + math.Log(w)
	}
	return a
}

// run moves the nodes until they settle or the rounds are used up. It returns the positions
// and the number of rounds.
func (a *atlas) run(ctx context.Context, rounds int) ([]Point, int, error) {
	calm := 0
	for round := range rounds {
		if err := ctx.Err(); err != nil {
			return nil, round, err
		}
		a.tree.build(a.at, a.mass)
		a.each(a.pushAndPull)
		a.adapt()
		cooling := min(1, float64(rounds-round)/coolingRounds)
		a.each(func(c, lo, hi int) { a.shift(c, lo, hi, cooling) })
		if calm++; a.meanMove() >= settledMove*a.diameter() {
			calm = 0
		}
		if calm == settledRounds {
			return a.at, round + 1, nil
		}
	}
	return a.at, rounds, nil
}

// each calls f for every chunk of nodes, several concurrently.
func (a *atlas) each(f func(c, lo, hi int)) {
	parallel(a.workers, len(a.partial), func() func(int) {
		return func(c int) { f(c, c*chunk, min((c+1)*chunk, len(a.at))) }
	})
}

// pushAndPull computes the forces on a chunk of nodes, in the order of the tree.
func (a *atlas) pushAndPull(c, lo, hi int) {
	var sums progress
	for _, u := range a.tree.order[lo:hi] {
		p, mass := a.at[u], a.mass[u]
		f := a.tree.push(p).Scale(repulsion * mass)
		if d := p.Length(); d > 0 {
			f = f.Sub(p.Scale(gravity * mass / d))
		}
		to, _ := a.m.row(u)
		pull := a.pull[a.m.offset[u]:a.m.offset[u+1]]
		for k, v := range to {
			q := a.at[v]
			f.X -= pull[k] * (p.X - q.X)
			f.Y -= pull[k] * (p.Y - q.Y)
		}
		old := a.previous[u]
		a.force[u] = f
		sums.swing += mass * f.Sub(old).Length()
		sums.traction += mass * f.Add(old).Length() / 2
	}
	a.partial[c] = sums
}

// adapt sets the speed of this round: fast while forces agree with those of the last round,
// slow when they change direction.
func (a *atlas) adapt() {
	var sums progress
	for _, p := range a.partial {
		sums.swing += p.swing
		sums.traction += p.traction
	}
	n := float64(len(a.at))
	estimate := 0.05 * math.Sqrt(n)
	tolerance := jitterTolerance * max(math.Sqrt(estimate), min(10, estimate*sums.traction/(n*n)))
	const leastEfficiency = 0.05
	if sums.swing > 2*sums.traction {
		if a.efficiency > leastEfficiency {
			a.efficiency *= 0.5
		}
		tolerance = max(tolerance, jitterTolerance)
	}
	if sums.swing == 0 {
		return
	}
	target := tolerance * a.efficiency * sums.traction / sums.swing
	switch {
	case sums.swing > tolerance*sums.traction:
		if a.efficiency > leastEfficiency {
			a.efficiency *= 0.7
		}
	case a.speed < 1000:
		a.efficiency *= 1.3
	}
	a.speed += min(target-a.speed, 0.5*a.speed)
}

// shift moves a chunk of nodes along their forces.
func (a *atlas) shift(c, lo, hi int, cooling float64) {
	var moved float64
	for _, u := range a.tree.order[lo:hi] {
		f := a.force[u]
		swing := a.mass[u] * f.Sub(a.previous[u]).Length()
		step := f.Scale(cooling * a.speed / (1 + math.Sqrt(a.speed*swing)))
		a.at[u] = a.at[u].Add(step)
		a.previous[u] = f
		moved += step.Length()
	}
	a.partial[c].moved = moved
}

func (a *atlas) meanMove() float64 {
	var sum float64
	for _, p := range a.partial {
		sum += p.moved
	}
	return sum / float64(len(a.at))
}

// diameter returns the diagonal of the box around all nodes.
func (a *atlas) diameter() float64 {
	lo, hi := Bounds(a.at)
	return hi.Sub(lo).Length()
}
