package spool

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func begin(t *testing.T, s *Spool, workspace string) *Upload {
	t.Helper()
	u, err := s.Begin(workspace, 10)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUpload(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "uploads"))
	u := begin(t, s, "w1")
	if err := u.Put(File{Name: "../../a"}, strings.NewReader("hello")); err != nil {
		t.Fatal(err)
	}
	if err := u.Flush(); err != nil {
		t.Fatal(err)
	}
	u.End()
	b, err := os.ReadFile(s.Path("w1", u.ID(), 0))
	if err != nil || string(b) != "hello" || !s.Has("w1", u.ID()) || s.Has("w2", u.ID()) || s.Has("w1", "../w1/"+u.ID()) {
		t.Errorf("%q, %v", b, err)
	}
	if err := s.Remove("w1", u.ID()); err != nil || s.Has("w1", u.ID()) {
		t.Errorf("removed: %v", err)
	}
	if _, err := s.Begin("../w", 0); err == nil {
		t.Error("a workspace may be a path")
	}
}

// A start sweeps what belongs to nothing, and what an import left beside its files.
func TestSweep(t *testing.T) {
	s := Open(t.TempDir())
	kept, lost, other := begin(t, s, "w1"), begin(t, s, "w1"), begin(t, s, "w2")
	for _, u := range []*Upload{kept, lost, other} {
		if err := u.Put(File{}, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	for _, stray := range []string{".DS_Store", "w1/.DS_Store"} { // what some file managers leave
		if err := os.WriteFile(filepath.Join(s.dir, stray), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(s.Folder("w1", kept.ID()), "staging.1", "messages"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Open(s.dir).Sweep(func(w, upload string) bool { return w == "w1" && upload == kept.ID() }); err != nil {
		t.Fatal(err)
	}
	var left []string
	err := filepath.WalkDir(s.dir, func(path string, e os.DirEntry, err error) error {
		left = append(left, strings.TrimPrefix(path, s.dir))
		return err
	})
	if want := []string{"", "/.DS_Store", "/w1", "/w1/" + kept.ID(), "/w1/" + kept.ID() + "/0"}; err != nil ||
		strings.Join(left, " ") != strings.Join(want, " ") {
		t.Errorf("left: %v, %v; want %v", left, err, want)
	}
	if err := Open(filepath.Join(s.dir, "none")).Sweep(nil); err != nil {
		t.Errorf("no spool yet: %v", err)
	}
}

func TestRoom(t *testing.T) {
	s := Open(t.TempDir())
	free := uint64(Reserve + 100<<20)
	s.free = func(string) (uint64, uint64, bool) { return free, 1 << 50, true }
	if _, err := s.Begin("w1", 101<<20); !errors.Is(err, ErrFull) {
		t.Errorf("more than there is room for: %v", err)
	}
	u, err := s.Begin("w1", 60<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin("w2", 60<<20); !errors.Is(err, ErrFull) {
		t.Errorf("more than is left beside what comes: %v", err)
	}
	free = Reserve - 1 // something else filled the disk
	if err := u.Put(File{}, io.LimitReader(zeros{}, 60<<20)); !errors.Is(err, ErrFull) {
		t.Errorf("while it comes: %v", err)
	}
	if err := u.Remove(); err != nil || s.Has("w1", u.ID()) {
		t.Errorf("removed: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestAtOnce(t *testing.T) {
	s := Open(t.TempDir())
	first := begin(t, s, "w")
	for range atOnce - 1 {
		begin(t, s, "w")
	}
	if _, err := s.Begin("w", 0); !errors.Is(err, ErrBusy) {
		t.Errorf("one more: %v", err)
	}
	first.End()
	begin(t, s, "w")
}
