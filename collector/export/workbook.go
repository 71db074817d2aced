package export

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// workbook writes an Excel workbook row by row, straight to a writer: what lists
// the sheets comes last in the archive, where readers, which look parts up by
// name, find it as well. A library that was measured here keeps all rows in
// temporary files first, since it begins with that list.
//
// The form is SpreadsheetML, ECMA-376 part 1, section 18, with texts in the cells
// (t="inlineStr") instead of in a table of all texts, which would be kept in memory.
type workbook struct {
	zip    *zip.Writer
	sheets []string
	open   io.Writer // the sheet that is being written
	rows   int
	buf    []byte
}

func newWorkbook(w io.Writer) *workbook { return &workbook{zip: zip.NewWriter(w)} }

const (
	sheetTop    = xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`
	sheetFrozen = `<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`
	sheetEnd    = `</sheetData></worksheet>`
)

// flushAt is how many bytes of a sheet are gathered before they are compressed.
const flushAt = 64 << 10

// sheet begins another sheet; frozen: its first row stays in view.
func (b *workbook) sheet(name string, frozen bool) error {
	if err := b.endSheet(); err != nil {
		return err
	}
	b.sheets = append(b.sheets, name)
	var err error
	if b.open, err = b.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(b.sheets))); err != nil {
		return err
	}
	b.rows = 0
	b.buf = append(b.buf, sheetTop...)
	if frozen {
		b.buf = append(b.buf, sheetFrozen...)
	}
	b.buf = append(b.buf, "<sheetData>"...)
	return nil
}

func (b *workbook) endSheet() error {
	if b.open == nil {
		return nil
	}
	b.buf = append(b.buf, sheetEnd...)
	return b.flush()
}

func (b *workbook) flush() error {
	_, err := b.open.Write(b.buf)
	b.buf = b.buf[:0]
	return err
}

// row adds a row to the sheet: of texts, int32, int64, float64, bool, time.Time,
// and nil for nothing. So is what a sheet has no number for, NaN and infinity.
func (b *workbook) row(cells []any) error {
	b.rows++
	b.buf = append(b.buf, `<row r="`...)
	b.buf = strconv.AppendInt(b.buf, int64(b.rows), 10)
	b.buf = append(b.buf, `">`...)
	for i, v := range cells {
		if f, is := v.(float64); v == nil || is && (math.IsNaN(f) || math.IsInf(f, 0)) {
			continue
		}
		if err := b.cell(i, v); err != nil {
			return err
		}
	}
	b.buf = append(b.buf, "</row>"...)
	if len(b.buf) < flushAt {
		return nil
	}
	return b.flush()
}

// dateStyle is the index of the format of dates in workbookStyles.
const dateStyle = `" s="1"><v>`

func (b *workbook) cell(column int, v any) error {
	b.buf = append(b.buf, `<c r="`...)
	b.buf = appendColumn(b.buf, column)
	b.buf = strconv.AppendInt(b.buf, int64(b.rows), 10)
	switch v := v.(type) {
	case string:
		b.buf = append(b.buf, `" t="inlineStr"><is><t xml:space="preserve">`...)
		b.buf = appendCellText(b.buf, v)
		b.buf = append(b.buf, "</t></is></c>"...)
		return nil
	case bool:
		b.buf = append(b.buf, `" t="b"><v>`...)
		digit := byte('0')
		if v {
			digit = '1'
		}
		b.buf = append(b.buf, digit)
	case time.Time:
		b.buf = append(b.buf, dateStyle...)
		b.buf = strconv.AppendFloat(b.buf, excelDays(v), 'f', -1, 64)
	case int64:
		b.buf = append(b.buf, `"><v>`...)
		b.buf = strconv.AppendInt(b.buf, v, 10)
	case int32:
		b.buf = append(b.buf, `"><v>`...)
		b.buf = strconv.AppendInt(b.buf, int64(v), 10)
	case float64:
		b.buf = append(b.buf, `"><v>`...)
		b.buf = strconv.AppendFloat(b.buf, v, 'g', -1, 64)
	default:
		return fmt.Errorf("a sheet has no cells of %T", v)
	}
	b.buf = append(b.buf, "</v></c>"...)
	return nil
}

// appendColumn appends a column's letters; the first is 0.
func appendColumn(out []byte, column int) []byte {
	if column >= 26 {
		out = appendColumn(out, column/26-1)
	}
	return append(out, byte('A'+column%26))
}

// code is what stands between two low lines where a sheet would take all of it for
// the code of a character.
var code = regexp.MustCompile(`^x[0-9A-Fa-f]{4}$`)

// escaped is a text in which no low line begins a code. Codes may share one: the
// last sign of _x0041_x0042_'s first is the first sign of its second.
func escaped(s string) string {
	pieces := strings.Split(s, "_")
	for i := 1; i < len(pieces)-1; i++ {
		if code.MatchString(pieces[i]) {
			pieces[i] = "x005F_" + pieces[i]
		}
	}
	return strings.Join(pieces, "_")
}

// appendCellText appends a text as XML. What XML cannot hold is replaced.
func appendCellText(out []byte, s string) []byte {
	if strings.Contains(s, "_x") {
		s = escaped(s)
	}
	w := appender(out)
	_ = xml.EscapeText(&w, []byte(s)) // an appender does not fail
	return w
}

type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// excelDays is a time as the days since 1899-12-30, which is right from 1900-03-01
// on: before that Excel counts a day that was none.
func excelDays(t time.Time) float64 {
	days := float64(t.Unix()-time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Unix())/86400 + float64(t.Nanosecond())/86400e9
	if days < 61 {
		days--
	}
	return days
}

const (
	workbookRels = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`

	workbookStyles = xml.Header + `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
)

// close writes what is left and the list of the sheets.
func (b *workbook) close() error {
	if err := b.endSheet(); err != nil {
		return err
	}
	var types, sheets, rels strings.Builder
	for i, name := range b.sheets {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i+1)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, appendCellText(nil, name), i+1, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, i+1)
	}
	for _, part := range [][2]string{
		{"xl/styles.xml", workbookStyles},
		{"xl/workbook.xml", xml.Header + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", fmt.Sprintf(xml.Header+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`, rels.String(), len(b.sheets)+1)},
		{"_rels/.rels", workbookRels},
		{"[Content_Types].xml", xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` + types.String() + `</Types>`},
	} {
		w, err := b.zip.Create(part[0])
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, part[1]); err != nil {
			return err
		}
	}
	return b.zip.Close()
}
