package search

import (
	"sync"
	"unicode"
	"unicode/utf8"
)

// appendLow appends a text with each letter in the form that stands for all
// its cases.
func appendLow(out, text []byte) []byte {
	low := lows()
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			out = append(out, byte(low[c]))
			i++
			continue
		}
		if c >= 0xc2 && c < 0xe0 && i+1 < len(text) && text[i+1]&0xc0 == 0x80 {
			// Two bytes, as Cyrillic and Arabic letters are, without a call.
			r := rune(c&0x1f)<<6 | rune(text[i+1]&0x3f)
			if r = low[r]; r >= 0x80 && r < 0x800 {
				out = append(out, 0xc0|byte(r>>6), 0x80|byte(r&0x3f))
			} else {
				out = utf8.AppendRune(out, r)
			}
			i += 2
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		out = utf8.AppendRune(out, lowRune(r))
		i += size
	}
	return out
}

// lows are the folded forms of the runes below it.
var lows = sync.OnceValue(func() *[0x3000]rune {
	var out [0x3000]rune
	for r := range out {
		out[r] = simplest(rune(r))
	}
	return &out
})

func lowRune(r rune) rune {
	if low := lows(); r >= 0 && int(r) < len(low) {
		return low[r]
	}
	return simplest(r)
}

// simplest is the lowest rune among all cases of a letter. See
// https://www.unicode.org/reports/tr44/#CaseFolding.txt (simple folding).
func simplest(r rune) rune {
	lowest := r
	for s := unicode.SimpleFold(r); s != r; s = unicode.SimpleFold(s) {
		lowest = min(lowest, s)
	}
	return lowest
}

func lowRunes(s string) []rune {
	out := []rune(s)
	for i, r := range out {
		out[i] = lowRune(r)
	}
	return out
}
