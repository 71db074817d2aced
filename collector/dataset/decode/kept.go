package decode

import (
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// File is a file that may not have to be opened.
type File struct {
	Part   any             // a pointer to what is known of it
	Groups int             // how many row groups it has
	Rows   func(int) int64 // of a row group
	Open   func() (*parquet.File, error)
}

// keptPages are a file's pages as they are kept, or else read and then kept. Where all that is
// asked for is kept, the file is not opened.
type keptPages struct {
	file   File
	kept   *Blocks
	stream *streamed // nil until something has to be read
}

func (k *keptPages) close() {
	if k.stream != nil {
		k.stream.close()
	}
}

func (k *keptPages) opened() (*streamed, error) {
	if k.stream == nil {
		f, err := k.file.Open()
		if err != nil {
			return nil, err
		}
		k.stream = newStreamed(f)
	}
	return k.stream, nil
}

// page is a source's.
func (k *keptPages) page(c columnAt, row int64) (*page, int64, error) {
	group, first, err := k.groupOf(row)
	if err != nil {
		return nil, 0, err
	}
	starts, err := k.starts(c, group)
	if err != nil {
		return nil, 0, err
	}
	key := blockKey{part: k.file.Part, group: group, column: c.index, first: startBefore(starts, row-first)}
	if p, ok := k.kept.find(key).(*page); ok && row-first < p.first+p.rows {
		return p, first + p.first, nil
	}
	s, err := k.opened()
	if err != nil {
		return nil, 0, err
	}
	p, at, err := s.page(c, row)
	if err != nil || p.first != key.first {
		return p, at, err
	}
	p = p.kept()
	k.kept.keep(key, p, p.size())
	return p, at, nil
}

// groupOf is the row group of a row, and the row that it begins with.
func (k *keptPages) groupOf(row int64) (group int, first int64, err error) {
	for i := range k.file.Groups {
		rows := k.file.Rows(i)
		if row < first+rows {
			return i, first, nil
		}
		first += rows
	}
	return 0, 0, io.ErrUnexpectedEOF
}

// starts are the rows of a group that the pages of a column begin with.
func (k *keptPages) starts(c columnAt, group int) ([]int64, error) {
	key := blockKey{part: k.file.Part, group: group, column: c.index, first: -1}
	if starts, ok := k.kept.find(key).([]int64); ok {
		return starts, nil
	}
	s, err := k.opened()
	if err != nil {
		return nil, err
	}
	starts, err := pageStarts(s.file.RowGroups()[group].ColumnChunks()[c.index])
	if err == nil {
		k.kept.keep(key, starts, int64(8*len(starts)+100))
	}
	return starts, err
}

// shapeOfFile matches a type with a file's columns; nil: parquet-go is to read it.
func shapeOfFile[T any](k *keptPages) (*shape, error) {
	key := blockKey{part: k.file.Part, row: reflect.TypeFor[T]()}
	if k.kept != nil {
		if s, ok := k.kept.find(key).(*shape); ok {
			return s, nil
		}
	}
	s, err := k.opened()
	if err != nil {
		return nil, err
	}
	out, ok := shapeIn[T](s.file)
	if !ok {
		return nil, nil
	}
	if k.kept != nil {
		k.kept.keep(key, out, int64(200*len(out.fields)))
	}
	return out, nil
}

// Reading reads rows of a file, here and there.
type Reading[T any] struct {
	pages   *keptPages
	source  source
	shape   *shape
	columns []string
}

// Open begins to read rows with the named columns; nil: all that T names. What is decoded is
// kept, unless kept is nil. It is nil, without an error, where parquet-go is to read the file.
func Open[T any](f File, columns []string, kept *Blocks) (*Reading[T], error) {
	k := &keptPages{file: f, kept: kept}
	r := &Reading[T]{pages: k, source: k, columns: columns}
	var err error
	if r.shape, err = shapeOfFile[T](k); err == nil && kept == nil {
		r.source, err = k.opened()
	}
	if err != nil || r.shape == nil {
		k.close()
		return nil, err
	}
	return r, nil
}

// Read reads n rows from one on.
func (r *Reading[T]) Read(from, n int64) ([]T, error) {
	out := make([]T, n)
	in := &reader{source: r.source, fillers: r.shape.fillers(r.columns)}
	aim(in, out)
	return out, in.fill(from, int(n))
}

// Close ends reading; the file stays open.
func (r *Reading[T]) Close() { r.pages.close() }
