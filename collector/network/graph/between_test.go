package graph

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	oracle "gonum.org/v1/gonum/graph/network"
	"gonum.org/v1/gonum/graph/simple"

	"telegramtrac/collector/collectortest/long"
)

func TestBetweennessAgainstGonum(t *testing.T) {
	for seed := range uint64(3) {
		const n = 150
		out := newMatrix(n, planted(n, 5, 500, 0.6, seed))
		g := simple.NewDirectedGraph()
		for u := range int32(n) {
			if g.Node(int64(u)) == nil {
				g.AddNode(simple.Node(u))
			}
			to, _ := out.row(u)
			for _, v := range to {
				g.SetEdge(simple.Edge{F: simple.Node(u), T: simple.Node(v)})
			}
		}
		got, sources := betweenness(out, seed)
		if sources != n {
			t.Errorf("%d sources, want all %d", sources, n)
		}
		want := oracle.Betweenness(g)
		for v, b := range got {
			if w := want[int64(v)] / float64((n-1)*(n-2)); math.Abs(b-w) > 1e-12 {
				t.Errorf("seed %d, node %d: %.12f, gonum says %.12f", seed, v, b, w)
			}
		}
	}
}

// A sample is close to the exact values, and is the same on any machine.
func TestBetweennessSampled(t *testing.T) {
	const n = 2200
	out := newMatrix(n, planted(n, 40, 10*n, 0.6, 1))
	got, sources := betweenness(out, 7)
	if sources >= n {
		t.Fatalf("%d sources of %d nodes: nothing was sampled", sources, n)
	}
	whole := make([]float64, n)
	w := newWalks(out)
	for s := range int32(n) {
		w.Add(s, whole)
	}
	var difference, sum float64
	for v := range whole {
		whole[v] /= float64(n-1) * float64(n-2)
		difference += math.Abs(got[v] - whole[v])
		sum += whole[v]
	}
	if difference > 0.25*sum {
		t.Errorf("the sample of %d is off by %.0f %% of the sum", sources, 100*difference/sum)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	again, _ := betweenness(out, 7)
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("one processor finds something else:\n%s", diff)
	}
}

func TestReciprocity(t *testing.T) {
	tests := []struct {
		arcs []Arc
		want float64
	}{
		{nil, 0},
		{[]Arc{{0, 0, 1}}, 0},
		{[]Arc{{0, 1, 3}, {0, 1, 2}}, 0},
		{[]Arc{{0, 1, 1}, {1, 0, 5}}, 1},
		{[]Arc{{0, 1, 1}, {1, 0, 5}, {1, 2, 1}, {3, 0, 1}}, 0.5},
	}
	for _, tt := range tests {
		out := newMatrix(4, tt.arcs)
		if got := reciprocity(out, out.transposed()); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.arcs, got, tt.want)
		}
	}
}

func BenchmarkBetweenness(b *testing.B) {
	for _, n := range []int{1000, 5000, long.Size(100_000)} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			out := newMatrix(n, planted(n, max(4, n/100), 10*n, 0.7, 1))
			for b.Loop() {
				_, sources := betweenness(out, 1)
				b.ReportMetric(float64(sources), "sources")
			}
		})
	}
}
