package sheet

import (
	"archive/zip"
	"bufio"
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
	sheets []sheetDone
	open   io.Writer // the sheet that is being written
	layout layout
	links  []cellLink
	cells  // of the sheet, from those on that are not compressed yet
}

// cells are rows of a sheet as XML. They may be made apart from the workbook.
type cells struct {
	buf   []byte
	rows  int // of the sheet, up to the last one
	wide  int // columns of the widest row
	leads []lead
}

// lead is a cell of buf that could be a link.
type lead struct {
	from, to int // its name
	target   string
}

// layout is how a sheet is laid out.
type layout struct {
	header bool      // its first row is one: it stays in view, and filters the rest
	widths []float64 // of its columns, in characters; nil: as Excel has them
}

// sheetDone is a sheet that is written.
type sheetDone struct{ name, filtered string }

// cellLink is where a cell leads to.
type cellLink struct{ cell, target string }

// Kinds of cells beside those that Go has.
type (
	Heading string // a column's name
	ID      int64  // an id: a number without thousands and exponent
	Link    string // an address that a click opens
)

func newWorkbook(w io.Writer) *workbook { return &workbook{zip: NewZip(w)} }

const (
	sheetTop    = xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">`
	sheetFrozen = `<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`
)

// Limits of the links in a sheet: with more of them, or longer ones, Excel calls the
// file broken and takes them all away.
// See https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
const (
	MaxLinks = 65_530
	maxLink  = 2_079 // in UTF-16 units
)

// ZipTime is the time of the parts of a workbook, as Excel itself has it.
var ZipTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// part begins a file of the archive.
func (b *workbook) part(name string) (io.Writer, error) {
	return b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: ZipTime})
}

// flushAt is how many bytes of a sheet are gathered before they are compressed.
const flushAt = 64 << 10

// sheet begins another sheet.
func (b *workbook) sheet(name string, as layout) error {
	if err := b.endSheet(); err != nil {
		return err
	}
	b.sheets = append(b.sheets, sheetDone{name: name})
	var err error
	if b.open, err = b.part(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(b.sheets))); err != nil {
		return err
	}
	b.layout, b.rows, b.wide, b.links = as, 0, 0, b.links[:0]
	b.buf = append(b.buf, sheetTop...)
	if as.header {
		b.buf = append(b.buf, sheetFrozen...)
	}
	if len(as.widths) > 0 {
		b.buf = append(b.buf, "<cols>"...)
		for i, width := range as.widths {
			b.buf = fmt.Appendf(b.buf, `<col min="%d" max="%d" width="%g" customWidth="1"/>`, i+1, i+1, width)
		}
		b.buf = append(b.buf, "</cols>"...)
	}
	b.buf = append(b.buf, "<sheetData>"...)
	return nil
}

// endSheet writes what stands below the rows, in the order of the schema: the filter,
// the links, and that texts of digits are no mistake.
func (b *workbook) endSheet() error {
	if b.open == nil {
		return nil
	}
	if err := b.flush(); err != nil { // which finds the links
		return err
	}
	b.buf = append(b.buf, "</sheetData>"...)
	if b.layout.header {
		last := string(appendColumn(nil, b.wide-1))
		b.buf = fmt.Appendf(b.buf, `<autoFilter ref="A1:%s%d"/>`, last, b.rows)
		b.sheets[len(b.sheets)-1].filtered = fmt.Sprintf("$A$1:$%s$%d", last, b.rows)
	}
	if len(b.links) > 0 {
		b.buf = append(b.buf, "<hyperlinks>"...)
		for i, l := range b.links {
			b.buf = fmt.Appendf(b.buf, `<hyperlink ref="%s" r:id="rId%d"/>`, l.cell, i+1)
		}
		b.buf = append(b.buf, "</hyperlinks>"...)
	}
	if b.layout.header {
		b.buf = fmt.Appendf(b.buf, `<ignoredErrors><ignoredError sqref="A1:%s%d" numberStoredAsText="1"/></ignoredErrors>`,
			appendColumn(nil, b.wide-1), b.rows)
	}
	b.buf = append(b.buf, "</worksheet>"...)
	if err := b.flush(); err != nil {
		return err
	}
	b.open = nil
	return b.writeLinks()
}

// writeLinks writes where the links of the sheet lead to, which has a file of its own.
func (b *workbook) writeLinks() error {
	if len(b.links) == 0 {
		return nil
	}
	w, err := b.part(fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", len(b.sheets)))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	out.WriteString(xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for i, l := range b.links {
		fmt.Fprintf(out, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="%s" TargetMode="External"/>`, i+1, XML(l.target))
	}
	out.WriteString(`</Relationships>`)
	return out.Flush()
}

func (b *workbook) flush() error {
	err := b.take(&b.cells)
	b.buf, b.leads = b.buf[:0], b.leads[:0]
	return err
}

// take writes cells, and makes those that lead somewhere links while the sheet may have more.
func (b *workbook) take(c *cells) error {
	done := 0
	for _, l := range c.leads {
		if len(b.links) == MaxLinks {
			break
		}
		b.links = append(b.links, cellLink{string(c.buf[l.from:l.to]), l.target})
		if _, err := b.open.Write(c.buf[done:l.to]); err != nil {
			return err
		}
		if _, err := io.WriteString(b.open, linkStyle); err != nil {
			return err
		}
		done = l.to
	}
	_, err := b.open.Write(c.buf[done:])
	return err
}

// row adds a row to the sheet: of texts, int32, int64, float64, bool, time.Time,
// heading, bigID, webLink, and nil for nothing. So is an empty text, and what a sheet
// has no number for, NaN and infinity.
func (b *workbook) row(values []any) error {
	if err := b.cells.row(values); err != nil || len(b.buf) < flushAt {
		return err
	}
	return b.flush()
}

func (b *cells) row(values []any) error {
	b.rows++
	b.wide = max(b.wide, len(values))
	b.buf = append(b.buf, `<row r="`...)
	b.buf = strconv.AppendInt(b.buf, int64(b.rows), 10)
	b.buf = append(b.buf, `">`...)
	for i, v := range values {
		if f, is := v.(float64); v == nil || v == "" || is && (math.IsNaN(f) || math.IsInf(f, 0)) {
			continue
		}
		if err := b.cell(i, v); err != nil {
			return err
		}
	}
	b.buf = append(b.buf, "</row>"...)
	return nil
}

// Formats of cells: their places in workbookStyles.
const (
	dateStyle = `" s="1`
	idStyle   = `" s="2`
	linkStyle = `" s="3`
	headStyle = `" s="4`
)

func (b *cells) cell(column int, v any) error {
	b.buf = append(b.buf, `<c r="`...)
	at := len(b.buf)
	b.buf = appendColumn(b.buf, column)
	b.buf = strconv.AppendInt(b.buf, int64(b.rows), 10)
	switch v := v.(type) {
	case string:
		b.text("", v)
		return nil
	case Heading:
		b.text(headStyle, string(v))
		return nil
	case Link:
		if len(v) <= maxLink { // bytes are at least as many as units
			b.leads = append(b.leads, lead{at, len(b.buf), string(v)})
		}
		b.text("", string(v))
		return nil
	case bool:
		digit := "0"
		if v {
			digit = "1"
		}
		b.buf = append(b.buf, `" t="b"><v>`+digit...)
	case time.Time:
		b.buf = append(b.buf, dateStyle+`"><v>`...)
		b.buf = strconv.AppendFloat(b.buf, excelDays(v), 'f', -1, 64)
	case ID:
		b.buf = append(b.buf, idStyle+`"><v>`...)
		b.buf = strconv.AppendInt(b.buf, int64(v), 10)
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

// text appends the rest of a cell of text.
func (b *cells) text(style, s string) {
	b.buf = append(b.buf, style+`" t="inlineStr"><is><t xml:space="preserve">`...)
	b.buf = appendCellText(b.buf, s)
	b.buf = append(b.buf, "</t></is></c>"...)
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
	return appendXML(out, s)
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

	workbookStyles = xml.Header + `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
		`<fonts count="3"><font><sz val="11"/><name val="Calibri"/></font><font><u/><sz val="11"/><color rgb="FF0563C1"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE7E6E6"/><bgColor indexed="64"/></patternFill></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="1" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>` +
		`<xf numFmtId="0" fontId="2" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
)

// Close writes what is left and the list of the sheets.
func (b *workbook) Close() error {
	if err := b.endSheet(); err != nil {
		return err
	}
	var types, sheets, filters, rels strings.Builder
	for i, done := range b.sheets {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i+1)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, XML(done.name), i+1, i+1)
		if done.filtered != "" {
			fmt.Fprintf(&filters, `<definedName name="_xlnm._FilterDatabase" localSheetId="%d" hidden="1">%s!%s</definedName>`, i,
				XML("'"+strings.ReplaceAll(done.name, "'", "''")+"'"), done.filtered)
		}
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, i+1)
	}
	names := ""
	if filters.Len() > 0 {
		names = `<definedNames>` + filters.String() + `</definedNames>`
	}
	for _, part := range [][2]string{
		{"xl/styles.xml", workbookStyles},
		{"xl/workbook.xml", xml.Header +
			`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + sheets.String() + `</sheets>` + names + `</workbook>`},
		{"xl/_rels/workbook.xml.rels",
			fmt.Sprintf(xml.Header+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`, rels.String(), len(b.sheets)+1)},
		{"_rels/.rels", workbookRels},
		{"[Content_Types].xml", xml.Header +
			`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` + types.String() + `</Types>`},
	} {
		w, err := b.part(part[0])
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, part[1]); err != nil {
			return err
		}
	}
	return b.zip.Close()
}
