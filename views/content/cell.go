package content

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/views"
)

// columnFields are the field indexes of collector.Message by column name.
var columnFields = func() map[string]int {
	out := map[string]int{}
	for i, name := range columns() {
		out[name] = i
	}
	return out
}()

// cell shows a message's value in a column; the text is cut around the search's first match.
func (f *Asked) cell(m *collector.Message, column string) views.Cell {
	v := reflect.ValueOf(m).Elem().Field(columnFields[column])
	out := views.Cell{Number: isNumberColumn(column), Text: v.Kind() == reflect.String}
	text := cellText(v)
	out.Long = column == "text" || len(text) > longBytes
	if column == "text" {
		text = f.excerpt(text)
		out.Spans = views.Spans(text, f.marks(text))
	} else {
		out.Spans = views.Spans(views.Name(views.Shorten(text, cellRunes)), nil)
	}
	return out
}

// isNumberColumn reports whether a column has amounts or ids.
func isNumberColumn(column string) bool {
	t := reflect.TypeFor[collector.Message]().Field(columnFields[column]).Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return isNumber(t.Kind())
}

func isNumber(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Float64
}

// cellText writes a value; "" for null. An id of zero is null.
func cellText(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	} else if isNumber(v.Kind()) && v.IsZero() {
		return ""
	}
	switch x := v.Interface().(type) {
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case time.Time:
		return x.UTC().Format("2006-01-02 15:04:05")
	case []string:
		return strings.Join(x, ", ")
	}
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	if v.Len() == 0 {
		return ""
	}
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return "" // a number that JSON cannot write, like NaN
	}
	return string(b)
}

const (
	cellRunes  = 160 // of a cell's text
	longBytes  = 40  // above which a cell is wide
	leadingRun = 40  // runes shown before the match
)

// excerpt cuts a text to one line that includes the search's first match.
func (f *Asked) excerpt(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if f.Found != nil {
		if found := f.Found.Marks(text); len(found) > 0 && found[0].From > leadingRun {
			text = "…" + string([]rune(text)[found[0].From-leadingRun:])
		}
	}
	return views.Shorten(text, cellRunes)
}

// UsualColumns are shown until others are chosen.
var UsualColumns = []string{"channel_username", "message_id", "kind", "date", "text", "views", "forwards", "forward_from_username",
	"media_type"}

// ChosenColumns are the requested columns, in the dataset's order; the usual ones if none were
// requested.
func ChosenColumns(asked []string) []string {
	want := map[string]bool{}
	for _, name := range asked {
		want[name] = true
	}
	var out []string
	for _, name := range columns() {
		if want[name] {
			out = append(out, name)
		}
	}
	if out == nil {
		return UsualColumns
	}
	return out
}

// columns are the names of the dataset's columns.
func columns() []string {
	t := reflect.TypeFor[collector.Message]()
	out := make([]string, t.NumField())
	for i := range out {
		out[i], _, _ = strings.Cut(t.Field(i).Tag.Get("parquet"), ",")
	}
	return out
}
