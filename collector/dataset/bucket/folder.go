package bucket

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Folder has the files of a dataset in a folder of the disk. A file is written beside
// its place, flushed and renamed.
type Folder string

// OpenFolder makes a dataset's folder usable: it creates it, lands the import that a
// killed writer had decided on, and sweeps the temporary files that it left.
func OpenFolder(dir string) (Folder, error) {
	d := Folder(dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return d, err
	}
	if err := d.recoverImports(); err != nil {
		return d, fmt.Errorf("finish an import: %w", err)
	}
	if err := d.sweep(); err != nil {
		return d, fmt.Errorf("sweep temporary files: %w", err)
	}
	return d, nil
}

// Path is where a file lies on the disk.
func (d Folder) Path(name string) string { return filepath.Join(string(d), filepath.FromSlash(name)) }

// sweep removes temporary files that no living writer holds, and what was derived of
// files that are gone.
func (d Folder) sweep() error {
	return filepath.WalkDir(string(d), func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // another Dataset's temporary file, renamed meanwhile
		case err != nil:
			return err
		case e.IsDir():
			return nil
		case strings.HasSuffix(path, TempSuffix):
			return removeAbandoned(path)
		case strings.HasSuffix(path, DerivedSuffix):
			return removeOrphan(path)
		}
		return nil
	})
}

// removeOrphan removes what was derived of a file, unless that is there.
func removeOrphan(path string) error {
	_, err := os.Stat(strings.TrimSuffix(path, DerivedSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		err = removeFile(path)
	}
	return err
}

// removeFile removes a file that need not be there.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Put implements Files.
func (d Folder) Put(name string, write func(*os.File) error) (size int64, err error) {
	path := d.Path(name)
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return 0, err
	}
	return putIn(path, write)
}

// putIn puts a file into a folder that is there.
func putIn(path string, write func(*os.File) error) (size int64, err error) {
	if _, err := os.Stat(path); err == nil {
		return 0, fmt.Errorf("%s: %w", filepath.Base(path), fs.ErrExist)
	}
	f, err := CreateTemp(path + TempSuffix)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	defer f.Close() // only now: closing ends the lock that protects the temporary name
	if err := write(f); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return 0, err
	}
	return info.Size(), syncFolder(filepath.Dir(path))
}

// PutAnew implements Files. Nothing is flushed: who reads it checks it.
func (d Folder) PutAnew(name string, write func(*os.File) error) error {
	path := d.Path(name)
	f, err := CreateTemp(path + TempSuffix)
	if err != nil {
		return err
	}
	defer f.Close() // only now: closing ends the lock that protects the temporary name
	if err = write(f); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// makeFolder creates a folder for good: each new name in its parent is flushed.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(dir)
	if err := makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// onDisk is an open file of a Folder.
type onDisk struct {
	*os.File
	size int64
}

func (f onDisk) Size() int64 { return f.size }

// Open implements Files.
func (d Folder) Open(name string) (File, error) {
	f, err := os.Open(d.Path(name))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return onDisk{f, info.Size()}, nil
}

// racy is how long after a folder's change its modification time does not prove
// that nothing changed since: the clocks of file systems are coarse.
const racy = 2 * time.Second

// List implements Files.
func (d Folder) List(dir string, last *Listing) (*Listing, error) {
	out := &Listing{listed: time.Now()}
	info, err := os.Stat(d.Path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read dataset: %w", err)
	}
	out.modified = info.ModTime()
	if last != nil && out.modified.Equal(last.modified) && last.listed.Sub(last.modified) > racy {
		return last, nil
	}
	entries, err := os.ReadDir(d.Path(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read dataset: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			out.Folders = append(out.Folders, e.Name())
		} else {
			out.Files = append(out.Files, e.Name())
		}
	}
	return out, nil
}

// Delete implements Files.
func (d Folder) Delete(name string) error {
	path := d.Path(name)
	if err := removeFile(path); err != nil || !strings.HasSuffix(name, PartSuffix) {
		return err
	}
	return removeFile(path + DerivedSuffix)
}

// Claim implements Files.
func (d Folder) Claim(name string) (File, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	own := f.(onDisk).File
	if err := lockFile(own); err != nil {
		f.Close()
		return nil, err
	}
	before, err := own.Stat()
	if err == nil {
		var now fs.FileInfo
		if now, err = os.Stat(own.Name()); err == nil && !os.SameFile(before, now) {
			err = &fs.PathError{Op: "claim", Path: own.Name(), Err: fs.ErrNotExist} // replaced meanwhile
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Replace implements Files.
func (d Folder) Replace(name, by string, write func(*os.File) error) error {
	path := d.Path(name)
	if write != nil {
		if _, err := putIn(d.Path(by), write); err != nil {
			return err
		}
	}
	if err := os.Rename(path, path+DamagedSuffix); err != nil {
		if write != nil { // merged or deleted meanwhile
			err = errors.Join(err, os.Remove(d.Path(by)))
		}
		return err
	}
	return errors.Join(removeFile(path+DerivedSuffix), syncFolder(filepath.Dir(path)))
}
