package fold

import (
	"context"

	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// Scattered reads rows that lie far apart, ascending within each segment: a part is opened,
// and made ready for, once. Nothing is kept of what it decodes.
type Scattered[T any] struct {
	columns []string
	open    mend.Files
	of      *part.Part
	rows    *part.Reading[T] // of that part
}

// NewScattered reads the named columns of messages where they are not merged; nil: all.
func NewScattered[T any](columns []string, open mend.Files) *Scattered[T] {
	return &Scattered[T]{columns: columns, open: open}
}

// Rows returns n rows of a segment from a position on.
func (r *Scattered[T]) Rows(ctx context.Context, s *Segment, from, n int64) ([]T, error) {
	if !s.Plain() || ctx.Err() != nil {
		return ReadRows[T](ctx, s, from, n, r.open)
	}
	c := s.Cuts[0]
	if r.of != c.Part {
		r.Close()
		r.open.Trim()
		rows, err := part.OpenRows[T](c.Part, r.columns, r.open, nil)
		if err != nil {
			return nil, err
		}
		r.of, r.rows = c.Part, rows
	}
	return r.rows.Read(c.From+from, n)
}

// Close ends reading.
func (r *Scattered[T]) Close() {
	if r.rows != nil {
		r.rows.Close()
	}
	r.of, r.rows = nil, nil
}
