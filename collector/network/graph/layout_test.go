package graph

import (
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLayoutDoesNotDependOnProcessors(t *testing.T) {
	const n = 3000
	type placed struct {
		Measures measures
		At       []Point
	}
	place := func(processors int) (out placed) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		arcs := planted(n, max(4, n/100), 10*n, 0.9, 3)
		out.Measures = Measure(n, arcs, 5)
		var err error
		if out.At, _, err = Layout(t.Context(), arcs, out.Measures.Community); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if diff := cmp.Diff(place(1), place(4), cmp.AllowUnexported(Point{})); diff != "" {
		t.Errorf("one and four processors place nodes differently:\n%s", diff)
	}
}

func TestLayoutSettles(t *testing.T) {
	for _, n := range []int{100, 1000, 3000} {
		m := undirected(n, planted(n, max(4, n/100), 10*n, 0.9, 2))
		m = m.part(m.islands()[0])
		p, _ := communities(m, 1)
		limit := maxRounds(m.len())
		at, rounds, err := newAtlas(m, start(p)).run(t.Context(), limit)
		if err != nil {
			t.Fatal(err)
		}
		if rounds == limit {
			t.Errorf("%d nodes did not settle in %d rounds", n, limit)
		}
		// A layout worth drawing keeps communities together: edges are shorter
		// than the distance between any two nodes.
		var tied, any float64
		for u := range int32(m.len()) {
			to, _ := m.row(u)
			for _, v := range to {
				tied += at[u].Sub(at[v]).Length() / float64(len(m.to))
			}
			for v := range at {
				any += at[u].Sub(at[v]).Length() / float64(len(at)*len(at))
			}
		}
		if !(tied < 0.5*any) || math.IsInf(any, 0) {
			t.Errorf("%d nodes: mean edge %.1f, mean distance %.1f", n, tied, any)
		}
	}
}

// The tree's approximate repulsion is close to the exact sum.
func TestQuadtreeAgainstExactSum(t *testing.T) {
	at := start(make([]int32, 500))
	at[7] = at[8] // in the same place
	mass := make([]float64, len(at))
	for i := range mass {
		mass[i] = float64(1 + i%5)
	}
	var tree quadtree
	tree.build(at, mass)
	var off, size float64
	for _, p := range at {
		var want Point
		for j, q := range at {
			if d := p.Sub(q); d != (Point{}) {
				want = want.Add(d.Scale(mass[j] / (d.X*d.X + d.Y*d.Y)))
			}
		}
		off += tree.push(p).Sub(want).Length()
		size += want.Length()
	}
	if off > 0.05*size {
		t.Errorf("off by %.1f%% of the exact forces", 100*off/size)
	}
}

func TestIslandsDoNotOverlap(t *testing.T) {
	const n = 200
	var arcs []Arc
	add := func(from, to int32) { arcs = append(arcs, Arc{from, to, 1}) }
	for i := range int32(40) { // a star, chains of three, pairs, and nodes alone
		add(0, 1+i)
	}
	for i := int32(50); i < 80; i += 3 {
		add(i, i+1)
		add(i+1, i+2)
	}
	for i := int32(80); i < 120; i += 2 {
		add(i, i+1)
	}
	at, _, err := Layout(t.Context(), arcs, Measure(n, arcs, 1).Community)
	if err != nil {
		t.Fatal(err)
	}
	var far float64
	for i, a := range at {
		far = max(far, a.Length())
		for j, b := range at[:i] {
			if d := a.Sub(b).Length(); d < spacing/2 {
				t.Errorf("nodes %d and %d are %.1f apart", i, j, d)
			}
		}
	}
	if far > 1000 {
		t.Errorf("200 nodes reach out to %.0f", far)
	}
}
