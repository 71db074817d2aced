package decode

import (
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// reader fills rows that lie in one place from the pages of their columns.
type reader struct {
	source  source
	fillers []filler
	pages   []*page // of one filler
	from    []int
}

// aim makes the rows known that are filled from now on.
func aim[T any](r *reader, rows []T) {
	row := func(i int) reflect.Value { return reflect.ValueOf(&rows[i]).Elem() }
	for _, f := range r.fillers {
		f.aim(row, len(rows))
	}
}

// fill fills the first n rows, which are empty, with those of the file from a row on.
func (r *reader) fill(row int64, n int) error {
	for _, f := range r.fillers {
		for at := 0; at < n; {
			k, err := r.look(f, row+int64(at), n-at)
			if err != nil {
				return err
			}
			if err := f.fill(r.pages, r.from, k, at); err != nil {
				return err
			}
			at += k
		}
	}
	return nil
}

// look gathers the pages of a filler's columns that have a row, and counts how many rows all
// of them have from it on.
func (r *reader) look(f filler, row int64, most int) (n int, err error) {
	r.pages, r.from = r.pages[:0], r.from[:0]
	n = most
	for _, c := range f.columns() {
		p, first, err := r.source.page(c, row)
		if err != nil {
			return 0, err
		}
		r.pages, r.from = append(r.pages, p), append(r.from, int(row-first))
		n = min(n, int(first+p.rows-row))
	}
	return n, nil
}

// Direct reads the rows of a file page by page into their fields, for the most part one after
// the other.
type Direct[T any] struct {
	reader
	aimed int // rows, at
	at    *T
}

// New reads the columns that T names; ok is false where parquet-go is to read them.
func New[T any](f *parquet.File) (d *Direct[T], ok bool) {
	s, ok := shapeIn[T](f)
	if !ok {
		return nil, false
	}
	return &Direct[T]{reader: reader{source: newStreamed(f), fillers: s.fillers(nil)}}, true
}

// Read fills rows, which are empty, with those of the file from one on.
func (d *Direct[T]) Read(rows []T, row int64) error {
	if len(rows) == 0 {
		return nil
	}
	if d.at != &rows[0] || len(rows) > d.aimed {
		aim(&d.reader, rows)
		d.at, d.aimed = &rows[0], len(rows)
	}
	err := d.fill(row, len(rows))
	if err != nil {
		clear(rows)
	}
	return err
}

// Close ends reading; the file stays open.
func (d *Direct[T]) Close() { d.source.close() }

// shapeIn matches a type with a file.
func shapeIn[T any](f *parquet.File) (*shape, bool) {
	return shapeOf(reflect.TypeFor[T](), parquet.SchemaOf(*new(T)), f.Schema())
}
