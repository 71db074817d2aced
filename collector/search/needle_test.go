package search

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
		if n.Among(texts, ends, in); !slices.Equal(in, want) {
			t.Fatalf("%q in %q, %v: %v, want %v", n.folded, texts, ends, in, want)
		}
	}
	if found < 1000 {
		t.Errorf("only %d found", found)
	}
}

// TestBrokenLetters: a letter after half of another one is found.
func TestBrokenLetters(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\xd0ferry", "\xc3\xd0FERRY", "\xe2\x82ferry", "\xf0\x9f\x98ferry", "ferry\xd0"} {
		n := NewNeedle("ferry")
		in := []bool{true}
		n.Among([]byte(text), []uint32{0, uint32(len(text))}, in)
		if !n.In([]byte(text)) || !in[0] {
			t.Errorf("%q: found alone %v, among others %v", text, n.In([]byte(text)), in[0])
		}
	}
}

// FuzzAmong: texts are searched together as each of them is alone.
func FuzzAmong(f *testing.F) {
	f.Add("ferry", "the FERRY", "\xd0ferry")
	f.Add("\u212aı", "Kİ", "kI")
	f.Fuzz(func(t *testing.T, what, one, two string) {
		n := NewNeedle(what)
		if n == nil {
			return
		}
		ends := []uint32{0, uint32(len(one)), uint32(len(one)), uint32(len(one) + len(two))}
		in := []bool{true, true, true}
		n.Among([]byte(one+two), ends, in)
		for i, text := range []string{one, "", two} {
			if alone := n.In([]byte(text)); in[i] != alone {
				t.Fatalf("%q in %q: among others %v, alone %v", what, text, in[i], alone)
			}
		}
	})
}

// BenchmarkNeedle searches 1,000 texts of 200 bytes together, and one after the other.
func BenchmarkNeedle(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 5))
	words := strings.Fields("The ferry leaves at nine, bring bread. Паром уходит в девять, возьмите хлеб. المركب يغادر في التاسعة")
	var texts []byte
	ends := []uint32{0}
	for range 1000 {
		for len(texts) < int(ends[len(ends)-1])+200 {
			texts = append(append(texts, words[r.IntN(len(words))]...), ' ')
		}
		ends = append(ends, uint32(len(texts)))
	}
	for _, what := range []string{"ferry", "ПАРОМА", "bread. The"} {
		n := NewNeedle(what)
		b.Run(what+"/together", func(b *testing.B) {
			b.SetBytes(int64(len(texts)))
			in := make([]bool, 1000)
			for b.Loop() {
				for i := range in {
					in[i] = true
				}
				n.Among(texts, ends, in)
			}
		})
		b.Run(what+"/alone", func(b *testing.B) {
			b.SetBytes(int64(len(texts)))
			for b.Loop() {
				for i := range 1000 {
					n.In(texts[ends[i]:ends[i+1]])
				}
			}
		})
	}
}
