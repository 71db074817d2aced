package decode

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// source gives out the decoded pages of a file's columns.
type source interface {
	// page is the page that has a row of the file, and the row of the file that it begins
	// with. It holds until the source is asked for another page of the column.
	page(c columnAt, row int64) (p *page, first int64, err error)
	close()
}

// streamed reads pages as they come, forwards for the most part, and holds one of each column.
type streamed struct {
	file    *parquet.File
	cursors map[int]*cursor // by column
}

// cursor is where reading stands in a column.
type cursor struct {
	group   int   // row group; -1: none yet
	first   int64 // row of the file that the group begins with
	rows    int64 // of the group
	pages   parquet.Pages
	next    int64 // row of the group that the next page begins with
	now     page  // the page read last
	held    parquet.Page
	entries []string // of the group's dictionary
}

func newStreamed(f *parquet.File) *streamed { return &streamed{f, map[int]*cursor{}} }

func (s *streamed) close() {
	for _, c := range s.cursors {
		c.close()
	}
}

func (c *cursor) close() {
	c.release()
	if c.pages != nil {
		c.pages.Close()
	}
}

func (c *cursor) release() {
	if c.held != nil {
		parquet.Release(c.held)
	}
	c.held, c.now = nil, page{}
}

func (s *streamed) page(col columnAt, row int64) (*page, int64, error) {
	c := s.cursors[col.index]
	if c == nil {
		c = &cursor{group: -1}
		s.cursors[col.index] = c
	}
	if c.group < 0 || row < c.first || row >= c.first+c.rows {
		if err := c.enter(s.file, col, row); err != nil {
			return nil, 0, err
		}
	}
	at := row - c.first
	if at < c.now.first || at >= c.now.first+c.now.rows {
		if err := c.reach(s.file.RowGroups()[c.group], col, at); err != nil {
			return nil, 0, fmt.Errorf("read column %d: %w", col.index, err)
		}
	}
	return &c.now, c.first + c.now.first, nil
}

// enter goes to the row group that has a row.
func (c *cursor) enter(f *parquet.File, col columnAt, row int64) error {
	var first int64
	for i, g := range f.RowGroups() {
		if row < first+g.NumRows() {
			c.close()
			*c = cursor{group: i, first: first, rows: g.NumRows(), pages: g.ColumnChunks()[col.index].Pages()}
			return nil
		}
		first += g.NumRows()
	}
	return io.ErrUnexpectedEOF
}

// reach reads pages up to the one that has a row of the group. Where that is not the next one,
// it goes by the index of the pages.
func (c *cursor) reach(g parquet.RowGroup, col columnAt, row int64) error {
	c.release()
	if row != c.next {
		if err := c.seek(g.ColumnChunks()[col.index], row); err != nil {
			return err
		}
	}
	for {
		p, err := c.pages.ReadPage()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		first := c.next
		c.next += p.NumRows()
		if row >= c.next {
			parquet.Release(p)
			continue
		}
		return c.show(col, p, first)
	}
}

// show takes a page as the one read last.
func (c *cursor) show(col columnAt, p parquet.Page, first int64) (err error) {
	c.held = p
	if c.entries == nil && p.Dictionary() != nil && col.kind == parquet.ByteArray {
		c.entries = entriesOf(p.Dictionary())
	}
	if c.now, err = col.view(p, first, c.entries); err != nil {
		c.release()
	}
	return err
}

// seek makes the page with a row the next one, or one before it.
func (c *cursor) seek(chunk parquet.ColumnChunk, row int64) error {
	first, err := pageStart(chunk, row)
	if err != nil {
		return err
	}
	if first <= c.next && c.next <= row {
		return nil // further on already
	}
	c.next = first
	return c.pages.SeekToRow(first)
}

// pageStart is the row of the group that the page with a row begins with; 0 where no index
// tells where pages are.
func pageStart(chunk parquet.ColumnChunk, row int64) (int64, error) {
	starts, err := pageStarts(chunk)
	if err != nil {
		return 0, err
	}
	return startBefore(starts, row), nil
}

// startBefore is the last start that is not behind a row.
func startBefore(starts []int64, row int64) (first int64) {
	for _, start := range starts {
		if start > row {
			break
		}
		first = start
	}
	return first
}

// pageStarts are the rows of a group that the pages of a column begin with.
func pageStarts(chunk parquet.ColumnChunk) ([]int64, error) {
	inFile, ok := chunk.(*parquet.FileColumnChunk)
	if !ok {
		return nil, nil
	}
	index, err := inFile.OffsetIndex()
	if errors.Is(err, parquet.ErrMissingOffsetIndex) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := make([]int64, index.NumPages())
	for i := range out {
		out[i] = index.FirstRowIndex(i)
	}
	return out, nil
}

// entriesOf are the texts of a dictionary, each in memory of its own, for rows are kept.
func entriesOf(d parquet.Dictionary) []string {
	data := d.Page().Data()
	texts, ends := data.ByteArray()
	out := make([]string, 0, d.Len())
	for i := 1; i < len(ends); i++ {
		out = append(out, string(texts[ends[i-1]:ends[i]]))
	}
	return out
}
