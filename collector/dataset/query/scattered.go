package query

import (
	"context"

	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// scattered reads rows that lie far apart, ascending within each segment: a part is opened,
// and made ready for, once. Nothing is kept of what it decodes.
type scattered[T any] struct {
	columns []string
	open    mend.Files
	of      *part.Part
	rows    *part.Reading[T] // of that part
}

// newScattered reads the named columns of messages where they are not merged; nil: all.
func newScattered[T any](columns []string, open mend.Files) *scattered[T] {
	return &scattered[T]{columns: columns, open: open}
}

// read returns n rows of a segment from a position on.
func (r *scattered[T]) read(ctx context.Context, s *fold.Segment, from, n int64) ([]T, error) {
	if !s.Plain() || ctx.Err() != nil {
		return fold.ReadRows[T](ctx, s, from, n, r.open)
	}
	c := s.Cuts[0]
	if r.of != c.Part {
		r.close()
		r.open.Trim()
		rows, err := part.OpenRows[T](c.Part, r.columns, r.open, nil)
		if err != nil {
			return nil, err
		}
		r.of, r.rows = c.Part, rows
	}
	return r.rows.Read(c.From+from, n)
}

// close ends reading.
func (r *scattered[T]) close() {
	if r.rows != nil {
		r.rows.Close()
	}
	r.of, r.rows = nil, nil
}
