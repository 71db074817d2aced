package lists

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"telegramtrac/collector"
)

// Unreadable is why a file cannot be read as a list.
type Unreadable struct {
	Why   Trouble
	Looks string // what the file looks like, as "an old Excel file (.xls)"; "" if unknown
	Err   error  // for the log; may be nil
}

// Trouble is a reason why a file cannot be read.
type Trouble string

// Reasons why a file cannot be read.
const (
	OtherFile Trouble = "other_file" // not a supported format; Looks says what it is
	Damaged   Trouble = "damaged"
	TooBig    Trouble = "too_big" // when unpacked
	Empty     Trouble = "empty"
	NoColumn  Trouble = "no_column" // a table without a column of names
)

// Error is for logs.
func (u *Unreadable) Error() string {
	if u.Err != nil {
		return fmt.Sprintf("read list: %s: %v", u.Why, u.Err)
	}
	return "read list: " + string(u.Why)
}

// Unwrap returns the cause.
func (u *Unreadable) Unwrap() error { return u.Err }

// File reads a person's file. Its name only says whether text is a table. Errors: an
// *Unreadable.
func File(name string, b []byte) (List, error) {
	if looks := other(b); looks != "" {
		return List{}, &Unreadable{Why: OtherFile, Looks: looks}
	}
	if bytes.HasPrefix(b, []byte("PK\x03\x04")) {
		return workbook(name, b)
	}
	text := plain(b)
	if strings.ContainsRune(text, 0) {
		return List{}, &Unreadable{Why: OtherFile}
	}
	text = uncommented(text)
	if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsSpace(r) && !unicode.In(r, unicode.Cf, unicode.Cc) }) {
		return List{}, &Unreadable{Why: Empty}
	}
	rows, table := pasted(text)
	if ext := strings.ToLower(path.Ext(name)); !table && (ext == ".csv" || ext == ".tsv" || ext == ".tab") {
		rows, table = separated(text)
	}
	if !table {
		return lines(text), nil
	}
	return told(columnsOf(name, []sheet{{rows: rows}}))
}

// told returns the list of a table, or an error if it has no names.
func told(l List) (List, error) {
	if len(l.Names) == 0 && len(l.Columns) == 0 && len(l.Aside) == 0 {
		return List{}, &Unreadable{Why: NoColumn}
	}
	return l, nil
}

// other says what an unsupported file looks like; "" if unknown.
func other(b []byte) string {
	for _, known := range []struct{ begins, looks string }{
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file (.xls) or one with a password"},
		{"%PDF-", "a PDF"}, {"{\\rtf", "a text with formats (.rtf)"},
		{"\x89PNG", "a picture"}, {"\xff\xd8\xff", "a picture"}, {"GIF8", "a picture"},
		{"PAR1", "a Parquet file"}, {"\x1f\x8b", "a packed file (.gz)"}, {"7z\xbc\xaf", "a packed file (.7z)"}, {"Rar!", "a packed file (.rar)"},
		{"<!DOCTYPE html", "a web page"}, {"<html", "a web page"},
	} {
		if len(b) >= len(known.begins) && strings.EqualFold(string(b[:len(known.begins)]), known.begins) {
			return known.looks
		}
	}
	return ""
}

// plain returns the text of a file in UTF-8, or in UTF-16 as in Excel's "Unicode text". Invalid
// bytes remain marked as such; names have none.
func plain(b []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return strings.ToValidUTF8(strings.TrimPrefix(string(b), "\ufeff"), string(utf8.RuneError))
	}
	units := make([]uint16, 0, len(b)/2)
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return string(utf16.Decode(units))
}

// uncommented removes the lines that begin with #, which people use for notes. It keeps a line
// with separators, which is a row of a table.
func uncommented(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		start := strings.TrimLeft(line, " \t\ufeff")
		if !strings.HasPrefix(start, "#") || header(strings.FieldsFunc(start, separates)) {
			out.WriteString(line)
		}
	}
	return out.String()
}

func whyOf(err error) collector.Why {
	if m, ok := errors.AsType[*collector.Misnamed](err); ok {
		return m.Why
	}
	return ""
}
