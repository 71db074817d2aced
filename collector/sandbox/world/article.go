package world

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world/voices"
)

// article turns some of a channel's messages into rich ones: page blocks and an empty text.
// One in eight is so long that history has only its beginning.
func (c *city) article(o *outlet, s slot, m *tg.Message) {
	r := stream(c.seed, "article", o.id, int64(s.id))
	if !voices.Chance(r, o.rich) {
		return
	}
	sc := &scene{r: r, voice: o.voice, id: hash64("article", int64(c.seed), o.id, int64(s.id)), date: int(s.date)}
	sections := 1
	if voices.Chance(r, .125) {
		sections = 5
	}
	a := tg.RichMessage{Blocks: []tg.PageBlockClass{&tg.PageBlockHeading1{Text: plain(o.voice.Headline(r))}}}
	if voices.Chance(r, .6) {
		photo := sc.picture()
		a.Photos = []tg.PhotoClass{photo}
		a.Blocks = append(a.Blocks, &tg.PageBlockPhoto{PhotoID: photo.ID,
			Caption: tg.PageCaption{Text: plain(o.voice.Sentence(r)), Credit: &tg.TextEmpty{}}})
	}
	for n := range sections {
		if n > 0 {
			a.Blocks = append(a.Blocks, &tg.PageBlockHeading2{Text: plain(o.voice.Headline(r))})
		}
		a.Blocks = append(a.Blocks, c.section(o, s, r)...)
	}
	a.Blocks = append(a.Blocks, &tg.PageBlockDivider{},
		&tg.PageBlockFooter{Text: concat(plain("Filed under "), &tg.TextHashtag{Text: plain("#" + voices.Pick(r, o.voice.Tags))})})
	m.Message, m.Entities, m.Media = "", nil, nil
	m.RichMessage = a
}

// section is some text, a list, and a table or a quote.
func (c *city) section(o *outlet, s slot, r *rand.Rand) []tg.PageBlockClass {
	v := o.voice
	name, id := c.target(o, s, r)
	blocks := []tg.PageBlockClass{
		&tg.PageBlockParagraph{Text: concat(plain(v.Sentence(r)+" "), &tg.TextBold{Text: plain(v.Sentence(r))})},
		&tg.PageBlockParagraph{Text: concat(plain(v.Sentence(r)+" "),
			&tg.TextURL{Text: plain(voices.Pick(r, v.More)), URL: fmt.Sprintf("https://t.me/%s/%d", name, id)})},
	}
	var items []tg.PageListItemClass
	for range 2 + r.IntN(3) {
		items = append(items, &tg.PageListItemText{Text: plain(v.Sentence(r))})
	}
	blocks = append(blocks, &tg.PageBlockList{Items: items})
	switch r.IntN(3) {
	case 0:
		return append(blocks, &tg.PageBlockBlockquote{Text: &tg.TextItalic{Text: plain(v.Comment(r))}, Caption: plain(voices.Pick(r, hidden))})
	case 1:
		return append(blocks, &tg.PageBlockPreformatted{Language: "go", Text: plain(fmt.Sprintf("depth := %d // 🌊", 1+r.IntN(30)))})
	}
	rows := []tg.PageTableRow{tableRow(true, "Tide", "Height, cm")}
	for n := range 2 + r.IntN(3) {
		rows = append(rows, tableRow(false, strconv.Itoa(n+1), strconv.Itoa(20+r.IntN(300))))
	}
	return append(blocks, &tg.PageBlockTable{Bordered: true, Title: plain(v.Headline(r)), Rows: rows})
}

func tableRow(header bool, cells ...string) tg.PageTableRow {
	var row tg.PageTableRow
	for _, text := range cells {
		cell := tg.PageTableCell{Header: header}
		cell.SetText(plain(text))
		row.Cells = append(row.Cells, cell)
	}
	return row
}

func plain(s string) tg.RichTextClass { return &tg.TextPlain{Text: s} }

func concat(texts ...tg.RichTextClass) tg.RichTextClass { return &tg.TextConcat{Texts: texts} }
