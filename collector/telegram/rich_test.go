package telegram_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gotd/td/telegram/message/rich"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/telegramtest"
)

// essays is a channel of rich messages, with the given numbers of paragraphs.
func essays(t *testing.T, paragraphs ...int) *world.World {
	t.Helper()
	l := new(world.Log)
	for i, n := range paragraphs {
		var blocks []tg.PageBlockClass
		for at := range n {
			blocks = append(blocks, rich.Paragraph(rich.Bold(rich.Plain(fmt.Sprintf("paragraph %d", at+1)))))
		}
		m := &tg.Message{ID: i + 1, PeerID: &tg.PeerChannel{ChannelID: 5201}, Date: 1_780_000_000 + i, Post: true}
		m.SetRichMessage(tg.RichMessage{Blocks: blocks})
		if err := l.Append(m); err != nil {
			t.Fatal(err)
		}
	}
	w := world.New()
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 5201, Title: "Essays", Username: "essay_pier", Broadcast: true}, Log: l})
	return w
}

// Long rich messages are sent in part: each whole costs one request.
func TestRichMessages(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, essays(t, 1, 20, 21, 57))
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	store := collectortest.NewStore()
	if p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "@essay_pier"); err != nil || p[0].State != collector.Done ||
		p[0].Messages != 4 {
		t.Fatalf("collected %+v, %v", p, err)
	}
	for id, n := range map[int64]int{1: 1, 2: 20, 3: 21, 4: 57} {
		m := store.Rows(5201)[id]
		if got := strings.Count(m.Text, "paragraph"); got != n || m.Rich != collector.RichWhole || len(m.Entities) != n {
			t.Errorf("message %d: %d paragraphs with %d entities, %q; want %d, whole", id, got, len(m.Entities), m.Rich, n)
		}
		if strings.Contains(m.Raw, `"part":true`) || strings.Count(m.Raw, `"PageBlockParagraph"`) != n {
			t.Errorf("message %d: raw is not whole: %s", id, m.Raw)
		}
	}
	if got := s.Hooks().Requests("messages.getRichMessage"); got != 2 {
		t.Errorf("%d requests for whole messages, want 2", got)
	}
}

// If the whole is refused, the part is stored and marked; nothing else is lost.
func TestRichMessageRefused(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{"MESSAGE_ID_INVALID", "METHOD_INVALID", "RICH_MESSAGE_UNHEARD_OF"} {
		t.Run(refusal, func(t *testing.T) {
			s := telegramtest.Start(t, essays(t, 3, 30, 4))
			s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
				if method == "messages.getRichMessage" {
					return 400, refusal
				}
				return 0, ""
			})
			conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
			store := collectortest.NewStore()
			if p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "@essay_pier"); err != nil || p[0].State != collector.Done ||
				p[0].Messages != 3 {
				t.Fatalf("collected %+v, %v", p, err)
			}
			m := store.Rows(5201)[2]
			if m.Rich != collector.RichPart || !strings.HasSuffix(m.Text, "paragraph 20") || !strings.Contains(m.Raw, `"part":true`) {
				t.Errorf("got %q, %q", m.Rich, m.Text)
			}
			if m := store.Rows(5201)[3]; m.Rich != collector.RichWhole {
				t.Errorf("the message after it: %q", m.Rich)
			}
		})
	}
}
