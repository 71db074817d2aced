package batch

import (
	"reflect"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// store puts a value of a column's page into where it belongs.
type store func(c *column, value int, to reflect.Value)

// storeOf is what puts values of a column into fields of a type; nil: nothing does.
func storeOf(of reflect.Type, node parquet.Node) store {
	if of.Kind() == reflect.Pointer {
		return pointed(of.Elem(), node)
	}
	switch kind := node.Type().Kind(); {
	case of == reflect.TypeFor[time.Time]():
		if !isMicroseconds(node) {
			return nil
		}
		return func(c *column, v int, to reflect.Value) {
			// As parquet-go has it, which wraps around outside of the years 1678 to 2261.
			*to.Addr().Interface().(*time.Time) = time.Unix(0, c.numbers[v]*1000).UTC()
		}
	case of.Kind() == reflect.String && kind == parquet.ByteArray:
		return func(c *column, v int, to reflect.Value) { to.SetString(c.string(v)) }
	case of.Kind() == reflect.Int64 && kind == parquet.Int64:
		return func(c *column, v int, to reflect.Value) { to.SetInt(c.numbers[v]) }
	case of.Kind() == reflect.Int32 && kind == parquet.Int32:
		return func(c *column, v int, to reflect.Value) { to.SetInt(int64(c.small[v])) }
	case of.Kind() == reflect.Float64 && kind == parquet.Double:
		return func(c *column, v int, to reflect.Value) { to.SetFloat(c.floats[v]) }
	case of.Kind() == reflect.Bool && kind == parquet.Boolean:
		return func(c *column, v int, to reflect.Value) { to.SetBool(c.bools[v]) }
	}
	return nil
}

// pointersAtOnce is how many values that are pointed at are made at a time.
const pointersAtOnce = 128

// pointed puts values where a pointer is wanted, nil being null.
func pointed(of reflect.Type, node parquet.Node) store {
	value := storeOf(of, node)
	if value == nil || of.Kind() == reflect.Pointer {
		return nil
	}
	var free reflect.Value // values that nobody has yet
	next := pointersAtOnce
	return func(c *column, v int, to reflect.Value) {
		if next == pointersAtOnce {
			free, next = reflect.MakeSlice(reflect.SliceOf(of), pointersAtOnce, pointersAtOnce), 0
		}
		one := free.Index(next)
		next++
		value(c, v, one)
		to.Set(one.Addr())
	}
}

// isMicroseconds reports whether a column has times in microseconds.
func isMicroseconds(node parquet.Node) bool {
	logical := node.Type().LogicalType()
	if node.Type().Kind() != parquet.Int64 || logical == nil {
		return false
	}
	t, ok := logical.Value.(*format.TimestampType)
	if !ok {
		return false
	}
	_, ok = t.Unit.Value.(*format.MicroSeconds)
	return ok
}

// single is a field of one value a row.
type single struct {
	*column
	index int // of the field
	store store
}

func (s *single) read(n int, row func(int) reflect.Value) error {
	for i := 0; i < n; {
		if err := s.more(); err != nil {
			return err
		}
		if s.empty > 0 {
			k := min(int(s.empty), n-i)
			i, s.empty = i+k, s.empty-int64(k)
			continue
		}
		k := min(s.left, n-i)
		s.take(k, func(j int) reflect.Value { return row(i + j).Field(s.index) })
		i += k
	}
	return nil
}

// take stores the next k levels' values, those of nulls left out.
func (c *single) take(k int, to func(int) reflect.Value) {
	c.left -= k
	if c.definitions == nil {
		for j := range k {
			c.store(c.column, c.value+j, to(j))
		}
		c.value += k
		return
	}
	for j, d := range c.definitions[:k] {
		if d == c.maxDefinition {
			c.store(c.column, c.value, to(j))
			c.value++
		}
	}
	c.definitions = c.definitions[k:]
}
