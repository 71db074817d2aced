package graph

import "math"

const (
	damping       = 0.85
	rankTolerance = 1e-9 // sum of absolute changes
	rankRounds    = 200
)

// pageRank is the weighted PageRank by power iteration. A node without outgoing arcs spreads
// its rank over all nodes. The ranks sum to 1.
func pageRank(out, in *matrix) []float64 {
	n := out.len()
	share := make([]float64, n) // 1 / outgoing weight; 0: no outgoing arcs
	rank := make([]float64, n)
	next := make([]float64, n)
	spread := make([]float64, n)
	for i := range int32(n) {
		var sum float64
		_, weight := out.row(i)
		for _, w := range weight {
			sum += w
		}
		if sum > 0 {
			share[i] = 1 / sum
		}
		rank[i] = 1 / float64(n)
	}
	for range rankRounds {
		var stuck float64
		for i, r := range rank {
			if share[i] == 0 {
				stuck += r
			}
			spread[i] = r * share[i]
		}
		base := (1 - damping + damping*stuck) / float64(n)
		var change float64
		for i := range int32(n) {
			var sum float64
			from, weight := in.row(i)
			for k, j := range from {
				sum += spread[j] * weight[k]
			}
			next[i] = base + damping*sum
			change += math.Abs(next[i] - rank[i])
		}
		rank, next = next, rank
		if change < rankTolerance {
			break
		}
	}
	return rank
}
