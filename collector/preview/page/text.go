package page

import (
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"telegramtrac/collector"
)

// richText is a text with its entities.
type richText struct {
	text     string
	entities []collector.Entity
}

// entityOf maps elements that mark a span to Telethon's names. For links see linkEntity.
var entityOf = map[string]string{
	"b": "MessageEntityBold", "strong": "MessageEntityBold", "i": "MessageEntityItalic", "em": "MessageEntityItalic",
	"u": "MessageEntityUnderline", "s": "MessageEntityStrike", "del": "MessageEntityStrike", "code": "MessageEntityCode",
	"pre": "MessageEntityPre", "tg-spoiler": "MessageEntitySpoiler", "blockquote": "MessageEntityBlockquote",
	"tg-emoji": "MessageEntityCustomEmoji",
}

// render reads the text of an element. Only <br> breaks lines.
func render(s *goquery.Selection) richText {
	r := &renderer{}
	for _, n := range s.Nodes {
		r.children(n, false)
	}
	return r.finish()
}

// renderer writes a text and counts its UTF-16 units, the unit of entities.
type renderer struct {
	b        strings.Builder
	units    int32
	entities []collector.Entity
	depth    int
}

// deepest is how deep elements are followed; a message has a few levels.
const deepest = 200

func (r *renderer) children(n *html.Node, verbatim bool) {
	if r.depth++; r.depth < deepest {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			r.node(c, verbatim)
		}
	}
	r.depth--
}

func (r *renderer) node(n *html.Node, verbatim bool) {
	switch {
	case n.Type == html.TextNode && verbatim:
		r.write(n.Data)
	case n.Type == html.TextNode:
		r.write(r.unwrapped(n.Data))
	case n.Type != html.ElementNode:
	case n.Data == "br":
		r.write("\n")
	case n.Data == "script", n.Data == "style":
	case n.Data == "i" && hasClass(n, "emoji"): // a picture of the character that it holds
		r.write(emoji(n))
	default:
		r.element(n, verbatim)
	}
}

// joiner connects the parts of one emoji.
const joiner = "\u200d"

var emojiForm = regexp.MustCompile(`/([0-9A-F]{2,80})\.png`)

// emoji is the character of a picture. Some lack the joiners that the picture's name has: 🧑💻
// for 🧑‍💻.
func emoji(n *html.Node) string {
	shown := strings.TrimSpace(textOf(n))
	m := emojiForm.FindStringSubmatch(attr(n, "style"))
	if m == nil || strings.Contains(shown, joiner) {
		return shown
	}
	named, err := hex.DecodeString(m[1])
	if err == nil && strings.ReplaceAll(string(named), joiner, "") == shown && utf8.Valid(named) {
		return string(named)
	}
	return shown
}

// element writes the content of an element, and marks the span.
func (r *renderer) element(n *html.Node, verbatim bool) {
	at, from := r.units, r.b.Len()
	place := len(r.entities)
	r.entities = append(r.entities, collector.Entity{}) // outer ones come first
	r.children(n, verbatim || n.Data == "pre")
	e := collector.Entity{Type: entityOf[n.Data], Offset: at, Length: r.units - at}
	if n.Data == "a" {
		linkEntity(&e, attr(n, "href"), r.b.String()[from:])
	}
	r.entities[place] = e // without a type or length it is dropped at the end
}

// linkEntity distinguishes the kinds of links by the shown text: the address itself, a name, a
// tag, or other words.
func linkEntity(e *collector.Entity, href, shown string) {
	shown = strings.TrimSpace(shown)
	switch {
	case href == "":
	case isTag(href, shown, "#"):
		e.Type = "MessageEntityHashtag"
	case isTag(href, shown, "$"):
		e.Type = "MessageEntityCashtag"
	case strings.HasPrefix(shown, "@") && mentions(href, shown[1:]):
		e.Type = "MessageEntityMention"
	case href == "mailto:"+shown:
		e.Type = "MessageEntityEmail"
	case isPhone(href, shown):
		e.Type = "MessageEntityPhone"
	case sameAddress(href, shown):
		e.Type = "MessageEntityUrl"
	default:
		e.Type, e.URL = "MessageEntityTextUrl", href
	}
}

// isTag reports whether a link searches for the tag that it shows: ?q=%23tide.
func isTag(href, shown, sign string) bool {
	if !strings.HasPrefix(shown, sign) || strings.ContainsFunc(shown, unicode.IsSpace) {
		return false
	}
	u, err := url.Parse(href)
	ours := err == nil && (u.Host == "" && u.Scheme == "" || u.Host == "t.me")
	return ours && strings.HasPrefix(u.Query().Get("q"), sign)
}

// isPhone reports whether a link calls the number that it shows, which may contain blanks.
func isPhone(href, shown string) bool {
	number, ok := strings.CutPrefix(href, "tel:")
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -.()/\u00a0", r) {
				return -1
			}
			return r
		}, s)
	}
	return ok && number != "" && digits(number) == digits(shown)
}

func mentions(href, name string) bool {
	link, ok := collector.ParseTMe(href)
	return ok && strings.EqualFold(link.Username, name)
}

// sameAddress reports whether a link shows its own address: the page adds what browsers need.
func sameAddress(href, shown string) bool {
	bare := func(s string) string {
		s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
		return strings.TrimSuffix(s, "/")
	}
	return shown != "" && strings.EqualFold(bare(href), bare(shown))
}

// wraps are line breaks of the page's source, which browsers show as a blank.
var wraps = regexp.MustCompile(`[ \t]*[\r\n][ \t\r\n]*`)

// unwrapped replaces each line break of the page's source with a blank, or with nothing at the
// beginning of a line.
func (r *renderer) unwrapped(s string) string {
	if at := wraps.FindStringIndex(s); at == nil {
		return s
	} else if at[0] == 0 && r.lineStart() {
		s = s[at[1]:]
	}
	return wraps.ReplaceAllString(s, " ")
}

func (r *renderer) lineStart() bool {
	s := r.b.String()
	return s == "" || strings.HasSuffix(s, "\n")
}

func (r *renderer) write(s string) {
	s = strings.ToValidUTF8(s, "\ufffd")
	r.b.WriteString(s)
	for _, c := range s {
		r.units++
		if c > 0xffff {
			r.units++
		}
	}
}

// finish trims the text, as Telegram does, and adapts the entities.
func (r *renderer) finish() richText {
	whole := r.b.String()
	text := strings.TrimRightFunc(whole, unicode.IsSpace)
	lead := len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	text = text[lead:]
	before, units := utf16Len(whole[:lead]), utf16Len(text)
	out := richText{text: text}
	for _, e := range r.entities {
		from, to := max(0, e.Offset-before), min(units, e.Offset+e.Length-before)
		if e.Type == "" || to <= from {
			continue
		}
		e.Offset, e.Length = from, to-from
		out.entities = append(out.entities, e)
	}
	return out
}

func utf16Len(s string) int32 {
	var n int32
	for _, c := range s {
		n++
		if c > 0xffff {
			n++
		}
	}
	return n
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasClass(n *html.Node, class string) bool {
	for _, c := range strings.Fields(attr(n, "class")) {
		if c == class {
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string { return goquery.NewDocumentFromNode(n).Text() }
