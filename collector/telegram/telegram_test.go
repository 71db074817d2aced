package telegram_test

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/session"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram"
)

// memory is a Session and Peers in memory.
type memory struct {
	mu     sync.Mutex
	secret []byte
	peers  map[string][]byte
}

func (m *memory) Load(context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.secret, nil
}

func (m *memory) Store(_ context.Context, secret []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.secret = secret
	return nil
}

func (m *memory) Peer(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.peers[key], nil
}

func (m *memory) PutPeer(_ context.Context, key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.peers == nil {
		m.peers = map[string][]byte{}
	}
	m.peers[key] = value
	return nil
}

// start runs a sandbox for the test.
func start(t *testing.T, w *world.World) *sandbox.Server {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Options{World: w, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func options(s *sandbox.Server, m *memory) telegram.Options {
	return telegram.Options{
		Server: telegram.Server{DC: 2, DCs: s.DCOptions(), Keys: []*rsa.PublicKey{s.PublicKey()}},
		APIID:  sandbox.APIID, APIHash: sandbox.APIHash,
		Session: m, Peers: m, Logger: slog.New(slog.DiscardHandler),
	}
}

// signedIn makes a memory with a session of the phone, without the cost of signing in.
func signedIn(t *testing.T, s *sandbox.Server, phone string) *memory {
	t.Helper()
	var storage session.StorageMemory
	if err := s.IssueSession(t.Context(), &storage, phone); err != nil {
		t.Fatal(err)
	}
	secret, err := storage.LoadSession(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &memory{secret: secret}
}

func dial(t *testing.T, o telegram.Options) *telegram.Client {
	t.Helper()
	c, err := telegram.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// truth makes a channel of n messages with gaps, an hour apart, and adds it to the world.
func truth(t *testing.T, w *world.World, id int64, username string, n int) []collector.Message {
	t.Helper()
	ch := &world.Channel{TL: tg.Channel{ID: id, Title: "Title of " + username, Username: username, Broadcast: true}, Log: new(world.Log)}
	rng := rand.New(rand.NewPCG(7, 7))
	var rows []collector.Message
	mid := 0
	for i := range n {
		mid += 1 + rng.IntN(3)
		if i == n/3 {
			mid += 1500
		}
		date := time.Date(2024, 5, 1, i, 0, 0, 0, time.UTC)
		m := collector.Message{ChannelID: id, ID: int64(mid), Kind: collector.KindMessage, Date: date, Text: fmt.Sprintf("Сообщение %d 🌊 of @%s", mid, username)}
		var obj tg.MessageClass = &tg.Message{ID: mid, PeerID: &tg.PeerChannel{ChannelID: id}, Date: int(date.Unix()), Message: m.Text, Post: true}
		if i%17 == 0 {
			m.Kind, m.Text = collector.KindService, ""
			obj = &tg.MessageService{ID: mid, PeerID: &tg.PeerChannel{ChannelID: id}, Date: int(date.Unix()), Action: &tg.MessageActionPinMessage{}, Post: true}
		}
		if err := ch.Log.Append(obj); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, m)
	}
	w.AddChannel(ch)
	return rows
}

// pier is a world with one channel of each sort.
func pier(t *testing.T) (*world.World, []collector.Message) {
	w := world.New()
	rows := truth(t, w, 5001, "pier_news", 900)
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 5002, Title: "Empty", Username: "void_pier", Broadcast: true}})
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 5003, Title: "Closed", Username: "closed_pier", Broadcast: true}, Private: true})
	w.AddUser(&tg.User{ID: 77, FirstName: "Mara", Username: "mara_pier"})
	w.AddUser(&tg.User{ID: 78, FirstName: "Bot", Username: "pier_bot", Bot: true})
	return w, rows
}

func TestSourceConformance(t *testing.T) {
	w, rows := pier(t)
	far := leaps(t, w)
	newest, oldest, middle := rows[len(rows)-1].ID, rows[0].ID, rows[450].ID
	for name, tt := range map[string]struct {
		pages    sandbox.Pages
		drop     sandbox.Drop
		trouble  sandbox.Trouble
		unread   []int64 // messages that cannot be read
		username string
		rows     []collector.Message
	}{
		"kind":                   {},
		"short pages":            {pages: sandbox.Pages{Max: 37, Shorter: 0.5, Seed: 3}},
		"pages of 99":            {pages: sandbox.Pages{Max: 99}},
		"drops":                  {drop: sandbox.Drop{Every: 40, After: true}},
		"empty answers":          {trouble: sandbox.Trouble{Empty: 0.2, Left: 0.01, Seed: 5}},
		"empty, short and drops": {trouble: sandbox.Trouble{Empty: 0.1, Seed: 6}, pages: sandbox.Pages{Shorter: 0.5, Seed: 4}, drop: sandbox.Drop{Every: 50}},
		"doubled, out of order":  {trouble: sandbox.Trouble{Disorder: true, Strange: 0.3, Seed: 7}},
		"unreadable here and there": {
			unread:  []int64{newest, rows[899-99].ID, rows[899-100].ID, middle, rows[451].ID, oldest},
			trouble: sandbox.Trouble{Unreadable: some(sandbox.UnknownMedia, newest, rows[899-99].ID, rows[899-100].ID, middle, rows[451].ID, oldest)},
		},
		"unknown classes": {
			unread:  []int64{newest, rows[898].ID, middle, rows[451].ID, rows[200].ID},
			trouble: sandbox.Trouble{Unreadable: some(sandbox.UnknownClass, newest, rows[898].ID, middle, rows[451].ID, rows[200].ID)},
		},
		"refused messages": {
			unread:  []int64{middle, rows[30].ID},
			trouble: sandbox.Trouble{Unreadable: some(sandbox.Refused, middle, rows[30].ID)},
		},
		"unreadable and empty": {
			unread:  []int64{middle, rows[30].ID},
			trouble: sandbox.Trouble{Empty: 0.1, Seed: 8, Unreadable: some(sandbox.UnknownClass, middle, rows[30].ID)},
		},
		"leaps of a million ids":            {username: "far_pier", rows: far},
		"leaps of a million, empty answers": {username: "far_pier", rows: far, trouble: sandbox.Trouble{Empty: 0.2, Seed: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, w)
			s.Hooks().SetPages(tt.pages)
			s.Hooks().SetDrop(tt.drop)
			s.Hooks().SetTrouble(tt.trouble)
			m := signedIn(t, s, sandbox.PhonePlain)
			src := dial(t, options(s, m)).Source(nil)
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
func some(how sandbox.Unreadable, ids ...int64) func(int64, int) sandbox.Unreadable {
	return func(_ int64, id int) sandbox.Unreadable {
		if slices.Contains(ids, int64(id)) {
			return how
		}
		return sandbox.Readable
	}
}

// leaps adds a channel whose ids lie in clumps, a million apart.
func leaps(t *testing.T, w *world.World) []collector.Message {
	t.Helper()
	ch := &world.Channel{TL: tg.Channel{ID: 5006, Title: "Far", Username: "far_pier", Broadcast: true}, Log: new(world.Log)}
	var rows []collector.Message
	for i := range 300 {
		id := 5000 + i/100*1_000_000 + i
		date := time.Date(2024, 5, 1, i, 0, 0, 0, time.UTC)
		text := fmt.Sprint("message ", id)
		if err := ch.Log.Append(&tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 5006}, Date: int(date.Unix()), Message: text, Post: true}); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, collector.Message{ChannelID: 5006, ID: int64(id), Kind: collector.KindMessage, Date: date, Text: text})
	}
	w.AddChannel(ch)
	return rows
}

func TestNotAChannelSaysWhat(t *testing.T) {
	w, _ := pier(t)
	s := start(t, w)
	src := dial(t, options(s, signedIn(t, s, sandbox.PhonePlain))).Source(nil)
	for name, want := range map[string]string{"mara_pier": "person", "pier_bot": "bot"} {
		_, err := src.Channel(t.Context(), collector.Reference{Username: name})
		if got := collector.AsError(err).Detail; got != want {
			t.Errorf("@%s: detail %q, want %q", name, got, want)
		}
	}
}

func TestChannelsAreResolvedOnce(t *testing.T) {
	w, _ := pier(t)
	s := start(t, w)
	m := signedIn(t, s, sandbox.PhonePlain)
	for range 3 {
		c := dial(t, options(s, m))
		if _, err := c.Source(nil).Channel(t.Context(), collector.Reference{Username: "Pier_News"}); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	if got := s.Hooks().Requests("contacts.resolveUsername"); got != 1 {
		t.Errorf("resolved %d times, want once", got)
	}
}

// A name that moved to another channel must not lead to the old one.
func TestMovedNameIsResolvedAgain(t *testing.T) {
	w, _ := pier(t)
	s := start(t, w)
	src := dial(t, options(s, signedIn(t, s, sandbox.PhonePlain))).Source(nil)
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

func TestSignIn(t *testing.T) {
	s := start(t, world.New())
	for name, tt := range map[string]struct{ phone, password string }{
		"code alone":    {sandbox.PhonePlain, ""},
		"with password": {sandbox.PhonePassword, sandbox.Password},
		"another DC":    {sandbox.PhoneOtherDC, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := new(memory)
			o := options(s, m)
			o.Interactive, o.SigningIn = true, true
			c := dial(t, o)
			sent, err := c.SendCode(t.Context(), tt.phone)
			if err != nil {
				t.Fatal(err)
			}
			if sent.Via != telegram.ViaApp || sent.Hash == "" {
				t.Errorf("SendCode = %+v", sent)
			}
			if _, _, err := c.EnterCode(t.Context(), tt.phone, sent, "00000"); collector.KindOf(err) != collector.CodeWrong {
				t.Errorf("a wrong code gives %v", err)
			}
			code := strings.Repeat(tt.phone[len("+99966"):len("+99966")+1], 5)
			password, hint, err := c.EnterCode(t.Context(), tt.phone, sent, code)
			if err != nil || password != (tt.password != "") {
				t.Fatalf("EnterCode = %v, %q, %v", password, hint, err)
			}
			if password {
				if err := c.EnterPassword(t.Context(), "wrong"); collector.KindOf(err) != collector.PasswordWrong {
					t.Errorf("a wrong password gives %v", err)
				}
				if err := c.EnterPassword(t.Context(), tt.password); err != nil {
					t.Fatal(err)
				}
			}
			id, err := c.Self(t.Context())
			if err != nil || id == 0 {
				t.Fatalf("Self = %d, %v", id, err)
			}
			c.Close()

			again := dial(t, options(s, m)) // the stored session is signed in
			if got, err := again.Self(t.Context()); err != nil || got != id {
				t.Errorf("after a restart Self = %d, %v; want %d", got, err, id)
			}
			if err := again.LogOut(t.Context()); err != nil {
				t.Errorf("LogOut: %v", err)
			}
			again.Close()
			if _, err := again.Self(t.Context()); err == nil {
				t.Error("after logging out somebody is signed in")
			}
			third := dial(t, options(s, m)) // it cannot know that this refusal is none that passes
			if _, err := third.Self(t.Context()); collector.AsError(err).Detail != telegram.DetailSession {
				t.Errorf("with the session that was logged out Self gives %v", err)
			}
		})
	}
}

func TestSignInErrors(t *testing.T) {
	s := start(t, world.New())
	for name, tt := range map[string]struct {
		phone string
		apiID int
		want  collector.Kind
	}{
		"bad number": {"+123", sandbox.APIID, collector.PhoneInvalid},
		"bad api id": {sandbox.PhonePlain, 1, collector.BadCredentials},
		"banned":     {sandbox.PhoneBanned, sandbox.APIID, collector.PhoneBanned},
		"flood":      {sandbox.PhonePlain, sandbox.APIID, collector.Flood},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.want == collector.Flood {
				s.Hooks().SetFlood(func(_ int64, method string) int {
					if method == "auth.sendCode" {
						return 7500
					}
					return 0
				})
				defer s.Hooks().SetFlood(nil)
			}
			o := options(s, new(memory))
			o.Interactive, o.SigningIn, o.APIID = true, true, tt.apiID
			c := dial(t, o)
			_, err := c.SendCode(t.Context(), tt.phone)
			e := collector.AsError(err)
			if e == nil || e.Kind != tt.want {
				t.Fatalf("SendCode gives %v, want %s", err, tt.want)
			}
			if tt.want == collector.Flood && time.Until(e.RetryAt) < 2*time.Hour {
				t.Errorf("retry at %v", e.RetryAt)
			}
		})
	}
	t.Run("no account", func(t *testing.T) {
		o := options(s, new(memory))
		o.Interactive, o.SigningIn = true, true
		c := dial(t, o)
		sent, err := c.SendCode(t.Context(), sandbox.PhoneNoAccount)
		if err == nil {
			_, _, err = c.EnterCode(t.Context(), sandbox.PhoneNoAccount, sent, sandbox.CodePlain)
		}
		if collector.KindOf(err) != collector.PhoneUnknown {
			t.Errorf("signing in without an account gives %v", err)
		}
	})
}

// A sign-in goes on in a new process, from the stored session and code hash.
func TestSignInSurvivesRestart(t *testing.T) {
	s := start(t, world.New())
	m := new(memory)
	o := options(s, m)
	o.Interactive, o.SigningIn = true, true
	first := dial(t, o)
	sent, err := first.SendCode(t.Context(), sandbox.PhonePassword)
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	second := dial(t, o)
	if password, _, err := second.EnterCode(t.Context(), sandbox.PhonePassword, sent, sandbox.CodePlain); err != nil || !password {
		t.Fatalf("EnterCode after a restart = %v, %v", password, err)
	}
	second.Close()
	third := dial(t, o)
	if err := third.EnterPassword(t.Context(), sandbox.Password); err != nil {
		t.Fatalf("EnterPassword after a restart: %v", err)
	}
}

func TestFloodWaitHoldsBackEverything(t *testing.T) {
	w, rows := pier(t)
	s := start(t, w)
	var mu sync.Mutex
	var waits []collector.Wait
	o := options(s, signedIn(t, s, sandbox.PhonePlain))
	o.OnWait = func(w collector.Wait) {
		mu.Lock()
		defer mu.Unlock()
		waits = append(waits, w)
	}
	src := dial(t, o).Source(nil)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"})
	if err != nil {
		t.Fatal(err)
	}
	var refused atomic.Bool
	s.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "messages.getHistory" && !refused.Swap(true) {
			return 1
		}
		return 0
	})
	var wg sync.WaitGroup
	var got [4]int
	for i := range got {
		r := collector.Range{Lo: int64(i)*1000 + 1, Hi: int64(i+1) * 1000}
		wg.Go(func() {
			for page, err := range src.Messages(t.Context(), ch, r) {
				if err != nil {
					t.Error(err)
				}
				for _, m := range page.Messages { // pages may go beyond the range
					if r.Contains(m.ID) {
						got[i]++
					}
				}
			}
		})
	}
	wg.Wait()
	if sum := got[0] + got[1] + got[2] + got[3]; sum != len(rows) {
		t.Errorf("%d rows, want %d", sum, len(rows))
	}
	if early := s.Hooks().Early(); early != 0 {
		t.Errorf("%d requests were sent before their time", early)
	}
	u := src.Usage()
	if u.Waits < 1 || u.Waits > 4 || u.Waited < time.Second { // those in flight are refused too
		t.Errorf("usage = %+v, want a wait of a second or more", u)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(waits) < 2 || waits[0].Kind != collector.Flood || waits[0].Method != "messages.getHistory" || waits[len(waits)-1].Kind != "" {
		t.Errorf("waits told: %+v; want one that begins and its end", waits)
	}
}

// A flood wait that was kept over a restart holds back the first request.
func TestNotBefore(t *testing.T) {
	w, _ := pier(t)
	s := start(t, w)
	o := options(s, signedIn(t, s, sandbox.PhonePlain))
	o.NotBefore = time.Now().Add(time.Hour)
	told := make(chan collector.Wait, 10)
	o.OnWait = func(w collector.Wait) { told <- w }
	src := dial(t, o).Source(nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := src.Channel(ctx, collector.Reference{Username: "pier_news"})
		done <- err
	}()
	if got := <-told; !got.Until.Equal(o.NotBefore) {
		t.Errorf("waits until %v, want %v", got.Until, o.NotBefore)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Channel = %v, want canceled", err)
	}
	if got := s.Hooks().Requests("contacts.resolveUsername"); got != 0 {
		t.Errorf("%d requests were sent before their time", got)
	}
}

func TestRevokedSession(t *testing.T) {
	w, _ := pier(t)
	s := start(t, w)
	c := dial(t, options(s, signedIn(t, s, sandbox.PhonePlain)))
	src := c.Source(nil)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Self(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Hooks().Revoke(id, "SESSION_REVOKED"); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Bounds(t.Context(), ch, time.Time{}, time.Time{}); collector.KindOf(err) != collector.SignedOut {
		t.Errorf("Bounds with a revoked session gives %v", err)
	}
}

func TestNobodyThere(t *testing.T) {
	s := start(t, world.New())
	o := options(s, new(memory))
	s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if c, err := telegram.Dial(ctx, o); err == nil {
		c.Close()
		t.Error("connected to a server that is gone")
	}
}

// The real messages go through the server and the client and come out with the
// counts that are known of them.
func TestRealMessages(t *testing.T) {
	w, err := world.Load(collectortest.Fixtures(t, "telethon"))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, w)
	src := dial(t, options(s, signedIn(t, s, sandbox.PhonePlain))).Source(nil)
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
		if p.State != collector.Done || p.Messages != w.messages || p.Service != w.service || p.Hi != w.hi || views != w.views || forwards != w.forwards {
			t.Errorf("%s: %+v with %d views and %d forwards; want %+v", p.Reference, p, views, forwards, w)
		}
	}
}
