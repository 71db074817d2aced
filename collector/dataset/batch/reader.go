// Package batch decodes rows of a part one column after the other, many rows at a time: what
// parquet-go does by reflection for each value of each row is done once for a page of a column,
// and a column that has nothing is not read at all.
package batch

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector/dataset/part"
)

// Reader reads rows of a file. T may name fewer columns than the file has, which are then
// the only ones read, and more, which are null.
type Reader[T any] struct {
	fields []field
	slow   *part.Stream[T] // of a file whose columns have other types, as foreign ones may
	rows   int64           // of the file
	at     int64
}

// field reads one field of T: a column, or the columns of a list.
type field interface {
	// seek goes to a row.
	seek(row int64) error

	// read sets the field of the next n rows, of which row returns one.
	read(n int, row func(i int) reflect.Value) error

	close()
}

// New reads a file, which stays open for as long, from its first row on. With names, no other
// columns of T are read.
func New[T any](f *part.File, names ...string) (*Reader[T], error) {
	r := &Reader[T]{rows: f.Parquet.NumRows()}
	row, has := reflect.TypeFor[T](), f.Parquet.Schema()
	want := parquet.SchemaOf(*new(T))
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("parquet"), ",")
		if name == "" { // as what is embedded
			return slowReader[T](f)
		}
		if len(names) > 0 && !slices.Contains(names, name) || !there(has, name) {
			continue
		}
		one, ok := newField(f, want, has, name, row.Field(i).Type, i)
		if !ok {
			return slowReader[T](f)
		}
		r.fields = append(r.fields, one)
	}
	return r, nil
}

// slowReader reads by reflection.
func slowReader[T any](f *part.File) (*Reader[T], error) {
	s, err := part.NewStream[T](f, 0, f.Parquet.NumRows())
	return &Reader[T]{slow: s, rows: f.Parquet.NumRows()}, err
}

func there(has *parquet.Schema, name string) bool {
	return slices.ContainsFunc(has.Fields(), func(c parquet.Field) bool { return c.Name() == name })
}

// newField makes what reads a field. It reports false where the file's columns are not those
// that the field wants.
func newField(f *part.File, want, has *parquet.Schema, name string, of reflect.Type, index int) (field, bool) {
	var columns []*column
	var paths [][]string
	for _, path := range want.Columns() {
		if path[0] != name {
			continue
		}
		a, okA := has.Lookup(path...)
		b, okB := want.Lookup(path...)
		if !okA || !okB || !parquet.EqualNodes(a.Node, b.Node) ||
			a.MaxDefinitionLevel != b.MaxDefinitionLevel || a.MaxRepetitionLevel != b.MaxRepetitionLevel {
			return nil, false
		}
		columns, paths = append(columns, newColumn(f, a, path)), append(paths, path)
	}
	if len(columns) == 1 && columns[0].maxRepetition == 0 {
		store := storeOf(of, columns[0].node)
		return &single{columns[0], index, store}, store != nil
	}
	return newList(columns, paths, of, index)
}

// GoTo goes to a row, before or after those that were read. What lies in the page that was
// decoded last is not decoded again.
func (r *Reader[T]) GoTo(row int64) error {
	if r.slow != nil {
		return r.seekSlowly(row)
	}
	for _, f := range r.fields {
		if err := f.seek(row); err != nil {
			return fmt.Errorf("seek to row %d: %w", row, err)
		}
	}
	r.at = row
	return nil
}

// seekSlowly goes to a row of a stream, which only goes on.
func (r *Reader[T]) seekSlowly(row int64) error {
	if row < r.at {
		s, err := part.NewStream[T](r.slow.File, row, r.rows)
		if err != nil {
			return err
		}
		r.slow.Close()
		r.slow = s
	}
	r.at = row
	return nil
}

// Read reads the next rows into zero ones, and returns how many: fewer than there is room for
// where their texts have more than so many bytes, and at the end of a row group. Texts share
// memory with each other: whoever keeps few of them clones them.
func (r *Reader[T]) Read(rows []T, bytes int) (n int, err error) {
	if n, err = r.fits(min(len(rows), int(r.rows-r.at)), bytes); err != nil || n == 0 {
		return 0, cmp.Or(err, io.ErrUnexpectedEOF)
	}
	if r.slow != nil {
		err = r.readSlowly(rows[:n])
	}
	for _, f := range r.fields {
		if err == nil {
			err = f.read(n, func(i int) reflect.Value { return reflect.ValueOf(&rows[i]).Elem() })
		}
	}
	if err != nil {
		return 0, fmt.Errorf("read row %d: %w", r.at, err)
	}
	r.at += int64(n)
	return n, nil
}

// fits says how many of the next n rows have texts of so many bytes.
func (r *Reader[T]) fits(n, bytes int) (_ int, err error) {
	if r.slow != nil {
		return min(n, part.StreamRows), nil
	}
	for _, f := range r.fields {
		if s, ok := f.(*single); ok && s.texts() && n > 0 {
			if n, err = s.fits(n, bytes); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (r *Reader[T]) readSlowly(rows []T) error {
	for i := range rows {
		v, err := r.slow.At(r.at + int64(i))
		if err != nil {
			return err
		}
		rows[i] = *v
	}
	return nil
}

// Close ends the reading.
func (r *Reader[T]) Close() {
	for _, f := range r.fields {
		f.close()
	}
	if r.slow != nil {
		r.slow.Close()
	}
}
