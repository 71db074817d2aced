package query

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// A message was forwarded when one of these columns is not null, or when its
// object says so without saying from where, see [collector.HidesOrigin]. The filter, the
// charts and msgs_dataset.csv keep to this rule.
var forwardColumns = []string{"forward_date", "forward_from_type", "forward_from_name"}

// addHidden marks the rows whose origin is hidden. It reads raw only where a row
// may be one.
func (c blockColumns) addHidden(forwarded []bool) error {
	ask := make([]bool, len(forwarded))
	err := c.Values("source", func(i int, v part.Value) { ask[i] = !forwarded[i] && derived.MayHide(string(v.Bytes())) })
	if err != nil || !slices.Contains(ask, true) {
		return err
	}
	return c.Texts("raw", func(i int, raw []byte) {
		forwarded[i] = forwarded[i] || ask[i] && bytes.Contains(raw, []byte(collector.OriginHidden)) && collector.HidesOrigin(string(raw))
	})
}

// originRow is what says that a row's origin is hidden.
type originRow struct {
	ID     int64  `parquet:"message_id"`
	Source string `parquet:"source,dict"`
	Raw    string `parquet:"raw"`
}

// hiddenOrigins are the positions in a merged block of the rows whose origin is
// hidden. Where nobody asks which are forwards, none is looked for.
func (b *block) hiddenOrigins(ctx context.Context, asked Condition, open mend.Files) (map[int64]bool, error) {
	if asked == Whatever {
		return nil, nil
	}
	out, position := map[int64]bool{}, int64(0)
	for row, err := range fold.MergedRows[originRow](ctx, b.Segment, 0, -1, open) {
		if err != nil {
			return nil, err
		}
		if derived.MayHide(row.Source) && collector.HidesOrigin(row.Raw) {
			out[position] = true
		}
		position++
	}
	return out, nil
}

// hiddenRow is what tells a chart of a forward whose origin is hidden.
type hiddenRow struct {
	Kind   string `parquet:"kind,dict"`
	Date   int64  `parquet:"date,timestamp(microsecond)"`
	Source string `parquet:"source,dict"`
	Raw    string `parquet:"raw"`

	FromType  string `parquet:"forward_from_type,optional,dict"`
	FromName  string `parquet:"forward_from_name,optional"`
	Forwarded *int64 `parquet:"forward_date,optional,timestamp(microsecond)"`
}

// countHidden counts the messages of a piece that only their objects tell to be forwards.
func countHidden(ctx context.Context, p fold.Piece, within *Filter, open mend.Files) (n int64, err error) {
	for row, err := range fold.PieceRows[hiddenRow](ctx, p, open) {
		if err != nil {
			return 0, fmt.Errorf("count hidden forwards of channel %d: %w", p.ChannelID, err)
		}
		told := row.FromType != "" || row.FromName != "" || row.Forwarded != nil
		if !told && row.Kind == collector.KindMessage && within.holdsDate(row.Date) && derived.MayHide(row.Source) &&
			collector.HidesOrigin(row.Raw) {
			n++
		}
	}
	return n, nil
}
