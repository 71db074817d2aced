package client_test

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/gate/gatetest"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/telegram/telegramtest"
)

// refuser refuses a good session as Telegram does, from its start until the client's clock has
// advanced by a given time.
type refuser struct {
	clock *gatetest.Skip
	lasts time.Duration
	mu    sync.Mutex
	until time.Duration
	began bool
	seen  int
}

func (r *refuser) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.began {
		r.began, r.until = true, r.clock.Uptime()+r.lasts
	}
}

func (r *refuser) refuses() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.began || r.clock.Uptime() >= r.until {
		return false
	}
	r.seen++
	return true
}

// install makes a server refuse: as an unknown key, or requests, or also connections.
func (r *refuser) install(s *sandboxtest.Server, how string) {
	if how == "-404" {
		s.Hooks().SetForgotten(func(account int64) bool { return account != 0 && r.refuses() })
		return
	}
	s.Hooks().SetRefusal(func(account int64, method string) (int, string) {
		if how == "401 to requests" && method == "help.getConfig" || account == 0 || !r.refuses() {
			return 0, ""
		}
		return 401, "AUTH_KEY_UNREGISTERED"
	})
}

var strayRefusals = []string{"-404", "401 to requests", "401 to everything"}

// If Telegram refuses a good session for a minute during a collection, the collection continues
// by itself, with the same key.
func TestStrayRefusal(t *testing.T) {
	t.Parallel()
	for _, how := range strayRefusals {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w, rows := telegramtest.Pier(t)
			s := telegramtest.Start(t, w)
			m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
			before := keyOf(t, m)
			var mu sync.Mutex
			waits := map[string]bool{}
			conn, clock := telegramtest.Connect(t, s, m, func(o *client.Options) {
				o.OnWait = func(w collector.Wait) {
					mu.Lock()
					defer mu.Unlock()
					if w.Kind != "" {
						waits[fmt.Sprintf("%s %s", w.Kind, w.Method)] = true
					}
				}
			})
			r := &refuser{clock: clock, lasts: 90 * time.Second}
			r.install(s, how)
			store := collectortest.NewStore()
			inTheMiddle(s, func() { r.begin(); s.CutConnections() })
			p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "pier_news")
			if err != nil || p[0].State != collector.Done {
				t.Fatalf("collected %+v, %v", p, err)
			}
			telegramtest.Complete(t, store, rows)
			if r.seen < 3 {
				t.Errorf("refused %d times, want more", r.seen)
			}
			if got := keyOf(t, m); got != before {
				t.Error("the key was replaced")
			}
			if r.seen > 40 {
				t.Errorf("the session was tried %d times in 90 seconds", r.seen)
			}
			mu.Lock()
			defer mu.Unlock()
			if !waits["network session"] && how != "-404" { // else the wait is below the requests
				t.Errorf("told of %v, want that the session is not accepted", waits)
			}
		})
	}
}

// keyOf is the key of the stored session.
func keyOf(t *testing.T, m *telegramtest.Account) string {
	t.Helper()
	return string(loadSession(t, m).AuthKey)
}

// A refusal that lasts for minutes ends the session, in reasonable time.
func TestLastingRefusal(t *testing.T) {
	t.Parallel()
	for _, how := range strayRefusals {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w, rows := telegramtest.Pier(t)
			s := telegramtest.Start(t, w)
			m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
			before := keyOf(t, m)
			conn, clock := telegramtest.Connect(t, s, m, nil)
			r := &refuser{clock: clock, lasts: math.MaxInt64 / 2}
			r.install(s, how)
			store := collectortest.NewStore()
			var at atomic.Int64
			inTheMiddle(s, func() {
				at.Store(int64(clock.Uptime()))
				r.begin()
				s.CutConnections()
			})
			p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "pier_news")
			if collector.KindOf(err) != collector.SignedOut {
				t.Fatalf("collected %+v, %v; want signed_out", p, err)
			}
			if took := clock.Uptime() - time.Duration(at.Load()); took < 2*time.Minute || took > 20*time.Minute {
				t.Errorf("it took %v", took)
			}
			if got := keyOf(t, m); got != before {
				t.Error("the key was replaced")
			}
			if len(store.Rows(5001)) == 0 || len(store.Rows(5001)) == len(rows) {
				t.Errorf("%d rows are kept", len(store.Rows(5001)))
			}
		})
	}
}

// A final refusal ends the session at once.
func TestFinalRefusal(t *testing.T) {
	t.Parallel()
	for code, names := range map[int][]string{401: {"SESSION_REVOKED", "USER_DEACTIVATED", "USER_DEACTIVATED_BAN"},
		406: {"AUTH_KEY_DUPLICATED"}} {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				w, _ := telegramtest.Pier(t)
				s := telegramtest.Start(t, w)
				conn, clock := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
				s.Hooks().SetRefusal(func(account int64, method string) (int, string) {
					if account == 0 {
						return 0, ""
					}
					return code, name
				})
				_, err := conn.Source(nil).Channel(t.Context(), collector.Reference{Username: "pier_news"})
				if collector.KindOf(err) != collector.SignedOut {
					t.Errorf("got %v, want signed_out", err)
				}
				if n, _ := clock.Skipped(); n != 0 {
					t.Errorf("waited %d times", n)
				}
			})
		}
	}
}

// The duration of refusals is remembered: several clients in a row neither reset it nor count
// the idle time in between.
func TestDoubtIsKept(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	var kept gate.Memory
	s.Hooks().SetRefusal(func(account int64, method string) (int, string) {
		if account == 0 || method == "help.getConfig" {
			return 0, ""
		}
		return 401, "AUTH_KEY_UNREGISTERED"
	})
	looks := 0
	for range 40 { // a person looks now and then
		conn, clock := telegramtest.Connect(t, s, m, func(o *client.Options) {
			o.Interactive, o.Memory = true, kept
			o.Save = func(m gate.Memory) { kept = m }
		})
		clock.Set(time.Duration(looks) * 20 * time.Second)
		looks++
		_, err := conn.Source(nil).Channel(t.Context(), collector.Reference{Username: "pier_news"})
		conn.Close()
		if collector.KindOf(err) == collector.SignedOut {
			break
		}
		if e := collector.AsError(err); e.Kind != collector.Network || e.Detail != client.DetailSession {
			t.Fatalf("look %d: %v", looks, err)
		}
	}
	if looks < 5 || looks > 12 {
		t.Errorf("signed out after %d looks 20 seconds apart, want some minutes", looks)
	}
	s.Hooks().SetRefusal(nil)
	conn, _ := telegramtest.Connect(t, s, m, func(o *client.Options) {
		o.Interactive, o.Memory = true, kept
		o.Save = func(m gate.Memory) { kept = m }
	})
	if _, err := conn.Self(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kept.Doubt != (gate.Doubt{}) {
		t.Errorf("after an answer %+v is remembered", kept.Doubt)
	}
}

// An interactive client hides a single refusal, and can log out of a session that Telegram has
// forgotten.
func TestRefusedWhilePersonWaits(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), func(o *client.Options) { o.Interactive = true })
	var refused atomic.Bool
	s.Hooks().SetRefusal(func(account int64, method string) (int, string) {
		if account == 0 || refused.Swap(true) {
			return 0, ""
		}
		return 401, "AUTH_KEY_UNREGISTERED"
	})
	if _, err := conn.Source(nil).Channel(t.Context(), collector.Reference{Username: "pier_news"}); err != nil {
		t.Errorf("looking: %v", err)
	}
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "help.getConfig" {
			return 0, ""
		}
		return 401, "AUTH_KEY_UNREGISTERED"
	})
	if err := conn.LogOut(t.Context()); err != nil {
		t.Errorf("logging out: %v", err)
	}
}

// The key of a fresh sign-in is not replaced either.
func TestForgottenAfterSignIn(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	m := new(telegramtest.Account)
	conn, _ := telegramtest.Connect(t, s, m, func(o *client.Options) { o.SigningIn, o.Interactive = true, true })
	sent, err := conn.SendCode(t.Context(), sandbox.PhonePlain)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.EnterCode(t.Context(), sandbox.PhonePlain, sent, sandbox.CodePlain); err != nil {
		t.Fatal(err)
	}
	for len(secretOf(m)) == 0 { // it is stored a moment after the first answer
		time.Sleep(time.Millisecond)
	}
	before := keyOf(t, m)
	var refusals atomic.Int32
	s.Hooks().SetForgotten(func(int64) bool { return refusals.Add(1) <= 2 })
	var self error
	for range 5 { // a lost connection is told to a person
		if _, self = conn.Self(t.Context()); self == nil {
			break
		}
	}
	if self != nil {
		t.Errorf("Self: %v", self)
	}
	if got := keyOf(t, m); got != before {
		t.Error("the key was replaced")
	}
}

// Answers that the connection is not set up lead to a new one, for all requests, including
// interactive ones.
func TestUnsettledConnection(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID", "MSG_WAIT_FAILED"} {
		for _, interactive := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s interactive=%v", name, interactive), func(t *testing.T) {
				t.Parallel()
				w, rows := telegramtest.Pier(t)
				s := telegramtest.Start(t, w)
				account := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
				conn, _ := telegramtest.Connect(t, s, account, func(o *client.Options) { o.Interactive = interactive })
				var mu sync.Mutex
				refused := map[string]int{}
				s.Hooks().SetRefusal(func(account int64, method string) (int, string) {
					mu.Lock()
					defer mu.Unlock()
					if method == "help.getConfig" || refused[method] >= 2 {
						return 0, ""
					}
					refused[method]++
					return 400, name
				})
				store := collectortest.NewStore()
				p, err := loop.Collect(t.Context(), loop.Run{Source: conn.Source(nil), Store: store, MaxInFlight: 1,
					Request: collector.Request{Channels: []string{"pier_news"}}})
				if err != nil || p[0].State != collector.Done {
					t.Fatalf("collected %+v, %v", p, err)
				}
				telegramtest.Complete(t, store, rows)
				if len(refused) < 3 {
					t.Errorf("refused %v, want the look-up, the details and the history", refused)
				}
			})
		}
	}
}

// If they persist, one channel fails; there is no endless loop.
func TestUnsettledForGood(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "channels.getFullChannel" {
			return 400, "CONNECTION_NOT_INITED"
		}
		return 0, ""
	})
	_, err := conn.Source(nil).Channel(t.Context(), collector.Reference{Username: "pier_news"})
	if e := collector.AsError(err); e.Kind != collector.Internal || e.Detail != "failing" || !errors.Is(err, e) {
		t.Errorf("got %v, want that it keeps failing", err)
	}
}

// The key of an unfinished sign-in is not replaced at once, because the code depends on it. A
// data centre that still does not know it gets a new one.
func TestForgottenWhileSigningIn(t *testing.T) {
	t.Parallel()
	for name, times := range map[string]int32{"stray": 2, "lasting": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := telegramtest.Start(t, world.New())
			m := new(telegramtest.Account)
			conn, _ := telegramtest.Connect(t, s, m, func(o *client.Options) { o.SigningIn, o.Interactive = true, true })
			sent, err := conn.SendCode(t.Context(), sandbox.PhonePlain)
			if err != nil {
				t.Fatal(err)
			}
			for len(secretOf(m)) == 0 { // it is stored a moment after the first answer
				time.Sleep(time.Millisecond)
			}
			before := keyOf(t, m)
			var refusals atomic.Int32
			s.Hooks().SetForgotten(func(int64) bool { return refusals.Add(1) <= times })
			for range 5 { // a lost connection is told to a person
				_, _, err = conn.EnterCode(t.Context(), sandbox.PhonePlain, sent, sandbox.CodePlain)
				if collector.KindOf(err) != collector.Network {
					break
				}
			}
			if kind := collector.KindOf(err); kind != map[string]collector.Kind{"lasting": collector.CodeExpired}[name] {
				t.Errorf("the code: %v", err)
			}
			if same := keyOf(t, m) == before; same != (name == "stray") {
				t.Errorf("the key is the same: %v", same)
			}
		})
	}
}

// inTheMiddle does something once, while the fourth page of history is asked for.
func inTheMiddle(s *sandboxtest.Server, do func()) {
	var pages atomic.Int64
	s.Hooks().SetTrouble(sandboxtest.Trouble{EmptyIf: func(int64, int) bool {
		if pages.Add(1) == 4 {
			do()
		}
		return false
	}})
}
