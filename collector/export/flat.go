package export

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
)

// flatColumn is a column of messages as tables of text have it.
type flatColumn struct {
	name     string
	field    int
	optional bool // the zero value stands for null
	isID     bool // a name rather than an amount
}

// flatColumns are all columns of messages but the whole object, in their order.
func flatColumns() []flatColumn {
	var out []flatColumn
	row := reflect.TypeFor[collector.Message]()
	for i := range row.NumField() {
		tags := strings.Split(row.Field(i).Tag.Get("parquet"), ",")
		if tags[0] == "raw" {
			continue
		}
		out = append(out, flatColumn{
			name: tags[0], field: i, optional: slices.Contains(tags, "optional"), isID: strings.HasSuffix(tags[0], "_id"),
		})
	}
	return out
}

func flatNames(columns []flatColumn) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.name
	}
	return out
}

// value is the column's value: nil, a text, a number, a bool or a time. Lists
// are JSON, in the words of the Parquet file.
func (c flatColumn) value(row reflect.Value) any {
	v := row.Field(c.field)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	} else if c.optional && v.IsZero() {
		return nil
	}
	switch x := v.Interface().(type) {
	case time.Time:
		return x.UTC()
	case int64, int32, float64, bool, string:
		return x
	}
	return string(appendList(nil, v))
}

// appendList appends a list as JSON.
func appendList(dst []byte, list reflect.Value) []byte {
	dst = append(dst, '[')
	for i := range list.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if e := list.Index(i); e.Kind() == reflect.Struct {
			dst = appendStruct(dst, e)
		} else {
			dst = append(dst, jsonValue(e.Interface())...)
		}
	}
	return append(dst, ']')
}

// appendStruct appends an element of a list, without what it does not have.
func appendStruct(dst []byte, v reflect.Value) []byte {
	dst = append(dst, '{')
	first := true
	for i := range v.NumField() {
		name, tag, _ := strings.Cut(v.Type().Field(i).Tag.Get("parquet"), ",")
		if strings.Contains(tag, "optional") && v.Field(i).IsZero() {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, `"`+name+`":`...)
		dst = append(dst, jsonValue(v.Field(i).Interface())...)
	}
	return append(dst, '}')
}

// text is a value as CSV has it: times in ISO 8601, null as nothing.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case int64:
		return strconv.FormatInt(v, 10)
	case int32:
		return strconv.FormatInt(int64(v), 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case string:
		return storableText(v)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
