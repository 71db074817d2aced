package derived

import (
	"encoding/binary"
	"math"
)

// Null stands for null among the values of Ints.
const Null = math.MinInt64

// Number is a column of numbers.
type Number string

// Numbers that are kept of each row.
const (
	IDs      Number = "ids"
	Dates    Number = "dates" // microseconds since 1970
	Views    Number = "views"
	Forwards Number = "forwards"
	Topics   Number = "topics" // topic_id
)

// ascends reports whether a row's number is much like the one before.
func (n Number) ascends() bool { return n == IDs || n == Dates }

// Word is a column of few different values.
type Word string

// Words that are kept of each row. Of whether it was forwarded the values are those
// that follow.
const (
	Kinds     Word = "kinds"
	Media     Word = "media"   // media_type
	Sources   Word = "sources" // source
	Forwarded Word = "forwarded"
)

// Values of Forwarded, which is null of what was not forwarded.
const (
	Told   = "told"   // a column says so
	Hidden = "hidden" // the object alone does, see [collector.HidesOrigin]
)

// Ints returns a number of each row of a row group; ok is false where it is not known.
func (k *Known) Ints(g int, column Number) (values []int64, ok bool) {
	b, rows, ok := k.section(g, string(column))
	if !ok {
		return nil, false
	}
	return decodeInts(b, rows, column.ascends())
}

// appendInts appends numbers: null as 0, others by one more, so that none of them is
// Null. Where they ascend, they are differences.
func appendInts(b []byte, values []int64, ascend bool) []byte {
	var before int64
	for _, v := range values {
		switch {
		case v == Null:
			b = append(b, 0)
			continue
		case ascend:
			v, before = v-before, v
		}
		b = binary.AppendUvarint(b, zigzag(v)+1)
	}
	return b
}

func decodeInts(b []byte, rows int, ascend bool) ([]int64, bool) {
	if rows > len(b) {
		return nil, false
	}
	r := reader{b: b}
	out := make([]int64, rows)
	var before int64
	for i := range out {
		u := r.uint()
		if u == 0 {
			out[i] = Null
			continue
		}
		v := unzigzag(u - 1)
		if ascend {
			v += before
			before = v
		}
		out[i] = v
	}
	return out, r.done()
}

// Coded is a word of each row.
type Coded struct {
	Names []string // by code; code 0 is null, whose name is ""
	Codes []uint8  // of each row
}

// Code is the code of a word, and whether any row has it. Null is 0.
func (c *Coded) Code(name string) (uint8, bool) {
	for i, n := range c.Names {
		if i > 0 && n == name {
			return uint8(i), true
		}
	}
	return 0, false
}

// Codes returns a word of each row of a row group; ok is false where it is not known.
func (k *Known) Codes(g int, column Word) (c Coded, ok bool) {
	b, rows, ok := k.section(g, string(column))
	if !ok {
		return Coded{}, false
	}
	return decodeCodes(b, rows)
}

func decodeCodes(b []byte, rows int) (Coded, bool) {
	r := reader{b: b}
	c := Coded{Names: append([]string{""}, r.strings()...)}
	if c.Codes = r.b; r.broken || len(c.Codes) != rows {
		return Coded{}, false
	}
	for _, code := range c.Codes {
		if int(code) >= len(c.Names) {
			return Coded{}, false
		}
	}
	return c, true
}

// coder gives words their codes.
type coder struct {
	names []string
	of    map[string]uint8
	codes []uint8
	many  bool // there are more words than codes
}

func newCoder(rows int) *coder { return &coder{of: map[string]uint8{}, codes: make([]uint8, rows)} }

// set sets the word of a row.
func (c *coder) set(row int, word []byte) {
	code, ok := c.of[string(word)]
	if !ok {
		if len(c.names) == math.MaxUint8 {
			c.many = true
			return
		}
		c.names = append(c.names, string(word))
		code = uint8(len(c.names))
		c.of[string(word)] = code
	}
	c.codes[row] = code
}

// is reports whether a row has a word.
func (c *coder) is(row int, word string) bool {
	return c.codes[row] > 0 && c.names[c.codes[row]-1] == word
}

func (c *coder) word(row int) string {
	if code := c.codes[row]; code > 0 {
		return c.names[code-1]
	}
	return ""
}

func (c *coder) append(b []byte) []byte { return append(appendStrings(b, c.names), c.codes...) }
