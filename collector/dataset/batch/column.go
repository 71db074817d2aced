package batch

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"

	"telegramtrac/collector/dataset/part"
)

// column walks the pages of a column, over the row groups of a file.
type column struct {
	file          *part.File
	node          parquet.Node
	index         int
	name          string
	maxDefinition byte
	maxRepetition byte

	group int   // whose rows come next
	first int64 // row of the file with which the group begins
	pages parquet.Pages
	empty int64 // rows that come next of a group that has nothing, which is not read
	page
	ahead []page // of texts, decoded to know how long they are

	dictionary []string // of the group, as far as it was looked up; a text of none is ""
	known      []bool   // whether it was
}

// page is what is left of a page: levels of values, nulls included, and the values.
type page struct {
	of          parquet.Page
	definitions []byte // nil: nothing is null
	repetitions []byte // nil: each row has one value
	left        int    // levels
	value       int    // the next one

	numbers []int64
	small   []int32
	floats  []float64
	bools   []bool
	text    string // of all values
	ends    []uint32
	lookup  []int32 // places in the dictionary; nil: there is none
}

func newColumn(f *part.File, leaf parquet.LeafColumn, path []string) *column {
	return &column{
		file: f, node: leaf.Node, index: leaf.ColumnIndex, name: path[0], group: -1,
		maxDefinition: byte(leaf.MaxDefinitionLevel), maxRepetition: byte(leaf.MaxRepetitionLevel),
	}
}

func (c *column) close() {
	c.drop()
	if c.pages != nil {
		c.pages.Close()
		c.pages = nil
	}
}

// drop gives the page back.
func (c *column) drop() {
	c.page.release()
	c.page = page{}
	for _, p := range c.ahead {
		p.release()
	}
	c.ahead = c.ahead[:0]
}

func (p *page) release() {
	if p.of != nil {
		parquet.Release(p.of)
	}
}

// seek goes to a row of the file.
func (c *column) seek(row int64) error {
	groups := c.file.Parquet.RowGroups()
	group, first := 0, int64(0)
	for group < len(groups) && row >= first+groups[group].NumRows() {
		first += groups[group].NumRows()
		group++
	}
	c.drop()
	c.empty = 0
	if group == len(groups) {
		c.close()
		c.group = group
		return nil
	}
	if group != c.group || c.pages == nil {
		if err := c.enter(group, first); err != nil {
			return err
		}
	}
	if c.pages == nil {
		c.empty = first + groups[group].NumRows() - row
		return nil
	}
	if _, err := groups[group].ColumnChunks()[c.index].OffsetIndex(); err != nil && !errors.Is(err, parquet.ErrMissingOffsetIndex) {
		return err // without it, each page before the row would be read
	}
	return c.pages.SeekToRow(row - first)
}

// enter goes to the begin of a row group.
func (c *column) enter(group int, first int64) error {
	c.close()
	c.group, c.first, c.empty, c.dictionary, c.known = group, first, 0, nil, nil
	groups := c.file.Parquet.RowGroups()
	if group >= len(groups) {
		return io.ErrUnexpectedEOF
	}
	if c.isEmpty(c.file.Parquet.Metadata().RowGroups[group]) {
		c.empty = groups[group].NumRows()
		return nil
	}
	c.pages = groups[group].ColumnChunks()[c.index].Pages()
	return nil
}

// isEmpty reports whether the footer says of a row group that a column has only nulls, or
// nothing but false. Of lists it cannot tell the empty ones from those that are not there.
func (c *column) isEmpty(g format.RowGroup) bool {
	meta := g.Columns[c.index].MetaData
	if c.maxRepetition > 0 || meta.NumValues != g.NumRows {
		return false
	}
	s := meta.Statistics
	if c.maxDefinition > 0 {
		return s.NullCount == meta.NumValues
	}
	return meta.Type == format.Boolean && len(s.MaxValue) == 1 && s.MaxValue[0] == 0
}

// more makes sure that the page has something left, unless the rows that come next are empty.
func (c *column) more() error {
	for c.left == 0 && c.empty == 0 {
		if len(c.ahead) > 0 {
			c.page.release()
			c.page = c.ahead[0]
			c.ahead = slices.Delete(c.ahead, 0, 1)
			continue
		}
		if c.group < 0 {
			if err := c.enter(0, 0); err != nil {
				return err
			}
			continue
		}
		err := io.EOF
		if c.pages != nil {
			err = c.next()
		}
		if errors.Is(err, io.EOF) {
			groups := c.file.Parquet.RowGroups()
			if c.group >= len(groups) {
				return io.ErrUnexpectedEOF
			}
			err = c.enter(c.group+1, c.first+groups[c.group].NumRows())
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return nil
}

// next decodes the next page of the group.
func (c *column) next() error {
	c.page.release()
	c.page = page{}
	of, err := c.pages.ReadPage()
	if err != nil {
		return err
	}
	c.page = page{of: of, left: int(of.NumValues()), repetitions: of.RepetitionLevels()}
	if c.maxDefinition > 0 {
		c.definitions = of.DefinitionLevels()
	}
	if err := c.unpack(); err != nil {
		return err
	}
	return c.check()
}

// texts reports whether it is a column of texts in every row, which may be large.
func (c *column) texts() bool {
	return c.maxDefinition == 0 && c.maxRepetition == 0 && c.node.Type().Kind() == parquet.ByteArray
}

// fits says how many of the next n rows have so many bytes of text: at least one, and all of
// those that are left of the row group where it would have to look into the next one.
func (c *column) fits(n, bytes int) (int, error) {
	if err := c.more(); err != nil || c.lookup != nil {
		return n, err // what has a dictionary is short
	}
	rows, size := 0, 0
	for i := -1; rows < n; i++ {
		p := &c.page
		if i >= 0 {
			if i == len(c.ahead) {
				if more, err := c.lookAhead(); err != nil || !more {
					return rows, err
				}
			}
			p = &c.ahead[i]
		}
		k := min(p.left, n-rows)
		long := sort.Search(k, func(j int) bool { return size+p.size(j+1) > bytes })
		if long < k {
			return max(1, rows+long), nil
		}
		rows, size = rows+k, size+p.size(k)
	}
	return rows, nil
}

// size is how many bytes the next k texts have.
func (p *page) size(k int) int { return int(p.ends[p.value+k] - p.ends[p.value]) }

// lookAhead decodes the page after those that were decoded, and reports whether there is one
// in the row group.
func (c *column) lookAhead() (bool, error) {
	now := c.page
	c.page = page{}
	err := c.next()
	then := c.page
	c.page = now
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	c.ahead = append(c.ahead, then)
	return err == nil, err
}

// unpack finds the values of the page.
func (c *column) unpack() error {
	data := c.of.Data()
	if d := c.of.Dictionary(); d != nil {
		c.lookup = data.Int32()
		if c.dictionary == nil {
			c.dictionary, c.known = make([]string, d.Len()), make([]bool, d.Len())
		}
		return nil
	}
	switch data.Kind() {
	case encoding.Int64:
		c.numbers = data.Int64()
	case encoding.Int32:
		c.small = data.Int32()
	case encoding.Double:
		c.floats = data.Double()
	case encoding.Boolean:
		return c.unpackBools()
	case encoding.ByteArray:
		bytes, ends := data.ByteArray()
		if len(ends) == 0 {
			ends = []uint32{0}
		}
		c.ends = ends
		c.text = string(bytes[:ends[len(ends)-1]]) // at once for all: it outlives the page
	default:
		return fmt.Errorf("values are %s", data.Kind())
	}
	return nil
}

// unpackBools reads bits one by one: of a page that was cut, its bits do not say where the
// first one is.
func (c *column) unpackBools() error {
	values, buf := c.of.Values(), make([]parquet.Value, 512)
	for {
		n, err := values.ReadValues(buf)
		for _, v := range buf[:n] {
			if !v.IsNull() {
				c.bools = append(c.bools, v.Boolean())
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// check makes sure that there are as many values as the levels promise.
func (c *column) check() error {
	values := c.left
	if c.definitions != nil {
		values = 0
		for _, d := range c.definitions {
			if d == c.maxDefinition {
				values++
			}
		}
	}
	has := max(len(c.numbers), len(c.small), len(c.floats), len(c.bools), len(c.ends)-1, len(c.lookup))
	if c.definitions != nil && len(c.definitions) != c.left || c.maxRepetition > 0 && len(c.repetitions) != c.left || has < values {
		return fmt.Errorf("a page of %d levels has %d values: %w", c.left, has, io.ErrUnexpectedEOF)
	}
	return nil
}

// string is a value of text.
func (c *column) string(v int) string {
	if c.lookup == nil {
		return c.text[c.ends[v]:c.ends[v+1]]
	}
	at := c.lookup[v]
	if !c.known[at] {
		c.dictionary[at], c.known[at] = string(c.of.Dictionary().Index(at).ByteArray()), true
	}
	return c.dictionary[at]
}
