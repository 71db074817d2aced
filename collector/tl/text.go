package tl

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl/telethon"
)

// setText sets what the entities mark in the text, which must be set already.
func (c Converter) setText(msg *collector.Message, entities []tg.MessageEntityClass) {
	if len(entities) == 0 {
		return
	}
	msg.Entities = make([]collector.Entity, 0, len(entities))
	cut := cutter{text: msg.Text}
	for _, entity := range entities {
		e := collector.Entity{
			Type:   telethon.ClassOf(entity),
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

// setButtons adds the addresses of the buttons below a message. They follow the text's own
// links, so that the number of those distinguishes them.
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

// buttonURL returns the address that a button opens, "" for other buttons.
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

// addMarked adds what follows the mark. A span without the mark is misplaced, as in entities
// from faulty clients.
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

// A cutter cuts spans given in UTF-16 units from a text in UTF-8. It scans the text once, and
// records positions at intervals, because entities may come in any order.
type cutter struct {
	text    string
	places  []place // every placeUnits; nil: not scanned yet
	counted bool
	ascii   bool
}

// place is a byte position, and the number of UTF-16 units before it.
type place struct {
	at    int
	units int64
}

const (
	placeUnits = 256
	maxSpan    = 8192 // units; no link, mention or hashtag is as long as two messages
)

// span returns the text of length units from offset, within the text. Half a surrogate pair
// counts as its whole character.
func (c *cutter) span(offset, length int32) string {
	if offset < 0 || length <= 0 || length > maxSpan {
		return ""
	}
	from, to := int64(offset), int64(offset)+int64(length)
	if !c.counted {
		c.count()
	}
	if c.ascii {
		n := int64(len(c.text))
		return c.text[min(from, n):min(to, n)]
	}
	start := c.seek(from, false)
	return c.text[start:max(c.seek(to, true), start)]
}

func (c *cutter) count() {
	c.counted, c.ascii = true, isASCII(c.text)
	if c.ascii {
		return
	}
	c.places = []place{{}}
	var units int64
	for at, r := range c.text {
		if units >= placeUnits*int64(len(c.places)) {
			c.places = append(c.places, place{at, units})
		}
		units += unitsOf(r)
	}
}

func unitsOf(r rune) int64 {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// seek finds the byte with the given number of units before it. In the middle of a pair it is
// the pair's beginning, or its end if round is set.
func (c *cutter) seek(target int64, round bool) int {
	p := c.places[min(target/placeUnits, int64(len(c.places)-1))]
	if p.units > target { // a pair lies across the place
		p = c.places[target/placeUnits-1]
	}
	for p.at < len(c.text) && p.units < target {
		r, size := utf8.DecodeRuneInString(c.text[p.at:])
		if p.units+unitsOf(r) > target && !round {
			break
		}
		p.at, p.units = p.at+size, p.units+unitsOf(r)
	}
	return p.at
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
