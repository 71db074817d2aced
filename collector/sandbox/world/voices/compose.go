package voices

import (
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/gotd/td/tg"
)

// Composer writes a message's text and its entities together. Offsets and
// lengths of entities count UTF-16 code units, as Telegram's do.
type Composer struct {
	b        strings.Builder
	units    int
	entities []tg.MessageEntityClass
}

// Write adds text and returns its position.
func (c *Composer) Write(text string) (offset, length int) {
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

func (c *Composer) empty() bool { return c.units == 0 }

// Paragraph begins a new paragraph, after an empty line.
func (c *Composer) Paragraph() {
	if !c.empty() {
		c.Write("\n\n")
	}
}

// Bold writes text in bold.
func (c *Composer) Bold(text string) {
	offset, length := c.Write(text)
	c.entities = append(c.entities, &tg.MessageEntityBold{Offset: offset, Length: length})
}

// Styled writes text in one of the styles that take no argument.
func (c *Composer) Styled(style, text string) {
	offset, length := c.Write(text)
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

// Pre writes a block of code in a language.
func (c *Composer) Pre(language, text string) {
	offset, length := c.Write(text)
	c.entities = append(c.entities, &tg.MessageEntityPre{Offset: offset, Length: length, Language: language})
}

// URL writes an address as a link to itself.
func (c *Composer) URL(address string) {
	offset, length := c.Write(address)
	c.entities = append(c.entities, &tg.MessageEntityURL{Offset: offset, Length: length})
}

// Link writes text that links to an address.
func (c *Composer) Link(text, address string) {
	offset, length := c.Write(text)
	c.entities = append(c.entities, &tg.MessageEntityTextURL{Offset: offset, Length: length, URL: address})
}

// Mention writes @name.
func (c *Composer) Mention(name string) {
	offset, length := c.Write("@" + name)
	c.entities = append(c.entities, &tg.MessageEntityMention{Offset: offset, Length: length})
}

// MentionName writes text that refers to a user.
func (c *Composer) MentionName(text string, user int64) {
	offset, length := c.Write(text)
	c.entities = append(c.entities, &tg.MessageEntityMentionName{Offset: offset, Length: length, UserID: user})
}

// Hashtag writes #tag.
func (c *Composer) Hashtag(tag string) {
	offset, length := c.Write("#" + tag)
	c.entities = append(c.entities, &tg.MessageEntityHashtag{Offset: offset, Length: length})
}

// Email writes an email address.
func (c *Composer) Email(address string) {
	offset, length := c.Write(address)
	c.entities = append(c.entities, &tg.MessageEntityEmail{Offset: offset, Length: length})
}

// CustomEmoji writes an emoji that is drawn by a document.
func (c *Composer) CustomEmoji(emoji string, document int64) {
	offset, length := c.Write(emoji)
	c.entities = append(c.entities, &tg.MessageEntityCustomEmoji{Offset: offset, Length: length, DocumentID: document})
}

// Put sets the text and entities of m.
func (c *Composer) Put(m *tg.Message) {
	m.Message = c.b.String()
	m.Entities = slices.Clone(c.entities)
}
