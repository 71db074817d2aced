// Package datafolder is the data folder as a whole: the datasets of all workspaces in it,
// its backup and restore, and the search for what is damaged.
package datafolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Notice reads the host's text about privacy or terms; "" if the folder has no such file.
func Notice(data, name string) (string, error) {
	b, err := os.ReadFile(filepath.Join(data, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the host's notice: %w", err)
	}
	return string(b), nil
}

// Writable checks that the folder can be written, by writing a small file.
func Writable(data string) error {
	if err := writeAndRemove(data); err != nil {
		return fmt.Errorf("write to the data folder: %w", err)
	}
	return nil
}

func writeAndRemove(data string) error {
	f, err := os.CreateTemp(data, ".health-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("ok")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}
