package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// importsDir is where parts lie that come into the dataset all at once.
const ImportsDir = "imports"

// committed is the file that says that a shipment is complete. From then on it
// is going to land, whoever does it.
const Committed = "committed"

// shipment is a folder of files that are to appear in the dataset together, in
// its own layout. Until it is committed it is nothing, and removed when its
// writer is gone; once it is, its files are moved to their places, if need be by
// the next who opens the dataset. So a kill leaves everything or nothing of it.
type Shipment struct {
	root string   // the dataset's folder
	Dir  string   // the shipment's own
	Lock *os.File // says that the writer lives

	committed bool
	Files     int // that were put
}

// newShipment begins a shipment. It is to be closed, whatever became of it.
func NewShipment(root, name string) (*Shipment, error) {
	dir := filepath.Join(root, ImportsDir, name)
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	lock, err := CreateTemp(dir + TempSuffix)
	if err != nil {
		return nil, err
	}
	return &Shipment{root: root, Dir: dir, Lock: lock}, nil
}

// close forgets a shipment that was not committed. One that was, and could not
// land whole, is left to the next who opens the dataset.
func (s *Shipment) Close() error {
	var err error
	if !s.committed {
		err = os.RemoveAll(s.Dir)
	}
	err = errors.Join(err, os.Remove(s.Lock.Name()), s.Lock.Close())
	os.Remove(filepath.Dir(s.Dir)) // where it is empty now
	return err
}

// put adds a file, whose place is relative to the dataset's folder.
func (s *Shipment) Put(place string, write func(*os.File) error) error {
	_, err := Put(filepath.Join(s.Dir, filepath.Dir(place)), filepath.Base(place), write)
	if err == nil {
		s.Files++
	}
	return err
}

// taken reports whether there is a file at a place, or will be.
func (s *Shipment) Taken(place string) bool {
	for _, root := range []string{s.root, s.Dir} {
		if _, err := os.Stat(filepath.Join(root, place)); err == nil {
			return true
		}
	}
	return false
}

// commit decides that the shipment lands, and lands it. The folders that it lands
// in are made before: what may fail, as on a full disk, fails before the decision,
// so that an error means that nothing lands. After it there are only renames.
func (s *Shipment) Commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	places, err := placesOf(s.Dir)
	if err != nil {
		return err
	}
	if _, err := makeFolders(s.root, places); err != nil {
		return err
	}
	if _, err := Put(s.Dir, Committed, func(*os.File) error { return nil }); err != nil {
		return err
	}
	s.committed = true
	return land(s.root, s.Dir)
}

// placesOf lists a shipment's files, relative to the dataset's folder.
func placesOf(dir string) (places []string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, PartSuffix) {
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
		if err := SyncFolder(folder); err != nil {
			return fmt.Errorf("land an import: %w", err)
		}
	}
	return os.RemoveAll(dir)
}

// recoverImports lands the shipments that a killed writer had committed, and
// removes the others that it left.
func recoverImports(root string) error {
	entries, err := os.ReadDir(filepath.Join(root, ImportsDir))
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
		dir := filepath.Join(root, ImportsDir, e.Name())
		if err := removeAbandoned(dir + TempSuffix); err != nil {
			return err
		}
		if _, err := os.Stat(dir + TempSuffix); err == nil {
			continue // its writer lives
		}
		settle := land
		if _, err := os.Stat(filepath.Join(dir, Committed)); err != nil {
			settle = func(_, dir string) error { return os.RemoveAll(dir) }
		}
		if err := settle(root, dir); err != nil {
			return err
		}
	}
	return nil
}
