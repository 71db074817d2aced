package catalog

import (
	"context"
	"fmt"
	"time"

	"telegramtrac/collector/dataset/fold"
)

// SourceRows is what a channel has of one source.
type SourceRows struct {
	Rows   int64
	Newest time.Time // when the last of them was looked at
}

// sourceRow is what is counted of a row.
type sourceRow struct {
	Source string `parquet:"source,dict"`
	Seen   int64  `parquet:"last_seen_at,timestamp(microsecond)"`
}

// Sources counts a channel's messages of both kinds by their source.
func (d *Catalog) Sources(ctx context.Context, channelID int64) (map[string]SourceRows, error) {
	type tally struct{ rows, newest int64 }
	counts := map[string]*tally{}
	for row, err := range fold.ScanColumns[sourceRow](ctx, d.Rows, channelID) {
		if err != nil {
			return nil, fmt.Errorf("count the sources of channel %d: %w", channelID, err)
		}
		n := counts[row.Source]
		if n == nil {
			n = &tally{newest: row.Seen}
			counts[row.Source] = n
		}
		n.rows, n.newest = n.rows+1, max(n.newest, row.Seen)
	}
	out := map[string]SourceRows{}
	for source, n := range counts {
		out[source] = SourceRows{n.rows, time.UnixMicro(n.newest).UTC()}
	}
	return out, nil
}
