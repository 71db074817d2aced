package tdl

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
)

// TestGoRich: the JSON that Go writes of a rich message gives the same text as the object
// itself, except for what depends on the kinds of its parts.
func TestGoRich(t *testing.T) {
	plain := func(s string) tg.RichTextClass { return &tg.TextPlain{Text: s} }
	blocks := []tg.PageBlockClass{
		&tg.PageBlockHeading1{Text: plain("Low water")},
		&tg.PageBlockParagraph{Text: &tg.TextConcat{Texts: []tg.RichTextClass{plain("See "), &tg.TextMention{Text: plain("@pier")},
			plain(" and "), &tg.TextURL{Text: &tg.TextBold{Text: plain("the table")}, URL: "https://t.me/mole/5"}}}},
		&tg.PageBlockDivider{},
		&tg.PageBlockBlockquote{Text: plain("High 😀"), Caption: &tg.TextEmpty{}},
		&tg.PageBlockList{Items: []tg.PageListItemClass{&tg.PageListItemText{Text: plain("one")},
			&tg.PageListItemText{Checkbox: true, Text: plain("two")}}},
		&tg.PageBlockOrderedList{Items: []tg.PageListOrderedItemClass{&tg.PageListOrderedItemText{Text: plain("first")},
			&tg.PageListOrderedItemText{Text: plain("second")}}},
		&tg.PageBlockTable{Title: &tg.TextEmpty{},
			Rows: []tg.PageTableRow{{Cells: []tg.PageTableCell{{Text: plain("a")}, {Text: plain("b")}}},
				{Cells: []tg.PageTableCell{{Text: plain("c")}, {Text: plain("#d")}}}}},
		&tg.PageBlockPhoto{PhotoID: 5, Caption: tg.PageCaption{Text: plain("The quay"), Credit: plain("Ann")}},
	}
	raw, err := json.Marshal(tg.RichMessage{Blocks: blocks})
	if err != nil {
		t.Fatal(err)
	}
	var rich goRich
	if err := json.Unmarshal(raw, &rich); err != nil {
		t.Fatal(err)
	}
	text, marks, how := rich.took("", nil)
	want := "Low water\n\nSee @pier and the table\n\nHigh 😀\n\n• one\n☐ two\n\n1. first\n2. second\n\na | b\nc | #d\n\nThe quay\nAnn"
	if diff := cmp.Diff(want, text); diff != "" || how != collector.RichWhole {
		t.Errorf("%s, (-want +got):\n%s", how, diff)
	}
	var conv tl.Converter
	row, _ := conv.Message(&tg.Message{ID: 1, PeerID: &tg.PeerChannel{ChannelID: 5}, Message: text, Entities: goEntities(marks, text)}, nil)
	if diff := cmp.Diff([]string{"https://t.me/mole/5"}, row.Links); diff != "" || len(row.Mentions) != 1 || len(row.Hashtags) != 1 ||
		row.TMeLinks[0].Username != "mole" {
		t.Errorf("links %v, mentions %v, hashtags %v", row.Links, row.Mentions, row.Hashtags)
	}

	deep := `{"Blocks":[` + strings.Repeat(`{"Text":`, 500) + `"x"` + strings.Repeat("}", 500) + `]}`
	if err := json.Unmarshal([]byte(deep), &rich); err != nil {
		t.Fatal(err)
	}
	if _, _, how := rich.took("", nil); how != collector.RichPart {
		t.Errorf("what is not read whole is %q", how)
	}
}
