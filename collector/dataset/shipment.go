package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"telegramtrac/collector"
)

// importsDir is where parts lie that come into the dataset all at once.
const importsDir = "imports"

// committed is the file that says that a shipment is complete. From then on it
// is going to land, whoever does it.
const committed = "committed"

// shipment is a folder of files that are to appear in the dataset together, in
// its own layout. Until it is committed it is nothing, and removed when its
// writer is gone; once it is, its files are moved to their places, if need be by
// the next who opens the dataset. So a kill leaves everything or nothing of it.
type shipment struct {
	root string   // the dataset's folder
	dir  string   // the shipment's own
	lock *os.File // says that the writer lives

	committed bool
	files     int                    // that were put
	rows      map[importedFrom]int64 // of messages, in them
}

// newShipment begins a shipment. It is to be closed, whatever became of it.
func newShipment(root, name string) (*shipment, error) {
	dir := filepath.Join(root, importsDir, name)
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	lock, err := createTemp(dir + tempSuffix)
	if err != nil {
		return nil, err
	}
	return &shipment{root: root, dir: dir, lock: lock, rows: map[importedFrom]int64{}}, nil
}

// close forgets a shipment that was not committed. One that was, and could not
// land whole, is left to the next who opens the dataset.
func (s *shipment) close() error {
	var err error
	if !s.committed {
		err = os.RemoveAll(s.dir)
	}
	err = errors.Join(err, os.Remove(s.lock.Name()), s.lock.Close())
	os.Remove(filepath.Dir(s.dir)) // where it is empty now
	return err
}

// put adds a file, whose place is relative to the dataset's folder.
func (s *shipment) put(place string, write func(io.Writer) error) error {
	_, err := put(filepath.Join(s.dir, filepath.Dir(place)), filepath.Base(place), write)
	if err == nil {
		s.files++
	}
	return err
}

// taken reports whether there is a file at a place, or will be.
func (s *shipment) taken(place string) bool {
	for _, root := range []string{s.root, s.dir} {
		if _, err := os.Stat(filepath.Join(root, place)); err == nil {
			return true
		}
	}
	return false
}

// commit decides that the shipment lands, and lands it. The folders that it lands
// in are made before: what may fail, as on a full disk, fails before the decision,
// so that an error means that nothing lands. After it there are only renames.
func (s *shipment) commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	places, err := placesOf(s.dir)
	if err != nil {
		return err
	}
	if _, err := makeFolders(s.root, places); err != nil {
		return err
	}
	if _, err := put(s.dir, committed, func(io.Writer) error { return nil }); err != nil {
		return err
	}
	s.committed = true
	return land(s.root, s.dir)
}

// placesOf lists a shipment's files, relative to the dataset's folder.
func placesOf(dir string) (places []string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, partSuffix) {
			places = append(places, path[len(dir)+1:])
		}
		return err
	})
	return places, err
}

// makeFolders makes the folders of files, and returns them.
func makeFolders(root string, places []string) (folders []string, err error) {
	for _, place := range places {
		folders = append(folders, filepath.Join(root, filepath.Dir(place)))
	}
	slices.Sort(folders)
	folders = slices.Compact(folders)
	for _, folder := range folders {
		if err := makeFolder(folder); err != nil {
			return nil, err
		}
	}
	return folders, nil
}

// land moves the files of a committed shipment to their places. It may be done
// again where it was broken off.
func land(root, dir string) error {
	places, err := placesOf(dir)
	if err != nil {
		return fmt.Errorf("land an import: %w", err)
	}
	folders, err := makeFolders(root, places)
	if err != nil {
		return fmt.Errorf("land an import: %w", err)
	}
	for _, place := range places {
		err := os.Rename(filepath.Join(dir, place), filepath.Join(root, place))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("land an import: %w", err)
		}
	}
	for _, folder := range folders {
		if err := syncFolder(folder); err != nil {
			return fmt.Errorf("land an import: %w", err)
		}
	}
	return os.RemoveAll(dir)
}

// recoverImports lands the shipments that a killed writer had committed, and
// removes the others that it left.
func recoverImports(root string) error {
	entries, err := os.ReadDir(filepath.Join(root, importsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		dir := filepath.Join(root, importsDir, e.Name())
		if err := removeAbandoned(dir + tempSuffix); err != nil {
			return err
		}
		if _, err := os.Stat(dir + tempSuffix); err == nil {
			continue // its writer lives
		}
		settle := land
		if _, err := os.Stat(filepath.Join(dir, committed)); err != nil {
			settle = func(_, dir string) error { return os.RemoveAll(dir) }
		}
		if err := settle(root, dir); err != nil {
			return err
		}
	}
	return nil
}

// putMessages adds a part of messages.
func (s *shipment) putMessages(w *importWriter, place string, rows []collector.Message) error {
	seen := cover{Source: importSource}
	for _, m := range rows {
		s.rows[importedFrom{m.ChannelID, m.Source}]++
		if m.LastSeenAt.After(seen.ObservedAt) {
			seen.ObservedAt = m.LastSeenAt
		}
	}
	p := newPart(rows, seen, w.groupRows)
	return s.put(place, func(f io.Writer) error { return w.writeMessages(f, rows, p.metadata()) })
}
