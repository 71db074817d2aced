//go:build unix

package bucket

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// CreateTemp creates a temporary file that a sweep leaves alone while it is
// open: it is locked, and the lock ends with the process.
func CreateTemp(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
			f.Close()
			return nil, err
		}
		if _, err := os.Stat(path); err == nil {
			return f, nil
		}
		f.Close() // swept between creation and lock: once more
	}
}

// lockFile waits until nobody else has the open file locked, and locks it until it is
// closed. Where the file system knows no locks, it does nothing.
func lockFile(f *os.File) error {
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err {
		case syscall.EINTR:
		case syscall.ENOTSUP, syscall.EBADF, syscall.ENOLCK:
			return nil
		default:
			return err
		}
	}
}

// removeAbandoned removes a temporary file unless its writer lives.
func removeAbandoned(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
