package bucket

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// openFolder makes a dataset's folder usable: it creates it, lands the import that a
// killed writer had decided on, and sweeps the temporary files that it left.
func OpenFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := recoverImports(dir); err != nil {
		return fmt.Errorf("finish an import: %w", err)
	}
	if err := sweep(dir); err != nil {
		return fmt.Errorf("sweep temporary files: %w", err)
	}
	return nil
}

// sweep removes temporary files that no living writer holds.
func sweep(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // another Dataset's temporary file, renamed meanwhile
		case err != nil:
			return err
		case e.IsDir() || !strings.HasSuffix(path, TempSuffix):
			return nil
		}
		return removeAbandoned(path)
	})
}

// put writes a file so that it is there whole, for good, or not at all, and
// returns its size. It fails with fs.ErrExist when the name is taken.
func Put(dir, name string, write func(*os.File) error) (size int64, err error) {
	if err := makeFolder(dir); err != nil {
		return 0, err
	}
	return PutIn(dir, name, write)
}

// putIn is put into a folder that is there.
func PutIn(dir, name string, write func(*os.File) error) (size int64, err error) {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return 0, fmt.Errorf("%s: %w", name, fs.ErrExist)
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
	return info.Size(), SyncFolder(dir)
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
	return SyncFolder(parent)
}

func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
