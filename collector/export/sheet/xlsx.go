// Package sheet writes Excel workbooks row by row, within what Excel can hold: rows go on in
// further sheets, and what is cut is listed.
package sheet

import (
	"fmt"
	"io"
	"time"
	"unicode/utf16"
)

// Limits of a workbook.
// See https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
const (
	MaxRows = 1 << 20
	MaxCell = 32_767 // in UTF-16 units
)

// maxCuts is how many cut cells are listed one by one.
const maxCuts = 10_000

// book is a table in a workbook, split into sheets, with a sheet of what was cut.
type book struct {
	out     *workbook
	name    string // of the first sheet
	sheets  int
	columns []string
	layout  layout
	rows    int // in the sheet, its heading included
	Limit   int // of rows in a sheet
	cutCells
}

// New begins a workbook, which is written to w as it grows; nil widths are
// Excel's own.
func New(w io.Writer, sheet string, columns []string, widths []float64) (*book, error) {
	b := &book{out: newWorkbook(w), name: sheet, columns: columns, layout: layout{header: true, widths: widths}, Limit: MaxRows}
	return b, b.begin(sheet)
}

// begin begins a sheet.
func (b *book) begin(name string) error {
	if err := b.out.sheet(name, b.layout); err != nil {
		return err
	}
	b.sheets++
	b.rows = 1
	row := make([]any, len(b.columns))
	for i, c := range b.columns {
		row[i] = Heading(c)
	}
	return b.out.row(row)
}

// Add adds a row; where says which it is, should one of its cells be cut.
func (b *book) Add(where string, row []any) error {
	if b.rows >= b.Limit {
		if err := b.begin(fmt.Sprintf("%s %d", b.name, b.sheets+1)); err != nil {
			return err
		}
	}
	b.rows++
	for i, v := range row {
		row[i] = b.cell(func() string { return where }, b.columns[i], v)
	}
	return b.out.row(row)
}

// Piece is rows of the table that were made apart from those before them.
type Piece struct {
	of     *book
	at     int64 // the row that comes next, of the whole table
	sheets []sheetPiece
	cutCells
}

// sheetPiece is a piece's rows in one sheet.
type sheetPiece struct {
	number int // of the sheet, from 0 on
	cells
}

// Piece begins a piece, at a row of the table. Pieces may be made side by side.
func (b *book) Piece(first int64) *Piece { return &Piece{of: b, at: first} }

// Add adds a row; where says which it is, should one of its cells be cut.
func (p *Piece) Add(where func() string, row []any) error {
	rows := int64(p.of.Limit - 1) // of a sheet, without the heading
	number := int(p.at / rows)
	if n := len(p.sheets); n == 0 || p.sheets[n-1].number != number {
		p.sheets = append(p.sheets, sheetPiece{number: number, cells: cells{rows: int(p.at%rows) + 1}})
	}
	p.at++
	for i, v := range row {
		row[i] = p.cell(where, p.of.columns[i], v)
	}
	return p.sheets[len(p.sheets)-1].row(row)
}

// AddPiece writes a piece. Pieces come in the order of their rows.
func (b *book) AddPiece(p *Piece) error {
	for i := range p.sheets {
		s := &p.sheets[i]
		for b.sheets <= s.number {
			if err := b.begin(fmt.Sprintf("%s %d", b.name, b.sheets+1)); err != nil {
				return err
			}
		}
		if err := b.out.flush(); err != nil {
			return err
		}
		if err := b.out.take(&s.cells); err != nil {
			return err
		}
		b.out.rows, b.out.wide = s.rows, max(b.out.wide, s.wide)
	}
	b.add(p.cutCells)
	return nil
}

// cutCells are cells that were cut.
type cutCells struct {
	cuts [][]any
	cut  int // how many; not all are listed
}

// add adds later ones.
func (c *cutCells) add(more cutCells) {
	c.cut += more.cut
	c.cuts = append(c.cuts, more.cuts[:min(len(more.cuts), max(0, maxCuts-len(c.cuts)))]...)
}

// cell is a value as a sheet takes it. Text stays text, whatever it looks like.
func (b *cutCells) cell(where func() string, column string, v any) any {
	switch v := v.(type) {
	case time.Time:
		if v.Year() < 1900 || v.Year() > 9999 { // before and after a sheet's days
			return v.Format(time.RFC3339)
		}
	case string:
		s, length := Fit(Storable(v), MaxCell)
		if length > 0 {
			if b.cut++; len(b.cuts) < maxCuts {
				b.cuts = append(b.cuts, []any{where(), column, int64(length)})
			}
		}
		return s
	}
	return v
}

// Fit cuts a text to so many UTF-16 units, and returns how many it had if it
// was cut.
func Fit(s string, units int) (string, int) {
	if len(s) <= units { // no more units than bytes
		return s, 0
	}
	n, end := 0, len(s)
	for i, r := range s {
		size := max(1, utf16.RuneLen(r))
		if n <= units && n+size > units {
			end = i
		}
		n += size
	}
	if n <= units {
		return s, 0
	}
	return s[:end], n
}

// Page adds a sheet of lines.
func (b *book) Page(name string, widths []float64, lines [][]any) error {
	if err := b.out.sheet(name, layout{widths: widths}); err != nil {
		return err
	}
	for _, line := range lines {
		if err := b.out.row(line); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the workbook, with what was cut in a sheet of its own.
func (b *book) Close() error {
	if b.cut > 0 {
		lines := [][]any{{fmt.Sprintf("%d cells held more than the %d characters that Excel allows and were cut. The Parquet and CSV files have "+
			"them whole.", b.cut, MaxCell)}, {"row", "column", "characters"}}
		if err := b.Page("cut cells", []float64{40, 24, 12}, append(lines, b.cuts...)); err != nil {
			return err
		}
	}
	return b.out.Close()
}
