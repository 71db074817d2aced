package decode

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// page is a data page of a column, decoded: the values that are there, one after the other,
// and levels that tell where nulls and lists are among them.
//
// It is read from directly, without a reader of rows between: parquet-go's makes a value of
// 24 bytes of everything, finds each field by reflection, and is made anew by comparing the
// schemas of a hundred columns, for a request of fifty rows too.
type page struct {
	first, rows int64 // of its row group
	values      int   // how many are there
	skipped     int   // how many lie before them

	max      byte     // the definition level of a value that is there
	defined  []byte   // levels; nil: all values are there, or none
	repeated []byte   // levels of a list; else nil
	starts   []uint32 // of a list: where each row begins among the levels, and the end

	ints    []int64
	ints32  []int32 // where there is a dictionary: places in it
	floats  []float64
	bits    []byte // of booleans
	texts   []byte
	ends    []uint32 // text i lies from ends[i] to ends[i+1]
	entries []string // the dictionary's
}

var errPage = errors.New("the page does not fit its column")

// columnAt is what is known of a column before its pages are read.
type columnAt struct {
	index int // in the file
	kind  parquet.Kind
	max   byte // the definition level of a value that is there
	list  bool
}

// view looks at a page as it was read, and holds until that is released.
func (c columnAt) view(p parquet.Page, first int64, dictionary []string) (page, error) {
	v := page{first: first, rows: p.NumRows(), max: c.max}
	if c.max > 0 {
		v.defined = p.DefinitionLevels()
	}
	if c.list {
		v.repeated = p.RepetitionLevels()
	}
	v.entries = dictionary
	if err := v.take(c.kind, p); err != nil {
		return page{}, err
	}
	return v, v.check(c)
}

// take takes the values of a page's kind.
func (v *page) take(kind parquet.Kind, p parquet.Page) error {
	data := p.Data()
	if p.Dictionary() != nil {
		if kind != parquet.ByteArray {
			return fmt.Errorf("a dictionary of %v: %w", kind, errPage) // no file of ours has one
		}
		v.ints32 = data.Int32()
		v.values = len(v.ints32)
		return checkPlaces(v.ints32, len(v.entries))
	}
	v.entries = nil
	switch kind {
	case parquet.Int64:
		v.ints = data.Int64()
		v.values = len(v.ints)
	case parquet.Int32:
		v.ints32 = data.Int32()
		v.values = len(v.ints32)
	case parquet.Double:
		v.floats = data.Double()
		v.values = len(v.floats)
	case parquet.Boolean:
		v.bits = data.Boolean()
		v.values = 8 * len(v.bits) // some of the last byte's may be none
	case parquet.ByteArray:
		v.texts, v.ends = data.ByteArray()
		v.values = max(0, len(v.ends)-1)
	default:
		return errPage
	}
	return nil
}

func checkPlaces(places []int32, entries int) error {
	for _, at := range places {
		if at < 0 || int(at) >= entries {
			return fmt.Errorf("a value is entry %d of a dictionary of %d: %w", at, entries, errPage)
		}
	}
	return nil
}

// check refuses a page that does not have what its levels tell of: a damaged one that has
// no checksum.
func (v *page) check(c columnAt) error {
	if c.list {
		if len(v.repeated) != len(v.defined) || len(v.repeated) > 0 && v.repeated[0] != 0 {
			return errPage
		}
		v.starts = startsOf(v.repeated, v.rows)
	} else if c.max > 0 && int64(len(v.defined)) != v.rows {
		return errPage
	}
	there := int(v.rows)
	if c.max > 0 {
		there = bytes.Count(v.defined, []byte{c.max})
	}
	if there > v.values || c.kind != parquet.Boolean && there < v.values || c.list && int64(len(v.starts)) != v.rows+1 {
		return errPage
	}
	for i := 1; i < len(v.ends); i++ {
		if v.ends[i] < v.ends[i-1] || int(v.ends[i]) > len(v.texts) {
			return errPage
		}
	}
	v.values = there
	return nil
}

// startsOf finds where rows begin among the levels of a list.
func startsOf(repeated []byte, rows int64) []uint32 {
	out := make([]uint32, 0, rows+1)
	for i, level := range repeated {
		if level == 0 {
			out = append(out, uint32(i))
		}
	}
	return append(out, uint32(len(repeated)))
}

// kept is a copy that holds for as long as it is kept. Levels that say the same of all rows
// are left out: most columns are null from end to end.
func (v *page) kept() *page {
	out := *v
	out.ints, out.ints32, out.floats = copyOf(v.ints), copyOf(v.ints32), copyOf(v.floats)
	out.bits, out.texts, out.ends = copyOf(v.bits), copyOf(v.texts), copyOf(v.ends)
	if v.entries != nil {
		out.entries, out.ints32 = used(v.entries, v.ints32)
	}
	out.repeated, out.defined = nil, nil // starts tell where lists begin
	switch {
	case v.repeated == nil && (v.values == 0 || v.values == len(v.defined)):
	case v.repeated != nil && bytes.Count(v.defined, []byte{0}) == len(v.defined):
		out.starts = nil
	default:
		out.defined = copyOf(v.defined)
	}
	return &out
}

// used are those entries of a dictionary that a page has, and the places of its values in
// these: the others may be thousands, and nobody would know that the page holds them.
func used(entries []string, places []int32) (some []string, at []int32) {
	known := make([]int32, len(entries)) // one more than the place among some; 0: none yet
	at = make([]int32, len(places))
	for i, place := range places {
		if known[place] == 0 {
			some = append(some, entries[place])
			known[place] = int32(len(some))
		}
		at[i] = known[place] - 1
	}
	return some, at
}

func copyOf[T any](s []T) []T { return append([]T(nil), s...) }

// size is how many bytes a kept page takes.
func (v *page) size() int64 {
	n := len(v.defined) + 4*len(v.starts) + 8*len(v.ints) + 4*len(v.ints32) + 8*len(v.floats) + len(v.bits) + len(v.texts) + 4*len(v.ends)
	for _, e := range v.entries {
		n += 16 + len(e)
	}
	return int64(n) + 300
}

// span is which values the rows from..from+n-1 of the page have.
func (v *page) span(from, n int) (a, b int) {
	switch {
	case v.values == 0:
		return 0, 0
	case v.defined == nil:
		return from, from + n
	}
	there := []byte{v.max}
	a = v.skipped + bytes.Count(v.defined[:from], there)
	return a, a + bytes.Count(v.defined[from:from+n], there)
}

// each calls do with each row, counted from the first one asked for, that has a value, and
// with which one that is, counted from 0.
func (v *page) each(from, n int, do func(row, value int)) {
	if v.values == 0 {
		return
	}
	if v.defined == nil {
		for i := range n {
			do(i, i)
		}
		return
	}
	value := 0
	for i, level := range v.defined[from : from+n] {
		if level == v.max {
			do(i, value)
			value++
		}
	}
}
