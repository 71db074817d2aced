package telegram_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/telegram/telegramtest"
)

const (
	resolve = "contacts.resolveUsername"
	history = "messages.getHistory"
)

// For ten minutes a new account requests history as fast as its pace allows, from a server that
// allows 30 requests in 30 seconds: it meets no wait, and uses 90 % of what is allowed.
func TestStrangerOverTheSandbox(t *testing.T) {
	t.Parallel()
	for _, callers := range []int{1, 8} {
		w, _ := telegramtest.Pier(t)
		s := telegramtest.Start(t, w)
		c, clock := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), func(o *client.Options) { o.Pace = true })
		s.Hooks().SetFloodClock(clock.Now)
		s.Hooks().SetFlood(sandboxtest.Buckets(clock.Now, map[string]sandboxtest.Bucket{"": sandboxtest.HistoryBucket}))
		src := c.Source(nil)
		ch, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"})
		if err != nil {
			t.Fatal(err)
		}
		begin := clock.Now()
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for clock.Now().Sub(begin) < 10*time.Minute {
					if _, err := src.Bounds(t.Context(), ch, time.Time{}, time.Time{}); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		gives := 30 + int(clock.Now().Sub(begin)/time.Second)
		got := s.Hooks().Requests(history)
		if floods := s.Hooks().Floods(history); floods != 0 || src.Usage().Waits != 0 {
			t.Errorf("%d callers: %d waits were met", callers, floods)
		}
		if share := float64(got) / float64(gives); share < .9 {
			t.Errorf("%d callers: %d of %d requests: %.1f %%, want 90 %%", callers, got, gives, 100*share)
		}
		t.Logf("%d callers: %d of %d requests", callers, got, gives)
	}
}

// A flood wait of look-ups for 15 hours delays only names that must be looked up; when it ends,
// they are collected, without an early request.
func TestLookUpFloodOverTheSandbox(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	telegramtest.Truth(t, w, 5021, "first_pier", 40)
	telegramtest.Truth(t, w, 5022, "second_pier", 40)
	s := telegramtest.Start(t, w)
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	c, clock := telegramtest.Connect(t, s, m, nil)
	if _, err := c.Source(nil).Channel(t.Context(), collector.Reference{Username: "pier_news"}); err != nil {
		t.Fatal(err)
	}
	limit := sandboxtest.LookUpBucket
	limit.Burst = 1
	s.Hooks().SetFloodClock(clock.Now)
	s.Hooks().SetFlood(sandboxtest.Buckets(clock.Now, map[string]sandboxtest.Bucket{resolve: limit}))
	store, begin := collectortest.NewStore(), clock.Now()
	run := loop.Run{
		ID: "c", Source: c.Source(nil), Store: store, MaxInFlight: 4, Now: clock.Now,
		Request: collector.Request{Channels: []string{"first_pier", "second_pier", "pier_news"}},
	}
	got, err := loop.Collect(t.Context(), run)
	e := collector.AsError(err)
	if e == nil || e.Kind != collector.LookUps || e.RetryAt.Sub(begin) < 15*time.Hour || clock.Now().Sub(begin) > time.Hour {
		t.Fatalf("after %v: %v, retry at %v; want that look-ups wait for 15 hours", clock.Now().Sub(begin), err, e.RetryAt)
	}
	if got[0].State != collector.Done || got[1].State != collector.Waiting || got[1].Detail != gate.LookUpsFlood ||
		got[2].State != collector.Done {
		t.Errorf("states %s, %s (%s), %s", got[0].State, got[1].State, got[1].Detail, got[2].State)
	}
	telegramtest.Complete(t, store, rows)
	if n := s.Hooks().Requests(resolve); n != 3 {
		t.Errorf("%d look-ups, want 3: one before, one let through, one refused", n)
	}
	clock.After(e.RetryAt.Sub(clock.Now()))
	run.Progress = got
	got, err = loop.Collect(t.Context(), run)
	if err != nil || got[1].State != collector.Done || got[1].Messages+got[1].Service != 40 {
		t.Errorf("15 hours later %v, %+v", err, got[1])
	}
	if n := s.Hooks().Floods(resolve); n != 1 {
		t.Errorf("%d look-ups were refused, want 1", n)
	}
}

// The daily budget also applies in the sandbox: known names use none of it.
func TestLookUpBudgetOverTheSandbox(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	telegramtest.Truth(t, w, 5021, "first_pier", 10)
	telegramtest.Truth(t, w, 5022, "second_pier", 10)
	s := telegramtest.Start(t, w)
	c, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), func(o *client.Options) { o.LookUpsADay = 2 })
	for range 2 {
		got, err := telegramtest.Collect(t.Context(), c.Source(nil), collectortest.NewStore(),
			"first_pier", "nobody_pier", "second_pier", "FIRST_pier")
		if collector.KindOf(err) != collector.LookUps {
			t.Fatalf("Collect: %v, want that look-ups wait", err)
		}
		if got[0].State != collector.Done || got[2].State != collector.Waiting || got[2].Detail != gate.LookUpsBudget || got[3].SameAs == "" {
			t.Errorf("got %+v", got)
		}
	}
	if n := s.Hooks().Requests(resolve); n != 2 {
		t.Errorf("%d look-ups, want 2", n)
	}
}

// A name that belongs to no channel is looked up once if it is asked for twice shortly after
// each other: for the form, and by the collection.
func TestNobodysNameIsLookedUpOnce(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	w.AddUser(&tg.User{ID: 79, FirstName: "Pia", Username: "pia_of_pier"})
	s := telegramtest.Start(t, w)
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	c, clock := telegramtest.Connect(t, s, m, nil)
	for name, tt := range map[string]struct {
		kind   collector.Kind
		detail string
	}{
		"nobody_pier": {collector.NotFound, ""},
		"pia_of_pier": {collector.NotAChannel, "person"},
	} {
		ask := func() int {
			before := s.Hooks().Requests(resolve)
			_, err := c.Source(nil).Channel(t.Context(), collector.Reference{Username: name})
			if e := collector.AsError(err); e == nil || e.Kind != tt.kind || e.Detail != tt.detail {
				t.Errorf("%s: %v; want %q (%q)", name, err, tt.kind, tt.detail)
			}
			return s.Hooks().Requests(resolve) - before
		}
		if first, second := ask(), ask(); first != 1 || second != 0 {
			t.Errorf("%s: %d look-ups, and then %d; want 1 and 0", name, first, second)
		}
		clock.After(time.Hour)
		if n := ask(); n != 1 {
			t.Errorf("%s: %d look-ups an hour later, want 1", name, n)
		}
	}
	if err := s.Rename(5001, "nobody_pier", "Pier"); err != nil {
		t.Fatal(err)
	}
	clock.After(time.Hour)
	if ch, err := c.Source(nil).Channel(t.Context(), collector.Reference{Username: "nobody_pier"}); err != nil || ch.ID != 5001 {
		t.Errorf("a name that was taken since: %d, %v", ch.ID, err)
	}
}

// forwarded is a channel with one message, forwarded from another.
func forwarded(t *testing.T, w *world.World, id int64, username string, from int64) *world.Channel {
	t.Helper()
	ch := &world.Channel{TL: tg.Channel{ID: id, Title: username, Username: username, Broadcast: true}, Log: new(world.Log)}
	m := &tg.Message{ID: 3, PeerID: &tg.PeerChannel{ChannelID: id}, Date: 1_714_521_600, Message: "passed on", Post: true}
	m.SetFwdFrom(tg.MessageFwdHeader{FromID: &tg.PeerChannel{ChannelID: from}, ChannelPost: 1, Date: 1_714_521_600})
	if err := ch.Log.Append(m); err != nil {
		t.Fatal(err)
	}
	w.AddChannel(ch)
	return ch
}

// A channel named in a forward is opened through the message that names it, by username and by
// number, without a look-up. If the message is gone, it is looked up.
func TestForwardsOpenChannels(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reference string
		gone      bool // the message is deleted before the channel is requested
		lookUps   int
		kind      collector.Kind
	}{
		"by name":                {"@pier_news", false, 1, ""},
		"by number":              {"5001", false, 1, ""},
		"by name, deleted":       {"@pier_news", true, 2, ""},
		"by number, deleted":     {"5001", true, 1, collector.NotFound},
		"by its link":            {"https://t.me/pier_news/3", false, 1, ""},
		"a private one, by name": {"@closed_pier", false, 2, collector.Private},
	} {
		t.Run(name, func(t *testing.T) {
			w, rows := telegramtest.Pier(t)
			from := int64(5001)
			if tt.kind == collector.Private {
				from = 5003
			}
			by := forwarded(t, w, 5031, "passing_pier", from)
			s := telegramtest.Start(t, w)
			s.Hooks().SetMinPeers(true)
			m, store := telegramtest.SignedIn(t, s, sandbox.PhonePlain), collectortest.NewStore()
			c, _ := telegramtest.Connect(t, s, m, nil)
			if _, err := telegramtest.Collect(t.Context(), c.Source(nil), store, "@passing_pier"); err != nil {
				t.Fatal(err)
			}
			if tt.gone {
				by.Log.Delete(3)
			}
			again, _ := telegramtest.Connect(t, s, m, nil)
			got, err := telegramtest.Collect(t.Context(), again.Source(nil), store, tt.reference)
			if err != nil {
				t.Fatal(err)
			}
			if got[0].Error != tt.kind {
				t.Errorf("error %q (%s), want %q", got[0].Error, got[0].Detail, tt.kind)
			}
			if tt.kind == "" {
				telegramtest.Complete(t, store, rows)
			}
			if n := s.Hooks().Requests(resolve); n != tt.lookUps {
				t.Errorf("%d look-ups, want %d", n, tt.lookUps)
			}
		})
	}
}

// A username is not taken from a channel that is known by its access hash, and an access hash
// replaces the message.
func TestForwardsTakeNoNames(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	forwarded(t, w, 5031, "passing_pier", 5001)
	s := telegramtest.Start(t, w)
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	c, _ := telegramtest.Connect(t, s, m, nil)
	for _, hide := range []bool{false, true} { // in the second run the channel is min
		s.Hooks().SetMinPeers(hide)
		for _, ref := range []string{"@pier_news", "@passing_pier"} {
			if _, err := telegramtest.Collect(t.Context(), c.Source(nil), collectortest.NewStore(), ref); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == resolve {
			return 500, "NO_WORKERS_RUNNING"
		}
		return 0, ""
	})
	for _, ref := range []collector.Reference{{Username: "pier_news"}, {ID: 5001}} {
		if ch, err := c.Source(nil).Channel(t.Context(), ref); err != nil || ch.ID != 5001 {
			t.Errorf("%v: %+v, %v", ref, ch.ID, err)
		}
	}
}

// A refusal of one channel ends only that channel, for any request and for known and unknown
// errors; the receipt has Telegram's name of the error.
func TestRefusedChannels(t *testing.T) {
	t.Parallel()
	for _, method := range []string{resolve, "channels.getFullChannel", history} {
		for _, tt := range []struct {
			code int
			word string
			kind collector.Kind
		}{
			{400, "CHANNEL_MONOFORUM_UNSUPPORTED", collector.Refused},
			{400, "CHAT_ADMIN_REQUIRED", collector.Refused},
			{403, "CHAT_ADMIN_REQUIRED", collector.Refused},
			{400, "SOMETHING_QUITE_NEW", collector.Refused},
			{406, "SOMETHING_QUITE_NEW_7", collector.Refused},
			{400, "USER_NOT_PARTICIPANT", collector.Private},
			{400, "CHAT_ID_INVALID", collector.NotFound},
		} {
			t.Run(method+" "+tt.word, func(t *testing.T) {
				w, rows := telegramtest.Pier(t)
				telegramtest.Truth(t, w, 5021, "first_pier", 10)
				s := telegramtest.Start(t, w)
				c, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
				var ended atomic.Bool // the first channel
				s.Hooks().SetRefusal(func(_ int64, m string) (int, string) {
					if m != method || ended.Load() {
						return 0, ""
					}
					return tt.code, tt.word
				})
				store := collectortest.NewStore()
				run := loop.Run{ID: "c", Source: c.Source(nil), Store: store, Request: collector.Request{Channels: []string{"first_pier", "pier_news"}},
					MaxInFlight: 2}
				run.Report = func(_ int, p collector.Progress) {
					if !p.State.Final() {
						return
					}
					if n := s.Hooks().Requests(method); !ended.Swap(true) && n > 2 {
						t.Errorf("%d requests, want 2 at most", n)
					}
				}
				got, err := loop.Collect(t.Context(), run)
				if err != nil {
					t.Fatal(err)
				}
				detail := ""
				if tt.kind == collector.Refused {
					detail = tt.word
				}
				if p := got[0]; p.State != collector.Failed || p.Error != tt.kind || p.Detail != detail {
					t.Errorf("got %s, error %q (%q); want it failed, %q (%q)", p.State, p.Error, p.Detail, tt.kind, detail)
				}
				if r, _ := store.Receipt("c", "first_pier"); r.Error != string(tt.kind) || r.Detail != detail {
					t.Errorf("the receipt says %q (%q)", r.Error, r.Detail)
				}
				if got[1].State != collector.Done {
					t.Errorf("the next channel: %s, %q", got[1].State, got[1].Error)
				}
				telegramtest.Complete(t, store, rows)
			})
		}
	}
}

// A frozen or limited account stops at any request, and nothing more is sent.
func TestFrozenOverTheSandbox(t *testing.T) {
	t.Parallel()
	for _, method := range []string{resolve, "channels.getFullChannel", history} {
		for word, want := range map[string]string{"FROZEN_PARTICIPANT_MISSING": gate.StopFrozen, "PEER_FLOOD": gate.StopLimited} {
			t.Run(method+" "+word, func(t *testing.T) {
				w, _ := telegramtest.Pier(t)
				s := telegramtest.Start(t, w)
				c, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
				s.Hooks().SetRefusal(func(_ int64, m string) (int, string) {
					if m == method {
						return 400, word
					}
					return 0, ""
				})
				_, err := telegramtest.Collect(t.Context(), c.Source(nil), collectortest.NewStore(), "void_pier", "pier_news")
				if e := collector.AsError(err); e == nil || e.Kind != collector.Guarded || e.Detail != want {
					t.Fatalf("Collect: %v, want a stop: %s", err, want)
				}
				if n := s.Hooks().Requests(method); n != 1 {
					t.Errorf("%d requests of %s, want 1", n, method)
				}
			})
		}
	}
}

// A frozen account is also reported during sign-in.
func TestFrozenWhileSigningIn(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	o := telegramtest.Options(s, telegramtest.SignedIn(t, s, sandbox.PhonePlain))
	o.Interactive, o.SigningIn = true, true
	c := telegramtest.Dial(t, o)
	s.Hooks().SetRefusal(func(_ int64, m string) (int, string) {
		if m == "users.getUsers" {
			return 420, "FROZEN_METHOD_INVALID"
		}
		return 0, ""
	})
	_, err := c.Self(t.Context())
	if e, ok := errors.AsType[*collector.Error](err); !ok || e.Kind != collector.Guarded || e.Detail != gate.StopFrozen {
		t.Errorf("got %v, want that the account is frozen", err)
	}
}

// If a refusal is the same for all ids, no message is stored as unreadable.
func TestRefusedIDs(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	c, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	src := c.Source(nil)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"})
	if err != nil {
		t.Fatal(err)
	}
	const byID = "channels.getMessages"
	s.Hooks().SetRefusal(func(_ int64, m string) (int, string) {
		if m == byID {
			return 400, "SOMETHING_QUITE_NEW"
		}
		return 0, ""
	})
	for _, ids := range [][]int64{{1}, {1, 2, 3, 4, 5, 6, 7, 8}} {
		before := s.Hooks().Requests(byID)
		page, err := src.ByID(t.Context(), ch, ids)
		if e := collector.AsError(err); e == nil || e.Kind != collector.Refused || e.Detail != "SOMETHING_QUITE_NEW" || len(page.Messages) > 0 {
			t.Errorf("%d messages, %v; want none, and that they were refused", len(page.Messages), err)
		}
		if n := s.Hooks().Requests(byID) - before; n != 2 {
			t.Errorf("%d requests for %d ids, want 2", n, len(ids))
		}
	}
}

// A channel refused on the way ends with the error, after one or two requests for each page in
// flight; what came before is stored.
func TestRefusedOnTheWay(t *testing.T) {
	t.Parallel()
	const inFlight = 8
	w := sandboxtest.Bulk("bulk", 20_000, 50)
	s := telegramtest.Start(t, w)
	var asked atomic.Int64
	s.Hooks().SetRefusal(func(_ int64, m string) (int, string) {
		if m == history && asked.Add(1) > 60 {
			return 400, "CHAT_ADMIN_REQUIRED"
		}
		return 0, ""
	})
	store := collectortest.NewStore()
	p := collectAll(t, s, store, collector.Request{Channels: []string{"bulk"}}, inFlight)
	if p.State != collector.Partial || p.Error != collector.Refused || p.Detail != "CHAT_ADMIN_REQUIRED" || p.Unreadable != 0 ||
		p.Messages+p.Service == 0 {
		t.Errorf("%+v", p)
	}
	if n := asked.Load() - 60; n > 2*inFlight {
		t.Errorf("%d requests were refused, want %d at most", n, 2*inFlight)
	}
}
