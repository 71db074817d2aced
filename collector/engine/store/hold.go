package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Hold locks an engine's folder, so that no engine opens it until the lock is closed. Errors:
// ErrInUse, and fs.ErrNotExist where there is no such folder.
func Hold(dir string) (io.Closer, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("hold the engine's folder: %w", errors.Join(err, fs.ErrNotExist))
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, fmt.Errorf("hold the engine's folder: %w", err)
	}
	return lock, nil
}
