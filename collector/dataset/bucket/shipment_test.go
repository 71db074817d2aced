package bucket

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// TestShipmentThatCannotLand: what was decided to land and could not is kept, and
// lands when the dataset is opened again; what was not is removed.
func TestShipmentThatCannotLand(t *testing.T) {
	root := t.TempDir()
	ship := func(name, place string) *Shipment {
		t.Helper()
		s, err := Folder(root).Ship(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Put(place, func(w *os.File) error { _, err := io.WriteString(w, "rows"); return err }); err != nil {
			t.Fatal(err)
		}
		return s
	}
	place := filepath.Join("messages", "a"+PartSuffix)
	undecided := ship("none", filepath.Join("messages", "channel_id=7", "a"+PartSuffix))
	inTheWay := filepath.Join(root, "messages")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := undecided.Commit(t.Context()); err == nil || undecided.committed {
		t.Fatalf("it was decided to land where no folder can be: %v", err)
	}
	if err := errors.Join(undecided.Close(), os.Remove(inTheWay)); err != nil {
		t.Fatal(err)
	}
	decided := ship("one", place)
	inTheWay = filepath.Join(root, place)
	if err := os.MkdirAll(filepath.Join(inTheWay, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := decided.Commit(t.Context()); err == nil {
		t.Fatal("it landed where a folder is in the way")
	}
	if err := decided.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ship("two", filepath.Join("messages", "b"+PartSuffix)).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(inTheWay); err != nil {
		t.Fatal(err)
	}
	if err := Folder(root).recoverImports(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(root, place)); err != nil || string(got) != "rows" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(root, "messages", "b"+PartSuffix)); err == nil {
		t.Error("what was not decided landed")
	}
}

// TestShipmentThatCannotBeTold: where it cannot be told whether a shipment was decided to
// land, it stays, and a name that may be taken is not given again.
func TestShipmentThatCannotBeTold(t *testing.T) {
	root := Folder(t.TempDir())
	s, err := root.Ship("one")
	if err != nil {
		t.Fatal(err)
	}
	place := filepath.Join("messages", "a"+PartSuffix)
	if err := s.Put(place, func(w *os.File) error { _, err := io.WriteString(w, "rows"); return err }); err != nil {
		t.Fatal(err)
	}
	s.committed = true // so that Close leaves it, as a kill does
	unopenable(t, s.Dir.Path(Committed))
	unopenable(t, root.Path("b"+PartSuffix))
	if taken, err := s.Taken("b" + PartSuffix); !taken && err == nil {
		t.Error("a name is free that is taken")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := root.recoverImports(); err == nil {
		t.Error("nothing is said of it")
	}
	if _, err := os.Stat(s.Dir.Path(place)); err != nil {
		t.Errorf("the rows are gone: %v", err)
	}
}

// unopenable makes a file that is there and that nobody can open.
func unopenable(t *testing.T, path string) {
	t.Helper()
	t.Chdir(filepath.Dir(path)) // a socket's name is to be short
	l, err := net.Listen("unix", filepath.Base(path))
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { l.Close() })
}
