package graph

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/community"
	oracle "gonum.org/v1/gonum/graph/network"
	"gonum.org/v1/gonum/graph/simple"

	"telegramtrac/collector/collectortest/long"
)

// published reads the edge list of a well-known network.
func published(t *testing.T, name string, weighted bool) (n int, arcs []Arc) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".edges"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var a Arc
		if _, err := fmt.Sscan(lines.Text(), &a.From, &a.To, &a.Weight); err != nil {
			t.Fatalf("%s: %q: %v", name, lines.Text(), err)
		}
		if !weighted {
			a.Weight = 1
		}
		arcs = append(arcs, a)
		n = max(n, int(a.From)+1, int(a.To)+1)
	}
	return n, arcs
}

// gonumGraph converts an undirected matrix for gonum.
func gonumGraph(m *matrix) *simple.WeightedUndirectedGraph {
	g := simple.NewWeightedUndirectedGraph(0, 0)
	for u := range int32(m.len()) {
		if g.Node(int64(u)) == nil {
			g.AddNode(simple.Node(u))
		}
		to, weight := m.row(u)
		for k, v := range to {
			if u < v {
				g.SetWeightedEdge(simple.WeightedEdge{F: simple.Node(u), T: simple.Node(v), W: weight[k]})
			}
		}
	}
	return g
}

// gonumQ returns the modularity of a partition as gonum computes it.
func gonumQ(m *matrix, p []int32) float64 {
	g := gonumGraph(m)
	groups := make([][]graph.Node, slices.Max(p)+1)
	for u, c := range p {
		groups[c] = append(groups[c], simple.Node(u))
	}
	return community.Q(g, groups, 1)
}

func checkConnected(t *testing.T, m *matrix, p []int32) {
	t.Helper()
	distinct := map[int32]bool{}
	for _, c := range p {
		distinct[c] = true
	}
	if _, got := m.components(p); got != len(distinct) {
		t.Errorf("%d communities fall into %d connected pieces", len(distinct), got)
	}
}

// The values are networkx's, the best of 50 runs.
func TestCommunitiesReachPublishedModularity(t *testing.T) {
	tests := []struct {
		name        string
		weighted    bool
		q           float64
		communities int
	}{
		{"karate", false, 0.419790, 4},
		{"karate", true, 0.444904, 4},
		{"miserables", false, 0.560008, 6},
		{"miserables", true, 0.566688, 6},
		{"davis", false, 0.336006, 3},
		{"florentine", false, 0.398750, 3},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s/weighted=%v", tt.name, tt.weighted), func(t *testing.T) {
			n, arcs := published(t, tt.name, tt.weighted)
			m := undirected(n, arcs)
			p, q := communities(m, 1)
			if math.Abs(q-tt.q) > 0.002 && q < tt.q {
				t.Errorf("modularity %.6f, want %.6f", q, tt.q)
			}
			if got := int(slices.Max(p)) + 1; got != tt.communities {
				t.Errorf("%d communities, want %d", got, tt.communities)
			}
			if want := gonumQ(m, p); math.Abs(q-want) > 1e-9 {
				t.Errorf("modularity %.9f, gonum says %.9f", q, want)
			}
			checkConnected(t, m, p)
			again, _ := communities(m, 1)
			if diff := cmp.Diff(p, again); diff != "" {
				t.Errorf("the same seed gave another partition:\n%s", diff)
			}
		})
	}
}

// planted returns a random graph whose nodes have most edges within their group.
func planted(n, groups, edges int, inside float64, seed uint64) []Arc {
	rng := rand.New(rand.NewPCG(seed, 1))
	arcs := make([]Arc, 0, edges)
	for range edges {
		u := rng.IntN(n)
		v := rng.IntN(n)
		if rng.Float64() < inside {
			v = v/groups*groups + u%groups
			v = min(v, n-1)
		}
		arcs = append(arcs, Arc{int32(u), int32(v), float64(1 + rng.IntN(5))})
	}
	return arcs
}

func TestCommunitiesAgainstGonum(t *testing.T) {
	for seed := range uint64(5) {
		m := undirected(300, planted(300, 8, 1500, 0.7, seed))
		p, q := communities(m, seed)
		checkConnected(t, m, p)
		g := gonumGraph(m)
		r := community.Modularize(g, 1, rand.NewPCG(seed, seed))
		want := community.Q(g, r.Communities(), 1)
		if q < want-0.002 {
			t.Errorf("seed %d: modularity %.6f, gonum reaches %.6f", seed, q, want)
		}
		if q2 := gonumQ(m, p); math.Abs(q-q2) > 1e-9 {
			t.Errorf("seed %d: modularity %.9f, gonum says %.9f", seed, q, q2)
		}
	}
}

func TestCommunitiesWithoutEdges(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		p, q := communities(undirected(n, nil), 1)
		if diff := cmp.Diff(singletons(n), p); diff != "" || q != 0 {
			t.Errorf("%d nodes: modularity %v, partition:\n%s", n, q, diff)
		}
	}
}

func TestPageRankAgainstGonum(t *testing.T) {
	arcs := planted(200, 5, 900, 0.5, 7)
	g := simple.NewDirectedGraph()
	for i := range 200 {
		g.AddNode(simple.Node(i))
	}
	var once []Arc
	seen := map[[2]int32]bool{}
	for _, a := range arcs {
		if key := [2]int32{a.From, a.To}; a.From != a.To && !seen[key] {
			seen[key] = true
			once = append(once, Arc{a.From, a.To, 1})
			g.SetEdge(simple.Edge{F: simple.Node(a.From), T: simple.Node(a.To)})
		}
	}
	out := newMatrix(200, once)
	got := pageRank(out, out.transposed())
	for id, want := range oracle.PageRank(g, damping, 1e-12) {
		if math.Abs(got[id]-want) > 1e-7 {
			t.Errorf("node %d: %.9f, gonum says %.9f", id, got[id], want)
		}
	}
}

// The values are networkx's pagerank of the same directed, weighted graph.
func TestPageRankWeighted(t *testing.T) {
	n, arcs := published(t, "karate", true)
	out := newMatrix(n, arcs)
	rank := pageRank(out, out.transposed())
	for node, want := range map[int]float64{0: 0.014939127, 16: 0.04186533, 33: 0.256106759} {
		if math.Abs(rank[node]-want) > 1e-7 {
			t.Errorf("node %d: %.9f, want %.9f", node, rank[node], want)
		}
	}
	var sum float64
	for _, r := range rank {
		sum += r
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("ranks sum to %.12f, want 1", sum)
	}
}

func BenchmarkCommunities(b *testing.B) {
	for _, n := range []int{10_000, long.Size(100_000)} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			m := undirected(n, planted(n, n/100, 10*n, 0.7, 1))
			var q float64
			for b.Loop() {
				_, q = communities(m, 1)
			}
			b.ReportMetric(q, "Q")
		})
	}
}

func BenchmarkPageRank(b *testing.B) {
	out := newMatrix(100_000, planted(100_000, 1000, 1_000_000, 0.7, 1))
	in := out.transposed()
	for b.Loop() {
		pageRank(out, in)
	}
}

func BenchmarkLayout(b *testing.B) {
	for _, n := range []int{1000, 5000, long.Size(100_000)} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			m := undirected(n, planted(n, n/100, 10*n, 0.7, 1))
			p, _ := communities(m, 1)
			rounds, last := 0, time.Duration(0)
			for b.Loop() {
				begin := time.Now()
				_, r, err := newAtlas(m, start(p)).run(b.Context(), maxRounds(n))
				if err != nil {
					b.Fatal(err)
				}
				if r >= maxRounds(n) {
					b.Fatalf("it did not settle in %d rounds", r)
				}
				rounds, last = r, time.Since(begin)
			}
			b.ReportMetric(float64(rounds), "rounds")
			b.ReportMetric(float64(last.Milliseconds())/float64(rounds), "ms/round")
		})
	}
}
