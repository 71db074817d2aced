package query

import (
	"telegramtrac/collector/search"
)

// textPage is texts that lie one after the other: text i from ends[i] to ends[i+1].
type textPage struct {
	texts []byte
	ends  []uint32
}

func (p *textPage) at(i int) []byte { return p.texts[p.ends[i]:p.ends[i+1]] }

// finder finds the texts of pages that have a word or a pattern. It is not safe for concurrent use.
type finder struct {
	*search.Bound
	buf []byte
}

func newFinder(b *search.Bound) *finder { return &finder{Bound: b} }

// among clears in for the texts of a page that do not have it.
func (f *finder) among(p *textPage, in []bool) {
	for i := range in {
		in[i] = in[i] && f.has(p.at(i))
	}
}

// has looks through one text.
func (f *finder) has(text []byte) bool {
	if pattern := f.Pattern(); pattern != nil {
		return pattern.Match(text)
	}
	f.buf = search.AppendFolded(f.buf[:0], text)
	return f.In(f.buf)
}
