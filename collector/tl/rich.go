package tl

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl/telethon"
)

// setRich sets the content of a rich message: a message of page blocks, whose own text is
// empty. Its blocks become plain text, each with an entity if its form has a meaning; lists
// keep their marks, and the cells of a table are separated by bars. The first picture, file and
// place of the blocks are set in the media columns.
// See https://core.telegram.org/constructor/richMessage
func (c Converter) setRich(msg *collector.Message, rich *tg.RichMessage) {
	w := richWriter{c: c, msg: msg, rich: rich}
	w.write(msg.Text) // a server that sends both means both
	w.blocks(rich.Blocks, apart)
	msg.Text = w.text.String()
	msg.Rich = collector.RichWhole
	if rich.Part || w.unread {
		msg.Rich = collector.RichPart
	}
}

// How many line feeds separate blocks.
const (
	below = 1
	apart = 2
)

// richWriter writes blocks as text. An entity is added to the message when it opens, so that
// entities are in the text's order, outer ones first.
type richWriter struct {
	c      Converter
	msg    *collector.Message
	rich   *tg.RichMessage
	text   strings.Builder
	units  int32  // of UTF-16 in text
	feeds  int    // line feeds to write before what comes next
	indent string // after each of them, of lists within lists
	inItem bool   // right after a list's mark: no feeds
	open   []*opening
	unread bool // there was a block that cannot be read
}

// opening is an entity without text so far.
type opening struct{ entity, start int } // start: its first byte of text

// write adds text, which is cleaned.
func (w *richWriter) write(s string) {
	if s == "" {
		return
	}
	if w.feeds > 0 && w.text.Len() > 0 {
		w.put(strings.Repeat("\n", w.feeds) + w.indent)
	}
	w.feeds, w.inItem = 0, false
	for _, o := range w.open {
		w.msg.Entities[o.entity].Offset, o.start = w.units, w.text.Len()
	}
	w.open = w.open[:0]
	w.put(clean(s))
}

func (w *richWriter) put(s string) {
	w.text.WriteString(s)
	w.units += units(s)
}

// units counts the UTF-16 units of a text.
func units(s string) (n int32) {
	for _, r := range s {
		n += int32(unitsOf(r))
	}
	return n
}

// feed begins a new line, with apart after an empty one.
func (w *richWriter) feed(n int) {
	if !w.inItem {
		w.feeds = max(w.feeds, n)
	}
}

// mark writes the mark of a list's item.
func (w *richWriter) mark(s string) {
	w.feed(below)
	w.write(s)
	w.inItem = true
}

// span calls do, and marks what it writes as an entity, unless it is empty. It returns the
// written text.
func (w *richWriter) span(e collector.Entity, do func()) string {
	o, before := &opening{entity: len(w.msg.Entities)}, w.text.Len()
	w.msg.Entities = append(w.msg.Entities, e)
	w.open = append(w.open, o)
	do()
	if w.text.Len() == before { // and there is none within
		w.msg.Entities = w.msg.Entities[:o.entity]
		w.open = slices.DeleteFunc(w.open, func(other *opening) bool { return other == o })
		return ""
	}
	w.msg.Entities[o.entity].Length = w.units - w.msg.Entities[o.entity].Offset
	return w.text.String()[o.start:]
}

// as writes a text with an entity of a type.
func (w *richWriter) as(kind string, t tg.RichTextClass) string {
	return w.span(collector.Entity{Type: kind}, func() { w.inline(t) })
}

// link writes a text with a link to an address.
func (w *richWriter) link(address string, do func()) {
	address = collector.PrivateLink(clean(address), w.c.Pseudonym)
	if address == "" {
		do()
		return
	}
	w.span(collector.Entity{Type: "MessageEntityTextUrl", URL: address}, do)
	if !strings.HasPrefix(address, "#") { // which leads to an anchor of the message
		addLink(w.msg, address)
	}
}

// address writes an address on a line of its own.
func (w *richWriter) address(s string) {
	if s == "" {
		return
	}
	w.feed(below)
	addLink(w.msg, w.span(collector.Entity{Type: "MessageEntityUrl"}, func() { w.write(s) }))
}

// inline writes a text within a line.
func (w *richWriter) inline(t tg.RichTextClass) {
	switch t := t.(type) {
	case *tg.TextPlain:
		w.write(t.Text)
	case *tg.TextConcat:
		for _, part := range t.Texts {
			w.inline(part)
		}
	case *tg.TextURL:
		w.link(t.URL, func() { w.inline(t.Text) })
	case *tg.TextEmail:
		w.link("mailto:"+t.Email, func() { w.inline(t.Text) })
	case *tg.TextPhone:
		w.link("tel:"+t.Phone, func() { w.inline(t.Text) })
	case *tg.TextAutoURL:
		addLink(w.msg, w.as("MessageEntityUrl", t.Text))
	case *tg.TextMention:
		w.msg.Mentions = addMarked(w.msg.Mentions, w.as("MessageEntityMention", t.Text), "@")
	case *tg.TextHashtag:
		w.msg.Hashtags = addMarked(w.msg.Hashtags, w.as("MessageEntityHashtag", t.Text), "#")
	case *tg.TextButton:
		w.button(t.Type, t.Text)
	case *tg.TextAnchor:
		w.inline(t.Text)
	case *tg.TextDiff:
		w.diff(t)
	case *tg.TextMath:
		w.span(collector.Entity{Type: "TextMath"}, func() { w.write(t.Source) })
	case *tg.TextCustomEmoji:
		w.span(collector.Entity{Type: "MessageEntityCustomEmoji"}, func() { w.write(cmp.Or(t.Alt, "🙂")) })
	case *tg.TextImage:
		w.span(collector.Entity{Type: "TextImage"}, func() { w.write("🖼") })
	case nil, *tg.TextEmpty:
	default:
		w.styled(t)
	}
}

// styled writes a text that has only a style or a kind.
func (w *richWriter) styled(t tg.RichTextClass) {
	kind := telethon.ClassOf(t)
	switch t.(type) {
	case *tg.TextBold, *tg.TextItalic, *tg.TextUnderline, *tg.TextStrike, *tg.TextSpoiler,
		*tg.TextBotCommand, *tg.TextCashtag, *tg.TextBankCard, *tg.TextMentionName:
		kind = "MessageEntity" + strings.TrimPrefix(kind, "Text")
	case *tg.TextFixed:
		kind = "MessageEntityCode"
	case *tg.TextAutoEmail:
		kind = "MessageEntityEmail"
	case *tg.TextAutoPhone:
		kind = "MessageEntityPhone"
	case *tg.TextDate:
		kind = "MessageEntityFormattedDate"
	}
	// Other texts have no entity of their own: they keep their name, as TextMarked.
	if inner, ok := t.(interface{ GetText() tg.RichTextClass }); ok {
		w.as(kind, inner.GetText())
	}
}

// diff writes a change shown by the author. Deleted text is written only if nothing replaced
// it; else it is in raw only.
func (w *richWriter) diff(t *tg.TextDiff) {
	_, added := t.OldText.(*tg.TextEmpty)
	kind := "MessageEntityDiffReplace"
	if added || t.OldText == nil {
		kind = "MessageEntityDiffInsert"
	}
	if w.as(kind, t.Text) == "" {
		w.as("MessageEntityDiffDelete", t.OldText)
	}
}

// button writes a button, which may lead to an address.
func (w *richWriter) button(kind tg.InlineButtonTypeClass, text tg.RichTextClass) {
	write := func() { w.inline(text) }
	switch b := kind.(type) {
	case *tg.InlineButtonTypeURL:
		w.link(b.URL, write)
	case *tg.InlineButtonTypeURLAuth:
		w.link(b.URL, write)
	case *tg.InlineButtonTypeWebView:
		w.link(b.URL, write)
	default:
		w.span(collector.Entity{Type: "TextButton"}, write)
	}
}

// blocks writes blocks separated by gap line feeds.
func (w *richWriter) blocks(list []tg.PageBlockClass, gap int) {
	for _, b := range list {
		w.feed(gap)
		w.block(b)
	}
}

// block writes one block.
func (w *richWriter) block(block tg.PageBlockClass) {
	switch b := block.(type) {
	case nil, *tg.PageBlockAnchor:
	case *tg.PageBlockUnsupported:
		w.unread = true
	case *tg.PageBlockParagraph:
		w.inline(b.Text)
	case *tg.PageBlockPreformatted:
		w.as("MessageEntityPre", b.Text)
	case *tg.PageBlockBlockquote:
		w.as("MessageEntityBlockquote", b.Text)
		w.caption(b.Caption, "— ")
	case *tg.PageBlockBlockquoteBlocks:
		w.span(collector.Entity{Type: "MessageEntityBlockquote"}, func() { w.blocks(b.Blocks, below) })
		w.caption(b.Caption, "— ")
	case *tg.PageBlockPullquote:
		w.as(telethon.ClassOf(b), b.Text)
		w.caption(b.Caption, "— ")
	case *tg.PageBlockAuthorDate:
		w.inline(b.Author)
		if b.PublishedDate != 0 {
			w.write(separated(b.Author) + date(b.PublishedDate).Format(time.DateOnly))
		}
	case *tg.PageBlockDivider:
		w.span(collector.Entity{Type: telethon.ClassOf(b)}, func() { w.write("———") })
	case *tg.PageBlockMath:
		w.span(collector.Entity{Type: telethon.ClassOf(b)}, func() { w.write(b.Source) })
	case *tg.PageBlockCover:
		w.block(b.Cover)
	case *tg.PageBlockDetails:
		w.as(telethon.ClassOf(b), b.Title)
		w.feed(apart)
		w.blocks(b.Blocks, apart)
	case *tg.PageBlockList:
		w.list(b)
	case *tg.PageBlockOrderedList:
		w.orderedList(b)
	case *tg.PageBlockTable:
		w.table(b)
	case *tg.PageBlockButtonRow:
		for i, button := range b.Buttons {
			if i > 0 {
				w.write(" | ")
			}
			w.button(button.Type, button.Text)
		}
	default:
		w.carrier(block)
	}
}

// carrier writes a block that contains media or others, or is a special line: a heading, a
// footer.
func (w *richWriter) carrier(block tg.PageBlockClass) {
	captioned, hasCaption := block.(interface{ GetCaption() tg.PageCaption })
	switch b := block.(type) {
	case *tg.PageBlockPhoto:
		w.photo(b.PhotoID)
		if b.URL != "" {
			defer w.link(b.URL, func() {})
		}
	case *tg.PageBlockVideo:
		w.document(b.VideoID)
	case *tg.PageBlockAudio:
		w.document(b.AudioID)
	case *tg.PageBlockDocument:
		w.document(b.DocumentID)
	case *tg.PageBlockMap:
		w.place(b.Geo)
	case *tg.InputPageBlockMap: // what a client sends
	case *tg.PageBlockCollage:
		w.blocks(b.Items, below)
	case *tg.PageBlockSlideshow:
		w.blocks(b.Items, below)
	case *tg.PageBlockEmbed:
		w.address(b.URL)
	case *tg.PageBlockEmbedPost:
		w.write(b.Author)
		w.feed(below)
		w.span(collector.Entity{Type: "MessageEntityBlockquote"}, func() { w.blocks(b.Blocks, below) })
		w.address(b.URL)
	case *tg.PageBlockChannel:
		w.channel(b.Channel)
	case *tg.PageBlockRelatedArticles:
		w.related(b)
	default:
		line, ok := block.(interface{ GetText() tg.RichTextClass })
		if !ok {
			w.unread = true // of a newer layer
			return
		}
		w.as(telethon.ClassOf(block), line.GetText())
		return
	}
	if hasCaption {
		w.pageCaption(captioned.GetCaption())
	}
}

// separated returns the separator between an author and a date.
func separated(author tg.RichTextClass) string {
	if _, empty := author.(*tg.TextEmpty); author == nil || empty {
		return ""
	}
	return " · "
}

// caption writes the caption below a block.
func (w *richWriter) caption(t tg.RichTextClass, before string) {
	if _, empty := t.(*tg.TextEmpty); t == nil || empty {
		return
	}
	w.feed(below)
	w.write(before)
	w.inline(t)
}

func (w *richWriter) pageCaption(c tg.PageCaption) {
	w.feed(below)
	w.inline(c.Text)
	w.caption(c.Credit, "")
}

func (w *richWriter) related(b *tg.PageBlockRelatedArticles) {
	w.as(telethon.ClassOf(b), b.Title)
	for _, a := range b.Articles {
		w.feed(below)
		w.link(a.URL, func() { w.write(cmp.Or(a.Title, a.URL)) })
		if a.Description != "" {
			w.feed(below)
			w.write(a.Description)
		}
	}
}

// channel writes a card of a channel.
func (w *richWriter) channel(chat tg.ChatClass) {
	switch ch := chat.(type) {
	case *tg.Channel:
		name := mainUsername(usernames(ch))
		w.link(collector.Address(name, 0, 0), func() { w.write(cmp.Or(ch.Title, name)) })
	case *tg.ChannelForbidden:
		w.write(ch.Title)
	case *tg.Chat:
		w.write(ch.Title)
	case *tg.ChatForbidden:
		w.write(ch.Title)
	}
}

// photo, document and place set the media columns, each with the first one found.
func (w *richWriter) photo(id int64) {
	if w.msg.MediaType != "" {
		return
	}
	w.msg.MediaType, w.msg.PhotoID = telethon.ClassOf(&tg.MessageMediaPhoto{}), id
	for _, p := range w.rich.Photos {
		if p.GetID() == id {
			setPhoto(w.msg, p)
		}
	}
}

func (w *richWriter) document(id int64) {
	if w.msg.MediaType != "" {
		return
	}
	w.msg.MediaType, w.msg.DocumentID = telethon.ClassOf(&tg.MessageMediaDocument{}), id
	for _, d := range w.rich.Documents {
		if d.GetID() == id {
			setDocument(w.msg, d)
		}
	}
}

func (w *richWriter) place(geo tg.GeoPointClass) {
	kind := telethon.ClassOf(&tg.MessageMediaGeo{})
	w.msg.MediaType = cmp.Or(w.msg.MediaType, kind)
	g, ok := geo.(*tg.GeoPoint)
	if !ok || w.msg.Latitude != nil {
		return
	}
	lat, long := g.Lat, g.Long
	w.msg.GeoType, w.msg.Latitude, w.msg.Longitude = kind, &lat, &long
}
