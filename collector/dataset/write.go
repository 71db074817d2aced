package dataset

import "github.com/parquet-go/parquet-go"

// writtenAtOnce is how many rows are taken apart before they are written.
const writtenAtOnce = 32

// writeRows writes rows value by value. GenericWriter.Write would be quicker,
// but parquet-go v0.32.0 loses nulls there: in writeRowsFuncOfOptional a run of
// y values that begins at bit y of a 64-row word, with nothing after it, marks
// the rest of the word as not null, so that optional strings and numbers come
// out as "" and 0 where Telegram sent nothing.
func writeRows[T any](out *parquet.GenericWriter[T], rows []T) error {
	schema := out.Schema()
	apart := make([]parquet.Row, 0, min(writtenAtOnce, len(rows)))
	for len(rows) > 0 {
		n := min(writtenAtOnce, len(rows))
		apart = apart[:n]
		for i := range n {
			apart[i] = schema.Deconstruct(apart[i][:0], &rows[i])
		}
		if _, err := out.WriteRows(apart); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
