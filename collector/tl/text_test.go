package tl

import (
	"testing"
	"unicode/utf16"
)

// span agrees with cutting the UTF-16 text itself, in any order of spans.
func TestCutter(t *testing.T) {
	for _, text := range []string{"", "ascii", "é😀a👍🏽b🧑‍🚀", "😀", "тест 😀😀 x"} {
		units := utf16.Encode([]rune(text))
		isLow := func(i int) bool { return i > 0 && i < len(units) && units[i] >= 0xDC00 && units[i] < 0xE000 }
		c := cutter{text: text}
		for from := len(units) + 1; from >= 0; from-- {
			for n := -1; n <= len(units)+2; n++ {
				lo, hi := from, from+n
				if isLow(lo) {
					lo--
				}
				if isLow(hi) {
					hi++
				}
				want := ""
				if lo = min(lo, len(units)); n > 0 {
					want = string(utf16.Decode(units[lo:min(hi, len(units))]))
				}
				if got := c.span(int32(from), int32(n)); got != want {
					t.Errorf("%q[%d:+%d]: got %q, want %q", text, from, n, got, want)
				}
			}
		}
		if got := c.span(1<<31-1, 1<<31-1); got != "" {
			t.Errorf("far outside: got %q", got)
		}
	}
}
