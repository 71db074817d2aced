package input

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
)

// How much the ZIP files of an import may unpack to: a hundred times the size of all files,
// but always a gigabyte. JSON compresses to about a tenth.
const (
	MaxRatio   = 100
	FreeUnfold = 1 << 30
	maxEntries = 100_000
)

// Member is one file to read: given alone, or in a ZIP.
type Member struct {
	r      *Reader
	Name   string
	path   string // on disk; "" in a ZIP
	packed bool
	Among  bool // in a ZIP or folder, where not every file must be an archive
	size   int64
	body   func() (io.ReadCloser, error)
	told   int64 // bytes reported as progress
	cut    int   // texts that were too long
}

// Members lists the files, also those in ZIPs. The caller closes the ZIPs with closeAll.
func (r *Reader) Members(files []File) (out []*Member, closeAll func(), err error) {
	var open []io.Closer
	closeAll = func() {
		for _, c := range open {
			c.Close()
		}
	}
	var left *int64 // bytes that all ZIPs may still unpack to
	for _, f := range files {
		one := &Member{r: r, Name: f.Name, path: f.Path, Among: f.Folder, body: func() (io.ReadCloser, error) { return os.Open(f.Path) }}
		info, err := os.Stat(f.Path)
		if err != nil {
			return nil, closeAll, err
		}
		one.size = info.Size()
		head, err := one.Head()
		if err != nil {
			return nil, closeAll, err
		}
		if !bytes.HasPrefix(head, []byte("PK\x03\x04")) && !bytes.HasPrefix(head, []byte("PK\x05\x06")) {
			out = append(out, one)
			continue
		}
		archive, err := zip.OpenReader(f.Path)
		if err != nil {
			return nil, closeAll, one.Wrong(0, "", "this ZIP file is damaged: "+Plain(err))
		}
		open = append(open, archive)
		if left == nil {
			all := 2 * unfolded(files, cmp.Or(r.Unfold, FreeUnfold)) // each is read twice
			left = &all
		}
		packed, err := r.unpack(one, &archive.Reader, left)
		if err != nil {
			return nil, closeAll, err
		}
		out = append(out, packed...)
	}
	out = withoutCopies(out)
	for _, m := range out {
		r.Total += 2 * m.size
	}
	return out, closeAll, nil
}

// withoutCopies leaves out files in this product's bundles that repeat parts of their Parquet
// files in the formats of the original tools: reading them too would add other observations of
// the same messages.
func withoutCopies(all []*Member) []*Member {
	var bundles []string // folders with a datapackage.json, and Parquet files somewhere below
	for _, m := range all {
		folder, described := strings.CutSuffix(m.Name, "datapackage.json")
		if m.Among && described && (folder == "" || strings.HasSuffix(folder, "/")) && slices.ContainsFunc(all, func(m *Member) bool {
			return m.Among && strings.HasPrefix(m.Name, folder) && path.Base(m.Name) == "messages.parquet"
		}) {
			bundles = append(bundles, folder)
		}
	}
	return slices.DeleteFunc(all, func(m *Member) bool {
		return m.Among && path.Ext(m.Name) != ".parquet" &&
			slices.ContainsFunc(bundles, func(folder string) bool { return strings.HasPrefix(m.Name, folder) })
	})
}

// unfolded returns how much the ZIPs among files may unpack to together.
func unfolded(files []File, free int64) int64 {
	var size int64
	for _, f := range files {
		if info, err := os.Stat(f.Path); err == nil {
			size += info.Size()
		}
	}
	return max(free, MaxRatio*size)
}

// unpack lists the files of a ZIP, by name.
func (r *Reader) unpack(of *Member, archive *zip.Reader, left *int64) ([]*Member, error) {
	if len(archive.File) > maxEntries {
		return nil, of.Wrong(0, "", fmt.Sprintf("this ZIP file holds more than %d files", maxEntries))
	}
	budget := *left / 2
	var out []*Member
	for _, f := range archive.File {
		base := path.Base(f.Name)
		if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") || strings.HasPrefix(base, ".") {
			continue
		}
		out = append(out, &Member{
			r: r, Name: strings.ToValidUTF8(of.Name+"/"+f.Name, "\uFFFD"), packed: true, Among: true,
			size: int64(min(f.UncompressedSize64, uint64(budget))),
			body: func() (io.ReadCloser, error) {
				in, err := f.Open()
				if err != nil {
					return nil, err
				}
				return &budgeted{in, left}, nil
			},
		})
	}
	slices.SortStableFunc(out, func(a, b *Member) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// ErrUnfolds means that a ZIP file unpacks to too much: it is, or acts like, a bomb.
var ErrUnfolds = fmt.Errorf("the ZIP file unfolds to more than %d times its size", MaxRatio)

// budgeted fails with ErrUnfolds once nothing is left.
type budgeted struct {
	io.ReadCloser
	left *int64
}

func (b *budgeted) Read(p []byte) (int, error) {
	if *b.left <= 0 {
		return 0, ErrUnfolds
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), *b.left)])
	*b.left -= int64(n)
	return n, err
}

// open opens the file and counts what is read as progress.
func (m *Member) open() (io.ReadCloser, error) {
	in, err := m.body()
	if err != nil {
		return nil, m.Wrong(0, "", Plain(err))
	}
	return &counted{in, m}, nil
}

type counted struct {
	io.ReadCloser
	m *Member
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.m.r.Ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.ReadCloser.Read(p)
	c.m.advance(int64(n))
	return n, err
}

// advance reports progress in bytes, at most twice the file's size.
func (m *Member) advance(n int64) {
	n = min(n, 2*m.size-m.told)
	m.told += n
	r := m.r
	r.Done += n
	if now := time.Now(); r.Progress != nil && now.Sub(r.told) > 100*time.Millisecond {
		r.told = now
		r.Progress(r.Done, r.Total)
	}
}

// Rewind takes back the reported progress: the bytes read to find out the kind are read again.
func (m *Member) Rewind() {
	m.r.Done -= m.told
	m.told = 0
}

// Skip counts the rest of the file as read.
func (m *Member) Skip() { m.advance(2*m.size - m.told) }

// Head returns the beginning of the file.
func (m *Member) Head() ([]byte, error) {
	in, err := m.body()
	if err != nil {
		return nil, m.Wrong(0, "", Plain(err))
	}
	defer in.Close()
	buf := make([]byte, 4096)
	n, err := io.ReadFull(in, buf)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, m.Wrong(0, "", Plain(err))
	}
	return buf[:n], nil
}

// Wrong returns an error about the file.
func (m *Member) Wrong(line int64, field, problem string) *collector.FileError {
	return &collector.FileError{File: m.Name, Line: line, Field: field, Problem: problem}
}

// Unpacked returns the file on disk, for random access. The caller calls remove when done.
func (m *Member) Unpacked() (f *os.File, remove func(), err error) {
	if !m.packed {
		f, err := os.Open(m.path)
		return f, func() { f.Close() }, err
	}
	f, err = os.CreateTemp(m.r.Temp, "unpacked.*")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { f.Close(); os.Remove(f.Name()) }
	in, err := m.open()
	if err == nil {
		_, err = io.Copy(f, in)
		in.Close()
	}
	if err != nil {
		remove()
		if m.r.Ctx.Err() == nil {
			err = m.Wrong(0, "", Plain(err))
		}
		return nil, nil, err
	}
	return f, remove, nil
}
