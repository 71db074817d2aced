package export

import (
	"context"
	"encoding/csv"
	"io"
)

// writeCSV writes messages.csv: every column but the whole object, ascending by
// channel and id.
func writeCSV(ctx context.Context, w io.Writer, d Data) error {
	return writeTable(ctx, csv.NewWriter(w), d, text)
}

// writeTable writes the messages as a table of text, of which cell is a value's.
func writeTable(ctx context.Context, out *csv.Writer, d Data, cell func(any) string) error {
	columns, err := flatColumns(ctx, d)
	if err != nil {
		return err
	}
	if err := out.Write(flatNames(columns)); err != nil {
		return err
	}
	cells := make([]string, len(columns))
	for m, err := range d.Dataset.Scan(ctx, d.Channel) {
		if err != nil {
			return err
		}
		for i, c := range columns {
			cells[i] = cell(c.value(m))
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
