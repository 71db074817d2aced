package query

import (
	"bytes"

	"telegramtrac/collector/search"
)

// textPage is texts that lie one after the other: text i from ends[i] to ends[i+1].
type textPage struct {
	texts []byte
	ends  []uint32

	folded     []byte // all of them, where somebody asked; see fold
	foldedEnds []uint32
}

func (p *textPage) at(i int) []byte { return p.texts[p.ends[i]:p.ends[i+1]] }

// set makes it another page, folded into the same memory.
func (p *textPage) set(texts []byte, ends []uint32) {
	p.texts, p.ends, p.folded, p.foldedEnds = texts, ends, p.folded[:0], p.foldedEnds[:0]
}

// fold folds all texts, once for all words of a query.
func (p *textPage) fold() {
	if len(p.foldedEnds) > 0 {
		return
	}
	p.foldedEnds = append(p.foldedEnds, 0)
	for i := range len(p.ends) - 1 {
		p.folded = search.AppendFolded(p.folded, p.at(i))
		p.foldedEnds = append(p.foldedEnds, uint32(len(p.folded)))
	}
}

// finder finds the texts of pages that have a word or a pattern. It is not safe for concurrent use.
type finder struct {
	*search.Bound
	longest []byte         // of a word: its longest token, folded
	needle  *search.Needle // of a pattern: what it cannot do without; nil: nothing
	buf     []byte
}

func newFinder(b *search.Bound) *finder {
	if b.Pattern() != nil {
		return &finder{Bound: b, needle: search.NewNeedle(b.Literal())}
	}
	if b.Words == nil {
		return &finder{Bound: b}
	}
	return &finder{Bound: b, longest: b.Longest()}
}

// fewRows is below which part of a page's rows each is folded alone.
const fewRows = 4

// among clears in for the texts of a page that do not have it.
func (f *finder) among(p *textPage, in []bool) {
	rows := 0
	for _, is := range in {
		if is {
			rows++
		}
	}
	if f.needle != nil {
		f.needle.Among(p.texts, p.ends, in)
	}
	if f.Words != nil && rows*fewRows > len(in) {
		f.amongFolded(p, in)
		return
	}
	for i := range in {
		in[i] = in[i] && f.has(p.at(i))
	}
}

// amongFolded looks for a word's longest token in all texts at once, and holds only those to the
// whole of it that have the token.
func (f *finder) amongFolded(p *textPage, in []bool) {
	p.fold()
	row := 0
	for next := 0; row < len(in); row++ {
		at := bytes.Index(p.folded[next:], f.longest)
		if at < 0 {
			break
		}
		for at += next; int(p.foldedEnds[row+1]) <= at; row++ {
			in[row] = false
		}
		next = int(p.foldedEnds[row+1])
		in[row] = in[row] && f.In(p.folded[p.foldedEnds[row]:next])
	}
	clear(in[min(row, len(in)):])
}

// has looks through one text.
func (f *finder) has(text []byte) bool {
	if pattern := f.Pattern(); pattern != nil {
		return pattern.Match(text)
	}
	if f.Words == nil {
		return f.InLanguage(string(text))
	}
	f.buf = search.AppendFolded(f.buf[:0], text)
	return f.In(f.buf)
}
