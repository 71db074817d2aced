package lists

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// unfolded limits the unpacked size of a workbook in bytes: a list of 20,000 rows needs a third
// of it, and a hostile file of a few kB could fill the memory.
const unfolded = 16 << 20

// workbook reads an Excel workbook. Errors: an *Unreadable.
func workbook(name string, b []byte) (list List, err error) {
	defer func() { // a damaged file must not end the program
		if p := recover(); p != nil {
			list, err = List{}, &Unreadable{Why: Damaged, Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	if err := sound(b); err != nil {
		return List{}, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(b),
		excelize.Options{RawCellValue: true, UnzipSizeLimit: unfolded, UnzipXMLSizeLimit: unfolded})
	if err != nil {
		return List{}, &Unreadable{Why: Damaged, Err: err}
	}
	defer f.Close()
	var sheets []sheet
	for _, title := range f.GetSheetList() {
		if visible, err := f.GetSheetVisible(title); err != nil || !visible {
			continue
		}
		s, err := readSheet(f, title)
		if err != nil {
			return List{}, err
		}
		if len(s.rows) > 0 {
			sheets = append(sheets, s)
		}
	}
	if len(sheets) == 1 {
		sheets[0].name = ""
	}
	if len(sheets) == 0 {
		return List{}, &Unreadable{Why: Empty}
	}
	return told(columnsOf(name, sheets))
}

// sound checks the contents of a ZIP file before anything is unpacked.
func sound(b []byte) error {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return &Unreadable{Why: Damaged, Err: err}
	}
	var all uint64
	excel := false
	for _, f := range z.File {
		all += f.UncompressedSize64
		if all > unfolded || f.UncompressedSize64 > unfolded {
			return &Unreadable{Why: TooBig}
		}
		excel = excel || strings.EqualFold(f.Name, "xl/workbook.xml") || strings.EqualFold(f.Name, "xl/workbook.bin")
	}
	if excel {
		return nil
	}
	for _, f := range z.File {
		switch {
		case f.Name == "content.xml":
			return &Unreadable{Why: OtherFile, Looks: "a LibreOffice file"}
		case strings.HasPrefix(f.Name, "word/"):
			return &Unreadable{Why: OtherFile, Looks: "a Word file"}
		case strings.HasPrefix(f.Name, "Index/"):
			return &Unreadable{Why: OtherFile, Looks: "a Numbers file"}
		}
	}
	return &Unreadable{Why: OtherFile, Looks: "a ZIP file"}
}

// readSheet reads a sheet row by row: to read it as a whole, the library would fill each row up
// to its last cell, whatever position that claims.
func readSheet(f *excelize.File, title string) (sheet, error) {
	out := sheet{name: title}
	rows, err := f.Rows(title)
	if err != nil {
		return out, &Unreadable{Why: Damaged, Err: err}
	}
	defer rows.Close()
	for rows.Next() {
		if len(out.rows) >= mostRows {
			return out, &Unreadable{Why: TooBig}
		}
		row, err := rows.Columns()
		if err != nil {
			return out, &Unreadable{Why: Damaged, Err: err}
		}
		row = slices.Clone(row[:min(len(row), mostColumns)])
		for i := range row {
			row[i] = digits(row[i])
		}
		out.rows = append(out.rows, row)
	}
	if err := rows.Error(); err != nil {
		return out, &Unreadable{Why: Damaged, Err: err}
	}
	return out, nil
}

// digits writes a whole number in full: a workbook may contain 1.00500564E9. A number that has
// lost digits, as 1.00101E+12, is not changed.
func digits(cell string) string {
	mantissa, power, ok := strings.Cut(strings.ToUpper(cell), "E")
	whole, decimals, point := strings.Cut(mantissa, ".")
	zeros, err := strconv.Atoi(power)
	if point && !ok && whole != "" && decimals != "" && strings.Trim(decimals, "0") == "" && number(whole) {
		return whole // 1005640892.0, as written by some programs
	}
	zeros -= len(decimals)
	if !ok || !point || err != nil || zeros < 0 || zeros > 3 || !number(whole) || !number(decimals) || decimals[0] == '-' {
		return cell
	}
	return whole + decimals + strings.Repeat("0", zeros)
}
