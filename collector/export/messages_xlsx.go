package export

import (
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/table"
	"telegramtrac/collector/export/relay"
	"telegramtrac/collector/export/sheet"
)

// firstColumns are what people look at first, in the order in which they read. The
// first twenty that there are come into messages.xlsx.
var firstColumns = []string{
	"date", "channel_username", "channel_title", "message_id", "link", "from_name", "from_username", "kind", "text",
	"views", "forwards", "replies", "reactions_total", "media_type", "forward_from_name", "forward_from_username",
	"reply_to_message_id", "url", "hashtags", "channel_id", "edit_date", "mentions",
}

const firstCount = 20

// columnWidth is the width of a column, in characters.
func columnWidth(name string) float64 {
	switch name {
	case "text":
		return 80
	case "link", "url", "url_title", "url_description", "file_name":
		return 36
	case "channel_title", "from_name", "forward_from_name", "poll_question", "topic_title", "venue_address":
		return 26
	case "date", "edit_date", "forward_date", "first_seen_at", "last_seen_at", "gone_at", "hashtags", "mentions":
		return 19
	}
	return min(max(float64(len(name))+3, 10), 24) // room for the filter's button
}

// writeXLSX writes messages.xlsx: the columns that people use first, or all.
func writeXLSX(ctx context.Context, w io.Writer, d Data) error {
	return writeMessagesBook(ctx, w, d, sheet.MaxRows)
}

// writeMessagesBook writes sheets of so many rows.
func writeMessagesBook(ctx context.Context, w io.Writer, d Data, limit int) error {
	all, err := flatColumns(ctx, d)
	if err != nil {
		return err
	}
	columns := all
	if !d.Options.AllColumns {
		columns = chosenFirst(all)
	}
	var widths []float64
	for _, c := range columns {
		widths = append(widths, columnWidth(c.name))
	}
	b, err := sheet.New(w, "messages", flatNames(columns), widths)
	if err != nil {
		return err
	}
	b.Limit = limit
	if err := writeBookRows(ctx, d, b, columns); err != nil {
		return err
	}
	if err := b.Page("about", []float64{30, 120}, about(flatNames(columns), len(all))); err != nil {
		return err
	}
	return b.Close()
}

// placed is a batch, and which row of the table is its first.
type placed struct {
	*fold.Batch[collector.Message]
	row int64
}

// rowsPlaced yields batches with their places.
func rowsPlaced(batches iter.Seq2[*fold.Batch[collector.Message], error]) iter.Seq2[placed, error] {
	return func(yield func(placed, error) bool) {
		row := int64(0)
		for b, err := range batches {
			if err != nil {
				yield(placed{}, err)
				return
			}
			n := int64(len(b.Rows)) // whoever gets it may be done with it before the next one
			if !yield(placed{b, row}, nil) {
				return
			}
			row += n
		}
	}
}

// pieces is a workbook that takes rows in pieces.
type pieces interface {
	Piece(first int64) *sheet.Piece
	AddPiece(*sheet.Piece) error
}

// writeBookRows writes the messages. They are read, made into XML and compressed side by side.
func writeBookRows(ctx context.Context, d Data, b pieces, columns []flatColumn) error {
	batches := fold.Batches[collector.Message](ctx, d.Dataset.Rows, d.Channel, dataColumns(columns)...)
	return relay.Run(ctx, d.Workers(), rowsPlaced(batches), func(rows placed) (*sheet.Piece, error) {
		defer rows.Done()
		piece := b.Piece(rows.row)
		row := make([]any, len(columns))
		for i := range rows.Rows {
			m := &rows.Rows[i]
			for j, c := range columns {
				row[j] = c.sheetValue(m)
			}
			where := func() string { return fmt.Sprintf("channel %d, message %d", m.ChannelID, m.ID) }
			if err := piece.Add(where, row); err != nil {
				return nil, err
			}
		}
		return piece, nil
	}, b.AddPiece)
}

// chosenFirst are the columns of firstColumns that there are.
func chosenFirst(all []flatColumn) []flatColumn {
	var out []flatColumn
	for _, name := range firstColumns {
		if i := slices.IndexFunc(all, func(c flatColumn) bool { return c.name == name }); i >= 0 && len(out) < firstCount {
			out = append(out, all[i])
		}
	}
	return out
}

// sheetValue is the column's value as a sheet has it: an id is a number where Excel
// keeps all its digits, else a text; a list of words is its words.
func (c flatColumn) sheetValue(m *collector.Message) any {
	v := c.value(m)
	if c.words != nil && v != nil {
		return strings.Join(c.words(m), ", ")
	}
	if s, is := v.(string); is && c.name == "link" {
		return sheet.Link(s)
	}
	if id, is := v.(int64); is && c.isID {
		if -maxWhole < id && id < maxWhole {
			return sheet.ID(id)
		}
		return text(id)
	}
	return v
}

// maxWhole is the first number with more digits than Excel keeps.
const maxWhole = 1e15

// about says what is in the other sheets.
func about(columns []string, all int) [][]any {
	which := "All columns but raw, which messages.parquet has."
	if len(columns) < all {
		which = fmt.Sprintf("%d of %d columns. The download \"with all columns\" and messages.csv have the others.", len(columns), all)
	}
	lines := [][]any{
		{"Messages of Telegram channels, collected with telegramtrac. Times are UTC."},
		{which},
		{fmt.Sprintf("Excel opens at most %d links in a sheet. Further down they are text.", sheet.MaxLinks)},
		{"Numbers of more than 15 digits are text, because Excel would round them."},
		{},
		{sheet.Heading("column"), sheet.Heading("what it means")},
	}
	meanings := maps.Clone(senderWords)
	for _, e := range table.Dictionary() {
		meanings[e.Column] = e.Meaning
	}
	for _, name := range columns {
		lines = append(lines, []any{name, meanings[name]})
	}
	return lines
}
