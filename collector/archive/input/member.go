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

// How much the ZIP files of an import may unfold to: a hundred times the size of
// all files, but a gigabyte in any case. JSON packs to a tenth or so.
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
	Among  bool // of a ZIP's or folder's files, which need not all be archives
	size   int64
	body   func() (io.ReadCloser, error)
	told   int64 // bytes told of as progress
	cut    int   // texts that were too long
}

// Members lists the files, those in ZIPs too. The ZIPs are open until closeAll.
func (r *Reader) Members(files []File) (out []*Member, closeAll func(), err error) {
	var open []io.Closer
	closeAll = func() {
		for _, c := range open {
			c.Close()
		}
	}
	var left *int64 // bytes that all ZIPs may still unfold to
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

// withoutCopies leaves out what in bundles of this product's own says the same as
// their Parquet files, and less: the files of the original tools. Read beside them
// they would be other observations of the same messages.
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

// unfolded is how much the ZIPs among files may unfold to together.
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

// ErrUnfolds says that a ZIP file is a bomb, or as good as one.
var ErrUnfolds = fmt.Errorf("the ZIP file unfolds to more than %d times its size", MaxRatio)

// budgeted reads no more than what is left.
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

// open opens the file, counting what is read as progress.
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

// advance tells that bytes were read, but not more than twice the file's.
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

// Rewind takes back what was told as read: what it took to know the kind is read again.
func (m *Member) Rewind() {
	m.r.Done -= m.told
	m.told = 0
}

// Skip tells that the file is not read any further.
func (m *Member) Skip() { m.advance(2*m.size - m.told) }

// Head is how the file begins.
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

// Wrong is what is wrong with the file.
func (m *Member) Wrong(line int64, field, problem string) *collector.FileError {
	return &collector.FileError{File: m.Name, Line: line, Field: field, Problem: problem}
}

// Unpacked puts the file on disk, where it can be read at any place. Call
// remove when it is not needed any more.
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
