package query

import (
	"context"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
)

// readChosen reads rows of a segment with some columns of messages; nil: all. Rows that have
// to be merged are read whole.
func readChosen(ctx context.Context, s *fold.Segment, from, n int64, columns []string, open mend.Files) ([]collector.Message, error) {
	return fold.ReadKept[collector.Message](ctx, s, from, n, columns, open)
}
