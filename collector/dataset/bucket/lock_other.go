//go:build !unix

package bucket

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// abandonedAfter is the age at which a temporary file has no writer any more,
// where files cannot be locked: writing one takes well under a second.
const abandonedAfter = 10 * time.Minute

// CreateTemp creates a temporary file.
func CreateTemp(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// lockFile does nothing where files cannot be locked.
func lockFile(*os.File) error { return nil }

// removeAbandoned removes a temporary file unless its writer may live.
func removeAbandoned(path string) error {
	info, err := os.Stat(path)
	if err != nil || time.Since(info.ModTime()) < abandonedAfter {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
