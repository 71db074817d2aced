package tl

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
)

// setText fills in what the entities mark in the text, which is set already.
func (c Converter) setText(msg *collector.Message, entities []tg.MessageEntityClass) {
	if len(entities) == 0 {
		return
	}
	msg.Entities = make([]collector.Entity, 0, len(entities))
	cut := cutter{text: msg.Text}
	for _, entity := range entities {
		e := collector.Entity{
			Type:   classOf(entity),
			Offset: int32(entity.GetOffset()),
			Length: int32(entity.GetLength()),
		}
		switch entity := entity.(type) {
		case *tg.MessageEntityTextURL:
			e.URL = collector.PrivateLink(clean(entity.URL), c.Pseudonym)
			addLink(msg, e.URL)
		case *tg.MessageEntityURL:
			addLink(msg, cut.span(e.Offset, e.Length))
		case *tg.MessageEntityMention:
			msg.Mentions = addMarked(msg.Mentions, cut.span(e.Offset, e.Length), "@")
		case *tg.MessageEntityHashtag:
			msg.Hashtags = addMarked(msg.Hashtags, cut.span(e.Offset, e.Length), "#")
		}
		msg.Entities = append(msg.Entities, e)
	}
}

// setButtons adds the addresses that the buttons below a message lead to. They come
// after the text's own links, so that these can be told apart by how many there are.
func (c Converter) setButtons(msg *collector.Message, markup tg.ReplyMarkupClass) {
	inline, ok := markup.(*tg.ReplyInlineMarkup)
	if !ok {
		return
	}
	for _, row := range inline.Rows {
		for _, button := range row.Buttons {
			address := collector.PrivateLink(clean(buttonURL(button.Type)), c.Pseudonym)
			if !slices.Contains(msg.Links, address) {
				addLink(msg, address)
			}
		}
	}
}

// buttonURL is the address that a button opens, "" for one that does something else.
func buttonURL(button tg.InlineButtonTypeClass) string {
	switch b := button.(type) {
	case *tg.InlineButtonTypeURL:
		return b.URL
	case *tg.InlineButtonTypeURLAuth:
		return b.URL
	case *tg.InlineButtonTypeWebView:
		return b.URL
	}
	return ""
}

func addLink(msg *collector.Message, address string) {
	msg.Links = add(msg.Links, address)
	if link, ok := collector.ParseTMe(address); ok {
		msg.TMeLinks = append(msg.TMeLinks, link)
	}
}

// addMarked adds what follows the mark. A span without it lies beside what it
// should mark, as entities from careless clients do.
func addMarked(list []string, span, mark string) []string {
	word, ok := strings.CutPrefix(span, mark)
	if !ok {
		return list
	}
	return add(list, word)
}

func add(list []string, s string) []string {
	if s == "" {
		return list
	}
	return append(list, s)
}

// A cutter cuts spans given in UTF-16 units out of a text in UTF-8. It counts
// on from where the last span began, for entities come in the text's order.
type cutter struct {
	text    string
	at      int   // a byte of text …
	units   int64 // … and how many UTF-16 units are before it
	counted bool
	ascii   bool
}

// span is the text of length units from offset. What lies outside the text is
// left out, and half a surrogate pair counts as its whole character.
func (c *cutter) span(offset, length int32) string {
	if offset < 0 || length <= 0 {
		return ""
	}
	from, to := int64(offset), int64(offset)+int64(length)
	if !c.counted {
		c.counted, c.ascii = true, isASCII(c.text)
	}
	if c.ascii {
		n := int64(len(c.text))
		return c.text[min(from, n):min(to, n)]
	}
	if c.units > from {
		c.at, c.units = 0, 0
	}
	c.at, c.units = c.seek(from, false)
	end, _ := c.seek(to, true)
	return c.text[c.at:max(end, c.at)]
}

// seek finds the byte at which the given number of units is before. In the
// middle of a pair it is the pair's beginning, or its end with round set.
func (c *cutter) seek(target int64, round bool) (at int, units int64) {
	at, units = c.at, c.units
	for at < len(c.text) && units < target {
		if c.text[at] < utf8.RuneSelf {
			at, units = at+1, units+1
			continue
		}
		r, size := utf8.DecodeRuneInString(c.text[at:])
		n := int64(1)
		if r >= 0x10000 {
			n = 2
		}
		if units+n > target && !round {
			break
		}
		at, units = at+size, units+n
	}
	return at, units
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
