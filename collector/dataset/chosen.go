package dataset

import (
	"context"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
)

// readChosen is readRows for some columns of messages; nil: all. Rows that have to
// be merged are read whole.
func readChosen(ctx context.Context, s *segment, from, n int64, columns []string, open files) ([]collector.Message, error) {
	if columns == nil || !s.plain() {
		return readRows[collector.Message](ctx, s, from, n, open)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := s.cuts[0]
	f, err := open.open(c.part)
	if err != nil {
		return nil, err
	}
	schema := f.chosen(columns)
	rows, err := selected(f.parquet, schema)
	if err != nil {
		return nil, err
	}
	r := parquet.NewGenericRowGroupReader[collector.Message](rows)
	defer r.Close()
	if err := f.index(c.from+from, schema); err != nil {
		return nil, fmt.Errorf("seek to row %d: %w", c.from+from, err)
	}
	if err := r.SeekToRow(c.from + from); err != nil {
		return nil, fmt.Errorf("seek to row %d: %w", c.from+from, err)
	}
	return readAll(r, schema, n)
}

// readAll reads n messages of a schema's columns.
func readAll(r *parquet.GenericReader[collector.Message], schema *parquet.Schema, n int64) ([]collector.Message, error) {
	out := make([]collector.Message, n)
	for at := 0; at < len(out); {
		k, err := r.Read(out[at:])
		if k == 0 {
			return nil, fmt.Errorf("read %d rows: %w", n-int64(at), noRows(err))
		}
		at += k
	}
	clearFields(out, missingFields[collector.Message](schema))
	return out, nil
}

// chosen is the schema of the named columns, and of those without which a message
// is none, as far as the file has them.
func (f *file) chosen(columns []string) *parquet.Schema {
	if wantsThreads(columns) {
		columns = append(slices.Clone(columns), threadColumns...)
	}
	group := parquet.Group{}
	for _, field := range f.parquet.Schema().Fields() {
		if slices.Contains(columns, field.Name()) || slices.Contains(keyColumns, field.Name()) {
			group[field.Name()] = field
		}
	}
	return parquet.NewSchema(f.parquet.Schema().Name(), group)
}

// threadColumns are those from which it is told what a message is a comment on.
var threadColumns = []string{"thread_channel_id", "thread_message_id", "reply_to_message_id", "reply_to_top_id", "reply_to_channel_id"}

func wantsThreads(columns []string) bool {
	return slices.Contains(columns, "thread_channel_id") || slices.Contains(columns, "thread_message_id")
}

// keyColumns tell a message and its place.
var keyColumns = []string{"channel_id", "message_id", "date"}
