package handlers_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/gotd/td/telegram/message/rich"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
)

// columns is how many columns messages have.
var columns = reflect.TypeFor[collector.Message]().NumField() + 1 // and the link

// quay is a channel whose messages are of the kinds that came with rich messages, hidden edits
// and paid reactions.
func (s *site) quay(t *testing.T, workspace string) {
	t.Helper()
	at := int(noon.Unix())
	message := func(id int, change func(*tg.Message)) tg.MessageClass {
		m := &tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 1009}, Date: at, Post: true}
		change(m)
		m.SetFlags()
		return m
	}
	article := tg.RichMessage{Photos: []tg.PhotoClass{&tg.PhotoEmpty{ID: 1}, &tg.PhotoEmpty{ID: 2}}, Blocks: []tg.PageBlockClass{
		&tg.PageBlockHeading1{Text: rich.Plain("Prices at the quay")},
		rich.Paragraph(rich.Concat(rich.Plain("As of "), &tg.TextMarked{Text: rich.Plain("Monday")}, rich.Plain(", see "),
			&tg.TextURL{Text: rich.Plain("the list"), URL: "https://t.me/quay_prices/4"})),
		&tg.PageBlockTable{Title: rich.Plain("Fish"),
			Rows: []tg.PageTableRow{{Cells: []tg.PageTableCell{{Text: rich.Plain("Turbot")}, {Text: rich.Plain("31")}}}}},
		&tg.PageBlockBlockquote{Text: rich.Plain("Never cheaper"), Caption: &tg.TextEmpty{}},
		&tg.PageBlockPhoto{PhotoID: 1, Caption: tg.PageCaption{Text: rich.Plain("The quay"), Credit: &tg.TextEmpty{}}},
		&tg.PageBlockFooter{Text: rich.Plain("All prices in euro")},
	}}
	beginning := tg.RichMessage{Part: true, Blocks: []tg.PageBlockClass{rich.Paragraph(rich.Plain("It begins so"))}}
	page := tl.Converter{}.Messages([]tg.MessageClass{
		message(5, func(m *tg.Message) { m.SetRichMessage(article) }),
		message(4, func(m *tg.Message) { m.SetRichMessage(beginning) }),
		message(3, func(m *tg.Message) { m.Message = "seen by many"; m.EditHide = true; m.SetEditDate(at + 60) }),
		message(2, func(m *tg.Message) { m.Message = "corrected"; m.SetEditDate(at + 60) }),
		message(1, func(m *tg.Message) {
			m.Message = "starred"
			m.SetReactions(tg.MessageReactions{Results: []tg.ReactionCount{{Reaction: &tg.ReactionPaid{}, Count: 5000},
				{Reaction: &tg.ReactionEmoji{Emoticon: "👍"}, Count: 3}}})
		}),
	}, nil, nil)
	for i := range page.Messages {
		m := &page.Messages[i]
		m.Source, m.FirstSeenAt, m.LastSeenAt = "telegram", noon, noon
	}
	d, err := s.dataset(t.TempDir(), workspace)
	if err != nil {
		t.Fatal(err)
	}
	w := d.Writer(2)
	if err := w.PutChannel(t.Context(),
		collector.Channel{ID: 1009, Title: "Quay", Kind: collector.Broadcast, Source: "telegram", FirstSeenAt: noon, LastSeenAt: noon,
			Raw: "{}"}); err != nil {
		t.Fatal(err)
	}
	if err := w.PutPart(t.Context(),
		collector.Part{ChannelID: 1009, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: 1, Hi: 5},
			Messages: page.Messages}); err != nil {
		t.Fatal(err)
	}
}

// TestRichMessagesTab: a rich message is shown as formatted text, and can be searched for.
func TestRichMessagesTab(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w, _ := onlyCollection(s)
	s.quay(t, w)
	b.get("/tabs/messages?channel=1009").shows(t, 200, `<span class="heading">Prices at the quay</span>`, `<span class="marked">Monday</span>`,
		`<a href="https://t.me/quay_prices/4"`,
		`<span class="bold">Fish</span>`, "Turbot | 31", `<span class="quote">Never cheaper</span>`,
		`<span class="aside">All prices in euro</span>`, "<bdi>Photo</bdi> · <bdi>2 pictures in all</bdi>",
		"It begins so", "Only part of this message is here")
	b.get("/tabs/messages?channel=1009&q=turbot").shows(t, 200, `<span class="found">Turbot</span>`, "1–1 of 1")
}

// TestEditedAsPeopleSawIt: an edit that Telegram hides is not shown as an edit.
func TestEditedAsPeopleSawIt(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w, _ := onlyCollection(s)
	s.quay(t, w)
	edited := `<span title="edited ` + noon.Add(time.Minute).Format("2006-01-02 15:04")
	b.get("/tabs/messages?channel=1009&q=corrected").shows(t, 200, "1–1 of 1", edited)
	b.get("/tabs/messages?channel=1009&q=seen").lacks(t, edited)
	b.get("/tabs/messages?channel=1009&q=starred").shows(t, 200, "★ 5\u202f000 stars", "👍 3")
}
