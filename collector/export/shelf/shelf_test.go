package shelf

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestShelf(t *testing.T) {
	s, data, made := New(100), "one", 0
	print := func(context.Context) (string, error) { return data, nil }
	ask := func(workspace, name string, size int, meanwhile func()) string {
		t.Helper()
		var out bytes.Buffer
		err := s.Write(t.Context(), &out, workspace, name, print, func(w io.Writer) error {
			made++
			_, err := io.WriteString(w, strings.Repeat(data[:1], size))
			if meanwhile != nil {
				meanwhile()
			}
			return err
		})
		if err != nil || out.Len() != size {
			t.Fatalf("%d bytes, %v", out.Len(), err)
		}
		return out.String()
	}
	times := func(what string, want int) {
		t.Helper()
		if made != want {
			t.Errorf("%s: made %d times, want %d", what, made, want)
		}
		made = 0
	}
	for range 3 {
		ask("a", "x", 40, nil)
	}
	times("asked again", 1)
	ask("b", "x", 40, nil)
	ask("a", "y", 5, nil)
	times("others", 2)
	data = "two"
	if got := ask("a", "x", 40, nil); got[0] != 't' {
		t.Error("data that changed was not seen")
	}
	times("changed", 1)
	ask("b", "z", 51, nil)
	ask("b", "z", 51, nil)
	times("larger than half", 2)
	ask("a", "y", 30, nil)
	ask("a", "x", 40, nil)
	ask("c", "x", 40, nil) // for which there is no room
	times("more", 2)
	if s.size > 100 || len(s.files) != 2 {
		t.Errorf("%d bytes in %d files", s.size, len(s.files))
	}
	ask("a", "x", 40, nil)
	times("asked for lately", 0)
	s.Drop("a")
	ask("a", "x", 40, func() { s.Drop("a") })
	ask("a", "x", 40, nil)
	times("dropped while it was made", 2)
	ask("d", "x", 4, func() { data = "three" })
	ask("d", "x", 4, nil)
	times("changed while it was made", 2)
	broken := errors.New("broken")
	if err := s.Write(t.Context(), io.Discard, "e", "x", print, func(io.Writer) error { return broken }); err != broken {
		t.Error(err)
	}
	ask("e", "x", 4, nil)
	times("after an error", 1)
}
