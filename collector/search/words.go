package search

import (
	"bytes"
	"unicode/utf8"
)

// Words is a word, a part of one, or a phrase, to be found in texts. It is safe for concurrent
// use.
type Words struct {
	tokens      [][]byte // folded, without a sign that stands between words
	begin, open bool     // a star: the first token may begin, the last may end within a word
}

// newWords cuts a text into its tokens; there are none where no letter is in it.
func newWords(text string, begin, open bool) *Words {
	w := &Words{begin: begin, open: open}
	rest := AppendFolded(nil, []byte(text))
	for len(rest) > 0 {
		n := tokenLength(rest)
		if n > 0 {
			w.tokens = append(w.tokens, rest[:n:n])
			rest = rest[n:]
			continue
		}
		_, size := utf8.DecodeRune(rest)
		rest = rest[size:]
	}
	return w
}

// tokenLength is how long the token is that a text begins with.
func tokenLength(text []byte) int {
	at := 0
	for at < len(text) && after(text, at) != between {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}

// Longest is the longest token, folded: a text without it does not match.
func (w *Words) Longest() (out []byte) {
	for _, t := range w.tokens {
		if len(t) > len(out) {
			out = t
		}
	}
	return out
}

// In reports whether a folded text has the words.
func (w *Words) In(text []byte) bool {
	from, _ := w.find(text, 0)
	return from >= 0
}

// find returns where the words stand first in a folded text from a place on; from is -1 where
// they do not.
func (w *Words) find(text []byte, at int) (from, to int) {
	first := w.tokens[0]
	for at <= len(text) {
		i := bytes.Index(text[at:], first)
		if i < 0 {
			break
		}
		at += i
		if to := w.at(text, at); to >= 0 {
			return at, to
		}
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return -1, -1
}

// at returns where the words end that begin at a place where the first token stands; -1 where
// the rest is not there.
func (w *Words) at(text []byte, from int) int {
	if !w.begin && before(text, from) == inWord && after(text, from) == inWord {
		return -1
	}
	end := from + len(w.tokens[0])
	for _, token := range w.tokens[1:] {
		next := skipBetween(text, end)
		if next == end && before(text, end) == inWord && after(token, 0) == inWord || !bytes.HasPrefix(text[next:], token) {
			return -1
		}
		end = next + len(token)
	}
	if !w.open && before(text, end) == inWord && after(text, end) == inWord {
		return -1
	}
	return end
}

// skipBetween is the first place from which on something of a word stands.
func skipBetween(text []byte, at int) int {
	for at < len(text) && after(text, at) == between {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}
