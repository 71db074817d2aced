package datafolder

import (
	"archive/zip"
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// restoringFile is in a data folder while a backup is restored into it.
const restoringFile = "restoring"

// ErrUnfinished says that a restore was interrupted.
var ErrUnfinished = errors.New("a restore was broken off")

// Restored returns ErrUnfinished if a backup was only partly restored into a data folder.
func Restored(data string) error {
	if _, err := os.Stat(filepath.Join(data, restoringFile)); err == nil {
		return ErrUnfinished
	}
	return nil
}

// Restore checks all of a backup, then copies it into an empty or new data folder. It
// returns how many files it restored.
func Restore(ctx context.Context, from, data string) (int, error) {
	files, end, err := openBackup(from)
	if err != nil {
		return 0, err
	}
	defer end()
	sums, err := readSums(files)
	if err != nil {
		return 0, err
	}
	if err := checkBackup(ctx, files, sums); err != nil {
		return 0, err
	}
	entries, err := os.ReadDir(data)
	if len(entries) > 0 {
		const why = "%s is not empty; a backup is restored into an empty folder only. Move it away first, or choose another one with --data"
		return 0, fmt.Errorf(why, data)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	mark := filepath.Join(data, restoringFile)
	if err := writeSynced(mark, strings.NewReader("")); err != nil {
		return 0, err
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		f, err := files.Open(name)
		if err != nil {
			return 0, err
		}
		to := filepath.Join(data, filepath.FromSlash(name))
		sum, err := summed(f, func(r io.Reader) error { return writeSynced(to, r) })
		err = errors.Join(err, f.Close())
		if err == nil && sum != sums[name] {
			err = DamagedBackupError{[]string{name}}
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return 0, fmt.Errorf("restore %s: %w", name, err)
		}
	}
	return len(sums), os.Remove(mark)
}

// openBackup opens a folder or a zip file.
func openBackup(from string) (fs.FS, func() error, error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		return os.DirFS(from), func() error { return nil }, nil
	}
	z, err := zip.OpenReader(from)
	if err != nil {
		return nil, nil, DamagedBackupError{[]string{filepath.Base(from) + " (its list of files)"}}
	}
	return z, z.Close, nil
}

// DamagedBackupError names the damaged files of a backup.
type DamagedBackupError struct{ files []string }

func (e DamagedBackupError) Error() string {
	const what = "The backup is damaged, and nothing was restored. These files do not fit their checksums: "
	return what + strings.Join(e.files, ", ") + "."
}

func readSums(files fs.FS) (map[string]string, error) {
	f, err := files.Open(sumsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, DamagedBackupError{[]string{sumsFile + " (missing; without it this is no backup)"}}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sums := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || len(sum) != 64 || !fs.ValidPath(name) {
			return nil, DamagedBackupError{[]string{sumsFile}}
		}
		sums[name] = sum
	}
	if lines.Err() != nil {
		return nil, DamagedBackupError{[]string{sumsFile}}
	}
	return sums, nil
}

// checkBackup reads everything and names all that is damaged, missing or not listed.
func checkBackup(ctx context.Context, files fs.FS, sums map[string]string) error {
	var bad []string
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		sum, err := sumOf(files, name)
		if err != nil || sum != sums[name] {
			bad = append(bad, name)
		}
	}
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && name != sumsFile && sums[name] == "" {
			bad = append(bad, name+" (not listed)")
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return DamagedBackupError{bad}
	}
	return nil
}
