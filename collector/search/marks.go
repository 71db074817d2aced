package search

// Span is a run of a text, in runes.
type Span struct{ From, To int }

// mostMarks is how many places of a text are marked for one term.
const mostMarks = 200

// Marks are where a text has what the query looks for, in order and apart from each other.
// What is not to be there is not marked.
func (m *Matcher) Marks(text string) []Span {
	hit := make([]bool, 0)
	var folded []byte
	var at []int
	m.tree.Each(func(t *Term, not bool) {
		b := m.terms[t]
		if not || !t.OfText() || t.Field == Language {
			return
		}
		if at == nil {
			folded, at = foldedPlaces(text)
			hit = make([]bool, at[len(at)-1])
		}
		for _, s := range b.spans(text, folded, at) {
			for i := s.From; i < s.To; i++ {
				hit[i] = true
			}
		}
	})
	return runs(hit)
}

// runs are the runs of runes that were hit.
func runs(hit []bool) (out []Span) {
	for i, is := range hit {
		switch {
		case !is:
		case len(out) > 0 && out[len(out)-1].To == i:
			out[len(out)-1].To++
		default:
			out = append(out, Span{i, i + 1})
		}
	}
	return out
}

// spans are the places of one term.
func (b *Bound) spans(text string, folded []byte, at []int) (out []Span) {
	if b.pattern != nil {
		return patternSpans(text, b.pattern.FindAllStringIndex(text, mostMarks))
	}
	for from := 0; len(out) < mostMarks; {
		i, end := b.find(folded, from)
		if i < 0 {
			break
		}
		out = append(out, Span{at[i], max(at[end], at[end-1]+1)})
		from = end
	}
	return out
}

// patternSpans turns places in bytes into places in runes.
func patternSpans(text string, found [][]int) (out []Span) {
	runes, bytes := 0, 0
	forward := func(to int) int {
		for range text[bytes:to] {
			runes++
		}
		bytes = to
		return runes
	}
	for _, f := range found {
		from := forward(f[0])
		out = append(out, Span{from, forward(f[1])})
	}
	return out
}
