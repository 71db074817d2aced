package decode

import (
	"bytes"
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
)

// The definition levels of an optional list: below the first it is null, below the second it
// has no elements.
const (
	listThere    = 1
	elementThere = 2
)

// list fills a field that is an optional list: of values, or of structs with a column for
// each of their fields.
type list[E any] struct {
	index  int // of the struct's field
	leaves []listed
	to     []*[]E
}

// listed is one column of a list.
type listed struct {
	columnAt
	fill filler // of one field of the elements; its levels are the list's own
}

func (l *list[E]) columns() []columnAt {
	out := make([]columnAt, len(l.leaves))
	for i, leaf := range l.leaves {
		out[i] = leaf.columnAt
	}
	return out
}

func (l *list[E]) aim(row func(i int) reflect.Value, n int) {
	l.to = make([]*[]E, n)
	for i := range l.to {
		l.to[i] = row(i).Field(l.index).Addr().Interface().(*[]E)
	}
}

func (l *list[E]) fill(pages []*page, from []int, n, at int) error {
	// The elements of all rows lie one after the other, in one allocation.
	lead := pages[0]
	if lead.defined == nil {
		return nil // no row has a list
	}
	levels := lead.defined[lead.starts[from[0]]:lead.starts[from[0]+n]]
	elements := make([]E, countElements(levels))
	if err := l.fillElements(pages, from, n, elements); err != nil {
		return err
	}
	next := 0
	for i := range n {
		row := lead.defined[lead.starts[from[0]+i]:lead.starts[from[0]+i+1]]
		if row[0] < listThere {
			continue
		}
		k := countElements(row)
		*l.to[at+i] = elements[next : next+k : next+k]
		next += k
	}
	return nil
}

func countElements(levels []byte) (n int) {
	for _, level := range levels {
		if level >= elementThere {
			n++
		}
	}
	return n
}

// fillElements fills elements from each of the list's columns.
func (l *list[E]) fillElements(pages []*page, from []int, n int, elements []E) error {
	if len(elements) == 0 {
		return nil
	}
	for i, leaf := range l.leaves {
		p := pages[i].elements(from[i], n)
		if len(p.defined) != len(elements) {
			return errPage // the columns of a list have the same elements
		}
		leaf.fill.aim(func(e int) reflect.Value { return reflect.ValueOf(&elements[e]).Elem() }, len(elements))
		if err := leaf.fill.fill([]*page{&p}, []int{0}, len(elements), 0); err != nil {
			return err
		}
	}
	return nil
}

// elements is the page with each element of the lists in some rows as a row of its own.
func (v *page) elements(from, n int) page {
	out := *v
	out.defined, out.starts = []byte{}, nil
	if v.defined == nil {
		return out
	}
	a, b := v.starts[from], v.starts[from+n]
	for _, level := range v.defined[a:b] {
		if level >= elementThere {
			out.defined = append(out.defined, level)
		}
	}
	out.skipped = bytes.Count(v.defined[:a], []byte{v.max})
	out.values = bytes.Count(out.defined, []byte{v.max})
	return out
}

// value is a filler's view of a list of plain values: each element is the value itself.
type value[V any] struct {
	columnAt
	decode decode[V]
	to     []reflect.Value
}

func (f *value[V]) columns() []columnAt { return []columnAt{f.columnAt} }

func (f *value[V]) aim(row func(i int) reflect.Value, n int) {
	f.to = make([]reflect.Value, n)
	for i := range f.to {
		f.to[i] = row(i)
	}
}

func (f *value[V]) fill(pages []*page, from []int, n, at int) error {
	p := pages[0]
	a, b := p.span(from[0], n)
	get := f.decode(p, a, b)
	p.each(from[0], n, func(i, v int) { *f.to[at+i].Addr().Interface().(*V) = get(v) })
	return nil
}

// listOf returns what fills a list, nil for one that is not known here.
func listOf(leaves []listed, index int, t reflect.Type) filler {
	switch t.Elem() {
	case reflect.TypeFor[string]():
		return &list[string]{index: index, leaves: leaves}
	case reflect.TypeFor[collector.Entity]():
		return &list[collector.Entity]{index: index, leaves: leaves}
	case reflect.TypeFor[collector.Reaction]():
		return &list[collector.Reaction]{index: index, leaves: leaves}
	case reflect.TypeFor[collector.TMeLink]():
		return &list[collector.TMeLink]{index: index, leaves: leaves}
	case reflect.TypeFor[collector.PollResult]():
		return &list[collector.PollResult]{index: index, leaves: leaves}
	}
	return nil
}

// leafOf returns what fills a field of a list's elements, or the elements themselves.
func leafOf(c columnAt, element reflect.Type, path []string) filler {
	if len(path) == 0 {
		if element.Kind() == reflect.String && c.kind == parquet.ByteArray {
			return &value[string]{columnAt: c, decode: texts}
		}
		return nil
	}
	i := slices.IndexFunc(reflect.VisibleFields(element), func(f reflect.StructField) bool { return ColumnOf(f) == path[0] })
	if i < 0 || len(path) > 1 {
		return nil
	}
	return fillerOf(c, i, element.Field(i).Type)
}
