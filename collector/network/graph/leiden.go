package graph

import (
	"math/rand/v2"
	"slices"
)

// level is one level of Leiden: a graph, whose nodes may be merged ones, and the community of
// each node.
type level struct {
	m         *matrix
	community []int32
	strength  []float64
	total     float64
	rng       *rand.Rand

	// scratch: the weight between a node and each community near it
	near    []float64
	touched []int32
}

func newLevel(m *matrix, community []int32, rng *rand.Rand) *level {
	l := &level{m: m, community: community, rng: rng, near: make([]float64, m.len())}
	l.strength, l.total = strengths(m)
	return l
}

// leiden improves the partition p, whose community numbers are below its length.
func leiden(m *matrix, p []int32, rng *rand.Rand) []int32 {
	at := singletons(m.len()) // maps each node to its node in the current level
	l := newLevel(m, p, rng)
	for {
		l.move()
		refined, count := l.refine()
		if count == l.m.len() {
			break
		}
		for i, u := range at {
			at[i] = refined[u]
		}
		l = l.aggregate(refined, count)
	}
	out := make([]int32, len(at))
	for i, u := range at {
		out[i] = l.community[u]
	}
	return out
}

// groups counts the strength and the members of communities.
type groups struct {
	sum     []float64
	members []int32
	empty   []int32 // communities without members
}

func (l *level) groups() *groups {
	g := &groups{sum: make([]float64, l.m.len()), members: make([]int32, l.m.len())}
	for u, c := range l.community {
		g.sum[c] += l.strength[u]
		g.members[c]++
	}
	for c, n := range g.members {
		if n == 0 {
			g.empty = append(g.empty, int32(c))
		}
	}
	return g
}

func (g *groups) leave(c int32, strength float64) {
	g.sum[c] -= strength
	if g.members[c]--; g.members[c] == 0 {
		g.sum[c] = 0
		g.empty = append(g.empty, c)
	}
}

// join adds a node to a community. An empty community must be the last of g.empty.
func (g *groups) join(c int32, strength float64) {
	g.sum[c] += strength
	if g.members[c]++; g.members[c] == 1 {
		g.empty = g.empty[:len(g.empty)-1]
	}
}

// move puts nodes into the neighbouring community with the greatest gain, until no node gains.
// After a change, only its neighbours are looked at again.
func (l *level) move() {
	n := l.m.len()
	g := l.groups()
	queue := l.shuffled() // a ring buffer: waiting nodes start at head
	waits := make([]bool, n)
	for i := range waits {
		waits[i] = true
	}
	for head, waiting := 0, n; waiting > 0; {
		u, old := queue[head], l.community[queue[head]]
		head, waiting, waits[u] = (head+1)%n, waiting-1, false
		g.leave(old, l.strength[u])
		best := l.best(u, old, g.sum)
		if best < 0 { // being alone is better than any neighbour
			best = g.empty[len(g.empty)-1]
		}
		g.join(best, l.strength[u])
		l.community[u] = best
		if best == old {
			continue
		}
		to, _ := l.m.row(u)
		for _, v := range to {
			if l.community[v] != best && !waits[v] {
				queue[(head+waiting)%n], waits[v] = v, true
				waiting++
			}
		}
	}
}

// best returns the community that gains most from u, which sum does not include: old unless
// another is better, -1 when every one of them loses.
func (l *level) best(u, old int32, sum []float64) int32 {
	l.gatherNear(u, l.community, false)
	scale := l.strength[u] / l.total
	best, gain := old, l.near[old]-scale*sum[old]
	for _, c := range l.touched {
		if g := l.near[c] - scale*sum[c]; g > gain+1e-12 {
			best, gain = c, g
		}
	}
	l.clearNear()
	if gain < -1e-12 {
		return -1
	}
	return best
}

// gatherNear fills near with the weight between u and each adjacent group; with inside, only of
// neighbours in u's community.
func (l *level) gatherNear(u int32, group []int32, inside bool) {
	to, weight := l.m.row(u)
	for k, v := range to {
		if inside && l.community[v] != l.community[u] {
			continue
		}
		c := group[v]
		if l.near[c] == 0 {
			l.touched = append(l.touched, c)
		}
		l.near[c] += weight[k]
	}
}

func (l *level) clearNear() {
	for _, c := range l.touched {
		l.near[c] = 0
	}
	l.touched = l.touched[:0]
}

func (l *level) shuffled() []int32 {
	order := singletons(l.m.len())
	l.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// refine splits each community into well-connected parts: it starts with single nodes and
// merges those that are well connected within their community. It returns the part of each
// node and the number of parts.
func (l *level) refine() (part []int32, count int) {
	n := l.m.len()
	part = singletons(n)
	whole := make([]float64, n) // strength of each community
	for u, c := range l.community {
		whole[c] += l.strength[u]
	}
	inner := l.inner()
	sum := make([]float64, n) // strength of each part
	copy(sum, l.strength)
	cut := make([]float64, n) // weight between a part and the rest of its community
	copy(cut, inner)
	alone := make([]bool, n)
	for i := range alone {
		alone[i] = true
	}
	wellConnected := func(p, community int32) bool {
		return cut[p] >= sum[p]*(whole[community]-sum[p])/l.total
	}
	for _, u := range l.shuffled() {
		c := l.community[u]
		if !alone[u] || !wellConnected(u, c) {
			continue
		}
		l.gatherNear(u, part, true)
		best, gain := u, 0.0
		for _, p := range l.touched {
			g := l.near[p] - l.strength[u]*sum[p]/l.total
			if g > gain && wellConnected(p, c) {
				best, gain = p, g
			}
		}
		if best != u {
			cut[best] += inner[u] - 2*l.near[best]
			sum[best] += l.strength[u]
			sum[u], cut[u] = 0, 0
			part[u] = best
			alone[best] = false
		}
		l.clearNear()
	}
	return compact(part)
}

// inner returns the weight between each node and the rest of its community.
func (l *level) inner() []float64 {
	out := make([]float64, l.m.len())
	for u := range int32(l.m.len()) {
		to, weight := l.m.row(u)
		for k, v := range to {
			if l.community[v] == l.community[u] {
				out[u] += weight[k]
			}
		}
	}
	return out
}

// compact renumbers the parts without gaps, in the order of their first nodes.
func compact(part []int32) ([]int32, int) {
	if len(part) == 0 {
		return part, 0
	}
	number := make([]int32, slices.Max(part)+1)
	for i := range number {
		number[i] = -1
	}
	count := 0
	for i, p := range part {
		if number[p] < 0 {
			number[p] = int32(count)
			count++
		}
		part[i] = number[p]
	}
	return part, count
}

// aggregate merges each part into one node, in the community of its nodes.
func (l *level) aggregate(part []int32, count int) *level {
	loop := make([]float64, count)
	community := make([]int32, count)
	arcs := make([]Arc, 0, len(l.m.to)/2)
	for u := range int32(l.m.len()) {
		p := part[u]
		community[p] = l.community[u]
		if l.m.loop != nil {
			loop[p] += l.m.loop[u]
		}
		to, weight := l.m.row(u)
		for k, v := range to {
			switch {
			case v < u: // counted in v's row
			case part[v] == p:
				loop[p] += weight[k]
			default:
				arcs = append(arcs, Arc{p, part[v], weight[k]})
			}
		}
	}
	m := undirected(count, arcs)
	m.loop = loop
	community, _ = compact(community)
	return newLevel(m, community, l.rng)
}
