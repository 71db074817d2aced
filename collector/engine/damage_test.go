package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/doctor"
	"telegramtrac/collector/engine/store"
)

// filled makes a folder with records of two workspaces and returns it, stopped as
// one that was told to stop, or as one that was killed.
func filled(t *testing.T, killed bool) string {
	t.Helper()
	dir := t.TempDir()
	e, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"w1", "w2"} {
		for range 3 {
			if _, err := e.Submit(t.Context(), w, collector.Request{Channels: []string{"@a", "@b"}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Touch(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 { // so that the last lease has a higher number than the first after a loss
		l, err := e.Acquire(t.Context(), "w2")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	l, err := e.Acquire(t.Context(), "w1")
	if err != nil {
		t.Fatal(err)
	}
	task, ok, err := l.Next(t.Context())
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	for n := range int64(4) {
		head := collector.Collection{ID: task.ID, State: collector.Running, Messages: n}
		if err := l.Save(t.Context(), task.ID, head); err != nil {
			t.Fatal(err)
		}
	}
	if killed {
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		dir = copied
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// harms are what happens to a file.
var harms = map[string]func([]byte) []byte{
	"zeroed":                func(b []byte) []byte { return make([]byte, len(b)) },
	"halved":                func(b []byte) []byte { return b[:len(b)/2] },
	"cut":                   func(b []byte) []byte { return b[:max(0, len(b)-1)] },
	"emptied":               func([]byte) []byte { return []byte{} },
	"flipped at the front":  func(b []byte) []byte { b[min(len(b)-1, 5)] ^= 1; return b },
	"flipped in the middle": func(b []byte) []byte { b[len(b)/2] ^= 0x40; return b },
	"flipped at the end":    func(b []byte) []byte { b[len(b)-1] ^= 0x80; return b },
	"removed":               nil,
}

// TestDamage does everything to every file: the engine starts with all its records,
// or says which file is damaged; then Repair makes it start, and what is not there
// any more is named.
func TestDamage(t *testing.T) {
	for _, killed := range []bool{false, true} {
		whole := filled(t, killed)
		want := recordsOf(t, copyOf(t, whole))
		for _, file := range filesOf(t, whole) {
			for harm, do := range harms {
				if !strings.HasSuffix(file, ".blk") && (killed || strings.Contains(file, "streams") && !strings.Contains(file, "KV_coll")) {
					continue // as after a stop, or as with the first stream
				}
				t.Run(fmt.Sprintf("killed %v, %s %s", killed, file, harm), func(t *testing.T) {
					t.Parallel()
					dir := copyOf(t, whole)
					hurt(t, filepath.Join(dir, file), do)
					e, err := Open(t.Context(), Options{Dir: dir})
					if err == nil {
						got := recordsIn(t, e)
						if !slices.Equal(got, want) && !(killed && lastWrite(file, harm)) {
							t.Errorf("started without a word, with %d of %d records:\n%s", len(got), len(want), strings.Join(got, "\n"))
						}
						return
					}
					damaged, ok := errors.AsType[*doctor.DamagedError](err)
					if !ok {
						t.Fatalf("refused with %v", err)
					}
					if !strings.Contains(damaged.Error(), filepath.Base(file)) && !strings.Contains(damaged.Error(), strings.Split(file, "/")[3]) {
						t.Errorf("%q does not name %s", damaged, file)
					}
					found, err := Repair(t.Context(), dir)
					if err != nil {
						t.Fatal(err)
					}
					lost := 0
					for _, d := range found {
						lost += len(d.Lost)
					}
					got := recordsOf(t, dir)
					if missing := len(want) - len(got); missing > 0 && lost == 0 {
						t.Errorf("%d records are lost and nothing is said of it", missing)
					}
				})
			}
		}
	}
}

// lastWrite reports whether a harm looks like a write that the kill broke off: such
// a record was never answered for.
func lastWrite(file, harm string) bool {
	return strings.HasSuffix(file, ".blk") && (harm == "cut" || harm == "halved" || harm == "flipped at the end")
}

// TestRepairedGoesOn: after the leases were lost, new ones are still newer than what
// earlier holders wrote.
func TestRepairedGoesOn(t *testing.T) {
	for _, lost := range []string{"", "msgs"} {
		t.Run(lost, func(t *testing.T) { goesOnWithout(t, lost) })
	}
}

func goesOnWithout(t *testing.T, lost string) {
	dir := filled(t, true)
	if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(doctor.StreamsDir), "KV_leases", lost)); err != nil {
		t.Fatal(err)
	}
	if _, err := Repair(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	e, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	l, err := e.Acquire(t.Context(), "w1")
	if err != nil {
		t.Fatal(err)
	}
	task, ok, err := l.Next(t.Context())
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := l.Save(t.Context(), task.ID, collector.Collection{ID: task.ID, State: collector.Running}); err != nil {
		t.Errorf("a new holder cannot write: %v", err)
	}
}

// recordsOf starts an engine and lists what it holds.
func recordsOf(t *testing.T, dir string) []string {
	t.Helper()
	e, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return recordsIn(t, e)
}

// recordsIn lists what an engine holds, and closes it.
func recordsIn(t *testing.T, e *Engine) []string {
	t.Helper()
	defer e.Close()
	var out []string
	for _, b := range []*store.Bucket{e.collections, e.workspaces} {
		all, err := b.List(t.Context(), ">")
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range all {
			out = append(out, it.Key+" "+string(it.Value))
		}
	}
	slices.Sort(out)
	return out
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	out := t.TempDir()
	if err := os.CopyFS(out, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return out
}

// filesOf lists the files of a folder, but the lock, which is empty.
func filesOf(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if info, _ := e.Info(); err == nil && !e.IsDir() && info.Size() > 0 {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func hurt(t *testing.T, path string, do func([]byte) []byte) {
	t.Helper()
	if do == nil {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, do(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
