package part

import (
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// writtenAtOnce is how many rows are taken apart before they are written.
const writtenAtOnce = 32

// WriteRows writes rows value by value. GenericWriter.Write would be quicker,
// but parquet-go v0.32.0 loses nulls there: in writeRowsFuncOfOptional a run of
// y values that begins at bit y of a 64-row word, with nothing after it, marks
// the rest of the word as not null, so that optional strings and numbers come
// out as "" and 0 where Telegram sent nothing.
func WriteRows[T any](out *parquet.GenericWriter[T], rows []T) error {
	apartOf := apartOf[T](out.Schema())
	apart := make([]parquet.Row, 0, min(writtenAtOnce, len(rows)))
	for len(rows) > 0 {
		n := min(writtenAtOnce, len(rows))
		apart = apart[:n]
		for i := range n {
			apart[i] = apartOf(apart[i][:0], &rows[i])
		}
		if _, err := out.WriteRows(apart); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// apartOf takes rows of a type apart. Of a struct within the row, as the message of a
// Version, parquet-go v0.32.0 takes pointers to 0 and false for null; so such a row
// is first copied into a struct that has all its fields itself.
func apartOf[T any](schema *parquet.Schema) func(parquet.Row, *T) parquet.Row {
	row := reflect.TypeFor[T]()
	var own []reflect.StructField
	var from [][]int // of each in T
	for _, f := range reflect.VisibleFields(row) {
		if !f.Anonymous && f.IsExported() {
			from = append(from, f.Index)
			f.Index, f.Offset = nil, 0
			own = append(own, f)
		}
	}
	if len(own) == row.NumField() { // nothing is within
		return func(to parquet.Row, v *T) parquet.Row { return schema.Deconstruct(to, v) }
	}
	flat := reflect.New(reflect.StructOf(own))
	flatSchema := parquet.SchemaOf(flat.Interface())
	return func(to parquet.Row, v *T) parquet.Row {
		whole := reflect.ValueOf(v).Elem()
		for i, index := range from {
			flat.Elem().Field(i).Set(whole.FieldByIndex(index))
		}
		return flatSchema.Deconstruct(to, flat.Interface())
	}
}
