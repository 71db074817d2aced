package telegram_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/telegramtest"
)

// harbor is a small channel with features since 2025: paid reactions, hidden edits, checklists,
// giveaways, links of all forms.
func harbor(t *testing.T) *world.World {
	t.Helper()
	w, err := world.Load(collectortest.Fixtures(t, "found", "worlds", "x_harborlights.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Stars do not count as reactions, hidden edits are marked, links are unchanged.
func TestHarborLights(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, harbor(t))
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	store := collectortest.NewStore()
	if p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "@harborlights"); err != nil || p[0].State != collector.Done ||
		p[0].Messages+p[0].Service != 19 {
		t.Fatalf("collected %+v, %v", p, err)
	}
	rows := store.Rows(1500000001)
	starred := rows[5]
	if starred.ReactionsTotal == nil || *starred.ReactionsTotal != 3 || starred.Stars == nil || *starred.Stars != 5000 {
		t.Errorf("reactions: %v and %v stars, want 3 and 5000", starred.ReactionsTotal, starred.Stars)
	}
	if diff := cmp.Diff([]collector.Reaction{{Emoji: "👍", Count: 3}}, starred.Reactions); diff != "" {
		t.Errorf("reactions (-want +got):\n%s", diff)
	}
	for id, hidden := range map[int64]bool{2: false, 3: false, 4: true} {
		m := rows[id]
		if m.EditHidden == nil || *m.EditHidden != hidden || (m.Edited() != nil) != (id == 3) {
			t.Errorf("message %d: edit_hidden %v, edited %v", id, m.EditHidden, m.Edited())
		}
	}
	links := rows[10]
	if len(links.Links) != 32 || links.Links[0] != "https://t.me/c/1500000099/45" || links.Links[31] != "https://t.me/otherquay/14-16" {
		t.Errorf("%d links: %v", len(links.Links), links.Links)
	}
}

// A changed reaction or button sets an edit date but adds no earlier wording; an edit does.
func TestHiddenEditsMakeNoVersions(t *testing.T) {
	t.Parallel()
	w := harbor(t)
	s := telegramtest.Start(t, w)
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	look := func() {
		t.Helper()
		p, err := loop.Collect(t.Context(), loop.Run{ID: "run", Source: conn.Source(nil), Store: d.Writer(1), MaxInFlight: 1,
			Request: collector.Request{Channels: []string{"@harborlights"}, AgainDays: 36500}})
		if err != nil || p[0].State != collector.Done {
			t.Fatalf("collected %+v, %v", p, err)
		}
	}
	ch, _ := w.Channel(1500000001)
	change := func(id int, do func(*tg.Message)) {
		t.Helper()
		m, err := ch.Log.Message(ch.Log.Search(id))
		if err != nil {
			t.Fatal(err)
		}
		do(m.(*tg.Message))
		if err := ch.Log.Edit(m); err != nil {
			t.Fatal(err)
		}
	}
	hidden := func(m *tg.Message, at int) { m.EditHide = true; m.SetEditDate(at); m.SetFlags() }
	look()
	for round := range 3 {
		at := 1_712_000_000 + round*1000
		for _, id := range []int{2, 3, 4, 5} {
			change(id, func(m *tg.Message) {
				m.SetReactions(tg.MessageReactions{Results: []tg.ReactionCount{{Reaction: &tg.ReactionEmoji{Emoticon: "🔥"}, Count: round + 1},
					{Reaction: &tg.ReactionPaid{}, Count: 100 * round}}})
				hidden(m, at)
			})
		}
		change(9, func(m *tg.Message) { m.SetViews(1000 + round); m.SetForwards(round) })
		change(12, func(m *tg.Message) { // a button with a changed text
			m.ReplyMarkup = &tg.ReplyInlineMarkup{Rows: []tg.KeyboardInlineButtonRow{{
				Buttons: []tg.KeyboardInlineButton{{
					Text: string(rune('A' + round)), Type: &tg.InlineButtonTypeURL{URL: "https://a.example"},
				}},
			}}}
			hidden(m, at)
		})
		look()
	}
	change(13, func(m *tg.Message) { m.Message = "Restricted two"; m.SetEditDate(1_713_000_000); m.SetFlags() })
	look()
	for id, want := range map[int64]int{2: 0, 3: 0, 4: 0, 5: 0, 9: 0, 12: 0, 13: 1} {
		versions, err := d.Versions(t.Context(), 1500000001, id)
		if err != nil {
			t.Fatal(err)
		}
		if len(versions) != want {
			t.Errorf("message %d has %d earlier wordings, want %d", id, len(versions), want)
		}
	}
}
