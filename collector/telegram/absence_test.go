package telegram_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/telegramtest"
)

// collectAll collects a channel of a server into a store.
func collectAll(t *testing.T, s *sandboxtest.Server, store collector.Store, r collector.Request, inFlight int) collector.Progress {
	t.Helper()
	src := telegramtest.Source(t, s)
	got, err := loop.Collect(t.Context(), loop.Run{ID: "run", Source: src, Store: store, Request: r, MaxInFlight: inFlight})
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// TestEmptyAnswersLoseNothing: four empty answers in 5,000 messages once lost 1,400 of them,
// which were stored as absent.
func TestEmptyAnswersLoseNothing(t *testing.T) {
	t.Parallel()
	w := sandboxtest.Bulk("bulk", 5000, 50)
	s := telegramtest.Start(t, w)
	var mu sync.Mutex
	asked := 0
	s.Hooks().SetTrouble(sandboxtest.Trouble{EmptyIf: func(int64, int) bool {
		mu.Lock()
		defer mu.Unlock()
		asked++
		return asked == 3 || asked == 14 || asked == 25 || asked == 37
	}})
	store := collectortest.NewStore()
	p := collectAll(t, s, store, collector.Request{Channels: []string{"bulk"}}, 4)
	if p.State != collector.Done || p.Messages+p.Service != 5000 || p.Short() != 0 || p.Accounted() != p.Span() {
		t.Errorf("%+v; want 5000 messages", p)
	}
	if p.Unproven != 0 || store.Doubled() != 0 {
		t.Errorf("%d unproven, %d doubled", p.Unproven, store.Doubled())
	}
}

// TestAnswersThatStayEmpty: if answers stay empty although there are messages, the channel ends
// early with an error, and no id counts as absent.
func TestAnswersThatStayEmpty(t *testing.T) {
	t.Parallel()
	w := sandboxtest.Bulk("bulk", 6000, 50)
	s := telegramtest.Start(t, w)
	top := w.Public()[0].Log.Top()
	s.Hooks().SetTrouble(sandboxtest.Trouble{EmptyIf: func(_ int64, offset int) bool { return offset > 1 && offset < top/2 }})
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	src, store := conn.Source(nil), collectortest.NewStore()
	got, err := loop.Collect(t.Context(),
		loop.Run{ID: "run", Source: src, Store: store, Request: collector.Request{Channels: []string{"bulk"}}, MaxInFlight: 4})
	if err != nil {
		t.Fatal(err)
	}
	p := got[0]
	if p.State != collector.Partial || p.Error != collector.Internal || p.Detail != "empty" {
		t.Errorf("ended with %+v; want a channel that ends early", p)
	}
	absent, _ := store.Absent(t.Context(), p.ChannelID, collector.Range{Lo: 1, Hi: int64(top)})
	log := w.Public()[0].Log
	for i := range log.Len() {
		if id := int64(log.ID(i)); absent.Contain(id) {
			t.Fatalf("message %d exists and counts as absent", id)
		}
	}
}

// TestBeginnings: the ids below a channel's first message are proven one by one if they are
// few, and by the channel's oldest messages if they are many.
func TestBeginnings(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ids      []int
		requests int // at most
	}{
		"the first ids are gone":         {ids: []int{5, 6, 7, 250, 251}, requests: 6},
		"the first hundreds are gone":    {ids: []int{900, 901, 1900}, requests: 20},
		"half a million of them is gone": {ids: []int{500_000, 500_001, 500_900}, requests: 16},
		"one message":                    {ids: []int{77}, requests: 6},
	} {
		t.Run(name, func(t *testing.T) {
			w := world.New()
			ch := &world.Channel{TL: tg.Channel{ID: 5010, Title: "Late", Username: "late_pier", Broadcast: true}, Log: new(world.Log)}
			for _, id := range tt.ids {
				if err := ch.Log.Append(&tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 5010}, Date: 1_700_000_000 + id, Message: "late",
					Post: true}); err != nil {
					t.Fatal(err)
				}
			}
			w.AddChannel(ch)
			s := telegramtest.Start(t, w)
			store := collectortest.NewStore()
			p := collectAll(t, s, store, collector.Request{Channels: []string{"late_pier"}}, 1)
			if p.State != collector.Done || p.Messages != int64(len(tt.ids)) || p.Accounted() != p.Span() || p.Lo != 1 {
				t.Errorf("%+v", p)
			}
			n := s.Hooks().Requests("messages.getHistory") + s.Hooks().Requests("channels.getMessages")
			if n > tt.requests {
				t.Errorf("%d requests, want %d at most", n, tt.requests)
			}
		})
	}
}

// TestUnreadableInCollection: one unreadable message in a channel costs only itself, for any
// reason, and is in the receipt.
func TestUnreadableInCollection(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]sandboxtest.Unreadable{"media": sandboxtest.UnknownMedia, "class": sandboxtest.UnknownClass,
		"refused": sandboxtest.Refused} {
		t.Run(name, func(t *testing.T) {
			w := sandboxtest.Bulk("bulk", 3000, 50)
			s := telegramtest.Start(t, w)
			log := w.Public()[0].Log
			bad := []int64{int64(log.ID(2999)), int64(log.ID(1500)), int64(log.ID(1499)), int64(log.ID(0))}
			s.Hooks().SetTrouble(sandboxtest.Trouble{Unreadable: some(how, bad...)})
			store := collectortest.NewStore()
			p := collectAll(t, s, store, collector.Request{Channels: []string{"bulk"}}, 4)
			if p.State != collector.Done || p.Unreadable != int64(len(bad)) || p.Messages+p.Service != 3000-p.Unreadable || p.Short() != 0 {
				t.Errorf("%+v", p)
			}
			var kinds []string
			for _, id := range bad {
				kinds = append(kinds, store.Rows(p.ChannelID)[id].Kind)
			}
			want := make([]string, len(bad))
			for i := range want {
				want[i] = collector.KindUnreadable
			}
			if diff := cmp.Diff(want, kinds); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
			r, _ := store.Receipt("run", "bulk")
			if r.Unreadable != int64(len(bad)) || r.State != string(collector.Done) {
				t.Errorf("receipt %+v", r)
			}
		})
	}
}

// TestUnknownRefusalEndsTheChannelOnly: an unknown refusal of a whole channel ends only that
// channel, and is named.
func TestUnknownRefusalEndsTheChannelOnly(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	telegramtest.Truth(t, w, 5020, "odd_pier", 300)
	s := telegramtest.Start(t, w)
	s.Hooks().SetTrouble(sandboxtest.Trouble{Unreadable: func(channel int64, _ int) sandboxtest.Unreadable {
		if channel == 5020 {
			return sandboxtest.Refused
		}
		return sandboxtest.Readable
	}})
	src, store := telegramtest.Source(t, s), collectortest.NewStore()
	got, err := loop.Collect(t.Context(), loop.Run{ID: "run", Source: src, Store: store,
		Request: collector.Request{Channels: []string{"odd_pier", "pier_news"}}, MaxInFlight: 4})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].State != collector.Failed || got[0].Error != collector.Refused || got[0].Detail != "MESSAGE_TOO_NEW" ||
		got[1].State != collector.Done {
		t.Errorf("%+v", got)
	}
	if n := s.Hooks().Requests("channels.getMessages"); n > 5 {
		t.Errorf("a channel that is refused whole took %d requests by id", n)
	}
}

// TestUnreadableBeginning: if the first thousands of ids are gone, an unreadable oldest message
// does not prevent the channel from being complete.
func TestUnreadableBeginning(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]sandboxtest.Unreadable{"media": sandboxtest.UnknownMedia, "class": sandboxtest.UnknownClass} {
		for _, bad := range []int64{500_000, 500_001, 500_900} {
			t.Run(fmt.Sprint(name, " ", bad), func(t *testing.T) {
				w := world.New()
				ch := &world.Channel{TL: tg.Channel{ID: 5010, Title: "Late", Username: "late_pier", Broadcast: true}, Log: new(world.Log)}
				for _, id := range []int{500_000, 500_001, 500_900} {
					if err := ch.Log.Append(&tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 5010}, Date: 1_700_000_000 + id, Message: "late",
						Post: true}); err != nil {
						t.Fatal(err)
					}
				}
				w.AddChannel(ch)
				s := telegramtest.Start(t, w)
				s.Hooks().SetTrouble(sandboxtest.Trouble{Unreadable: some(how, bad)})
				store := collectortest.NewStore()
				p := collectAll(t, s, store, collector.Request{Channels: []string{"late_pier"}}, 1)
				if p.State != collector.Done || p.Messages != 2 || p.Unreadable != 1 || p.Accounted() != p.Span() || p.Lo != 1 {
					t.Errorf("%+v", p)
				}
				// an unknown id is found by halving, with three requests per half
				if n := s.Hooks().Requests("messages.getHistory") + s.Hooks().Requests("channels.getMessages"); n > 180 {
					t.Errorf("%d requests", n)
				}
			})
		}
	}
}

// TestIDsRefusedWhole: if all requests for single ids are refused, no id becomes an unreadable
// message.
func TestIDsRefusedWhole(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	src := telegramtest.Source(t, s)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"})
	if err != nil {
		t.Fatal(err)
	}
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "channels.getMessages" {
			return 400, "SOMETHING_QUITE_NEW"
		}
		return 0, ""
	})
	for _, ids := range [][]int64{{1}, {1, 2, 3, 4, 5, 6, 7, 8}} {
		before := s.Hooks().Requests("channels.getMessages")
		page, err := src.ByID(t.Context(), ch, ids)
		if collector.KindOf(err) != collector.Refused || len(page.Messages) > 0 {
			t.Errorf("%d ids: %d messages, %v; want it refused", len(ids), len(page.Messages), err)
		}
		if n := s.Hooks().Requests("channels.getMessages") - before; n > 2 {
			t.Errorf("%d ids took %d requests", len(ids), n)
		}
	}
}

// TestSparseFixture: 100 messages over three million ids take at most 40 requests in every
// mode.
func TestSparseFixture(t *testing.T) {
	t.Parallel()
	w, err := world.Load(collectortest.Fixtures(t, "found", "worlds", "x_sparsequay.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for _, inFlight := range []int{1, 8} {
		for name, r := range map[string]collector.Request{"all": {}, "last": {Last: 1000}, "last few": {Last: 60}, "comments": {Comments: true}} {
			t.Run(fmt.Sprint(name, " ", inFlight), func(t *testing.T) {
				s := telegramtest.Start(t, w)
				s.Hooks().SetLatency(2 * time.Millisecond)
				r.Channels = []string{"sparsequay"}
				p := collectAll(t, s, collectortest.NewStore(), r, inFlight)
				want := int64(100)
				if r.Last > 0 {
					want = min(want, r.Last)
				}
				n := s.Hooks().Requests("messages.getHistory") + s.Hooks().Requests("channels.getMessages")
				if p.State != collector.Done || p.Messages != want || n > 40 {
					t.Errorf("%d requests, %+v; want %d messages in 40 requests", n, p, want)
				}
			})
		}
	}
}
