package views

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestWritten: cells are written as the template writes them.
func TestWritten(t *testing.T) {
	t.Parallel()
	e, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	pieces := []string{"", "a", "<b>", "</td>", "&amp;", `"`, "'", "+", "\x00", "\xff", "Паром", "\ufdd0", "\n", "`", "=1+1", "\u2028"}
	r := rand.New(rand.NewPCG(2, 2))
	plain := 0
	for range 2000 {
		c := Cell{Number: r.IntN(3) == 0, Text: r.IntN(2) == 0, Long: r.IntN(2) == 0}
		for range r.IntN(4) {
			s := Span{Text: pieces[r.IntN(len(pieces))] + pieces[r.IntN(len(pieces))]}
			if r.IntN(8) == 0 {
				s.Class = "found"
			}
			c.Spans = append(c.Spans, s)
		}
		got := c.Written()
		if got == "" {
			continue
		}
		plain++
		var want bytes.Buffer
		if err := e.Templates.ExecuteTemplate(&want, "cell", c); err != nil {
			t.Fatal(err)
		}
		if string(got) != want.String() {
			t.Fatalf("%+v is written %q, want %q", c, got, want.String())
		}
	}
	if plain < 500 {
		t.Errorf("only %d cells are plain", plain)
	}
}
