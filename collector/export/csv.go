package export

import (
	"context"
	"encoding/csv"
	"io"
	"reflect"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/export/relay"
	"telegramtrac/collector/export/sheet"
)

// writeCSV writes messages.csv: every column but the whole object, ascending by
// channel and id.
func writeCSV(ctx context.Context, w io.Writer, d Data) error {
	return writeTable(ctx, w, d, ',', flatColumn.append)
}

// writeTable writes the messages as a table of text, to which cell appends a value. Rows are
// read, made into text and written side by side.
func writeTable(ctx context.Context, w io.Writer, d Data, comma rune,
	cell func(flatColumn, []byte, reflect.Value, *collector.Message) []byte) error {
	columns, err := flatColumns(ctx, d)
	if err != nil {
		return err
	}
	head := csv.NewWriter(w)
	head.Comma = comma
	if err := head.Write(flatNames(columns)); err != nil {
		return err
	}
	head.Flush()
	if err := head.Error(); err != nil {
		return err
	}
	rows := fold.Batches[collector.Message](ctx, d.Dataset.Rows, d.Channel, dataColumns(columns)...)
	idle := relay.NewBuffers()
	return relay.Run(ctx, d.Workers(), rows, func(b *fold.Batch[collector.Message]) ([]byte, error) {
		defer b.Done()
		out := idle.Take()
		var one []byte // what a cell is before it is quoted
		for i := range b.Rows {
			m := &b.Rows[i]
			row := reflect.ValueOf(m).Elem()
			for j, c := range columns {
				if j > 0 {
					out = append(out, string(comma)...)
				}
				if one = cell(c, one[:0], row, m); len(one) > 0 {
					out = sheet.AppendCSV(out, one, comma)
				}
			}
			out = append(out, '\n')
		}
		return out, nil
	}, func(out []byte) error {
		_, err := w.Write(out)
		idle.Give(out)
		return err
	})
}
