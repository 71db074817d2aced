package web

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/gotd/td/tg"
)

func esc(s string) string { return html.EscapeString(s) }

// lines escapes a text and writes line breaks as the preview does.
func lines(s string) string { return strings.ReplaceAll(esc(s), "\n", "<br/>") }

// short writes a count as the preview does: 942, 1.2K, 82.9K, 474K, 1.47M.
func short(n int64) string {
	unit, name := int64(1), ""
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10)
	case n < 1_000_000:
		unit, name = 1000, "K"
	default:
		unit, name = 1_000_000, "M"
	}
	whole, tenth := n/unit, n%unit*100/unit
	switch {
	case whole >= 100 || tenth == 0:
		return fmt.Sprintf("%d%s", whole, name)
	case whole >= 10 || tenth%10 == 0:
		return strings.Replace(fmt.Sprintf("%d.%d%s", whole, tenth/10, name), ".0", "", 1)
	}
	return fmt.Sprintf("%d.%02d%s", whole, tenth, name)
}

// spaced writes a count with spaces between its thousands.
func spaced(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}

// tag is one HTML element in a text.
type tag struct {
	from, to    int
	open, close string
}

// rich converts a text with entities to HTML.
func rich(text string, entities []tg.MessageEntityClass) string {
	units := utf16.Encode([]rune(text))
	var tags []tag
	for _, e := range entities {
		from, to := e.GetOffset(), e.GetOffset()+e.GetLength()
		if from < 0 || to > len(units) || from >= to {
			continue
		}
		if open, end := element(e, string(utf16.Decode(units[from:to]))); open != "" {
			tags = append(tags, tag{from, to, open, end})
		}
	}
	slices.SortStableFunc(tags, func(a, b tag) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var b strings.Builder
	write(&b, units, 0, len(units), tags)
	return b.String()
}

// write writes the units from..to and the tags within. An overlapping tag is cut at the end of
// the outer one.
func write(b *strings.Builder, units []uint16, from, to int, tags []tag) {
	for len(tags) > 0 && tags[0].from < to {
		t := tags[0]
		t.to = min(t.to, to)
		if t.from < from {
			tags = tags[1:]
			continue
		}
		b.WriteString(lines(string(utf16.Decode(units[from:t.from]))))
		inner := slices.IndexFunc(tags[1:], func(o tag) bool { return o.from >= t.to })
		if inner < 0 {
			inner = len(tags) - 1
		}
		b.WriteString(t.open)
		write(b, units, t.from, t.to, tags[1:1+inner])
		b.WriteString(t.close)
		from, tags = t.to, tags[1+inner:]
	}
	b.WriteString(lines(string(utf16.Decode(units[from:to]))))
}

// marks are the HTML elements of entities that only mark a span.
var marks = map[uint32]string{
	tg.MessageEntityBoldTypeID: "b", tg.MessageEntityItalicTypeID: "i", tg.MessageEntityUnderlineTypeID: "u",
	tg.MessageEntityStrikeTypeID: "s", tg.MessageEntitySpoilerTypeID: "tg-spoiler", tg.MessageEntityCodeTypeID: "code",
	tg.MessageEntityPreTypeID: "pre", tg.MessageEntityBlockquoteTypeID: "blockquote",
}

// element returns the preview's HTML tags for an entity; "" where it has none.
func element(e tg.MessageEntityClass, span string) (open, end string) {
	link := func(href string) (string, string) {
		return `<a href="` + esc(href) + `" target="_blank" rel="noopener">`, "</a>"
	}
	if mark, ok := marks[e.TypeID()]; ok {
		return "<" + mark + ">", "</" + mark + ">"
	}
	switch e := e.(type) {
	case *tg.MessageEntityCustomEmoji:
		return fmt.Sprintf(`<tg-emoji emoji-id="%d"><i class="emoji"><b>`, e.DocumentID), "</b></i></tg-emoji>"
	case *tg.MessageEntityTextURL:
		return link(e.URL)
	case *tg.MessageEntityURL:
		if !strings.Contains(span, "://") {
			span = "http://" + span
		}
		return link(span)
	case *tg.MessageEntityMention:
		return link("https://t.me/" + strings.TrimPrefix(span, "@"))
	case *tg.MessageEntityHashtag:
		return `<a href="?q=%23` + esc(strings.TrimPrefix(span, "#")) + `">`, "</a>"
	case *tg.MessageEntityEmail:
		return link("mailto:" + span)
	}
	return "", ""
}
