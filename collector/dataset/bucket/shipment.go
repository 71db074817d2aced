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

// ImportsDir is where parts lie that come into the dataset all at once.
const ImportsDir = "imports"

// Committed is the file that says that a shipment is complete. From then on it
// is going to land, whoever does it.
const Committed = "committed"

// Shipment is a folder of files that are to appear in the dataset together, in
// its own layout. Until it is committed it is nothing, and removed when its
// writer is gone; once it is, its files are moved to their places, if need be by
// the next who opens the dataset. So a kill leaves everything or nothing of it.
type Shipment struct {
	root  Folder   // the dataset's
	Dir   Folder   // the shipment's own
	Lock  *os.File // says that the writer lives
	Files int      // that were put

	committed bool
}

// Ship implements Files. The shipment is to be closed, whatever became of it.
func (d Folder) Ship(name string) (*Shipment, error) {
	dir := d.Path(filepath.Join(ImportsDir, name))
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	lock, err := CreateTemp(dir + TempSuffix)
	if err != nil {
		return nil, err
	}
	return &Shipment{root: d, Dir: Folder(dir), Lock: lock}, nil
}

// Close forgets a shipment that was not committed. One that was, and could not
// land whole, is left to the next who opens the dataset.
func (s *Shipment) Close() error {
	var err error
	if !s.committed {
		err = os.RemoveAll(string(s.Dir))
	}
	err = errors.Join(err, os.Remove(s.Lock.Name()), s.Lock.Close())
	os.Remove(filepath.Dir(string(s.Dir))) // where it is empty now
	return err
}

// Put adds a file under the name that it is to have in the dataset.
func (s *Shipment) Put(name string, write func(*os.File) error) error {
	_, err := s.Dir.Put(name, write)
	if err == nil {
		s.Files++
	}
	return err
}

// Taken reports whether there is a file of a name, or will be.
func (s *Shipment) Taken(name string) (bool, error) {
	here, err := Has(s.root, name)
	if err != nil || here {
		return here, err
	}
	return Has(s.Dir, name)
}

// Commit decides that the shipment lands, and lands it. The folders that it lands
// in are made before: what may fail, as on a full disk, fails before the decision,
// so that an error means that nothing lands. After it there are only renames.
func (s *Shipment) Commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	names, err := s.Dir.shipped()
	if err != nil {
		return err
	}
	if _, err := s.root.makeFolders(names); err != nil {
		return err
	}
	if _, err := s.Dir.Put(Committed, func(*os.File) error { return nil }); err != nil {
		return err
	}
	s.committed = true
	return s.root.land(s.Dir)
}

// shipped lists a shipment's files.
func (d Folder) shipped() (names []string, err error) {
	if _, err := os.Stat(string(d)); err != nil {
		return nil, err
	}
	err = Walk(d, "", func(name string) {
		if strings.HasSuffix(name, PartSuffix) {
			names = append(names, name)
		}
	})
	return names, err
}

// makeFolders makes the folders of files, and returns them.
func (d Folder) makeFolders(names []string) (folders []string, err error) {
	for _, name := range names {
		folders = append(folders, filepath.Dir(d.Path(name)))
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
func (d Folder) land(from Folder) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("land an import: %w", err)
		}
	}()
	names, err := from.shipped()
	if err != nil {
		return err
	}
	folders, err := d.makeFolders(names)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Rename(from.Path(name), d.Path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, folder := range folders {
		if err := syncFolder(folder); err != nil {
			return err
		}
	}
	return os.RemoveAll(string(from))
}

// recoverImports lands the shipments that a killed writer had committed, and
// removes the others that it left.
func (d Folder) recoverImports() error {
	all, err := d.List(ImportsDir, nil)
	if err != nil {
		return err
	}
	for _, name := range all.Folders {
		dir := Folder(d.Path(filepath.Join(ImportsDir, name)))
		if err := removeAbandoned(string(dir) + TempSuffix); err != nil {
			return err
		}
		if _, err := os.Stat(string(dir) + TempSuffix); err == nil {
			continue // its writer lives
		}
		decided, err := Has(dir, Committed)
		switch {
		case err != nil: // it may be: nothing of it is removed
		case decided:
			err = d.land(dir)
		default:
			err = os.RemoveAll(string(dir))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
