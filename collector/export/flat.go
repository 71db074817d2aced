package export

import (
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
	name string
	isID bool // a name rather than an amount

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
		optional := slices.Contains(tags, "optional") // the zero value stands for null
		out = append(out, flatColumn{
			name: tags[0], isID: strings.HasSuffix(tags[0], "_id"), words: wordsOf(tags[0]),
			value: func(m *collector.Message) any { return flatValue(reflect.ValueOf(m).Elem().Field(i), optional) },
		})
	}
	senders, err := d.Dataset.AllSenders(ctx, d.Channel)
	if err != nil {
		return nil, err
	}
	out = append(out, senderColumns(senders)...)
	return append(out, flatColumn{name: "link", value: func(m *collector.Message) any { return links.To(m.ChannelID, m.ID) }}), nil
}

// senderColumns say what those are called who wrote: with personal data persons, and
// always channels and groups.
func senderColumns(senders map[catalog.PeerKey]catalog.Sender) []flatColumn {
	column := func(name string, of func(catalog.Sender) string) flatColumn {
		return flatColumn{name: name, value: func(m *collector.Message) any {
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
			dst = append(dst, sheet.JSON(e.Interface())...)
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
		dst = append(dst, sheet.JSON(v.Field(i).Interface())...)
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
		return sheet.Storable(v)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
