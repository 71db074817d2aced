//go:build unix

package bucket

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

// TestClaim: one at a time has a file, and who waits for one that is replaced finds that
// it is gone.
func TestClaim(t *testing.T) {
	in := Folder(t.TempDir())
	empty := func(*os.File) error { return nil }
	if _, err := in.Put("a", empty); err != nil {
		t.Fatal(err)
	}
	first, err := in.Claim("a")
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.Open(in.Path("a"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("two have it: %v", err)
	}
	second := make(chan error)
	go func() {
		_, err := in.Claim("a")
		second <- err
	}()
	if err := in.Replace("a", "b", empty); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-second; !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	all, err := in.List("", nil)
	if want := []string{"a" + DamagedSuffix, "b"}; err != nil || len(all.Files) != 2 || all.Files[0] != want[0] || all.Files[1] != want[1] {
		t.Errorf("there are %v, %v; want %v", all, err, want)
	}
}
