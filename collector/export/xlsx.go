package export

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// Limits of a workbook.
// See https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
const (
	maxSheetRows = excelize.TotalRows
	maxCell      = excelize.TotalCellChars // in UTF-16 units
)

// maxCuts is how many cut cells are listed one by one.
const maxCuts = 10_000

// book is a workbook that is written row by row. Its rows wait in temporary
// files until it is whole, for the format has its sheets' list first.
type book struct {
	file    *excelize.File
	sheet   *excelize.StreamWriter
	name    string // of the first sheet
	sheets  int
	columns []string
	rows    int // in the sheet, its heading included
	limit   int // of rows in a sheet
	times   int // the style of dates
	cuts    [][]any
	cut     int // cells
	total   int // rows without headings
}

// newBook begins a workbook. It is to be closed.
func newBook(sheet string, columns []string) (*book, error) {
	b := &book{file: excelize.NewFile(), name: sheet, columns: columns, limit: maxSheetRows}
	format := "yyyy-mm-dd hh:mm:ss"
	var err error
	if b.times, err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
		return nil, errors.Join(err, b.close())
	}
	if sheet != "Sheet1" {
		if err := b.file.SetSheetName("Sheet1", sheet); err != nil {
			return nil, errors.Join(err, b.close())
		}
	}
	if err := b.begin(sheet); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// begin begins a sheet, which exists.
func (b *book) begin(name string) error {
	var err error
	if b.sheet, err = b.file.NewStreamWriter(name); err != nil {
		return err
	}
	if err := b.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	b.sheets++
	b.rows = 1
	heading := make([]any, len(b.columns))
	for i, c := range b.columns {
		heading[i] = c
	}
	return b.sheet.SetRow("A1", heading)
}

// next goes on in another sheet.
func (b *book) next() error {
	if err := b.sheet.Flush(); err != nil {
		return err
	}
	name := fmt.Sprintf("%s %d", b.name, b.sheets+1)
	if _, err := b.file.NewSheet(name); err != nil {
		return err
	}
	return b.begin(name)
}

// add adds a row; where says which it is, should one of its cells be cut.
func (b *book) add(where string, row []any) error {
	if b.rows >= b.limit {
		if err := b.next(); err != nil {
			return err
		}
	}
	b.rows++
	b.total++
	for i, v := range row {
		row[i] = b.cell(where, b.columns[i], v)
	}
	return b.sheet.SetRow(fmt.Sprintf("A%d", b.rows), row)
}

// cell is a value as a sheet takes it. Text stays text, whatever it looks like.
func (b *book) cell(where, column string, v any) any {
	switch v := v.(type) {
	case time.Time:
		if v.Year() < 1900 || v.Year() > 9999 { // before and after a sheet's days
			return v.Format(time.RFC3339)
		}
		return excelize.Cell{StyleID: b.times, Value: v}
	case string:
		s, length := fit(storableText(v), maxCell)
		if length > 0 {
			if b.cut++; len(b.cuts) < maxCuts {
				b.cuts = append(b.cuts, []any{where, column, length})
			}
		}
		return s
	}
	return v
}

// fit cuts a text to so many UTF-16 units, and returns how many it had if it
// was cut.
func fit(s string, units int) (string, int) {
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

// write ends the workbook with what was cut and writes it.
func (b *book) write(w io.Writer) error {
	if err := b.sheet.Flush(); err != nil {
		return err
	}
	if b.cut > 0 {
		if err := b.report(); err != nil {
			return err
		}
	}
	// The library would keep the whole archive in memory.
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) })
	_, err := b.file.WriteTo(io.Discard)
	return err
}

// report lists the cells that were cut, in a sheet of its own.
func (b *book) report() error {
	const name = "cut cells"
	if _, err := b.file.NewSheet(name); err != nil {
		return err
	}
	sheet, err := b.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	lines := [][]any{{fmt.Sprintf("%d cells held more than the %d characters that Excel allows and were cut. The Parquet and CSV files have them whole.", b.cut, maxCell)}, {"row", "column", "characters"}}
	lines = append(lines, b.cuts...)
	for i, line := range lines {
		if err := sheet.SetRow(fmt.Sprintf("A%d", i+1), line); err != nil {
			return err
		}
	}
	return sheet.Flush()
}

// close removes the temporary files.
func (b *book) close() error { return b.file.Close() }

// writeXLSX writes messages.xlsx: the columns of messages.csv. Ids are text, for
// Excel keeps 15 digits of a number.
func writeXLSX(ctx context.Context, w io.Writer, d Data) error {
	return writeMessagesBook(ctx, w, d, maxSheetRows)
}

// writeMessagesBook writes sheets of so many rows.
func writeMessagesBook(ctx context.Context, w io.Writer, d Data, limit int) error {
	columns := flatColumns()
	b, err := newBook("messages", flatNames(columns))
	if err != nil {
		return err
	}
	defer b.close()
	b.limit = limit
	for m, err := range d.Dataset.Scan(ctx, d.Channel) {
		if err != nil {
			return err
		}
		message := reflect.ValueOf(m).Elem()
		row := make([]any, len(columns))
		for i, c := range columns {
			row[i] = c.value(message)
			if c.isID && row[i] != nil {
				row[i] = text(row[i])
			}
		}
		if err := b.add(fmt.Sprintf("channel %d, message %d", m.ChannelID, m.ID), row); err != nil {
			return err
		}
	}
	return b.write(w)
}
