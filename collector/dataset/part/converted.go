package part

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector/dataset/decode"
)

// converted reads rows through parquet-go, which converts what has another form in the file.
// It takes about ten times as long as direct, and reads everything.
type converted[T any] struct {
	file *File
	rows *parquet.GenericReader[T]

	// Fields of lists that the file has no column for: it was written before they
	// were added. parquet-go v0.32.0 takes the levels of another column for them,
	// so that some rows would have an empty list instead of none.
	missing []int
}

func newConverted[T any](f *File) (rowReader[T], error) {
	r, err := newReader[T](f.Parquet)
	if err != nil {
		return nil, err
	}
	return &converted[T]{f, r, missingLists[T](f.Parquet.Schema())}, nil
}

func (c *converted[T]) read(rows []T, _ int64) (int, error) {
	n, err := c.rows.Read(rows)
	clearFields(rows[:n], c.missing)
	return n, err
}

func (c *converted[T]) seek(row int64) error {
	if err := c.file.index(row, parquet.SchemaOf(*new(T))); err != nil {
		return err
	}
	return c.rows.SeekToRow(row)
}

func (c *converted[T]) close() { c.rows.Close() }

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
		name := decode.ColumnOf(row.Field(i))
		if !slices.ContainsFunc(has.Fields(), func(c parquet.Field) bool { return c.Name() == name }) {
			out = append(out, i)
		}
	}
	return out
}
