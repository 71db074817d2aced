package query

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestAmong: many texts are searched together as each of them is alone.
func TestAmong(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	letters := []string{"a", "A", "k", "K", "\u212a", "п", "П", "ар", "АР", "ß", "ẞ", " ", "1", "\xff", "\ufffd", "σ", "ς", "Σ", "İ", "渡", ""}
	text := func(most int) string {
		var b strings.Builder
		for range r.IntN(most) {
			b.WriteString(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	found := 0
	for range 4000 {
		n := NewNeedle(text(4))
		if n == nil {
			continue
		}
		texts, ends, in := []byte("before"), []uint32{6}, []bool(nil)
		for range r.IntN(12) {
			texts = append(texts, text(12)...)
			ends, in = append(ends, uint32(len(texts))), append(in, r.IntN(4) > 0)
		}
		texts = append(texts, "behind"...)
		want := slices.Clone(in)
		for i := range want {
			want[i] = want[i] && n.In(texts[ends[i]:ends[i+1]])
			if want[i] {
				found++
			}
		}
		if n.among(texts, ends, in); !slices.Equal(in, want) {
			t.Fatalf("%q in %q, %v: %v, want %v", n.folded, texts, ends, in, want)
		}
	}
	if found < 1000 {
		t.Errorf("only %d found", found)
	}
}
