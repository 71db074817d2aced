package part

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// threadColumns are those from which it is told what a message is a comment on.
var threadColumns = []string{"thread_channel_id", "thread_message_id", "reply_to_message_id", "reply_to_top_id", "reply_to_channel_id"}

func WantsThreads(columns []string) bool {
	return slices.Contains(columns, "thread_channel_id") || slices.Contains(columns, "thread_message_id")
}

// keyColumns tell a message and its place.
var keyColumns = []string{"channel_id", "message_id", "date"}

// Columns are some rows of a file, to be read column by column.
type Columns struct {
	*File
	From, To int64
}

// Value is the value of a column.
type Value = parquet.Value

// Values calls do with each row's value of a column that is no list. Of a column
// that the file has not, being older, every value is null: do is not called.
func (c Columns) Values(column string, do func(i int, v Value)) error {
	if _, ok := c.Parquet.Schema().Lookup(column); !ok {
		for i := range int(c.To - c.From) {
			do(i, parquet.NullValue())
		}
		return nil
	}
	buf := make([]parquet.Value, 512)
	return c.eachPage(column, func(i int, page parquet.Page) error {
		values := page.Values()
		for {
			n, err := values.ReadValues(buf)
			for _, v := range buf[:n] {
				if i >= int(c.To-c.From) {
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

// Leaves calls do with the values of a column, or of a leaf of a list's elements, with the
// row of each. Of a list, there is a value for each element: null where the leaf is, and
// none of a row without elements. Of a column that the file has not, being older, there
// are none.
func (c Columns) Leaves(path []string, do func(i int, v Value)) error {
	leaf, ok := c.Parquet.Schema().Lookup(path...)
	if !ok {
		return nil
	}
	there := 0 // the definition level from which on there is an element
	if leaf.MaxRepetitionLevel > 0 {
		there = leaf.MaxDefinitionLevel
		if leaf.Node.Optional() {
			there--
		}
	}
	buf := make([]parquet.Value, 512)
	return c.eachPageOf(leaf.ColumnIndex, strings.Join(path, "."), func(i int, page parquet.Page) error {
		i-- // each page begins with a row
		values := page.Values()
		for {
			n, err := values.ReadValues(buf)
			for _, v := range buf[:n] {
				if v.RepetitionLevel() == 0 {
					i++
				}
				if i >= 0 && i < int(c.To-c.From) && v.DefinitionLevel() >= there {
					do(i, v)
				}
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

// Texts calls do with the bytes of each row's value in a column of plain text, text
// or raw, which hold until it returns.
func (c Columns) Texts(column string, do func(i int, text []byte)) error {
	return c.EachTexts(column, func(i int, texts []byte, ends []uint32) error {
		for j := range len(ends) - 1 {
			do(i+j, texts[ends[j]:ends[j+1]])
		}
		return nil
	})
}

// EachTexts calls do with the texts of rows i and following in a column of plain text, as many
// as lie together: text j from ends[j] to ends[j+1]. They hold until it returns.
func (c Columns) EachTexts(column string, do func(i int, texts []byte, ends []uint32) error) error {
	return c.eachPage(column, func(i int, page parquet.Page) error {
		data := page.Data()
		texts, ends := data.ByteArray()
		n := min(len(ends)-1, int(c.To-c.From)-i)
		if n <= 0 {
			return nil
		}
		return do(i, texts, ends[:n+1])
	})
}

// eachPage calls do with each page of a column that has rows of c, and with the
// first of them, counted from c's first one.
func (c Columns) eachPage(column string, do func(i int, page parquet.Page) error) error {
	leaf, ok := c.Parquet.Schema().Lookup(column)
	if !ok {
		return fmt.Errorf("there is no column %s", column)
	}
	return c.eachPageOf(leaf.ColumnIndex, column, do)
}

// eachPageOf is eachPage of the column at an index.
func (c Columns) eachPageOf(index int, column string, do func(i int, page parquet.Page) error) error {
	var first int64
	for _, g := range c.Parquet.RowGroups() {
		a, b := max(c.From-first, 0), min(c.To-first, g.NumRows())
		if a < b {
			if err := groupPages(g.ColumnChunks()[index], a, b, int(first-c.From), do); err != nil {
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
