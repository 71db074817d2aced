package batch

import (
	"fmt"
	"reflect"
	"strings"
)

// list is a field that is a list: of values with one column, or of structs with a column for
// each of their fields.
type list struct {
	columns []*column
	stores  []store
	places  []int // of the columns' fields in a struct; -1: the element is the value
	of      reflect.Type
	index   int  // of the field
	element byte // the definition level from which on there is an element
	none    reflect.Value

	lengths []int // of the rows' lists; below 0: null
}

// newList makes what reads a list of one level. It reports false for others.
func newList(columns []*column, paths [][]string, of reflect.Type, index int) (field, bool) {
	if of.Kind() != reflect.Slice || len(columns) == 0 {
		return nil, false
	}
	l := &list{columns: columns, of: of, index: index, none: reflect.MakeSlice(of, 0, 0)}
	for i, c := range columns {
		place, value := -1, of.Elem()
		if value.Kind() == reflect.Struct {
			place = fieldOf(value, paths[i][len(paths[i])-1])
			if place < 0 {
				return nil, false
			}
			value = value.Field(place).Type
		}
		put := storeOf(value, c.node)
		element := c.maxDefinition
		if c.node.Optional() {
			element--
		}
		if put == nil || c.maxRepetition != 1 || i > 0 && element != l.element || element < 1 || element > 2 {
			return nil, false
		}
		l.element = element
		l.stores, l.places = append(l.stores, put), append(l.places, place)
	}
	return l, true
}

// fieldOf finds the field of a column, -1 if there is none.
func fieldOf(row reflect.Type, column string) int {
	for i := range row.NumField() {
		if name, _, _ := strings.Cut(row.Field(i).Tag.Get("parquet"), ","); name == column {
			return i
		}
	}
	return -1
}

func (l *list) seek(row int64) error {
	for _, c := range l.columns {
		if err := c.seek(row); err != nil {
			return err
		}
	}
	return nil
}

func (l *list) close() {
	for _, c := range l.columns {
		c.close()
	}
}

// read gathers the elements of all rows in one slice, of which each row gets its piece.
func (l *list) read(n int, row func(int) reflect.Value) error {
	all := reflect.New(l.of).Elem()
	l.lengths = append(l.lengths[:0], make([]int, n)...)
	for i := range l.columns {
		if err := l.column(i, n, all); err != nil {
			return err
		}
	}
	from := 0
	for i, length := range l.lengths {
		switch {
		case length == 0:
			row(i).Field(l.index).Set(l.none)
		case length > 0:
			row(i).Field(l.index).Set(all.Slice3(from, from+length, from+length))
			from += length
		}
	}
	return nil
}

// column reads one column of the next n rows' lists. The first one tells how long they are.
func (l *list) column(i, n int, all reflect.Value) error {
	c, store, place := l.columns[i], l.stores[i], l.places[i]
	elements := 0
	err := c.levels(n, func(row int, definition byte) error {
		switch {
		case i == 0 && definition >= l.element:
			l.lengths[row]++
			all.Grow(1)
			all.SetLen(elements + 1)
		case i == 0 && l.element == 2 && definition == 0:
			l.lengths[row] = -1
		}
		if definition < l.element {
			return nil
		}
		if elements++; elements > all.Len() {
			return fmt.Errorf("column %s: a list has lengths that differ", c.name)
		}
		if definition < c.maxDefinition {
			return nil
		}
		to := all.Index(elements - 1)
		if place >= 0 {
			to = to.Field(place)
		}
		store(c, c.value, to)
		return nil
	})
	if err == nil && elements != all.Len() {
		err = fmt.Errorf("column %s: a list has lengths that differ", c.name)
	}
	return err
}

// levels calls do with each definition level of the next n rows.
func (c *column) levels(n int, do func(row int, definition byte) error) error {
	for row := -1; ; {
		if c.left == 0 && row == n-1 { // pages end with a row
			return nil
		}
		if err := c.more(); err != nil {
			return err
		}
		for k, repetition := range c.repetitions {
			if repetition == 0 {
				if row++; row == n {
					c.skip(k)
					return nil
				}
			}
			if row < 0 {
				return fmt.Errorf("column %s: a page begins within a row", c.name)
			}
			if err := do(row, c.definitions[k]); err != nil {
				return err
			}
			if c.definitions[k] == c.maxDefinition {
				c.value++
			}
		}
		c.skip(c.left)
	}
}

// skip drops levels that were read.
func (c *column) skip(k int) {
	c.left, c.repetitions, c.definitions = c.left-k, c.repetitions[k:], c.definitions[k:]
}
