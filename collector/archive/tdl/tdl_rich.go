package tdl

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// goRich is a rich message as Go writes it. Such files do not name the kinds of blocks, but
// the keys of a block's texts are known, and their order is the reading order.
type goRich struct {
	Part   bool
	Blocks []json.RawMessage
}

// took returns the message's text with that of the blocks appended, its links and names as
// marks, and whether this is the whole message or a part of it: "" without blocks.
func (r goRich) took(text string, marks []goEntity) (string, []goEntity, string) {
	if len(r.Blocks) == 0 {
		return text, marks, ""
	}
	w := goWriter{marks: marks}
	w.write(text)
	for _, b := range r.Blocks {
		w.feeds = 2
		w.Value(b, "")
	}
	if r.Part || w.unread {
		return w.text.String(), w.marks, collector.RichPart
	}
	return w.text.String(), w.marks, collector.RichWhole
}

// goWriter writes the text of blocks.
type goWriter struct {
	text   strings.Builder
	units  int // of UTF-16 in text
	marks  []goEntity
	feeds  int  // line feeds before the next text
	depth  int  // of the current value
	unread bool // a value was nested too deeply
}

// goDepth is how deeply values may be nested.
const goDepth = 100

// goTexts are the keys of texts. Those in goLines begin a new line, each item of a list on its
// own.
var (
	goTexts = input.Words("Text Texts Title Source Alt Author Description Cover Channel")
	goLines = input.Words("Blocks Rows Articles Caption Credit")
)

// Value writes a value; url is the address that it links to.
func (w *goWriter) Value(raw json.RawMessage, url string) {
	if w.depth == goDepth {
		w.unread = true
		return
	}
	w.depth++
	defer func() { w.depth-- }()
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0:
	case raw[0] == '"':
		var s string
		if json.Unmarshal(raw, &s) == nil {
			w.leaf(s, url)
		}
	case raw[0] == '[':
		for _, v := range listOf(raw) {
			w.Value(v, url)
		}
	case raw[0] == '{':
		w.object(raw, url)
	}
}

// listOf returns the values of a list.
func listOf(raw json.RawMessage) (list []json.RawMessage) {
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	return list
}

// object writes the text of an object, key by key.
func (w *goWriter) object(raw json.RawMessage, url string) {
	keys, values := ordered(raw)
	url = cmp.Or(addressOf(keys, values), url)
	for i, key := range keys {
		switch {
		case goTexts[key]:
			w.Value(values[i], url)
		case goLines[key] && values[i][0] != '[':
			w.feeds = max(w.feeds, 1)
			w.Value(values[i], url)
		case goLines[key]:
			for _, v := range listOf(values[i]) {
				w.feeds = max(w.feeds, 1)
				w.Value(v, url)
			}
		case key == "Items":
			w.items(listOf(values[i]), url)
		case key == "Cells", key == "Buttons":
			for n, v := range listOf(values[i]) {
				if n > 0 {
					w.write(" | ")
				}
				w.Value(v, url)
			}
		}
	}
}

// addressOf returns the address that an object links to; that of a button is in its Type.
func addressOf(keys []string, values []json.RawMessage) (address string) {
	if i := slices.Index(keys, "URL"); i >= 0 && json.Unmarshal(values[i], &address) == nil && address != "" {
		return address
	}
	var kind struct{ URL string }
	if i := slices.Index(keys, "Type"); i >= 0 && json.Unmarshal(values[i], &kind) == nil {
		return kind.URL
	}
	return ""
}

// items writes the items of a list after their bullets or numbers; those of a collage are
// blocks and have none.
func (w *goWriter) items(list []json.RawMessage, url string) {
	n := 0
	for _, v := range list {
		w.feeds = max(w.feeds, 1)
		var item struct {
			Num               *string
			Value             int
			Checkbox, Checked bool
			PhotoID, VideoID  *int64
		}
		_ = json.Unmarshal(v, &item) // errors leave an ordinary item
		switch {
		case item.PhotoID != nil, item.VideoID != nil:
		case item.Num != nil:
			n = cmp.Or(item.Value, n+1)
			w.write(strings.TrimSuffix(cmp.Or(*item.Num, strconv.Itoa(n)), ".") + ". ")
		case item.Checked:
			w.write("☑ ")
		case item.Checkbox:
			w.write("☐ ")
		default:
			w.write("• ")
		}
		w.Value(v, url)
	}
}

// leaf writes a text, marked as an entity if it is a link or a name.
func (w *goWriter) leaf(s, url string) {
	if s == "" {
		return
	}
	w.feed()
	at := w.units
	w.write(s)
	if url != "" || strings.HasPrefix(s, "@") || strings.HasPrefix(s, "#") || strings.HasPrefix(s, "http://") ||
		strings.HasPrefix(s, "https://") {
		w.marks = append(w.marks, goEntity{Offset: at, Length: w.units - at, URL: url})
	}
}

func (w *goWriter) write(s string) {
	if s == "" {
		return
	}
	w.feed()
	w.text.WriteString(s)
	w.units += len(utf16.Encode([]rune(s)))
}

// feed writes the line feeds that are due.
func (w *goWriter) feed() {
	if w.units > 0 {
		w.text.WriteString(strings.Repeat("\n", w.feeds))
		w.units += w.feeds
	}
	w.feeds = 0
}

// ordered returns the keys and values of an object in their order.
func ordered(raw json.RawMessage) (keys []string, values []json.RawMessage) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, nil
	}
	for dec.More() {
		key, err := dec.Token()
		name, ok := key.(string)
		var v json.RawMessage
		if err != nil || !ok || dec.Decode(&v) != nil {
			return keys, values
		}
		keys, values = append(keys, name), append(values, bytes.TrimSpace(v))
	}
	return keys, values
}
