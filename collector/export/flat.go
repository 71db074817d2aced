package export

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/export/sheet"
)

// flatColumn is a column of messages as tables of text have it.
type flatColumn struct {
	name  string
	isID  bool // a name rather than an amount
	field int  // of collector.Message; -1: it is made for the tables

	optional bool // the zero value stands for null

	// words are those of a list of them, which hold neither commas nor spaces; nil: it is
	// no such list.
	words func(*collector.Message) []string

	// value is nil, a text, a number, a bool or a time. Lists are JSON, in the words of
	// the Parquet file.
	value func(*collector.Message) any
}

// flatColumns are all columns of messages but the whole object, in their order, and
// behind them what is made for the tables.
func flatColumns(ctx context.Context, d Data) ([]flatColumn, error) {
	links, err := d.Dataset.Links(ctx, d.Channel)
	if err != nil {
		return nil, err
	}
	var out []flatColumn
	row := reflect.TypeFor[collector.Message]()
	for i := range row.NumField() {
		tags := strings.Split(row.Field(i).Tag.Get("parquet"), ",")
		if tags[0] == "raw" {
			continue
		}
		optional := slices.Contains(tags, "optional")
		out = append(out, flatColumn{
			name: tags[0], isID: strings.HasSuffix(tags[0], "_id"), field: i, optional: optional, words: wordsOf(tags[0]),
			value: func(m *collector.Message) any { return flatValue(reflect.ValueOf(m).Elem().Field(i), optional) },
		})
	}
	senders, err := d.Dataset.AllSenders(ctx, d.Channel)
	if err != nil {
		return nil, err
	}
	out = append(out, senderColumns(senders)...)
	return append(out, flatColumn{name: "link", field: -1, value: func(m *collector.Message) any { return links.To(m.ChannelID, m.ID) }}), nil
}

// senderColumns say what those are called who wrote: with personal data persons, and
// always channels and groups.
func senderColumns(senders map[catalog.PeerKey]catalog.Sender) []flatColumn {
	column := func(name string, of func(catalog.Sender) string) flatColumn {
		return flatColumn{name: name, field: -1, value: func(m *collector.Message) any {
			if s := of(senders[catalog.SenderKey(m)]); s != "" {
				return s
			}
			return nil
		}}
	}
	return []flatColumn{
		column("from_name", func(s catalog.Sender) string { return s.Name }),
		column("from_username", func(s catalog.Sender) string { return s.Username }),
	}
}

// senderWords are what the columns of senders mean, which messages.parquet has not.
var senderWords = map[string]string{
	"from_name": "What the one is called who wrote the message: a channel's or group's title; a person's name where personal data was " +
		"kept, else empty. peers.parquet has it by from_id.",
	"from_username": "Their username, without @; a person's where personal data was kept, else empty.",
}

func wordsOf(column string) func(*collector.Message) []string {
	switch column {
	case "hashtags":
		return func(m *collector.Message) []string { return m.Hashtags }
	case "mentions":
		return func(m *collector.Message) []string { return m.Mentions }
	}
	return nil
}

func flatNames(columns []flatColumn) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.name
	}
	return out
}

// dataColumns are the columns of the dataset that tables of some columns are made of.
func dataColumns(columns []flatColumn) []string {
	out := []string{"channel_id", "message_id", "from_type", "from_id"} // links and senders
	for _, c := range columns {
		if c.field >= 0 && !slices.Contains(out, c.name) {
			out = append(out, c.name)
		}
	}
	if slices.Contains(out, "thread_channel_id") || slices.Contains(out, "thread_message_id") {
		for _, name := range []string{"thread_message_id", "reply_to_channel_id", "reply_to_top_id", "reply_to_message_id"} {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// append appends the column's value of a row as CSV has it: text of value, without a value of
// any for each.
func (c flatColumn) append(dst []byte, row reflect.Value, m *collector.Message) []byte {
	if c.field < 0 {
		return append(dst, text(c.value(m))...)
	}
	v := row.Field(c.field)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return dst
		}
		v = v.Elem()
	} else if c.optional && v.IsZero() {
		return dst
	}
	switch v.Kind() {
	case reflect.String:
		return append(dst, sheet.Storable(v.String())...)
	case reflect.Int64, reflect.Int32:
		return strconv.AppendInt(dst, v.Int(), 10)
	case reflect.Float64:
		return strconv.AppendFloat(dst, v.Float(), 'f', -1, 64)
	case reflect.Bool:
		return strconv.AppendBool(dst, v.Bool())
	case reflect.Slice:
		at := len(dst)
		if dst = appendList(dst, v); bytes.IndexByte(dst[at:], 0) < 0 {
			return dst
		}
		return append(dst[:at], sheet.Storable(string(dst[at:]))...)
	}
	return v.Addr().Interface().(*time.Time).UTC().AppendFormat(dst, time.RFC3339Nano)
}

// flatValue is a field's value, see flatColumn.
func flatValue(v reflect.Value, optional bool) any {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	} else if optional && v.IsZero() {
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
			dst = appendJSON(dst, e)
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
		dst = appendJSON(dst, v.Field(i))
	}
	return append(dst, '}')
}

// appendJSON appends a value within a list: what most are without encoding/json.
func appendJSON(dst []byte, v reflect.Value) []byte {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return sheet.AppendJSON(dst, v.String())
	case reflect.Int64, reflect.Int32:
		return strconv.AppendInt(dst, v.Int(), 10)
	case reflect.Bool:
		return strconv.AppendBool(dst, v.Bool())
	}
	return append(dst, sheet.JSON(v.Interface())...)
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
		return sheet.Storable(v)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
