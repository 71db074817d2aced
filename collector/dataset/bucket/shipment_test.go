package bucket

import (
	"errors"
	"io"
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
