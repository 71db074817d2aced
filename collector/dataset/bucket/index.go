package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Index knows the files in one folder: what each file's footer says, read once. It is
// kept up by who writes and refreshed from the folder's listing, because others write too.
type Index[T any] struct {
	In   Files
	Dir  string
	load Load[T]

	mu         sync.Mutex
	entries    map[string]entry[T]
	names      []string // of list
	list       []T      // in the order of names; never changed in place
	generation uint64
	listing    *Listing
}

// Load reads what an Index is to know of a file. An error that is not the file system's
// means that it is none.
type Load[T any] func(in Files, name string) (T, error)

type entry[T any] struct {
	value T
	size  int64 // bytes
	bad   bool  // does not open as a part
}

// NewIndex knows the files in a folder, which need not be there.
func NewIndex[T any](in Files, dir string, load Load[T]) *Index[T] {
	return &Index[T]{In: in, Dir: dir, load: load, entries: map[string]entry[T]{}}
}

// Snapshot returns what the folder holds now, in the order of the names, and a
// number that differs whenever the list does.
func (f *Index[T]) Snapshot(ctx context.Context) ([]T, uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(ctx); err != nil {
		return nil, 0, err
	}
	return f.list, f.generation, nil
}

// Add makes a file known that was just put in its place.
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
	settled := f.listing != nil
	for {
		vanished, err := f.list1(ctx)
		if err != nil || !vanished && settled {
			return err
		}
		settled = true
		f.listing = nil // list again
	}
}

// list1 lists the folder once, and reports whether files vanished since the last
// listing or during this one.
func (f *Index[T]) list1(ctx context.Context) (vanished bool, err error) {
	now, err := f.In.List(f.Dir, f.listing)
	if err != nil || now == f.listing {
		return false, err
	}
	n := len(f.entries)
	maps.DeleteFunc(f.entries, func(name string, _ entry[T]) bool {
		_, there := slices.BinarySearch(now.Files, name)
		return !there
	})
	vanished = len(f.entries) < n
	changed := vanished
	for _, name := range now.Files {
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
	f.listing = now
	return vanished, nil
}

// Remove deletes a file. No listing of this index goes on meanwhile, so that
// none shows less than there was.
func (f *Index[T]) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.In.Delete(path.Join(f.Dir, name)); err != nil {
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
	place := path.Join(f.Dir, name)
	value, err := f.load(f.In, place)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // superseded meanwhile
	}
	if _, system := errors.AsType[*fs.PathError](err); system {
		return false, fmt.Errorf("read dataset: %w", err)
	}
	file, errOpen := f.In.Open(place)
	if errors.Is(errOpen, fs.ErrNotExist) {
		return false, nil // superseded meanwhile
	}
	if errOpen != nil {
		return false, fmt.Errorf("read dataset: %w", errOpen)
	}
	defer file.Close()
	f.entries[name] = entry[T]{value: value, size: file.Size(), bad: err != nil}
	return true, nil
}

// Damaged returns the names of files that do not open, ascending.
func (f *Index[T]) Damaged(ctx context.Context) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(ctx); err != nil {
		return nil, err
	}
	var out []string
	for name, e := range f.entries {
		if e.bad {
			out = append(out, path.Join(f.Dir, name))
		}
	}
	slices.Sort(out)
	return out, nil
}

// Size returns the bytes of all files.
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

// Fingerprint writes which files the folder of a channel holds. No file is ever
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

// Partitions is a folder of folders, one for each channel.
type Partitions[T any] struct {
	in   Files
	dir  string
	load Load[T]

	mu      sync.Mutex
	folders map[int64]*Index[T]
	known   []int64 // ascending; never changed in place
	listing *Listing
}

// PartitionPrefix stands before a channel's id in the name of its folder.
const PartitionPrefix = "channel_id="

// NewPartitions knows the folders in one, which need not be there.
func NewPartitions[T any](in Files, dir string, load Load[T]) *Partitions[T] {
	return &Partitions[T]{in: in, dir: dir, load: load, folders: map[int64]*Index[T]{}}
}

// Channel returns the folder of a channel, which need not exist.
func (p *Partitions[T]) Channel(id int64) *Index[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.folders[id]
	if !ok {
		f = NewIndex(p.in, path.Join(p.dir, PartitionPrefix+strconv.FormatInt(id, 10)), p.load)
		p.folders[id] = f
	}
	return f
}

// Ids returns the channels that have a folder, ascending.
func (p *Partitions[T]) Ids() ([]int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, err := p.in.List(p.dir, p.listing)
	if err != nil || now == p.listing {
		return p.known, err
	}
	var ids []int64
	for _, name := range now.Folders {
		digits, ok := strings.CutPrefix(name, PartitionPrefix)
		if id, err := strconv.ParseInt(digits, 10, 64); ok && err == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	p.known, p.listing = ids, now
	return ids, nil
}

// Each calls do with the folder of every channel, ascending.
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

// Damaged returns the names of files that do not open, ascending by channel.
func (p *Partitions[T]) Damaged(ctx context.Context) (out []string, err error) {
	err = p.Each(func(_ int64, f *Index[T]) error {
		names, err := f.Damaged(ctx)
		out = append(out, names...)
		return err
	})
	return out, err
}

// Size returns the bytes of all files.
func (p *Partitions[T]) Size(ctx context.Context) (n int64, err error) {
	err = p.Each(func(_ int64, f *Index[T]) error {
		size, err := f.Size(ctx)
		n += size
		return err
	})
	return n, err
}
