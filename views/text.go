package views

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"

	"telegramtrac/collector"
)

// Span is a run of a message's text that looks the same throughout. The text
// is data: it is escaped where it is written, like everything else.
type Span struct {
	Text  string
	Class string // style classes, separated by blanks
	Href  string // http or https; "" when it is no link
}

// Found is the type of an entity that marks what was searched for.
const Found = "found"

// styles are the classes of the entities that change how text looks.
var styles = map[string]string{
	"MessageEntityBold":       "bold",
	"MessageEntityItalic":     "italic",
	"MessageEntityUnderline":  "underline",
	"MessageEntityStrike":     "strike",
	"MessageEntityCode":       "code",
	"MessageEntityPre":        "pre",
	"MessageEntitySpoiler":    "spoiler",
	"MessageEntityBlockquote": "quote",
	"MessageEntityHashtag":    "tag",
	"MessageEntityCashtag":    "tag",
	"MessageEntityBotCommand": "tag",
	Found:                     "found",
}

// Spans cuts a text at its entities. Offsets and lengths count UTF-16 units,
// as Telegram does; entities that lie outside the text are cut or ignored.
func Spans(text string, entities []collector.Entity) []Span {
	if text == "" {
		return nil
	}
	units := utf16.Encode([]rune(text))
	cuts := []int{0, len(units)}
	for _, e := range entities {
		lo, hi := bounds(e, len(units))
		cuts = append(cuts, lo, hi)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []Span
	for i := 1; i < len(cuts); i++ {
		out = append(out, span(units, cuts[i-1], cuts[i], entities))
	}
	return out
}

func bounds(e collector.Entity, size int) (lo, hi int) {
	lo = min(max(int(e.Offset), 0), size)
	return lo, min(max(lo, int(e.Offset)+int(e.Length)), size)
}

// span makes the span of units[lo:hi], which no entity's end divides.
func span(units []uint16, lo, hi int, entities []collector.Entity) Span {
	out := Span{Text: string(utf16.Decode(units[lo:hi]))}
	var classes []string
	for _, e := range entities {
		from, to := bounds(e, len(units))
		if from > lo || to < hi || from == to {
			continue
		}
		if class := styles[e.Type]; class != "" && !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
		if href := address(e, string(utf16.Decode(units[from:to]))); href != "" {
			out.Href = href
		}
	}
	out.Class = strings.Join(classes, " ")
	return out
}

// address is where an entity links to, "" for nowhere.
func address(e collector.Entity, text string) string {
	switch e.Type {
	case "MessageEntityTextUrl":
		return Web(e.URL)
	case "MessageEntityUrl":
		return Web(text)
	case "MessageEntityMention":
		return "https://t.me/" + url.PathEscape(strings.TrimPrefix(text, "@"))
	}
	return ""
}

// Web returns an address when it leads to the web, else "". One without a
// scheme is taken as https, as Telegram does.
func Web(s string) string {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err == nil && u.Scheme == "" || err == nil && u.Host == "" && u.Opaque != "" && strings.Contains(u.Scheme, ".") {
		u, err = url.Parse("https://" + s)
	}
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return u.String()
}
