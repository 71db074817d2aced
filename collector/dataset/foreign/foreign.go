// Package foreign reads Parquet files that anybody may have made. No length in one is
// trusted before it was checked.
package foreign

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// Limits of what a file may hold.
type Limits struct {
	Listed int64 // values in a list of a row
	Unfold int64 // bytes that any file may unpack to
	Ratio  int64 // times its size that a file may unpack to
}

// File is an open file whose lengths were checked. The library panics on some damaged
// files: whoever reads one recovers.
type File struct{ parquet *parquet.File }

// Open opens a file. What it reads is not to be closed before.
func Open(f io.ReaderAt, size int64, l Limits) (*File, error) {
	if err := checkFooter(f, size); err != nil {
		return nil, err
	}
	p, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	return &File{p}, l.checkPages(f, size, p)
}

// LargestGroup is the size of its largest row group, unpacked, in bytes.
func (f *File) LargestGroup() (most int64) {
	for _, g := range f.parquet.Metadata().RowGroups {
		most = max(most, g.TotalByteSize)
	}
	return most
}

// Has reports whether a file has some columns.
func (f *File) Has(columns []string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { _, ok := f.parquet.Schema().Lookup(c); return !ok })
}

// Differs names the first column of T that a file has in another form; "": none.
func Differs[T any](f *File) string {
	want := parquet.SchemaOf(*new(T))
	for _, path := range want.Columns() {
		w, _ := want.Lookup(path...)
		h, ok := f.parquet.Schema().Lookup(path...)
		if ok && (h.Node.Type().Kind() != w.Node.Type().Kind() || h.MaxRepetitionLevel != w.MaxRepetitionLevel) {
			return path[0]
		}
	}
	return ""
}

// Each calls do with every row of a file, counted from one, until it fails. Columns of T
// that the file lacks are null.
func Each[T any](ctx context.Context, f *File, do func(n int64, row *T) error) error {
	in := parquet.NewGenericReader[T](f.parquet)
	defer in.Close()
	rows := make([]T, 64)
	for n := int64(0); n < f.parquet.NumRows(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		clear(rows)
		got, err := in.Read(rows)
		for i := range got {
			n++
			if err := do(n, &rows[i]); err != nil {
				return err
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if got == 0 && n < f.parquet.NumRows() {
			return io.ErrUnexpectedEOF
		}
	}
	return nil
}
