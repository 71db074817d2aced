package fold

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"math"
	"reflect"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/mend"
)

// Rows of a segment that are held at once while it is read downwards. A merged
// one is read anew up to each of its blocks, so they are larger.
const (
	BlockRows       = 1024
	mergedBlockRows = 8192
)

// ScanDown yields every message of one channel, each id once, newest first, in
// constant memory. T is as for ScanColumns and has the column message_id. A
// message may be kept as a copy. An error ends it.
func ScanDown[T any](ctx context.Context, d *Rows, channelID int64) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		below := int64(math.MaxInt64) // ids at and above it were yielded
		for n := 0; ; n++ {
			before := below
			more, err := descend(ctx, d, channelID, &below, yield)
			if below < before {
				n = 0
			}
			if err == nil || !errors.Is(err, fs.ErrNotExist) || n == Attempts {
				if err != nil && more {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// descend yields a channel's rows with lower ids, and keeps below where it is.
func descend[T any](ctx context.Context, d *Rows, channelID int64, below *int64, yield func(*T, error) bool) (more bool, err error) {
	p, err := d.Plan(ctx, channelID)
	if err != nil {
		return true, err
	}
	open := mend.Files{}
	defer open.Close()
	comments, err := d.threadsFor(ctx, channelID, *new(T))
	if err != nil {
		return true, err
	}
	id := columnField(reflect.TypeFor[T](), "message_id", reflect.TypeFor[int64]())
	for _, s := range slices.Backward(p.Segments) {
		if s.IDs.Lo >= *below {
			continue
		}
		open.Trim()
		rows, err := s.Rows(ctx, open)
		if err != nil {
			return true, err
		}
		block := int64(BlockRows)
		if !s.Plain() {
			block = mergedBlockRows
		}
		for end := rows; end > 0; end -= block {
			if err := ctx.Err(); err != nil {
				return true, err
			}
			from := max(0, end-block)
			read, err := ReadRows[T](ctx, s, from, end-from, open)
			if err != nil {
				return true, err
			}
			for i := range slices.Backward(read) {
				at := reflect.ValueOf(&read[i]).Elem().Field(id).Int()
				if at >= *below {
					continue
				}
				*below = at
				if m, whole := any(&read[i]).(*collector.Message); whole {
					comments.Tie(m)
				}
				if !yield(&read[i], nil) {
					return false, nil
				}
			}
		}
	}
	return false, nil
}

// threadsFor finds the threads that whole rows are tied to.
func (d *Rows) threadsFor(ctx context.Context, channelID int64, row any) (Threads, error) {
	if _, whole := row.(collector.Message); !whole {
		return Threads{}, nil
	}
	return d.ThreadsOf(ctx, channelID)
}
