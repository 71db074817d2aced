package decode

import (
	"reflect"
	"time"

	"github.com/parquet-go/parquet-go"
)

var timeType = reflect.TypeFor[time.Time]()

// filler fills one field of rows with the values of its column, or of its columns where it is
// a list of structs. Fields of which a row has no value are left as they are: empty.
type filler interface {
	// aim makes the fields of n rows known. They are found by reflection once, and then
	// written to for as long as the rows are used.
	aim(row func(i int) reflect.Value, n int)
	columns() []columnAt
	// fill fills the rows at..at+n-1 with those of the pages, one for each column, that
	// begin with row from[i] of pages[i].
	fill(pages []*page, from []int, n, at int) error
}

// decode hands out values of a page, from the a-th to before the b-th, as a Go type. What it
// hands out may be kept: it does not hold the page.
type decode[V any] func(p *page, a, b int) func(i int) V

func texts(p *page, a, b int) func(i int) string {
	if p.entries != nil {
		return func(i int) string { return p.entries[p.ints32[a+i]] }
	}
	if a == b {
		return nil
	}
	first := p.ends[a]
	all := string(p.texts[first:p.ends[b]]) // one allocation for all
	ends := p.ends[a:]
	return func(i int) string { return all[ends[i]-first : ends[i+1]-first] }
}

func ints(p *page, a, _ int) func(i int) int64 {
	return func(i int) int64 { return p.ints[a+i] }
}

func ints32(p *page, a, _ int) func(i int) int32 {
	return func(i int) int32 { return p.ints32[a+i] }
}

func floats(p *page, a, _ int) func(i int) float64 {
	return func(i int) float64 { return p.floats[a+i] }
}

func bools(p *page, a, _ int) func(i int) bool {
	return func(i int) bool { return p.bits[(a+i)/8]>>((a+i)%8)&1 == 1 }
}

// times are microseconds, by way of nanoseconds as parquet-go reads them.
func times(p *page, a, _ int) func(i int) time.Time {
	return func(i int) time.Time { return time.Unix(0, p.ints[a+i]*1000).UTC() }
}

// field is a field that is empty where there is no value.
type field[V any] struct {
	columnAt
	index  int // of the struct's field
	decode decode[V]
	to     []*V
}

func (f *field[V]) columns() []columnAt { return []columnAt{f.columnAt} }

func (f *field[V]) aim(row func(i int) reflect.Value, n int) {
	f.to = make([]*V, n)
	for i := range f.to {
		f.to[i] = row(i).Field(f.index).Addr().Interface().(*V)
	}
}

func (f *field[V]) fill(pages []*page, from []int, n, at int) error {
	p := pages[0]
	a, b := p.span(from[0], n)
	value, to := f.decode(p, a, b), f.to[at:at+n]
	p.each(from[0], n, func(i, v int) { *to[i] = value(v) })
	return nil
}

// nullable is a field that is nil where there is no value.
type nullable[V any] struct {
	field[V] // without aim
	to       []**V
}

func (f *nullable[V]) aim(row func(i int) reflect.Value, n int) {
	f.to = make([]**V, n)
	for i := range f.to {
		f.to[i] = row(i).Field(f.index).Addr().Interface().(**V)
	}
}

func (f *nullable[V]) fill(pages []*page, from []int, n, at int) error {
	p := pages[0]
	a, b := p.span(from[0], n)
	value, to, values := f.decode(p, a, b), f.to[at:at+n], make([]V, b-a)
	p.each(from[0], n, func(i, v int) {
		values[v] = value(v)
		*to[i] = &values[v]
	})
	return nil
}

// fillerOf returns what fills a field of a type that is no list, nil for one that is not known here.
func fillerOf(c columnAt, index int, t reflect.Type) filler {
	kind := t
	if t.Kind() == reflect.Pointer {
		kind = t.Elem()
	}
	switch {
	case kind == timeType && c.kind == parquet.Int64:
		return oneOf(c, index, t, times)
	case kind == reflect.TypeFor[string]() && c.kind == parquet.ByteArray:
		return oneOf(c, index, t, texts)
	case kind == reflect.TypeFor[int64]() && c.kind == parquet.Int64:
		return oneOf(c, index, t, ints)
	case kind == reflect.TypeFor[int32]() && c.kind == parquet.Int32:
		return oneOf(c, index, t, ints32)
	case kind == reflect.TypeFor[float64]() && c.kind == parquet.Double:
		return oneOf(c, index, t, floats)
	case kind == reflect.TypeFor[bool]() && c.kind == parquet.Boolean:
		return oneOf(c, index, t, bools)
	}
	return nil
}

func oneOf[V any](c columnAt, index int, t reflect.Type, d decode[V]) filler {
	f := field[V]{columnAt: c, index: index, decode: d}
	if t.Kind() == reflect.Pointer {
		return &nullable[V]{field: f}
	}
	return &f
}
