package tl_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram/message/rich"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
)

// richMessage is a message of blocks, as it comes over the wire.
func richMessage(t testing.TB, r tg.RichMessage) *tg.Message {
	t.Helper()
	m := &tg.Message{ID: 7, PeerID: &tg.PeerChannel{ChannelID: 1000}, Date: 1_700_000_000}
	if r.Blocks == nil {
		r.Blocks = []tg.PageBlockClass{}
	}
	m.SetRichMessage(r)
	var b bin.Buffer
	if err := m.Encode(&b); err != nil {
		t.Fatal(err)
	}
	out, err := tg.DecodeMessage(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out.(*tg.Message)
}

func richRow(t testing.TB, c tl.Converter, blocks ...tg.PageBlockClass) collector.Message {
	t.Helper()
	msg, ok := c.Message(richMessage(t, tg.RichMessage{Blocks: blocks}), nil)
	if !ok {
		t.Fatal("not a message")
	}
	return msg
}

// marked is a text's entities with what they mark: "Type[=URL] text".
func marked(msg collector.Message) []string {
	units := utf16.Encode([]rune(msg.Text))
	out := make([]string, 0, len(msg.Entities))
	for _, e := range msg.Entities {
		name := e.Type
		if e.URL != "" {
			name += "=" + e.URL
		}
		out = append(out, name+" "+string(utf16.Decode(units[e.Offset:e.Offset+e.Length])))
	}
	return out
}

func caption(text string) tg.PageCaption {
	return tg.PageCaption{Text: rich.Plain(text), Credit: &tg.TextEmpty{}}
}

func TestRichText(t *testing.T) {
	plain := rich.Plain
	empty := &tg.TextEmpty{}
	tests := []struct {
		name   string
		blocks []tg.PageBlockClass
		text   string
		marks  []string
	}{
		{"nothing", nil, "", []string{}},
		{"paragraphs and headings",
			[]tg.PageBlockClass{&tg.PageBlockHeading1{Text: plain("🌊 Tides")}, paragraph(plain("High at "), rich.Bold(plain("noon"))),
				&tg.PageBlockDivider{}, &tg.PageBlockFooter{Text: plain("End")}},
			"🌊 Tides\n\nHigh at noon\n\n———\n\nEnd",
			[]string{"PageBlockHeading1 🌊 Tides", "MessageEntityBold noon", "PageBlockDivider ———", "PageBlockFooter End"}},
		{"nested styles, astral letters before them",
			[]tg.PageBlockClass{paragraph(plain("🧑‍🚀 "), rich.Bold(plain("a "), rich.Italic(plain("b🌊")), plain(" c")),
				&tg.TextMarked{Text: plain("d")})},
			"🧑‍🚀 a b🌊 cd",
			[]string{"MessageEntityBold a b🌊 c", "MessageEntityItalic b🌊", "TextMarked d"}},
		{"lists within lists",
			[]tg.PageBlockClass{&tg.PageBlockList{Items: []tg.PageListItemClass{
				&tg.PageListItemText{Text: plain("one")},
				&tg.PageListItemBlocks{Blocks: []tg.PageBlockClass{paragraph(plain("two")),
					&tg.PageBlockOrderedList{Start: 4, Items: []tg.PageListOrderedItemClass{
						&tg.PageListOrderedItemText{Text: plain("deep")},
						&tg.PageListOrderedItemBlocks{Blocks: []tg.PageBlockClass{paragraph(rich.Bold(plain("deeper")))}}}}}},
				&tg.PageListItemText{Checkbox: true, Text: plain("open")},
				&tg.PageListItemText{Checkbox: true, Checked: true, Text: plain("done")},
			}}, paragraph(plain("after"))},
			"• one\n• two\n  4. deep\n  5. deeper\n☐ open\n☑ done\n\nafter",
			[]string{"MessageEntityBold deeper"}},
		{"numbers of all kinds",
			[]tg.PageBlockClass{&tg.PageBlockOrderedList{Reversed: true, Type: "a", Items: []tg.PageListOrderedItemClass{
				&tg.PageListOrderedItemText{Text: plain("x")}, &tg.PageListOrderedItemText{Text: plain("y"), Type: "I"},
				&tg.PageListOrderedItemText{Text: plain("z"), Num: "7."},
				&tg.PageListOrderedItemText{Text: plain("v"), Value: 28}}}},
			"d. x\nIII. y\n7. z\nab. v", []string{}},
		{"quotes",
			[]tg.PageBlockClass{&tg.PageBlockBlockquote{Text: plain("said"), Caption: plain("somebody")},
				&tg.PageBlockPullquote{Text: plain("loud"), Caption: empty},
				&tg.PageBlockBlockquoteBlocks{Blocks: []tg.PageBlockClass{paragraph(plain("p1")), paragraph(plain("p2"))}, Caption: empty}},
			"said\n— somebody\n\nloud\n\np1\np2",
			[]string{"MessageEntityBlockquote said", "PageBlockPullquote loud", "MessageEntityBlockquote p1\np2"}},
		{"a table",
			[]tg.PageBlockClass{&tg.PageBlockTable{Title: plain("Prices"), Rows: []tg.PageTableRow{
				{Cells: []tg.PageTableCell{{Header: true, Text: plain("Fish")}, {Header: true, Text: plain("€")}}},
				{Cells: []tg.PageTableCell{{Text: plain("Cod")}, {Text: rich.Bold(plain("9"))}}}}}},
			"Prices\nFish | €\nCod | 9",
			[]string{"PageBlockTable Prices\nFish | €\nCod | 9", "MessageEntityBold Prices", "MessageEntityBold Fish", "MessageEntityBold €",
				"MessageEntityBold 9"}},
		{"details, math, code",
			[]tg.PageBlockClass{&tg.PageBlockDetails{Title: plain("More"), Blocks: []tg.PageBlockClass{&tg.PageBlockMath{Source: "E=mc^2"}}},
				&tg.PageBlockPreformatted{Text: plain("x := 1"), Language: "go"}},
			"More\n\nE=mc^2\n\nx := 1",
			[]string{"PageBlockDetails More", "PageBlockMath E=mc^2", "MessageEntityPre x := 1"}},
		{"media and their captions",
			[]tg.PageBlockClass{&tg.PageBlockSlideshow{Items: []tg.PageBlockClass{&tg.PageBlockPhoto{PhotoID: 1, Caption: caption("first")},
				&tg.PageBlockVideo{VideoID: 2, Caption: caption("second")}}, Caption: caption("both")},
				&tg.PageBlockCover{Cover: &tg.PageBlockPhoto{PhotoID: 3, Caption: tg.PageCaption{Text: empty, Credit: plain("by me")}}}},
			"first\nsecond\nboth\n\nby me", []string{}},
		{"a button row",
			[]tg.PageBlockClass{&tg.PageBlockButtonRow{Buttons: []tg.PageButton{{Text: plain("Go"),
				Type: &tg.InlineButtonTypeURL{URL: "https://a.example"}}, {Text: plain("Vote"), Type: &tg.InlineButtonTypeCallback{Data: []byte{1}}}}}},
			"Go | Vote", []string{"MessageEntityTextUrl=https://a.example Go", "TextButton Vote"}},
		{"changes",
			[]tg.PageBlockClass{paragraph(&tg.TextDiff{Text: plain("new"), OldText: plain("old")}, plain(" "),
				&tg.TextDiff{Text: plain("in"), OldText: empty}, plain(" "), &tg.TextDiff{Text: empty, OldText: plain("out")})},
			"new in out",
			[]string{"MessageEntityDiffReplace new", "MessageEntityDiffInsert in", "MessageEntityDiffDelete out"}},
		{"marks on nothing leave none",
			[]tg.PageBlockClass{paragraph(rich.Bold(empty), rich.Italic(rich.Bold(plain("")))), paragraph(rich.Bold(plain("x")))},
			"x", []string{"MessageEntityBold x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := richRow(t, personal, tt.blocks...)
			if got.Text != tt.text {
				t.Errorf("text:\ngot  %q\nwant %q", got.Text, tt.text)
			}
			if diff := cmp.Diff(tt.marks, marked(got)); diff != "" {
				t.Errorf("entities (-want +got):\n%s", diff)
			}
			if got.Rich != collector.RichWhole {
				t.Errorf("rich: got %q", got.Rich)
			}
		})
	}
}

// The parts that researchers use: addresses, channels, usernames, tags.
func TestRichLinks(t *testing.T) {
	plain := rich.Plain
	blocks := []tg.PageBlockClass{
		paragraph(&tg.TextURL{Text: plain("here"), URL: "https://t.me/otherquay/12"}, plain(" "),
			&tg.TextAutoURL{Text: plain("https://example.org/ü")},
			plain(" "), &tg.TextMention{Text: plain("@gull_news")}, plain(" "), &tg.TextHashtag{Text: plain("#tide")}, plain(" "),
			&tg.TextURL{Text: plain("top"), URL: "#top"},
			plain(" "), &tg.TextEmail{Text: plain("write"), Email: "a@b.example"}, plain(" "), &tg.TextMentionName{Text: plain("Ada"), UserID: 4242},
			plain(" "),
			&tg.TextURL{Text: plain("Bea"), URL: "tg://user?id=4343"}),
		&tg.PageBlockEmbed{URL: "https://video.example/1", Caption: caption("clip")},
		&tg.PageBlockPhoto{PhotoID: 5, URL: "https://shop.example", Caption: caption("")},
		&tg.PageBlockChannel{Channel: &tg.Channel{ID: 77, Title: "Quay", Username: "quay_card", Photo: &tg.ChatPhotoEmpty{}}},
		&tg.PageBlockRelatedArticles{Title: plain("Read on"), Articles: []tg.PageRelatedArticle{{URL: "https://t.me/s/third/9", Title: "Third"}}},
	}
	got := richRow(t, private, blocks...)
	want := []string{"https://t.me/otherquay/12", "https://example.org/ü", "mailto:a@b.example", "tg://user?id=7000000004343",
		"https://video.example/1", "https://shop.example",
		"https://t.me/quay_card", "https://t.me/s/third/9"}
	if diff := cmp.Diff(want, got.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]collector.TMeLink{{Username: "otherquay", MessageID: 12}, {Username: "quay_card"},
		{Username: "third", MessageID: 9}}, got.TMeLinks); diff != "" {
		t.Errorf("t.me links (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"gull_news"}, {"tide"}}, [][]string{got.Mentions, got.Hashtags}); diff != "" {
		t.Errorf("mentions and hashtags (-want +got):\n%s", diff)
	}
	if strings.Contains(got.Raw, `:4242`) || strings.Contains(got.Raw, "=4343") {
		t.Errorf("a user is still there: %s", got.Raw)
	}
}

func TestRichMedia(t *testing.T) {
	photo := &tg.Photo{ID: 5, Sizes: []tg.PhotoSizeClass{&tg.PhotoSize{Type: "x", W: 800, H: 600, Size: 1234}}}
	document := &tg.Document{ID: 9, MimeType: "video/mp4", Size: 99,
		Attributes: []tg.DocumentAttributeClass{&tg.DocumentAttributeFilename{FileName: "a.mp4"}}}
	m := richMessage(t, tg.RichMessage{Photos: []tg.PhotoClass{photo}, Documents: []tg.DocumentClass{document}, Blocks: []tg.PageBlockClass{
		&tg.PageBlockDocument{DocumentID: 9, Caption: caption("the file")}, &tg.PageBlockPhoto{PhotoID: 5, Caption: caption("")},
		&tg.PageBlockMap{Geo: &tg.GeoPoint{Lat: 60.1, Long: 24.9}, Caption: caption("")}}})
	got, _ := personal.Message(m, nil)
	size, lat, long := int64(99), 60.1, 24.9
	hidden := false
	want := collector.Message{ChannelID: 1000, ID: 7, Kind: "message", Date: got.Date, Text: "the file", EditHidden: &hidden, Rich: "whole",
		MediaType: "MessageMediaDocument", MIMEType: "video/mp4", FileName: "a.mp4", FileSize: &size, DocumentID: 9,
		GeoType: "MessageMediaGeo", Latitude: &lat, Longitude: &long, Raw: got.Raw}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, s := range []string{`"photos":[{"_":"Photo","id":5`, `"documents":[{"_":"Document","id":9`, `"blocks":[{"_":"PageBlockDocument"`} {
		if !strings.Contains(got.Raw, s) {
			t.Errorf("raw lacks %s: %s", s, got.Raw)
		}
	}
}

func TestRichPart(t *testing.T) {
	tests := []struct {
		name string
		rich tg.RichMessage
		want string
	}{
		{"whole", tg.RichMessage{Blocks: []tg.PageBlockClass{paragraph(rich.Plain("x"))}}, "whole"},
		{"cut by the server", tg.RichMessage{Part: true, Blocks: []tg.PageBlockClass{paragraph(rich.Plain("x"))}}, "part"},
		{"a block that the server keeps from this layer", tg.RichMessage{Blocks: []tg.PageBlockClass{&tg.PageBlockUnsupported{}}}, "part"},
	}
	for _, tt := range tests {
		got, _ := personal.Message(richMessage(t, tt.rich), nil)
		if got.Rich != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got.Rich, tt.want)
		}
	}
}

// Text besides blocks is an error of the server: both are preserved.
func TestRichBesideText(t *testing.T) {
	m := richMessage(t, tg.RichMessage{Blocks: []tg.PageBlockClass{paragraph(rich.Bold(rich.Plain("blocks")))}})
	m.Message, m.Entities = "🌊 text", []tg.MessageEntityClass{&tg.MessageEntityItalic{Offset: 3, Length: 4}}
	m.SetFlags()
	got, _ := personal.Message(m, nil)
	if got.Text != "🌊 text\n\nblocks" {
		t.Errorf("text: got %q", got.Text)
	}
	if diff := cmp.Diff([]string{"MessageEntityItalic text", "MessageEntityBold blocks"}, marked(got)); diff != "" {
		t.Errorf("entities (-want +got):\n%s", diff)
	}
}

// Every constructor of texts and blocks in the layer is read: its readable parts are in the
// text.
func TestRichEveryConstructor(t *testing.T) {
	silent := map[string]bool{
		"TextEmpty": true, "PageBlockAnchor": true, "PageBlockUnsupported": true, // without words
		"TextImage": true, "PageBlockDivider": true, // stand for something
	}
	constructors := tg.TypesConstructorMap()
	seen := 0
	for class, wrap := range map[string]func(any) tg.PageBlockClass{
		tg.RichTextClassName:  func(x any) tg.PageBlockClass { return paragraph(x.(tg.RichTextClass)) },
		tg.PageBlockClassName: func(x any) tg.PageBlockClass { return x.(tg.PageBlockClass) },
	} {
		for _, id := range tg.ClassConstructorsMap()[class] {
			object := constructors[id]()
			v := reflect.ValueOf(object).Elem()
			name := v.Type().Name()
			t.Run(name, func(t *testing.T) {
				seen++
				wordsInto(v, 0)
				m := &tg.Message{ID: 1, PeerID: &tg.PeerChannel{ChannelID: 2}}
				m.SetRichMessage(tg.RichMessage{Blocks: []tg.PageBlockClass{wrap(object)}})
				got, _ := personal.Message(m, nil)
				said := strings.Contains(got.Text, "word")
				if said == silent[name] {
					t.Errorf("text: got %q of %+v", got.Text, object)
				}
				if (got.Rich == collector.RichPart) != (name == "PageBlockUnsupported") {
					t.Errorf("rich: got %q", got.Rich)
				}
			})
		}
	}
	if seen < 70 {
		t.Errorf("walked %d constructors only", seen)
	}
}

// wordsInto puts words where an object holds texts: plain strings, texts,
// blocks, captions, items, cells.
func wordsInto(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("word")
	case reflect.Interface:
		switch v.Type() {
		case reflect.TypeFor[tg.RichTextClass]():
			v.Set(reflect.ValueOf(rich.Plain("word")))
		case reflect.TypeFor[tg.PageBlockClass]():
			v.Set(reflect.ValueOf(paragraph(rich.Plain("word"))))
		case reflect.TypeFor[tg.PageListItemClass]():
			v.Set(reflect.ValueOf(&tg.PageListItemText{Text: rich.Plain("word")}))
		case reflect.TypeFor[tg.PageListOrderedItemClass]():
			v.Set(reflect.ValueOf(&tg.PageListOrderedItemText{Text: rich.Plain("word")}))
		case reflect.TypeFor[tg.ChatClass]():
			v.Set(reflect.ValueOf(&tg.Channel{ID: 1, Title: "word"}))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		wordsInto(v.Index(0), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() && depth < 4 {
				wordsInto(f, depth+1)
			}
		}
	}
}

func paragraph(texts ...tg.RichTextClass) tg.PageBlockClass {
	return rich.Paragraph(rich.Concat(texts...))
}
