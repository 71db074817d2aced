package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// racy is how long after a folder's change its modification time does not prove
// that nothing changed since: the clocks of file systems are coarse.
const racy = 2 * time.Second

// folder is an index of the files in one folder: what each file's footer says,
// read once. It is kept up by the Writer and refreshed from the folder's listing,
// because others write too.
type Index[T any] struct {
	Dir  string
	load func(path string) (T, error)

	mu         sync.Mutex
	entries    map[string]entry[T]
	names      []string // of list
	list       []T      // in the order of names; never changed in place
	generation uint64
	modified   time.Time // the folder's modification time when it was listed
	listed     time.Time
}

type entry[T any] struct {
	value T
	size  int64 // bytes
	bad   bool  // does not open as a part
}

func NewIndex[T any](dir string, load func(string) (T, error)) *Index[T] {
	return &Index[T]{Dir: dir, load: load, entries: map[string]entry[T]{}}
}

// snapshot returns what the folder holds now, in the order of the names, and a
// number that differs whenever the list does.
func (f *Index[T]) Snapshot(ctx context.Context) ([]T, uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(ctx); err != nil {
		return nil, 0, err
	}
	return f.list, f.generation, nil
}

// add makes a file known that was just put in its place.
func (f *Index[T]) Add(name string, value T, size int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.entries[name]; known {
		return // a refresh was quicker
	}
	f.entries[name] = entry[T]{value: value, size: size}
	i, _ := slices.BinarySearch(f.names, name)
	f.names = slices.Insert(f.names, i, name)
	f.list = slices.Concat(f.list[:i], []T{value}, f.list[i:])
	f.generation++
}

// changed makes the list anew.
func (f *Index[T]) changed() {
	f.generation++
	f.names, f.list = nil, nil
	for _, name := range slices.Sorted(maps.Keys(f.entries)) {
		if e := f.entries[name]; !e.bad {
			f.names, f.list = append(f.names, name), append(f.list, e.value)
		}
	}
}

// refresh lists the folder and reads the files that are new. A listing during
// which files came and went may show neither the old ones nor the one that
// replaced them; the next one does. So it lists until nothing vanished.
func (f *Index[T]) refresh(ctx context.Context) error {
	settled := !f.listed.IsZero()
	for {
		vanished, err := f.list1(ctx)
		if err != nil || !vanished && settled {
			return err
		}
		settled = true
		f.modified = time.Time{} // list again
	}
}

// list1 lists the folder once, and reports whether files vanished since the last
// listing or during this one.
func (f *Index[T]) list1(ctx context.Context) (vanished bool, err error) {
	now := time.Now()
	names, modified, err := listChanged(f.Dir, f.modified, f.listed)
	if err != nil || names == nil {
		return false, err
	}
	vanished = f.forget(names)
	changed := vanished
	for _, name := range names {
		if _, known := f.entries[name]; known || !strings.HasSuffix(name, PartSuffix) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		there, err := f.read(name)
		if err != nil {
			return false, err
		}
		vanished = vanished || !there
		changed = true
	}
	if changed {
		f.changed()
	}
	f.modified, f.listed = modified, now
	return vanished, nil
}

// forget drops the files that are not there any more.
func (f *Index[T]) forget(names []string) bool {
	there := map[string]bool{}
	for _, name := range names {
		there[name] = true
	}
	n := len(f.entries)
	maps.DeleteFunc(f.entries, func(name string, _ entry[T]) bool { return !there[name] })
	return len(f.entries) < n
}

// remove deletes a file. No listing of this index goes on meanwhile, so that
// none shows less than there was.
func (f *Index[T]) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.Remove(filepath.Join(f.Dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if i, known := slices.BinarySearch(f.names, name); known {
		f.names = slices.Delete(f.names, i, i+1)
		f.list = slices.Concat(f.list[:i], f.list[i+1:])
		f.generation++
	}
	delete(f.entries, name)
	return nil
}

// read reads a file's footer, and reports whether the file is still there.
func (f *Index[T]) read(name string) (there bool, err error) {
	path := filepath.Join(f.Dir, name)
	value, err := f.load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // superseded meanwhile
	}
	if _, system := errors.AsType[*fs.PathError](err); system {
		return false, fmt.Errorf("read dataset: %w", err)
	}
	info, errStat := os.Stat(path)
	if errStat != nil {
		return false, nil // superseded meanwhile
	}
	f.entries[name] = entry[T]{value: value, size: info.Size(), bad: err != nil}
	return true, nil
}

// listChanged lists a folder, ascending, unless its modification time proves
// that the last listing still holds: then names are nil. A folder that does not
// exist is empty.
func listChanged(dir string, modified, listed time.Time) (names []string, now time.Time, err error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return []string{}, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read dataset: %w", err)
	}
	now = info.ModTime()
	if now.Equal(modified) && listed.Sub(now) > racy {
		return nil, now, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, time.Time{}, fmt.Errorf("read dataset: %w", err)
	}
	names = make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, now, nil
}

// damaged returns the paths of files that do not open, ascending.
func (f *Index[T]) Damaged(ctx context.Context) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(ctx); err != nil {
		return nil, err
	}
	var out []string
	for name, e := range f.entries {
		if e.bad {
			out = append(out, filepath.Join(f.Dir, name))
		}
	}
	slices.Sort(out)
	return out, nil
}

// size returns the bytes of all files.
func (f *Index[T]) Size(ctx context.Context) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(ctx); err != nil {
		return 0, err
	}
	var n int64
	for _, e := range f.entries {
		n += e.size
	}
	return n, nil
}

// partitions is a folder of folders, one for each channel.
type Partitions[T any] struct {
	dir  string
	load func(path string) (T, error)

	mu       sync.Mutex
	folders  map[int64]*Index[T]
	known    []int64 // ascending; never changed in place
	modified time.Time
	listed   time.Time
}

const PartitionPrefix = "channel_id="

func NewPartitions[T any](dir string, load func(string) (T, error)) *Partitions[T] {
	return &Partitions[T]{dir: dir, load: load, folders: map[int64]*Index[T]{}}
}

// channel returns the folder of a channel, which need not exist.
func (p *Partitions[T]) Channel(id int64) *Index[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.folders[id]
	if !ok {
		dir := filepath.Join(p.dir, PartitionPrefix+strconv.FormatInt(id, 10))
		f = NewIndex(dir, p.load)
		p.folders[id] = f
	}
	return f
}

// ids returns the channels that have a folder, ascending.
func (p *Partitions[T]) Ids() ([]int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	names, modified, err := listChanged(p.dir, p.modified, p.listed)
	if err != nil || names == nil {
		return p.known, err
	}
	var ids []int64
	for _, name := range names {
		digits, ok := strings.CutPrefix(name, PartitionPrefix)
		if id, err := strconv.ParseInt(digits, 10, 64); ok && err == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	p.known, p.modified, p.listed = ids, modified, now
	return ids, nil
}

// each calls do with the folder of every channel, ascending.
func (p *Partitions[T]) Each(do func(id int64, f *Index[T]) error) error {
	ids, err := p.Ids()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := do(id, p.Channel(id)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Partitions[T]) Damaged(ctx context.Context) ([]string, error) {
	var out []string
	err := p.Each(func(_ int64, f *Index[T]) error {
		paths, err := f.Damaged(ctx)
		out = append(out, paths...)
		return err
	})
	return out, err
}

func (p *Partitions[T]) Size(ctx context.Context) (int64, error) {
	var n int64
	err := p.Each(func(_ int64, f *Index[T]) error {
		size, err := f.Size(ctx)
		n += size
		return err
	})
	return n, err
}

// fingerprint writes which files the folder of a channel holds. No file is ever
// changed: what is new has a new name.
func (f *Index[T]) Fingerprint(ctx context.Context, w io.Writer, id int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(ctx); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d:%d;", id, len(f.names))
	for _, name := range f.names {
		fmt.Fprintf(w, "%s %d;", name, f.entries[name].size)
	}
	return nil
}
