package part

import (
	"io"
	"reflect"
	"slices"
)

// keptPages are a part's pages as they are kept, or else read and then kept. Where all that is
// asked for is kept, the file is not opened.
type keptPages struct {
	part   *Part
	open   opener
	kept   *Blocks
	stream *streamed // nil until something has to be read
}

func (k *keptPages) close() {
	if k.stream != nil {
		k.stream.close()
	}
}

func (k *keptPages) file() (*streamed, error) {
	if k.stream == nil {
		f, err := k.open.Open(k.part)
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
	key := blockKey{part: k.part, group: group, column: c.index, first: startBefore(starts, row-first)}
	if p, ok := k.kept.find(key).(*page); ok && row-first < p.first+p.rows {
		return p, first + p.first, nil
	}
	s, err := k.file()
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
	for i, g := range k.part.Groups {
		if row < first+g.Rows {
			return i, first, nil
		}
		first += g.Rows
	}
	return 0, 0, io.ErrUnexpectedEOF
}

// starts are the rows of a group that the pages of a column begin with.
func (k *keptPages) starts(c columnAt, group int) ([]int64, error) {
	key := blockKey{part: k.part, group: group, column: c.index, first: -1}
	if starts, ok := k.kept.find(key).([]int64); ok {
		return starts, nil
	}
	s, err := k.file()
	if err != nil {
		return nil, err
	}
	starts, err := pageStarts(s.file.Parquet.RowGroups()[group].ColumnChunks()[c.index])
	if err == nil {
		k.kept.keep(key, starts, int64(8*len(starts)+100))
	}
	return starts, err
}

// shapeOfPart matches a type with a part's columns; nil: parquet-go is to read it.
func shapeOfPart[T any](k *keptPages) (*shape, error) {
	key := blockKey{part: k.part, row: reflect.TypeFor[T]()}
	if k.kept != nil {
		if s, ok := k.kept.find(key).(*shape); ok {
			return s, nil
		}
	}
	s, err := k.file()
	if err != nil {
		return nil, err
	}
	out, ok := shapeIn[T](s.file.Parquet)
	if !ok {
		return nil, nil
	}
	if k.kept != nil {
		k.kept.keep(key, out, int64(200*len(out.fields)))
	}
	return out, nil
}

// ReadRows reads n rows of a part from a row on. Of a message columns names those that are
// read besides the ones without which it is none; nil: all. What is decoded is kept, unless
// kept is nil.
func ReadRows[T any](p *Part, from, n int64, columns []string, open opener, kept *Blocks) ([]T, error) {
	r, err := OpenRows[T](p, columns, open, kept)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Read(from, n)
}

// Reading reads rows of a part, here and there.
type Reading[T any] struct {
	part   *Part
	open   opener
	pages  *keptPages
	source source
	shape  *shape // nil: parquet-go reads them

	columns []string
}

// OpenRows begins to read as ReadRows does. It is to be closed.
func OpenRows[T any](p *Part, columns []string, open opener, kept *Blocks) (*Reading[T], error) {
	k := &keptPages{part: p, open: open, kept: kept}
	r := &Reading[T]{part: p, open: open, pages: k, source: k, columns: withKeys(columns)}
	var err error
	if r.shape, err = shapeOfPart[T](k); err == nil && kept == nil {
		r.source, err = k.file()
	}
	if err != nil {
		k.close()
		return nil, err
	}
	return r, nil
}

// Read reads n rows from one on.
func (r *Reading[T]) Read(from, n int64) ([]T, error) {
	if r.shape == nil {
		return readStream[T](r.part, from, n, r.open)
	}
	out := make([]T, n)
	in := &reader{source: r.source, fillers: r.shape.fillers(r.columns)}
	aim(in, out)
	return out, in.fill(from, int(n))
}

// Close ends reading.
func (r *Reading[T]) Close() { r.pages.close() }

// withKeys adds the columns without which a message is none.
func withKeys(columns []string) []string {
	if columns == nil {
		return nil
	}
	if WantsThreads(columns) {
		columns = slices.Concat(columns, threadColumns)
	}
	return slices.Concat(columns, keyColumns)
}

// readStream reads rows through parquet-go.
func readStream[T any](p *Part, from, n int64, open opener) ([]T, error) {
	f, err := open.Open(p)
	if err != nil {
		return nil, err
	}
	s, err := NewStream[T](f, from, from+n)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	out := make([]T, 0, n)
	for row := from; row < from+n; row++ {
		v, err := s.At(row)
		if err != nil {
			return nil, err
		}
		out = append(out, *v)
	}
	return out, nil
}
