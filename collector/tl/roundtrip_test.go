package tl_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector/tl"
	"telegramtrac/collector/tl/telethon"
)

// object is a JSON object that knows the order of its keys.
type object struct {
	keys []string
	vals map[string]any
}

func (o object) class() string { s, _ := o.vals["_"].(string); return s }

func parse(t testing.TB, b []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	v, err := parseValue(dec)
	if err != nil {
		t.Fatalf("read %.200s: %v", b, err)
	}
	return v
}

func parseValue(dec *json.Decoder) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('{'):
		o := object{vals: map[string]any{}}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := parseValue(dec)
			if err != nil {
				return nil, err
			}
			o.keys = append(o.keys, key.(string))
			o.vals[key.(string)] = v
		}
		_, err := dec.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := parseValue(dec)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.Token()
		return list, err
	}
	return tok, nil
}

// reordered are classes with a formerly required field that now has a flag.
var reordered = map[string]bool{"MessageReplyHeader": true, "PageListOrderedItemText": true}

// A comparison walks through two objects and counts the known differences.
type comparison struct {
	t       *testing.T
	at      string
	excused map[string]int
}

func (c *comparison) values(path string, want, got any) {
	switch want := want.(type) {
	case object:
		got, ok := got.(object)
		if !ok {
			c.t.Errorf("%s %s: got %v, want an object", c.at, path, got)
			return
		}
		c.objects(path, want, got)
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			c.t.Errorf("%s %s: got %v, want %d elements", c.at, path, got, len(want))
			return
		}
		for i := range want {
			c.values(fmt.Sprintf("%s[%d]", path, i), want[i], list[i])
		}
	default:
		if !sameScalar(want, got) {
			c.t.Errorf("%s %s: got %v, want %v", c.at, path, got, want)
		}
	}
}

func (c *comparison) objects(path string, want, got object) {
	var order []string
	for _, key := range want.keys {
		field := want.class() + "." + key
		g, ok := got.vals[key]
		switch {
		case key == "access_hash" || key == "file_reference":
			c.excused["*."+key]++
			if ok {
				c.t.Errorf("%s %s.%s is still there", c.at, path, key)
			}
		case !ok, field == "ReplyInlineMarkup.rows":
			c.excused["lost "+field]++
		case field == "Poll.question" || field == "PollAnswer.text":
			c.excused["changed "+field]++
			c.values(path+"."+key, want.vals[key], g.(object).vals["text"])
		default:
			order = append(order, key)
			c.values(path+"."+key, want.vals[key], g)
		}
	}
	for _, key := range got.keys {
		_, ok := want.vals[key]
		if list, isList := got.vals[key].([]any); !ok && got.vals[key] != nil && got.vals[key] != false && !(isList && len(list) == 0) {
			c.excused["new "+got.class()+"."+key]++
		}
	}
	if kept := slices.DeleteFunc(slices.Clone(got.keys), func(k string) bool { return !slices.Contains(order, k) }); !slices.Equal(kept,
		order) {
		if reordered[want.class()] {
			c.excused["reordered "+want.class()]++
			return
		}
		c.t.Errorf("%s %s: keys of %s in another order:\n got %v\nwant %v", c.at, path, want.class(), kept, order)
	}
}

func sameScalar(want, got any) bool {
	if w, ok := want.(json.Number); ok {
		g, ok := got.(json.Number)
		return ok && w.String() == g.String()
	}
	if w, ok := want.(string); ok {
		g, ok := got.(string)
		return ok && (w == g || isoDate(w) == g)
	}
	return want == got
}

func isoDate(s string) string {
	t, err := time.Parse("2006-01-02 15:04:05.000000", s)
	if err != nil {
		return s
	}
	return t.Format("2006-01-02T15:04:05+00:00")
}

// Real objects are preserved, except for what the layer lost and gained since, and what raw
// never contains.
func TestRoundTripFixtures(t *testing.T) {
	excused := map[string]int{}
	eachLine(t, func(file string, n int, line []byte) {
		obj, _, err := telethon.DecodeTelethon(line)
		if err != nil {
			t.Fatal(err)
		}
		c := comparison{t: t, at: fmt.Sprintf("%s:%d", file, n), excused: excused}
		c.values("", parse(t, line), parse(t, asJSON(personal, nil, obj)))
	})
	want := map[string]int{
		"*.access_hash":                          1630,
		"*.file_reference":                       1530,
		"changed Poll.question":                  2,
		"changed PollAnswer.text":                5,
		"lost MessageMediaDocument.alt_document": 396,
		"lost ReplyInlineMarkup.rows":            1,
		"new Poll.hash":                          2, // required since: 0
		"reordered MessageReplyHeader":           3,
		"reordered PageListOrderedItemText":      11,
	}
	if diff := cmp.Diff(want, excused); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

// The output of AppendJSON, private or personal, can be read again with the same result.
func TestRoundTripOwn(t *testing.T) {
	eachLine(t, func(file string, n int, line []byte) {
		obj, _, err := telethon.DecodeTelethon(line)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []tl.Converter{personal, private} {
			first := asJSON(c, nil, obj)
			again, report, err := telethon.DecodeTelethon(first)
			if err != nil {
				t.Fatalf("%s:%d: %v", file, n, err)
			}
			if len(report.Dropped) > 0 {
				t.Fatalf("%s:%d: dropped %v", file, n, report.Dropped)
			}
			if second := asJSON(personal, nil, again); !bytes.Equal(first, second) {
				t.Fatalf("%s:%d:\n%s\n%s", file, n, first, second)
			}
		}
		if raw := string(asJSON(personal, nil, obj)); strings.Contains(raw, "access_hash") || strings.Contains(raw, "file_reference") {
			t.Errorf("%s:%d: raw keeps a secret", file, n)
		}
	})
}
