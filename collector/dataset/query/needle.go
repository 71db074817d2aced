package query

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"
)

// needle is a text to search for, whatever the case of its letters. It is not
// safe for concurrent use.
type needle struct {
	folded []byte
	buf    []byte

	// pairs are two neighbours of the needle's letters in all their cases: where none of them
	// is, the needle is not. They are looked for without folding, at some gigabytes a second,
	// and only the texts that have one are folded. nil: there would be too many.
	pairs [][]byte
}

// mostPairs is up to how many pairs looking for each is quicker than folding everything.
const mostPairs = 6

// NewNeedle returns nil when there is nothing to search for.
func NewNeedle(text string) *needle {
	if text == "" {
		return nil
	}
	return &needle{folded: appendFolded(nil, []byte(text)), pairs: fewestPairs(text)}
}

// In reports whether a text has the needle in it. A nil needle is everywhere.
func (n *needle) In(text []byte) bool {
	if n == nil {
		return true
	}
	n.buf = appendFolded(n.buf[:0], text)
	return bytes.Contains(n.buf, n.folded)
}

// among clears in for the texts, which lie one after the other, that do not have the needle:
// text i from ends[i] to ends[i+1].
func (n *needle) among(texts []byte, ends []uint32, in []bool) {
	if n.pairs == nil {
		for i := range in {
			in[i] = in[i] && n.In(texts[ends[i]:ends[i+1]])
		}
		return
	}
	has := make([]bool, len(in))
	for _, pair := range n.pairs {
		n.find(pair, texts, ends, in, has)
	}
	copy(in, has)
}

// find marks the texts that have the needle, among those with a pair.
func (n *needle) find(pair, texts []byte, ends []uint32, in, has []bool) {
	for i := 0; i < len(in); i++ {
		at := bytes.Index(texts[ends[i]:ends[len(in)]], pair)
		if at < 0 {
			return
		}
		for at += int(ends[i]); int(ends[i+1]) <= at; { // to the text where it begins
			i++
		}
		has[i] = has[i] || in[i] && n.In(texts[ends[i]:ends[i+1]])
	}
}

// fewestPairs are the neighbours in a text that have the fewest cases; nil where all have many,
// or it has but one letter.
func fewestPairs(text string) (fewest [][]byte) {
	if !utf8.ValidString(text) || bytes.ContainsRune([]byte(text), utf8.RuneError) {
		return nil // in texts that are no UTF-8, broken letters are folded to that one
	}
	letters := []rune(text)
	for i := 1; i < len(letters); i++ {
		a, b := cases(letters[i-1]), cases(letters[i])
		if n := len(a) * len(b); n > mostPairs || fewest != nil && n >= len(fewest) {
			continue
		}
		fewest = nil
		for _, first := range a {
			for _, second := range b {
				fewest = append(fewest, slices.Concat(first, second))
			}
		}
	}
	return fewest
}

// cases are the forms of a letter that are folded to the same one.
func cases(r rune) (out [][]byte) {
	out = append(out, utf8.AppendRune(nil, r))
	for s := unicode.SimpleFold(r); s != r; s = unicode.SimpleFold(s) {
		out = append(out, utf8.AppendRune(nil, s))
	}
	return out
}
