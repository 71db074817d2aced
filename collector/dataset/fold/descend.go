package fold

import (
	"context"
	"iter"
	"slices"

	"telegramtrac/collector"
)

// Rows of a segment that are held at once while it is read downwards: a page that two blocks
// share is decoded twice. A merged one is read anew up to each of its blocks, so they are
// larger.
const (
	BlockRows       = 4096
	mergedBlockRows = 8192
)

// ScanDown yields every message of one channel, each id once, newest first, in
// constant memory. T is as for ScanColumns and has the column message_id. A
// message may be kept as a copy. An error ends it.
func ScanDown[T any](ctx context.Context, d *Rows, channelID int64) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for b, err := range BatchesDown[T](ctx, d, channelID) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range slices.Backward(b.Rows) {
				if !yield(&b.Rows[i], nil) {
					return
				}
			}
			b.Done()
		}
	}
}

// threadsFor finds the threads that whole rows are tied to.
func (d *Rows) threadsFor(ctx context.Context, channelID int64, row any) (Threads, error) {
	if _, whole := row.(collector.Message); !whole {
		return Threads{}, nil
	}
	return d.ThreadsOf(ctx, channelID)
}
