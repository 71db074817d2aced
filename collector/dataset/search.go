package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

// search calls add with the position and the value of each row of an unmerged
// block that the filter holds for. It reads the columns that the question is
// about, one after the other, and of the texts only the raw pages.
func (b *block) search(q question, folded *needle, open files, add func(position, value int64)) error {
	f, err := open.open(b.cuts[0].part)
	if err != nil {
		return err
	}
	from := b.cuts[0].from + b.from
	c := blockColumns{f, from, from + b.rows}
	in := make([]bool, b.rows)
	for i := range in {
		in[i] = true
	}
	if err := c.filter(in, &q.filter, folded); err != nil {
		return err
	}
	values, err := c.order(q)
	if err != nil {
		return err
	}
	for i, is := range in {
		if is {
			add(b.from+int64(i), values(i))
		}
	}
	return nil
}

// blockColumns are some rows of a file, to be read column by column.
type blockColumns struct {
	*file
	from, to int64
}

// filter clears what the filter does not hold for.
func (c blockColumns) filter(in []bool, f *Filter, folded *needle) error {
	if !f.Since.IsZero() || !f.Until.IsZero() {
		dates, err := c.int64s("date", c.from, c.to)
		if err != nil {
			return err
		}
		for i, date := range dates {
			in[i] = in[i] && f.holdsDate(date)
		}
	}
	if f.Kind != "" {
		err := c.values("kind", func(i int, v parquet.Value) { in[i] = in[i] && string(v.Bytes()) == f.Kind })
		if err != nil {
			return err
		}
	}
	if f.Media != "" {
		err := c.values("media_type", func(i int, v parquet.Value) { in[i] = in[i] && f.holdsMedia(!v.IsNull(), string(v.Bytes())) })
		if err != nil {
			return err
		}
	}
	if f.Topic != 0 {
		err := c.values("topic_id", func(i int, v parquet.Value) { in[i] = in[i] && !v.IsNull() && v.Int64() == f.Topic })
		if err != nil {
			return err
		}
	}
	if f.Forwarded != Whatever {
		forwarded := make([]bool, len(in))
		for _, name := range forwardColumns {
			if err := c.values(name, func(i int, v parquet.Value) { forwarded[i] = forwarded[i] || !v.IsNull() }); err != nil {
				return err
			}
		}
		if err := c.addHidden(forwarded); err != nil {
			return err
		}
		for i := range in {
			in[i] = in[i] && f.Forwarded.holds(forwarded[i])
		}
	}
	if folded == nil {
		return nil
	}
	return c.texts("text", func(i int, text []byte) { in[i] = in[i] && folded.in(text) })
}

// order returns what gives a row's value in the order.
func (c blockColumns) order(q question) (func(i int) int64, error) {
	if q.order.byDate() {
		if q.channelID != 0 {
			return func(int) int64 { return 0 }, nil
		}
		dates, err := c.int64s("date", c.from, c.to)
		return func(i int) int64 { return dates[i] }, err
	}
	values := make([]int64, c.to-c.from)
	for i := range values {
		values[i] = q.null()
	}
	err := c.values(string(q.order.By), func(i int, v parquet.Value) {
		if !v.IsNull() {
			values[i] = v.Int64()
		}
	})
	return func(i int) int64 { return values[i] }, err
}

// values calls do with each row's value of a column that is no list. Of a column
// that the file has not, being older, every value is null: do is not called.
func (c blockColumns) values(column string, do func(i int, v parquet.Value)) error {
	if _, ok := c.parquet.Schema().Lookup(column); !ok {
		for i := range int(c.to - c.from) {
			do(i, parquet.NullValue())
		}
		return nil
	}
	buf := make([]parquet.Value, 512)
	return c.pages(column, func(i int, page parquet.Page) error {
		values := page.Values()
		for {
			n, err := values.ReadValues(buf)
			for _, v := range buf[:n] {
				if i >= int(c.to-c.from) {
					return nil
				}
				do(i, v)
				i++
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}

// texts calls do with the bytes of each row's value in a column of plain text, text
// or raw, which hold until it returns.
func (c blockColumns) texts(column string, do func(i int, text []byte)) error {
	return c.pages(column, func(i int, page parquet.Page) error {
		data := page.Data()
		bytes, ends := data.ByteArray()
		for j := 0; j+1 < len(ends) && i < int(c.to-c.from); j++ {
			do(i, bytes[ends[j]:ends[j+1]])
			i++
		}
		return nil
	})
}

// pages calls do with each page of a column that has rows of c, and with the
// first of them, counted from c's first one.
func (c blockColumns) pages(column string, do func(i int, page parquet.Page) error) error {
	leaf, ok := c.parquet.Schema().Lookup(column)
	if !ok {
		return fmt.Errorf("there is no column %s", column)
	}
	var first int64
	for _, g := range c.parquet.RowGroups() {
		a, b := max(c.from-first, 0), min(c.to-first, g.NumRows())
		if a < b {
			if err := groupPages(g.ColumnChunks()[leaf.ColumnIndex], a, b, int(first-c.from), do); err != nil {
				return fmt.Errorf("read column %s: %w", column, err)
			}
		}
		first += g.NumRows()
	}
	return nil
}

// groupPages reads the pages of a row group's rows from..to-1.
func groupPages(chunk parquet.ColumnChunk, from, to int64, base int, do func(i int, page parquet.Page) error) error {
	pages := chunk.Pages()
	defer pages.Close()
	if err := pages.SeekToRow(from); err != nil {
		return err
	}
	for row := from; row < to; {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		err = do(base+int(row), page)
		row += page.NumRows()
		parquet.Release(page)
		if err != nil {
			return err
		}
	}
	return nil
}

// needle is a text to search for, whatever the case of its letters. It is not
// safe for concurrent use.
type needle struct {
	folded []byte
	buf    []byte
}

// newNeedle returns nil when there is nothing to search for.
func newNeedle(text string) *needle {
	if text == "" {
		return nil
	}
	return &needle{folded: appendFolded(nil, []byte(text))}
}

// in reports whether a text has the needle in it. A nil needle is everywhere.
func (n *needle) in(text []byte) bool {
	if n == nil {
		return true
	}
	n.buf = appendFolded(n.buf[:0], text)
	return bytes.Contains(n.buf, n.folded)
}

// appendFolded appends a text with each letter in the form that stands for all
// its cases.
func appendFolded(out, text []byte) []byte {
	low := folds()
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			out = append(out, byte(low[c]))
			i++
			continue
		}
		if c >= 0xc2 && c < 0xe0 && i+1 < len(text) {
			// Two bytes, as Cyrillic and Arabic letters are, without a call.
			r := rune(c&0x1f)<<6 | rune(text[i+1]&0x3f)
			if r = low[r]; r >= 0x80 && r < 0x800 {
				out = append(out, 0xc0|byte(r>>6), 0x80|byte(r&0x3f))
			} else {
				out = utf8.AppendRune(out, r)
			}
			i += 2
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		out = utf8.AppendRune(out, fold(r))
		i += size
	}
	return out
}

// folds are the folded forms of the runes below it.
var folds = sync.OnceValue(func() *[0x3000]rune {
	var out [0x3000]rune
	for r := range out {
		out[r] = simplest(rune(r))
	}
	return &out
})

func fold(r rune) rune {
	if low := folds(); r >= 0 && int(r) < len(low) {
		return low[r]
	}
	return simplest(r)
}

// simplest is the lowest rune among all cases of a letter. See
// https://www.unicode.org/reports/tr44/#CaseFolding.txt (simple folding).
func simplest(r rune) rune {
	lowest := r
	for s := unicode.SimpleFold(r); s != r; s = unicode.SimpleFold(s) {
		lowest = min(lowest, s)
	}
	return lowest
}

// Span is a run of a text, in runes.
type Span struct{ From, To int }

// Matches returns where a text has another in it, whatever the case of the
// letters, in order and apart from each other.
func Matches(text, part string) []Span {
	hay, want := foldedRunes(text), foldedRunes(part)
	var out []Span
	for i := 0; len(want) > 0 && i+len(want) <= len(hay); {
		if !equalRunes(hay[i:i+len(want)], want) {
			i++
			continue
		}
		out = append(out, Span{i, i + len(want)})
		i += len(want)
	}
	return out
}

func equalRunes(a, b []rune) bool {
	for i := range b {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func foldedRunes(s string) []rune {
	out := []rune(s)
	for i, r := range out {
		out[i] = fold(r)
	}
	return out
}
