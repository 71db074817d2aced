package main

import (
	"archive/zip"
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"telegramtrac/collector/dataset"
	"telegramtrac/collector/engine"
)

const (
	// sumsFile lists the SHA-256 of every file of a backup, as sha256sum reads it.
	sumsFile = "SHA256SUMS"
	// restoringFile lies in a data folder while a backup is restored into it.
	restoringFile = "restoring"
)

// dataAndRest reads --data and the words of a command, in any order.
func dataAndRest(name, usage string, args []string, getenv func(string) string, out io.Writer, more func(*flag.FlagSet)) (data string, words []string, err error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() { fmt.Fprintln(out, usage) }
	flags.StringVar(&data, "data", cmp.Or(getenv("DATA_DIR"), "./data"), "")
	if more != nil {
		more(flags)
	}
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return "", nil, err
		}
		if args = flags.Args(); len(args) > 0 {
			words, args = append(words, args[0]), args[1:]
		}
	}
	return data, words, nil
}

// backup copies the data folder into a new folder, or a zip file, with checksums.
func backup(ctx context.Context, args []string, getenv func(string) string, out io.Writer) int {
	const usage = "app backup [--data FOLDER] NEW-FOLDER or NEW-FILE.zip\nCopies all data. telegramtrac must not be running on it."
	data, words, err := dataAndRest("backup", usage, args, getenv, out, nil)
	if err == nil && len(words) != 1 {
		fmt.Fprintln(out, usage)
	}
	if err != nil || len(words) != 1 {
		return 2
	}
	n, err := backUp(ctx, data, words[0])
	if err != nil {
		fmt.Fprintln(out, commandSentence(err, data))
		return 1
	}
	fmt.Fprintf(out, "Backed up %d files of %s to %s.\n", n, data, words[0])
	if _, err := os.Stat(filepath.Join(data, "secret.key")); err == nil {
		fmt.Fprintln(out, "The key secret.key is in it: keep the backup where nobody else reads it.")
	} else {
		fmt.Fprintln(out, "SECRET_KEY is not in it: keep it, too, for without it nobody can sign in to what is restored.")
	}
	return 0
}

// backUp returns how many files it copied. Nothing is left of a backup that failed.
func backUp(ctx context.Context, data, to string) (n int, err error) {
	lock, err := engine.Hold(filepath.Join(data, "engine"))
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	if _, err := os.Stat(filepath.Join(data, restoringFile)); err == nil {
		return 0, errUnfinished
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
		if err = cmp.Or(err, ctx.Err()); err != nil || !e.Type().IsRegular() || passing(name) {
			return err
		}
		n++
		return b.add(data, name)
	})
	return n, err
}

// passing reports whether a file means nothing to the next start.
func passing(name string) bool {
	base := path.Base(name)
	return name == "engine/lock" || strings.HasPrefix(name, "workspaces/") && strings.Contains(name, "/"+dataset.TakingDir+"/") || strings.HasSuffix(base, ".tmp") || strings.HasPrefix(base, ".health-")
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

// writeSynced writes a new file for good.
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

// restore copies a backup into an empty data folder, after all of it was checked.
func restore(ctx context.Context, args []string, getenv func(string) string, out io.Writer) int {
	const usage = "app restore [--data EMPTY-FOLDER] BACKUP\nChecks a backup, and copies it into an empty or new data folder."
	data, words, err := dataAndRest("restore", usage, args, getenv, out, nil)
	if err == nil && len(words) != 1 {
		fmt.Fprintln(out, usage)
	}
	if err != nil || len(words) != 1 {
		return 2
	}
	n, err := bringBack(ctx, words[0], data)
	if err != nil {
		fmt.Fprintln(out, commandSentence(err, data))
		return 1
	}
	fmt.Fprintf(out, "Restored %d files to %s; every one fits its checksum.\n", n, data)
	return 0
}

// bringBack returns how many files it restored.
func bringBack(ctx context.Context, from, data string) (int, error) {
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
		return 0, fmt.Errorf("%s is not empty; a backup is restored into an empty folder only. Move it away first, or choose another one with --data", data)
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
		sum, err := summed(f, func(r io.Reader) error { return writeSynced(filepath.Join(data, filepath.FromSlash(name)), r) })
		err = errors.Join(err, f.Close())
		if err == nil && sum != sums[name] {
			err = damagedBackup{[]string{name}}
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
		return nil, nil, damagedBackup{[]string{filepath.Base(from) + " (its list of files)"}}
	}
	return z, z.Close, nil
}

// damagedBackup says which files of a backup are not as they were written.
type damagedBackup struct{ files []string }

func (e damagedBackup) Error() string {
	return "The backup is damaged, and nothing was restored. These files do not fit their checksums: " + strings.Join(e.files, ", ") + "."
}

func readSums(files fs.FS) (map[string]string, error) {
	f, err := files.Open(sumsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, damagedBackup{[]string{sumsFile + " (missing; without it this is no backup)"}}
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
			return nil, damagedBackup{[]string{sumsFile}}
		}
		sums[name] = sum
	}
	if lines.Err() != nil {
		return nil, damagedBackup{[]string{sumsFile}}
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
		return damagedBackup{bad}
	}
	return nil
}

func sumOf(files fs.FS, name string) (string, error) {
	f, err := files.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return summed(f, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
}

// summed hands over what r has and returns its checksum.
func summed(r io.Reader, take func(io.Reader) error) (string, error) {
	sum := sha256.New()
	err := take(io.TeeReader(r, sum))
	return hex.EncodeToString(sum.Sum(nil)), err
}

// commandSentence says why a command did nothing, and what to do.
func commandSentence(err error, data string) string {
	if bad, ok := errors.AsType[damagedBackup](err); ok {
		return bad.Error()
	}
	switch {
	case errors.Is(err, engine.ErrInUse):
		return fmt.Sprintf("telegramtrac is running on %s. Stop it first: what is copied or mended meanwhile would not fit together.", data)
	case errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "hold"):
		return fmt.Sprintf("There is no such file: %v", err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("There is no data of telegramtrac in %s. Name its folder with --data.", data)
	}
	said := sentence(err, settings{data: data})
	if why, ok := strings.CutPrefix(said, cannotStart); ok { // nothing was to be started
		return "This cannot be done: " + why + "."
	}
	return said
}
