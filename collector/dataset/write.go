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
			if both, ok := any(&rows[i]).(joined); ok {
				apart[i] = both.values(apart[i][:0])
				continue
			}
			apart[i] = schema.Deconstruct(apart[i][:0], &rows[i])
		}
		if _, err := out.WriteRows(apart); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// joined is a row whose first columns are an embedded struct's. parquet-go v0.32.0
// writes what the pointers of such a struct point at as null where it is zero or
// false: views of 0 would not be told. So the two are taken apart one by one.
type joined interface {
	values(row parquet.Row) parquet.Row
}

// beside takes a row apart that has the columns of a, and then those of b.
func beside[A, B any](row parquet.Row, a *A, b *B) parquet.Row {
	row = parquet.SchemaOf(a).Deconstruct(row, a)
	columns := row[len(row)-1].Column() + 1
	for _, v := range parquet.SchemaOf(b).Deconstruct(nil, b) {
		row = append(row, v.Level(v.RepetitionLevel(), v.DefinitionLevel(), columns+v.Column()))
	}
	return row
}
