package part

import (
	"time"

	"github.com/parquet-go/parquet-go"
)

// values gathers what one column gets of some rows. Both slices are used again for
// the next column, so that writing allocates nothing.
type values struct {
	list  []parquet.Value
	bytes []byte // of the texts in list

	column  int
	nothing parquet.Value // null in a row of the column, not in an element of its list
	// The levels of a required value where the cell stands: 0 and 0 in the row itself.
	// https://parquet.apache.org/docs/file-format/nestedencoding/
	repetition, definition int
}

// begin forgets what was gathered before.
func (to *values) begin(column int) {
	to.list, to.bytes, to.column = to.list[:0], to.bytes[:0], column
	to.nothing = parquet.NullValue().Level(0, 0, column)
}

// trim lets go of what an unusually long text has left behind.
func (to *values) trim() {
	if cap(to.bytes) > longestKept {
		to.bytes = nil
	}
}

const longestKept = 1 << 20

func (to *values) required(v parquet.Value) {
	to.list = append(to.list, v.Level(to.repetition, to.definition, to.column))
}

func (to *values) optional(v parquet.Value) {
	to.list = append(to.list, v.Level(to.repetition, to.definition+1, to.column))
}

// null is what stands for an optional value that is not there: of most columns in most rows.
func (to *values) null() {
	if to.definition == 0 {
		to.list = append(to.list, to.nothing)
		return
	}
	to.required(parquet.NullValue())
}

// textOf copies a text to where parquet-go may read it as bytes. Earlier values stay
// as they are when bytes grows: they have the array from before.
func (to *values) textOf(s string) parquet.Value {
	at := len(to.bytes)
	to.bytes = append(to.bytes, s...)
	return parquet.ByteArrayValue(to.bytes[at:])
}

// A cell adds what a column has of one row, or of one element of a row's list. Which
// of the functions below makes a field's cell follows from its type and tag.
type cell[T any] func(to *values, from *T)

func text[T any](of func(*T) string) cell[T] {
	return func(to *values, from *T) { to.required(to.textOf(of(from))) }
}

func optionalText[T any](of func(*T) string) cell[T] {
	return func(to *values, from *T) {
		if s := of(from); s != "" {
			to.optional(to.textOf(s))
		} else {
			to.null()
		}
	}
}

func number[T any](of func(*T) int64) cell[T] {
	return func(to *values, from *T) { to.required(parquet.Int64Value(of(from))) }
}

func optionalNumber[T any](of func(*T) int64) cell[T] {
	return func(to *values, from *T) {
		if n := of(from); n != 0 {
			to.optional(parquet.Int64Value(n))
		} else {
			to.null()
		}
	}
}

func small[T any](of func(*T) int32) cell[T] {
	return func(to *values, from *T) { to.required(parquet.Int32Value(of(from))) }
}

func flag[T any](of func(*T) bool) cell[T] {
	return func(to *values, from *T) { to.required(parquet.BooleanValue(of(from))) }
}

func moment[T any](of func(*T) time.Time) cell[T] {
	return func(to *values, from *T) { to.required(momentValue(of(from))) }
}

func momentValue(t time.Time) parquet.Value { return parquet.Int64Value(t.UnixMicro()) }

// pointer is the cell of a field that is a pointer: a pointer to 0 is no null.
func pointer[T, V any](value func(V) parquet.Value, of func(*T) *V) cell[T] {
	return func(to *values, from *T) {
		if p := of(from); p != nil {
			to.optional(value(*p))
		} else {
			to.null()
		}
	}
}

// each is the cell of an optional list: one value for each element; one for a list
// that is null, and one, a level higher, for a list without elements.
func each[T, E any](of func(*T) []E, element cell[E]) cell[T] {
	return func(to *values, from *T) {
		list := of(from)
		if list != nil {
			to.definition = 1
		}
		if len(list) == 0 {
			to.null()
		}
		for i := range list {
			to.definition, to.repetition = 2, min(i, 1)
			element(to, &list[i])
		}
		to.definition, to.repetition = 0, 0
	}
}

// itself is a list's element that is a text, not a struct.
func itself(s *string) string { return *s }
