package part

import (
	"slices"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector/dataset/decode"
)

// ReadRows reads n rows of a part from a row on. Of a message columns names those that are
// read besides the ones without which it is none; nil: all. What is decoded is kept, unless
// kept is nil.
func ReadRows[T any](p *Part, from, n int64, columns []string, open opener, kept *decode.Blocks) ([]T, error) {
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
	direct *decode.Reading[T] // nil: parquet-go reads them
}

// OpenRows begins to read as ReadRows does. It is to be closed.
func OpenRows[T any](p *Part, columns []string, open opener, kept *decode.Blocks) (*Reading[T], error) {
	f := decode.File{Part: p, Groups: len(p.Groups), Rows: func(i int) int64 { return p.Groups[i].Rows },
		Open: func() (*parquet.File, error) {
			f, err := open.Open(p)
			if err != nil {
				return nil, err
			}
			return f.Parquet, nil
		}}
	d, err := decode.Open[T](f, withKeys(columns), kept)
	if err != nil {
		return nil, err
	}
	return &Reading[T]{p, open, d}, nil
}

// Read reads n rows from one on.
func (r *Reading[T]) Read(from, n int64) ([]T, error) {
	if r.direct == nil {
		return readStream[T](r.part, from, n, r.open)
	}
	return r.direct.Read(from, n)
}

// Close ends reading.
func (r *Reading[T]) Close() {
	if r.direct != nil {
		r.direct.Close()
	}
}

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
