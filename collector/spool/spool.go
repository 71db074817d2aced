// Package spool keeps uploaded files on disk until they are imported:
//
//	<dir>/<workspace>/<upload>/<n>
//
// The names of people's files are never used as names on this disk. Uploads that a killed
// process left are deleted at the next start.
package spool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
)

var (
	// ErrFull says that the disk has no room for an upload or its import.
	ErrFull = errors.New("the disk has no room")
	// ErrBusy says that the most possible uploads are arriving already.
	ErrBusy = errors.New("too many uploads at once")
	// ErrTooMany says that an upload has too many files.
	ErrTooMany = errors.New("too many files in one upload")
)

const (
	// MaxFiles is how many files an upload may have.
	MaxFiles = 10_000
	// Reserve is what uploads leave free on the disk, in bytes; a tenth of a small disk.
	Reserve = 512 << 20

	atOnce     = 64      // uploads that may arrive at the same time: many networks' worth
	checkEvery = 8 << 20 // bytes after which the free room is checked again
)

// Spool is a folder of uploads. It may be used by several goroutines at once.
type Spool struct {
	dir  string
	free func(dir string) (bytes, total uint64, known bool)

	mu     sync.Mutex
	coming map[*Upload]int64 // bytes of each that are still to arrive
}

// Open makes a spool of a folder, which is created at first use.
func Open(dir string) *Spool {
	return &Spool{dir: dir, free: Free, coming: map[*Upload]int64{}}
}

// Upload is one person's files while they arrive. It is for one goroutine.
type Upload struct {
	spool     *Spool
	workspace string
	id        string
	files     []File
	unchecked int64
}

// File is an uploaded file.
type File struct {
	Name   string `json:"name"` // as its owner calls it
	Folder bool   `json:"folder,omitempty"`
}

var nameForm = regexp.MustCompile(`^[-_=A-Za-z0-9]{1,128}$`)

// Begin begins an upload of about size bytes; 0 when unknown. Call End or Remove. Errors:
// ErrBusy, ErrFull.
func (s *Spool) Begin(workspace string, size int64) (*Upload, error) {
	if !nameForm.MatchString(workspace) {
		return nil, fmt.Errorf("begin an upload: %q is no workspace", workspace)
	}
	u := &Upload{spool: s, workspace: workspace, id: rand.Text()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.coming) >= atOnce {
		return nil, ErrBusy
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("begin an upload: %w", err)
	}
	promised := size
	for _, n := range s.coming {
		promised += n
	}
	if err := s.room(promised); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(u.dir(), 0o700); err != nil {
		return nil, fmt.Errorf("begin an upload: %w", err)
	}
	s.coming[u] = size
	return u, nil
}

// Room returns ErrFull when the disk is nearly full.
func (s *Spool) Room() error { return s.room(0) }

func (s *Spool) room(size int64) error {
	free, total, known := s.free(s.dir)
	if !known { // the folder is made at first use
		free, total, known = s.free(filepath.Dir(s.dir))
	}
	if known && free < uint64(size)+min(Reserve, total/10) {
		return ErrFull
	}
	return nil
}

func (u *Upload) dir() string { return u.spool.Folder(u.workspace, u.id) }

// ID names the upload within its workspace.
func (u *Upload) ID() string { return u.id }

// Files returns the files that have arrived.
func (u *Upload) Files() []File { return u.files }

// Put stores a file. Errors: ErrFull, ErrTooMany, and those of r.
func (u *Upload) Put(file File, r io.Reader) error {
	if len(u.files) == MaxFiles {
		return ErrTooMany
	}
	f, err := os.OpenFile(u.spool.Path(u.workspace, u.id, len(u.files)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("take a file up: %w", err)
	}
	// Hides ReadFrom, so that arriving checks the free room on the way.
	_, err = io.CopyBuffer(struct{ io.Writer }{f}, &arriving{u, r}, make([]byte, 1<<16))
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	u.files = append(u.files, file)
	return nil
}

// arriving counts the bytes that arrive, and checks the free room now and then.
type arriving struct {
	u *Upload
	r io.Reader
}

func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	u := a.u
	u.unchecked += int64(n)
	if u.unchecked < checkEvery {
		return n, err
	}
	u.unchecked = 0
	s := u.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	s.coming[u] = max(0, s.coming[u]-checkEvery)
	if full := s.Room(); full != nil {
		return n, full
	}
	return n, err
}

// Flush makes the files survive a power cut. Call it before anything relies on the upload.
func (u *Upload) Flush() error {
	for _, dir := range []string{u.dir(), filepath.Dir(u.dir()), u.spool.dir} {
		f, err := os.Open(dir)
		if err == nil {
			err = errors.Join(f.Sync(), f.Close())
		}
		if err != nil {
			return fmt.Errorf("keep an upload: %w", err)
		}
	}
	return nil
}

// End says that all files have arrived. They stay until Remove.
func (u *Upload) End() {
	u.spool.mu.Lock()
	defer u.spool.mu.Unlock()
	delete(u.spool.coming, u)
}

// Remove ends the upload and deletes its files.
func (u *Upload) Remove() error {
	u.End()
	return u.spool.Remove(u.workspace, u.id)
}

// Folder returns the folder of an upload. Its importer may store files of its own there, whose
// names are not numbers.
func (s *Spool) Folder(workspace, upload string) string {
	return filepath.Join(s.dir, workspace, upload)
}

// Path returns the path of the n-th file of an upload.
func (s *Spool) Path(workspace, upload string, n int) string {
	return filepath.Join(s.Folder(workspace, upload), strconv.Itoa(n))
}

// Has reports whether a workspace has an upload.
func (s *Spool) Has(workspace, upload string) bool {
	if !nameForm.MatchString(workspace) || !nameForm.MatchString(upload) {
		return false
	}
	info, err := os.Stat(s.Folder(workspace, upload))
	return err == nil && info.IsDir()
}

// Remove deletes an upload, if there is one.
func (s *Spool) Remove(workspace, upload string) error {
	if !nameForm.MatchString(workspace) || !nameForm.MatchString(upload) {
		return fmt.Errorf("remove an upload: %q and %q name none", workspace, upload)
	}
	err := os.RemoveAll(s.Folder(workspace, upload))
	_ = os.Remove(filepath.Join(s.dir, workspace)) // where it is empty now
	return err
}

// RemoveAll deletes a workspace's uploads.
func (s *Spool) RemoveAll(workspace string) error {
	if !nameForm.MatchString(workspace) {
		return fmt.Errorf("remove uploads: %q is no workspace", workspace)
	}
	return os.RemoveAll(filepath.Join(s.dir, workspace))
}

// Sweep deletes every upload except those to keep, and in these the leftovers of a killed
// import. Call it while nothing arrives.
func (s *Spool) Sweep(keep func(workspace, upload string) bool) error {
	workspaces, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var errs []error
	for _, w := range workspaces {
		if !w.IsDir() { // nobody's here: .DS_Store and the like
			continue
		}
		uploads, err := os.ReadDir(filepath.Join(s.dir, w.Name()))
		errs = append(errs, err)
		for _, u := range uploads {
			dir := s.Folder(w.Name(), u.Name())
			if keep(w.Name(), u.Name()) {
				errs = append(errs, sweepFolder(dir))
			} else {
				errs = append(errs, os.RemoveAll(dir))
			}
		}
		_ = os.Remove(filepath.Join(s.dir, w.Name())) // where it is empty now
	}
	return errors.Join(append(errs, err)...)
}

// sweepFolder deletes everything that is not an uploaded file.
func sweepFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	errs := []error{err}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}
