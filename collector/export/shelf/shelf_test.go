package shelf

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestShelf(t *testing.T) {
	s, data, made := New(100, time.Hour), "one", 0
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

// TestLife: nothing is kept for longer than its life, so that nothing stays of a workspace that
// nobody drops.
func TestLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, made := New(100, time.Hour), 0
		ask := func(print string) {
			t.Helper()
			err := s.Write(t.Context(), io.Discard, "a", "x", func(context.Context) (string, error) { return print, nil }, func(w io.Writer) error {
				made++
				_, err := io.WriteString(w, "content")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		ask("one")
		time.Sleep(40 * time.Minute)
		ask("two") // takes the place of the first
		time.Sleep(40 * time.Minute)
		if ask("two"); made != 2 {
			t.Errorf("made %d times, want 2: the end of another one took it", made)
		}
		time.Sleep(21 * time.Minute)
		synctest.Wait()
		if s.size != 0 || len(s.files) != 0 {
			t.Errorf("%d bytes in %d files after their life", s.size, len(s.files))
		}
	})
}
