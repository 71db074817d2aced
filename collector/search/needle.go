package search

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Needle is a text to search for, whatever the case of its letters. It is not
// safe for concurrent use.
type Needle struct {
	folded []byte
	buf    []byte

	// pairs are two neighbours of the needle's letters in all their cases: where none of them
	// is, the needle is not. They are looked for at some gigabytes a second, and around each
	// that is found the letters are compared, so that nothing is folded that is not near.
	// nil: there would be too many.
	pairs   [][]byte
	pair    int    // index of the first of the two letters
	letters []rune // folded
}

// mostPairs is up to how many pairs looking for each is quicker than folding everything.
const mostPairs = 6

// NewNeedle returns nil when there is nothing to search for.
func NewNeedle(text string) *Needle {
	if text == "" {
		return nil
	}
	n := &Needle{folded: appendLow(nil, []byte(text)), letters: lowRunes(text)}
	n.pairs, n.pair = fewestPairs(text)
	return n
}

// In reports whether a text has the needle in it. A nil needle is everywhere.
func (n *Needle) In(text []byte) bool {
	if n == nil {
		return true
	}
	n.buf = appendLow(n.buf[:0], text)
	return bytes.Contains(n.buf, n.folded)
}

// Among clears in for the texts, which lie one after the other, that do not have the needle:
// text i from ends[i] to ends[i+1].
func (n *Needle) Among(texts []byte, ends []uint32, in []bool) {
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

// find marks the texts that have the needle around a pair.
func (n *Needle) find(pair, texts []byte, ends []uint32, in, has []bool) {
	end := int(ends[len(in)])
	for i, next := 0, int(ends[0]); i < len(in); {
		at := bytes.Index(texts[next:end], pair)
		if at < 0 {
			return
		}
		at += next
		for int(ends[i+1]) <= at { // to the text where it begins
			i++
		}
		from, to := int(ends[i]), int(ends[i+1])
		has[i] = has[i] || in[i] && n.around(texts[from:to], at-from)
		if next = at + 1; has[i] || !in[i] {
			next = to
			i++
		}
	}
}

// around reports whether the needle is where one of its pairs is.
func (n *Needle) around(text []byte, at int) bool {
	before := text[:at]
	for _, want := range slices.Backward(n.letters[:n.pair]) {
		r, size := utf8.DecodeLastRune(before)
		if size == 0 || lowRune(r) != want {
			return false
		}
		before = before[:len(before)-size]
	}
	behind := text[at:]
	for _, want := range n.letters[n.pair:] {
		r, size := utf8.DecodeRune(behind)
		if size == 0 || lowRune(r) != want {
			return false
		}
		behind = behind[size:]
	}
	return true
}

// fewestPairs are the neighbours in a text that have the fewest cases; nil where all have many,
// or it has but one letter. at is the index of the first of them.
func fewestPairs(text string) (fewest [][]byte, at int) {
	if !utf8.ValidString(text) || bytes.ContainsRune([]byte(text), utf8.RuneError) {
		return nil, 0 // in texts that are no UTF-8, broken letters are folded to that one
	}
	letters := []rune(text)
	for i := 1; i < len(letters); i++ {
		a, b := cases(letters[i-1]), cases(letters[i])
		if n := len(a) * len(b); n > mostPairs || fewest != nil && n >= len(fewest) {
			continue
		}
		fewest, at = nil, i-1
		for _, first := range a {
			for _, second := range b {
				fewest = append(fewest, slices.Concat(first, second))
			}
		}
	}
	return fewest, at
}

// cases are the forms of a letter that are folded to the same one.
func cases(r rune) (out [][]byte) {
	out = append(out, utf8.AppendRune(nil, r))
	for s := unicode.SimpleFold(r); s != r; s = unicode.SimpleFold(s) {
		out = append(out, utf8.AppendRune(nil, s))
	}
	return out
}
