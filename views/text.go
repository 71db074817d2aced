package views

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"telegramtrac/collector"
)

// Span is a run of a message's text in one style. It is not escaped; the template escapes it
// like everything else.
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

	// of rich messages
	"TextMarked":               "marked",
	"TextSubscript":            "sub",
	"TextSuperscript":          "sup",
	"TextMath":                 "code",
	"TextButton":               "tag",
	"MessageEntityDiffInsert":  "underline",
	"MessageEntityDiffReplace": "underline",
	"MessageEntityDiffDelete":  "strike",
	"PageBlockTitle":           "heading",
	"PageBlockSubtitle":        "bold",
	"PageBlockHeader":          "heading",
	"PageBlockSubheader":       "bold",
	"PageBlockKicker":          "bold",
	"PageBlockHeading1":        "heading",
	"PageBlockHeading2":        "heading",
	"PageBlockHeading3":        "bold",
	"PageBlockHeading4":        "bold",
	"PageBlockHeading5":        "bold",
	"PageBlockHeading6":        "bold",
	"PageBlockDetails":         "bold",
	"PageBlockRelatedArticles": "bold",
	"PageBlockPullquote":       "quote",
	"PageBlockMath":            "code",
	"PageBlockFooter":          "aside",
	"PageBlockThinking":        "aside",
}

// Spans splits a text at its entities. Offsets and lengths count UTF-16 units, as Telegram
// does; entities outside the text are cut or ignored.
func Spans(text string, entities []collector.Entity) []Span {
	if text == "" {
		return nil
	}
	if len(entities) == 0 && utf8.ValidString(text) {
		return []Span{{Text: text}}
	}
	units := utf16.Encode([]rune(text))
	cuts := []int{0, len(units)}
	for _, e := range entities {
		lo, hi := bounds(e, len(units))
		cuts = append(cuts, lo, hi)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	marks := marksOf(units, entities)
	var out []Span
	var over []mark // the marks over the span, in the order of the entities
	for i := 1; i < len(cuts); i++ {
		lo, hi := cuts[i-1], cuts[i]
		over = slices.DeleteFunc(over, func(m mark) bool { return m.to <= lo })
		for len(marks) > 0 && marks[0].from <= lo {
			over = append(over, marks[0])
			marks = marks[1:]
		}
		slices.SortFunc(over, func(a, b mark) int { return a.at - b.at })
		out = append(out, span(string(utf16.Decode(units[lo:hi])), over))
	}
	return out
}

// mark is an entity's place in a text.
type mark struct {
	at       int // its index among the entities
	from, to int // UTF-16 units
	class    string
	href     string
}

// marksOf returns the entities that cover some of a text, by where they begin.
func marksOf(units []uint16, entities []collector.Entity) []mark {
	var out []mark
	for i, e := range entities {
		m := mark{at: i, class: styles[e.Type]}
		if m.from, m.to = bounds(e, len(units)); m.from < m.to {
			m.href = address(e, units[m.from:m.to])
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b mark) int { return a.from - b.from })
	return out
}

func bounds(e collector.Entity, size int) (lo, hi int) {
	lo = min(max(int(e.Offset), 0), size)
	return lo, min(max(lo, int(e.Offset)+int(e.Length)), size)
}

// span is a run of text under marks, none of which ends within it.
func span(text string, over []mark) Span {
	out := Span{Text: text}
	var classes []string
	for _, m := range over {
		if m.class != "" && !slices.Contains(classes, m.class) {
			classes = append(classes, m.class)
		}
		if m.href != "" {
			out.Href = m.href
		}
	}
	out.Class = strings.Join(classes, " ")
	if out.Href != "" { // hidden characters in a link are shown
		out.Text = Name(text)
	}
	return out
}

// address is what an entity links to, "" for nothing.
func address(e collector.Entity, text []uint16) string {
	switch e.Type {
	case "MessageEntityTextUrl":
		return Web(e.URL)
	case "MessageEntityUrl":
		return Web(string(utf16.Decode(text)))
	case "MessageEntityMention":
		return collector.Address(strings.TrimPrefix(string(utf16.Decode(text)), "@"), 0, 0)
	}
	return ""
}

// Web returns an address if it leads to the web, else "". Without a scheme it becomes https,
// as at Telegram.
func Web(s string) string {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err == nil && u.Scheme == "" || err == nil && u.Host == "" && u.Opaque != "" && strings.Contains(u.Scheme, ".") {
		u, err = url.Parse("https://" + s)
	}
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, `"<>`) || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return u.String()
}

// NameLength is how many characters of typed text a sentence quotes.
const NameLength = 60

// Links makes addresses at Telegram. In the sandbox it makes none: its names are invented, and
// may belong to somebody else at Telegram.
type Links bool

// Channel is a channel's address, "" when unknown.
func (at Links) Channel(username string, id int64) string { return at.Message(username, id, 0) }

// Message is a message's address, "" when unknown.
func (at Links) Message(username string, channelID, id int64) string {
	if !at {
		return ""
	}
	return collector.Address(username, channelID, id)
}

// Text removes links to Telegram in the sandbox.
func (at Links) Text(spans []Span) []Span {
	for i := range spans {
		if !bool(at) && strings.HasPrefix(spans[i].Href, "https://t.me/") {
			spans[i].Href = ""
		}
	}
	return spans
}

// Shorten cuts a text to at most n characters, and puts it on one line.
func Shorten(s string, n int) string {
	if most := 16 * n; len(s) > most { // skip the rest: it may be megabytes
		s = strings.ToValidUTF8(s[:most], "")
	}
	return collector.Shorten(strings.Join(strings.Fields(s), " "), n)
}

// ChannelName is @username, or the number of a channel that has none.
func ChannelName(username string, id int64) string {
	return collector.Reference{Username: username, ID: id}.String()
}
