package graph

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// communities partitions an undirected matrix with the Leiden algorithm, which maximizes
// modularity: https://doi.org/10.1038/s41598-019-41695-z
// Every community is connected. They are numbered by size, largest first, then by their first
// node. Small graphs are partitioned several times and the best result wins. Equal for equal
// seeds.
func communities(m *matrix, seed uint64) (membership []int32, q float64) {
	if len(m.to) == 0 {
		return singletons(m.len()), 0
	}
	rng := rand.New(rand.NewPCG(seed, 0x6c656964656e))
	for range restarts(m) {
		p := refineUntilStable(m, rng)
		if pq := modularity(m, p); membership == nil || pq > q+1e-12 {
			membership, q = p, pq
		}
	}
	return numberBySize(membership), q
}

// restarts returns how many runs a graph gets: small graphs take about the same time.
func restarts(m *matrix) int {
	return min(50, max(1, 300_000/(1+m.len()+len(m.to))))
}

// refineUntilStable runs Leiden again on its own result until modularity stops rising, at most
// four times.
func refineUntilStable(m *matrix, rng *rand.Rand) []int32 {
	p := leiden(m, singletons(m.len()), rng)
	q := modularity(m, p)
	for range 3 {
		next := leiden(m, slices.Clone(p), rng)
		nq := modularity(m, next)
		if nq <= q+1e-5 {
			break
		}
		p, q = next, nq
	}
	// Splitting a community that is not connected always raises the modularity.
	p, _ = m.components(p)
	return p
}

func singletons(n int) []int32 {
	p := make([]int32, n)
	for i := range p {
		p[i] = int32(i)
	}
	return p
}

// modularity returns the modularity of a partition of an undirected matrix. Community numbers
// are below its length.
func modularity(m *matrix, p []int32) float64 {
	strength, total := strengths(m)
	if total == 0 {
		return 0
	}
	sum := make([]float64, m.len())
	var inside float64
	for u := range int32(m.len()) {
		sum[p[u]] += strength[u]
		if m.loop != nil {
			inside += 2 * m.loop[u]
		}
		to, weight := m.row(u)
		for k, v := range to {
			if p[v] == p[u] {
				inside += weight[k]
			}
		}
	}
	q := inside / total
	for _, s := range sum {
		q -= (s / total) * (s / total)
	}
	return q
}

// strengths returns the weighted degree of every node and their sum. A loop
// counts at both its ends.
func strengths(m *matrix) (strength []float64, total float64) {
	strength = make([]float64, m.len())
	for u := range int32(m.len()) {
		_, weight := m.row(u)
		for _, w := range weight {
			strength[u] += w
		}
		if m.loop != nil {
			strength[u] += 2 * m.loop[u]
		}
		total += strength[u]
	}
	return strength, total
}

// numberBySize renumbers a partition: largest first, then by first node.
func numberBySize(p []int32) []int32 {
	size := make([]int, len(p))
	first := make([]int, len(p))
	for i, c := range slices.Backward(p) {
		size[c]++
		first[c] = i
	}
	var order []int32
	for c, s := range size {
		if s > 0 {
			order = append(order, int32(c))
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(size[b], size[a]), cmp.Compare(first[a], first[b]))
	})
	number := make([]int32, len(p))
	for i, c := range order {
		number[c] = int32(i)
	}
	out := make([]int32, len(p))
	for i, c := range p {
		out[i] = number[c]
	}
	return out
}
