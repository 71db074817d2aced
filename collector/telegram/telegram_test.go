package telegram_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/telegramtest"
)

func TestSourceConformance(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	far := leaps(t, w)
	newest, oldest, middle := rows[len(rows)-1].ID, rows[0].ID, rows[450].ID
	for name, tt := range map[string]struct {
		pages    sandboxtest.Pages
		drop     sandboxtest.Drop
		trouble  sandboxtest.Trouble
		unread   []int64 // messages that cannot be read
		username string
		rows     []collector.Message
	}{
		"kind":          {},
		"short pages":   {pages: sandboxtest.Pages{Max: 37, Shorter: 0.5, Seed: 3}},
		"pages of 99":   {pages: sandboxtest.Pages{Max: 99}},
		"drops":         {drop: sandboxtest.Drop{Every: 40, After: true}},
		"empty answers": {trouble: sandboxtest.Trouble{Empty: 0.2, Left: 0.01, Seed: 5}},
		"empty, short and drops": {trouble: sandboxtest.Trouble{Empty: 0.1, Seed: 6}, pages: sandboxtest.Pages{Shorter: 0.5, Seed: 4},
			drop: sandboxtest.Drop{Every: 50}},
		"doubled, out of order": {trouble: sandboxtest.Trouble{Disorder: true, Strange: 0.3, Seed: 7}},
		"unreadable here and there": {
			unread: []int64{newest, rows[899-99].ID, rows[899-100].ID, middle, rows[451].ID, oldest},
			trouble: sandboxtest.Trouble{Unreadable: some(sandboxtest.UnknownMedia, newest, rows[899-99].ID, rows[899-100].ID, middle, rows[451].ID,
				oldest)},
		},
		"unknown classes": {
			unread:  []int64{newest, rows[898].ID, middle, rows[451].ID, rows[200].ID},
			trouble: sandboxtest.Trouble{Unreadable: some(sandboxtest.UnknownClass, newest, rows[898].ID, middle, rows[451].ID, rows[200].ID)},
		},
		"refused messages": {
			unread:  []int64{middle, rows[30].ID},
			trouble: sandboxtest.Trouble{Unreadable: some(sandboxtest.Refused, middle, rows[30].ID)},
		},
		"unreadable and empty": {
			unread:  []int64{middle, rows[30].ID},
			trouble: sandboxtest.Trouble{Empty: 0.1, Seed: 8, Unreadable: some(sandboxtest.UnknownClass, middle, rows[30].ID)},
		},
		"leaps of a million ids":            {username: "far_pier", rows: far},
		"leaps of a million, empty answers": {username: "far_pier", rows: far, trouble: sandboxtest.Trouble{Empty: 0.2, Seed: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			s := telegramtest.Start(t, w)
			s.Hooks().SetPages(tt.pages)
			s.Hooks().SetDrop(tt.drop)
			s.Hooks().SetTrouble(tt.trouble)
			m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
			src := telegramtest.Dial(t, telegramtest.Options(s, m)).Source(nil)
			want := slices.Clone(rows)
			if tt.rows != nil {
				want = slices.Clone(tt.rows)
			}
			for i := range want {
				if slices.Contains(tt.unread, want[i].ID) {
					want[i].Kind, want[i].Text = collector.KindUnreadable, ""
				}
			}
			collectortest.TestSource(t, src, collectortest.Truth{
				Username: cmp.Or(tt.username, "pier_news"), Rows: want, Empty: "void_pier",
				Wrong: map[string]collector.Kind{
					"@nobody_here": collector.NotFound, "@closed_pier": collector.Private, "@mara_pier": collector.NotAChannel,
					"@pier_bot": collector.NotAChannel, "9999999": collector.NotFound, "t.me/+abc": collector.Private,
				},
			})
		})
	}
}

// some makes messages unreadable.
func some(how sandboxtest.Unreadable, ids ...int64) func(int64, int) sandboxtest.Unreadable {
	return func(_ int64, id int) sandboxtest.Unreadable {
		if slices.Contains(ids, int64(id)) {
			return how
		}
		return sandboxtest.Readable
	}
}

// leaps adds a channel whose ids are in clumps, a million apart.
func leaps(t *testing.T, w *world.World) []collector.Message {
	t.Helper()
	ch := &world.Channel{TL: tg.Channel{ID: 5006, Title: "Far", Username: "far_pier", Broadcast: true}, Log: new(world.Log)}
	var rows []collector.Message
	for i := range 300 {
		id := 5000 + i/100*1_000_000 + i
		date := time.Date(2024, 5, 1, i, 0, 0, 0, time.UTC)
		text := fmt.Sprint("message ", id)
		if err := ch.Log.Append(&tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 5006}, Date: int(date.Unix()), Message: text,
			Post: true}); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, collector.Message{ChannelID: 5006, ID: int64(id), Kind: collector.KindMessage, Date: date, Text: text})
	}
	w.AddChannel(ch)
	return rows
}

func TestNotAChannelSaysWhat(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	src := telegramtest.Source(t, s)
	for name, want := range map[string]string{"mara_pier": "person", "pier_bot": "bot"} {
		_, err := src.Channel(t.Context(), collector.Reference{Username: name})
		if got := collector.AsError(err).Detail; got != want {
			t.Errorf("@%s: detail %q, want %q", name, got, want)
		}
	}
}

func TestChannelsAreResolvedOnce(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	for range 3 {
		c := telegramtest.Dial(t, telegramtest.Options(s, m))
		if _, err := c.Source(nil).Channel(t.Context(), collector.Reference{Username: "Pier_News"}); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	if got := s.Hooks().Requests("contacts.resolveUsername"); got != 1 {
		t.Errorf("resolved %d times, want once", got)
	}
}

// A username that moved to another channel must not lead to the old one.
func TestMovedNameIsResolvedAgain(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	src := telegramtest.Source(t, s)
	ref := collector.Reference{Username: "pier_news"}
	if _, err := src.Channel(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	old, _ := w.Channel(5001)
	renamed := *old
	renamed.TL.Username = "old_pier_news"
	w.AddChannel(&renamed)
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 6001, Title: "New owner", Username: "pier_news", Broadcast: true}})
	got, err := src.Channel(t.Context(), ref)
	if err != nil || got.ID != 6001 {
		t.Errorf("Channel(%s) = %d %q, %v; want the new owner of the name, 6001", ref, got.ID, got.Title, err)
	}
}

// The real messages pass the server and the client and come out with their known counts.
func TestRealMessages(t *testing.T) {
	t.Parallel()
	w, err := world.Load(collectortest.Fixtures(t, "telethon"))
	if err != nil {
		t.Fatal(err)
	}
	s := telegramtest.Start(t, w)
	src := telegramtest.Source(t, s)
	store := collectortest.NewStore()
	progress, err := loop.Collect(t.Context(), loop.Run{Source: src, Store: store, MaxInFlight: 4,
		Request: collector.Request{Channels: []string{"@telegram", "@telegramtips", "@username", "@proxyme"}, Personal: true}})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ messages, service, hi, views, forwards int64 }{
		{247, 4, 278, 1029890419, 1116453}, {295, 1, 421, 3637521273, 2677726}, {10, 1, 13, 75930561, 75419}, {5, 1, 109, 2048023, 8186},
	}
	for i, p := range progress {
		var views, forwards int64
		for _, m := range store.Rows(p.ChannelID) {
			if m.Views != nil {
				views += *m.Views
			}
			if m.Forwards != nil {
				forwards += *m.Forwards
			}
		}
		w := want[i]
		if p.State != collector.Done || p.Messages != w.messages || p.Service != w.service || p.Hi != w.hi || views != w.views ||
			forwards != w.forwards {
			t.Errorf("%s: %+v with %d views and %d forwards; want %+v", p.Reference, p, views, forwards, w)
		}
	}
}
