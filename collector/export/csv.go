package export

import (
	"context"
	"encoding/csv"
	"io"
	"reflect"
)

// writeCSV writes messages.csv: every column but the whole object, ascending by
// channel and id.
func writeCSV(ctx context.Context, w io.Writer, d Data) error {
	columns := flatColumns()
	out := csv.NewWriter(w)
	if err := out.Write(flatNames(columns)); err != nil {
		return err
	}
	cells := make([]string, len(columns))
	for m, err := range d.Dataset.Scan(ctx, d.Channel) {
		if err != nil {
			return err
		}
		row := reflect.ValueOf(m).Elem()
		for i, c := range columns {
			cells[i] = text(c.value(row))
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
