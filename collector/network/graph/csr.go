package graph

// Arc is a weighted arc between two nodes, by index.
type Arc struct {
	From, To int32
	Weight   float64
}

// matrix is a graph in compressed sparse rows: the neighbours of node i are
// to[offset[i]:offset[i+1]], ascending, each once, with their weights. Undirected matrices
// have each edge in both rows; loops are stored separately.
type matrix struct {
	offset []int
	to     []int32
	weight []float64
	loop   []float64 // weight of the edge from i to itself, nil when there are none
}

func (m *matrix) len() int { return len(m.offset) - 1 }

// row returns the neighbours of node i and the weights of the edges to them.
func (m *matrix) row(i int32) ([]int32, []float64) {
	lo, hi := m.offset[i], m.offset[i+1]
	return m.to[lo:hi], m.weight[lo:hi]
}

// degrees returns the number of neighbours of each node.
func (m *matrix) degrees() []int {
	out := make([]int, m.len())
	for i := range out {
		out[i] = m.offset[i+1] - m.offset[i]
	}
	return out
}

// newMatrix adds up arcs with the same ends. Loops among them are dropped.
func newMatrix(n int, arcs []Arc) *matrix {
	return transpose(n, func(yield func(Arc)) {
		for _, a := range arcs {
			if a.From != a.To {
				yield(a)
			}
		}
	}).transposed().merged()
}

// undirected adds up arcs between the same two nodes, whatever their direction.
func undirected(n int, arcs []Arc) *matrix {
	return transpose(n, func(yield func(Arc)) {
		for _, a := range arcs {
			if a.From != a.To {
				yield(a)
				yield(Arc{a.To, a.From, a.Weight})
			}
		}
	}).transposed().merged()
}

// transpose puts each arc into the row of its target, in the order of the arcs.
func transpose(n int, each func(yield func(Arc))) *matrix {
	m := &matrix{offset: make([]int, n+1)}
	each(func(a Arc) { m.offset[a.To+1]++ })
	for i := range n {
		m.offset[i+1] += m.offset[i]
	}
	m.to = make([]int32, m.offset[n])
	m.weight = make([]float64, m.offset[n])
	next := make([]int, n)
	copy(next, m.offset)
	each(func(a Arc) {
		at := next[a.To]
		next[a.To]++
		m.to[at], m.weight[at] = a.From, a.Weight
	})
	return m
}

// transposed reverses every arc. Its rows are ascending.
func (m *matrix) transposed() *matrix {
	return transpose(m.len(), func(yield func(Arc)) {
		for i := range int32(m.len()) {
			to, weight := m.row(i)
			for k, j := range to {
				yield(Arc{i, j, weight[k]})
			}
		}
	})
}

// merged adds up equal neighbours of ascending rows, in place.
func (m *matrix) merged() *matrix {
	at, lo := 0, 0
	for i := range m.len() {
		hi, begin := m.offset[i+1], at
		for k := lo; k < hi; k++ {
			if at > begin && m.to[at-1] == m.to[k] {
				m.weight[at-1] += m.weight[k]
				continue
			}
			m.to[at], m.weight[at] = m.to[k], m.weight[k]
			at++
		}
		lo, m.offset[i+1] = hi, at
	}
	m.to, m.weight = m.to[:at], m.weight[:at]
	return m
}

// components numbers the connected components of an undirected matrix among
// nodes with the same label (all nodes when labels is nil), in the order of
// their first nodes.
func (m *matrix) components(labels []int32) (component []int32, count int) {
	component = make([]int32, m.len())
	for i := range component {
		component[i] = -1
	}
	var stack []int32
	for i := range component {
		if component[i] >= 0 {
			continue
		}
		component[i] = int32(count)
		stack = append(stack[:0], int32(i))
		for len(stack) > 0 {
			u := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			to, _ := m.row(u)
			for _, v := range to {
				if component[v] < 0 && (labels == nil || labels[v] == labels[u]) {
					component[v] = int32(count)
					stack = append(stack, v)
				}
			}
		}
		count++
	}
	return component, count
}
