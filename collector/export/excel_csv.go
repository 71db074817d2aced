package export

import (
	"cmp"
	"context"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/export/sheet"
)

// byteOrderMark tells Excel that a file of text is UTF-8. Without it, Excel takes it
// for the encoding of the person's country.
const byteOrderMark = "\uFEFF"

// maxDigits is how many digits of a number Excel keeps; of longer ones it makes the
// rest zeros.
const maxDigits = 15

// writeExcelCSV writes messages_excel.csv: messages.csv so that a double click opens
// it in Excel as it is meant, with the separator that Excel expects in the person's
// country.
func writeExcelCSV(ctx context.Context, w io.Writer, d Data) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	comma := cmp.Or(d.Options.Separator, ',')
	return writeTable(ctx, w, d, comma, func(c flatColumn, dst []byte, _ reflect.Value, m *collector.Message) []byte {
		return append(dst, excelText(c.value(m), comma == ';')...)
	})
}

// excelText is a value as Excel reads it from CSV without changing it. An apostrophe
// stands before what Excel would calculate or round. Where columns are set apart by
// semicolons, numbers have a decimal comma.
func excelText(v any, decimalComma bool) string {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateTime)
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	case float64:
		s := text(v)
		if decimalComma {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s
	case int64, int32:
		s := text(v)
		if len(strings.TrimPrefix(s, "-")) > maxDigits {
			return "'" + s
		}
		return s
	case string:
		return excelString(v)
	}
	return text(v)
}

// cutMark ends a text that was cut.
const cutMark = "… [cut: messages.parquet has the whole text]"

// excelString is a text: whole where a cell can hold it, and never a formula or
// another number.
func excelString(s string) string {
	s = sheet.Storable(s)
	if short, length := sheet.Fit(s, sheet.MaxCell-len(cutMark)); length > sheet.MaxCell {
		s = short + cutMark
	}
	if s != "" && (strings.ContainsRune("=+-@\t\r", rune(s[0])) || otherNumber(s)) {
		return "'" + s
	}
	return s
}

// otherNumber reports whether a text reads as a number and is not written as one: 007,
// 1e5, or more digits than Excel keeps. So is what Excel makes a date, a time or a share
// of, somewhere in the world: 1-2, 3/4, 12:30, 1.5, 24%.
func otherNumber(s string) bool {
	if s[0] != '.' && (s[0] < '0' || s[0] > '9') {
		return false
	}
	if strings.Trim(s, "0123456789.,:/-% ") == "" && strings.Trim(s, "0123456789") != "" {
		return true
	}
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && (len(s) > maxDigits || strconv.FormatFloat(f, 'f', -1, 64) != s)
}
