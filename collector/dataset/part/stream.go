package part

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// StreamRows is how many rows a stream decodes at a time.
const StreamRows = 128

// Stream reads rows of a file in ascending order. T may name fewer columns than
// the file has, which are then the only ones read, and more, which are null.
type Stream[T any] struct {
	File   *File
	reader *parquet.GenericReader[T]
	buf    []T
	first  int64 // row of buf[0]
	n      int   // rows in buf
	end    int64 // one past the last row that will be asked for

	// Fields of lists that the file has no column for: it was written before they
	// were added. parquet-go v0.32.0 takes the levels of another column for them,
	// so that some rows would have an empty list instead of none.
	missing []int
}

// NewStream reads the rows from..end-1 of f, which stays open for as long.
func NewStream[T any](f *File, from, end int64) (*Stream[T], error) {
	r, err := newReader[T](f.Parquet)
	if err != nil {
		return nil, err
	}
	s := &Stream[T]{File: f, reader: r, buf: make([]T, min(StreamRows, max(0, end-from))), first: from, end: end,
		missing: missingLists[T](f.Parquet.Schema())}
	if from > 0 {
		if err := s.seek(from); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// seek goes to a row.
func (s *Stream[T]) seek(row int64) error {
	if err := s.File.index(row, parquet.SchemaOf(*new(T))); err != nil {
		return fmt.Errorf("seek to row %d: %w", row, err)
	}
	if err := s.reader.SeekToRow(row); err != nil {
		return fmt.Errorf("seek to row %d: %w", row, err)
	}
	return nil
}

// index loads where the pages of some columns lie in a row's row group. Seeking
// reads every page before the row otherwise.
func (f *File) index(row int64, columns *parquet.Schema) error {
	for _, g := range f.Parquet.RowGroups() {
		if row >= g.NumRows() {
			row -= g.NumRows()
			continue
		}
		if row == 0 {
			return nil
		}
		chunks := g.ColumnChunks()
		for _, path := range columns.Columns() {
			leaf, ok := f.Parquet.Schema().Lookup(path...)
			if !ok {
				continue
			}
			chunk, ok := chunks[leaf.ColumnIndex].(*parquet.FileColumnChunk)
			if !ok {
				continue
			}
			if _, err := chunk.OffsetIndex(); err != nil && !errors.Is(err, parquet.ErrMissingOffsetIndex) {
				return err
			}
		}
		return nil
	}
	return nil
}

// newReader reads the columns that T names.
func newReader[T any](f *parquet.File) (*parquet.GenericReader[T], error) {
	want, has := parquet.SchemaOf(*new(T)), f.Schema()
	if !contains(has, want) || parquet.EqualNodes(has, want) || len(f.RowGroups()) == 0 {
		return parquet.NewGenericReader[T](f), nil
	}
	rows, err := selected(f, want)
	if err != nil {
		return nil, err
	}
	return parquet.NewGenericRowGroupReader[T](rows), nil
}

// selected is the rows of a file with some of its columns, which are the only
// ones read.
func selected(f *parquet.File, columns *parquet.Schema) (parquet.RowGroup, error) {
	conversion, err := parquet.Convert(columns, f.Schema())
	if err != nil {
		return nil, fmt.Errorf("columns of the file: %w", err)
	}
	return selection{parquet.ConvertRowGroup(parquet.MultiRowGroup(f.RowGroups()...), conversion)}, nil
}

// selection is some columns of a row group, just as they are. What
// ConvertRowGroup returns would make rows of all columns first.
type selection struct{ parquet.RowGroup }

// Rows reads the selected columns alone.
func (s selection) Rows() parquet.Rows { return parquet.NewRowGroupRowReader(s) }

// contains reports whether a file has all the wanted columns in the same form.
func contains(has, want *parquet.Schema) bool {
	for _, path := range want.Columns() {
		a, okA := has.Lookup(path...)
		b, okB := want.Lookup(path...)
		if !okA || !okB || !parquet.EqualNodes(a.Node, b.Node) ||
			a.MaxDefinitionLevel != b.MaxDefinitionLevel || a.MaxRepetitionLevel != b.MaxRepetitionLevel {
			return false
		}
	}
	return true
}

// At returns a row, at or after the row returned last. It may be kept as a
// shallow copy; the pointer holds until the next call.
func (s *Stream[T]) At(row int64) (*T, error) {
	for row >= s.first+int64(s.n) {
		if err := s.fill(row); err != nil {
			return nil, err
		}
	}
	return &s.buf[row-s.first], nil
}

// fill decodes the next rows, or leaps to the wanted one when it is far ahead.
func (s *Stream[T]) fill(row int64) error {
	next := s.first + int64(s.n)
	if row-next >= StreamRows {
		if err := s.seek(row); err != nil {
			return err
		}
		next = row
	}
	clear(s.buf) // nothing that was handed out is written through
	n, err := s.reader.Read(s.buf[:min(int64(len(s.buf)), s.end-next)])
	if n == 0 {
		return fmt.Errorf("read row %d: %w", next, noRows(err))
	}
	s.first, s.n = next, n
	clearFields(s.buf[:n], s.missing)
	return nil
}

// noRows is the error of a reader that gives no row where there is one.
func noRows(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// clearFields makes the fields zero that nothing was read for.
func clearFields[T any](rows []T, missing []int) {
	if len(missing) == 0 {
		return
	}
	for i := range rows {
		row := reflect.ValueOf(&rows[i]).Elem()
		for _, field := range missing {
			row.Field(field).SetZero()
		}
	}
}

// missingLists finds the lists of a row type that a schema has no column for.
func missingLists[T any](has *parquet.Schema) []int {
	row := reflect.TypeFor[T]()
	return slices.DeleteFunc(missingFields[T](has), func(i int) bool { return row.Field(i).Type.Kind() != reflect.Slice })
}

// missingFields finds the fields of a row type that a schema has no column for.
func missingFields[T any](has *parquet.Schema) []int {
	var out []int
	row := reflect.TypeFor[T]()
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("parquet"), ",")
		if !slices.ContainsFunc(has.Fields(), func(c parquet.Field) bool { return c.Name() == name }) {
			out = append(out, i)
		}
	}
	return out
}

func (s *Stream[T]) Close() { s.reader.Close() }

// Int64s reads a required integer column of the rows from..to-1 at once.
func (f *File) Int64s(column string, from, to int64) ([]int64, error) {
	out := make([]int64, 0, max(0, to-from))
	err := Columns{f, from, to}.eachPage(column, func(_ int, page parquet.Page) error {
		data := page.Data()
		values := data.Int64()
		out = append(out, values[:min(len(values), cap(out)-len(out))]...)
		return nil
	})
	return out, err
}
