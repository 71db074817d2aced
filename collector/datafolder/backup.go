package datafolder

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/engine/store"
)

// sumsFile lists the SHA-256 of every file of a backup, as sha256sum reads it.
const sumsFile = "SHA256SUMS"

// Backup copies a data folder to a new folder, or to a zip file if the name ends in .zip, with
// the checksum of every file. It returns how many files it copied; a backup that fails leaves
// nothing behind.
func Backup(ctx context.Context, data, to string) (n int, err error) {
	lock, err := store.Hold(filepath.Join(data, "engine"))
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	if err := Restored(data); err != nil {
		return 0, err
	}
	if inside(data, to) {
		return 0, fmt.Errorf("%s lies within the data folder; choose another place", to)
	}
	if _, err := os.Lstat(to); err == nil {
		return 0, fmt.Errorf("%s is there already; a backup never takes the place of another", to)
	}
	b, err := newBackup(to)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err = errors.Join(err, b.end()); err != nil {
			os.RemoveAll(to)
		}
	}()
	err = fs.WalkDir(os.DirFS(data), ".", func(name string, e fs.DirEntry, err error) error {
		if err = cmp.Or(err, ctx.Err()); err != nil || !e.Type().IsRegular() || temporary(name) {
			return err
		}
		n++
		return b.add(data, name)
	})
	return n, err
}

// temporary reports whether the next start does not need a file.
func temporary(name string) bool {
	base := path.Base(name)
	taking := strings.HasPrefix(name, "workspaces/") && strings.Contains(name, "/"+staging.TakingDir+"/")
	return name == "engine/lock" || taking || strings.HasSuffix(base, ".tmp") || strings.HasPrefix(base, ".health-")
}

// inside reports whether a path lies in a folder.
func inside(dir, name string) bool {
	a, errA := filepath.Abs(dir)
	b, errB := filepath.Abs(name)
	rel, err := filepath.Rel(a, b)
	return errors.Join(errA, errB, err) == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// backupFiles is a backup that is being written: a folder, or a zip file.
type backupFiles struct {
	dir  string
	file *os.File
	zip  *zip.Writer
	sums map[string]string // file → SHA-256 in hex
}

func newBackup(to string) (*backupFiles, error) {
	b := &backupFiles{dir: to, sums: map[string]string{}}
	if !strings.EqualFold(filepath.Ext(to), ".zip") {
		return b, os.MkdirAll(to, 0o700)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		b.file, b.zip = f, zip.NewWriter(f)
	}
	return b, err
}

// add copies a file of the data folder.
func (b *backupFiles) add(data, name string) error {
	f, err := os.Open(filepath.Join(data, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer f.Close()
	sum, err := summed(f, func(r io.Reader) error { return b.write(name, r) })
	if err != nil {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	b.sums[name] = sum
	return nil
}

func (b *backupFiles) write(name string, r io.Reader) error {
	if b.zip == nil {
		return writeSynced(filepath.Join(b.dir, filepath.FromSlash(name)), r)
	}
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store}) // parts are compressed
	if err == nil {
		_, err = io.Copy(w, r)
	}
	return err
}

// end writes the checksums.
func (b *backupFiles) end() error {
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(b.sums)) {
		fmt.Fprintf(&lines, "%s  %s\n", b.sums[name], name)
	}
	err := b.write(sumsFile, strings.NewReader(lines.String()))
	if b.zip != nil {
		err = errors.Join(err, b.zip.Close(), b.file.Sync(), b.file.Close())
	}
	return err
}

// writeSynced writes and syncs a new file.
func writeSynced(name string, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

func sumOf(files fs.FS, name string) (string, error) {
	f, err := files.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return summed(f, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
}

// summed lets take read r and returns the checksum of what was read.
func summed(r io.Reader, take func(io.Reader) error) (string, error) {
	sum := sha256.New()
	err := take(io.TeeReader(r, sum))
	return hex.EncodeToString(sum.Sum(nil)), err
}
