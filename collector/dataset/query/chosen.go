package query

import (
	"context"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
)

// readChosen is readRows for some columns of messages; nil: all. Rows that have to
// be merged are read whole.
func readChosen(ctx context.Context, s *fold.Segment, from, n int64, columns []string, open mend.Files) ([]collector.Message, error) {
	if columns == nil || !s.Plain() {
		return fold.ReadRows[collector.Message](ctx, s, from, n, open)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := s.Cuts[0]
	f, err := open.Open(c.Part)
	if err != nil {
		return nil, err
	}
	return f.ReadColumns(columns, c.From+from, n)
}
