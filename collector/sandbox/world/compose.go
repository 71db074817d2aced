package world

import (
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/gotd/td/tg"
)

// composer writes a message's text and its entities together. Offsets and
// lengths of entities count UTF-16 code units, as Telegram's do.
type composer struct {
	b        strings.Builder
	units    int
	entities []tg.MessageEntityClass
}

func (c *composer) write(text string) (offset, length int) {
	offset, length = c.units, units(text)
	c.b.WriteString(text)
	c.units += length
	return offset, length
}

// units is the length of text in UTF-16 code units.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

func (c *composer) empty() bool { return c.units == 0 }

// paragraph begins a new line, with an empty one before it.
func (c *composer) paragraph() {
	if !c.empty() {
		c.write("\n\n")
	}
}

func (c *composer) bold(text string) {
	offset, length := c.write(text)
	c.entities = append(c.entities, &tg.MessageEntityBold{Offset: offset, Length: length})
}

// styled writes text in one of the styles that take no argument.
func (c *composer) styled(style, text string) {
	offset, length := c.write(text)
	var e tg.MessageEntityClass
	switch style {
	case "italic":
		e = &tg.MessageEntityItalic{Offset: offset, Length: length}
	case "underline":
		e = &tg.MessageEntityUnderline{Offset: offset, Length: length}
	case "strike":
		e = &tg.MessageEntityStrike{Offset: offset, Length: length}
	case "spoiler":
		e = &tg.MessageEntitySpoiler{Offset: offset, Length: length}
	case "code":
		e = &tg.MessageEntityCode{Offset: offset, Length: length}
	case "quote":
		e = &tg.MessageEntityBlockquote{Offset: offset, Length: length, Collapsed: length > 120}
	default:
		e = &tg.MessageEntityBold{Offset: offset, Length: length}
	}
	c.entities = append(c.entities, e)
}

func (c *composer) pre(language, text string) {
	offset, length := c.write(text)
	c.entities = append(c.entities, &tg.MessageEntityPre{Offset: offset, Length: length, Language: language})
}

func (c *composer) url(address string) {
	offset, length := c.write(address)
	c.entities = append(c.entities, &tg.MessageEntityURL{Offset: offset, Length: length})
}

func (c *composer) link(text, address string) {
	offset, length := c.write(text)
	c.entities = append(c.entities, &tg.MessageEntityTextURL{Offset: offset, Length: length, URL: address})
}

func (c *composer) mention(name string) {
	offset, length := c.write("@" + name)
	c.entities = append(c.entities, &tg.MessageEntityMention{Offset: offset, Length: length})
}

func (c *composer) mentionName(text string, user int64) {
	offset, length := c.write(text)
	c.entities = append(c.entities, &tg.MessageEntityMentionName{Offset: offset, Length: length, UserID: user})
}

func (c *composer) hashtag(tag string) {
	offset, length := c.write("#" + tag)
	c.entities = append(c.entities, &tg.MessageEntityHashtag{Offset: offset, Length: length})
}

func (c *composer) email(address string) {
	offset, length := c.write(address)
	c.entities = append(c.entities, &tg.MessageEntityEmail{Offset: offset, Length: length})
}

func (c *composer) customEmoji(emoji string, document int64) {
	offset, length := c.write(emoji)
	c.entities = append(c.entities, &tg.MessageEntityCustomEmoji{Offset: offset, Length: length, DocumentID: document})
}

// put sets the text and entities of m.
func (c *composer) put(m *tg.Message) {
	m.Message = c.b.String()
	m.Entities = slices.Clone(c.entities)
}
