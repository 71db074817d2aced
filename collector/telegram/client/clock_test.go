package client_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/session"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/gate/gatetest"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/telegram/telegramtest"
)

// loadSession reads a kept session as the client library does.
func loadSession(t *testing.T, m *telegramtest.Account) *session.Data {
	t.Helper()
	secret, err := m.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var storage session.StorageMemory
	if err := storage.StoreSession(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	data, err := (&session.Loader{Storage: &storage}).Load(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// offsets are how far the computer's clock may be ahead of Telegram's.
var offsets = map[string]time.Duration{
	"right": 0, "25 s ahead": 25 * time.Second, "40 s ahead": 40 * time.Second, "2 min behind": -2 * time.Minute,
	"10 min ahead": 10 * time.Minute, "10 min behind": -10 * time.Minute, "23 h ahead": 23 * time.Hour, "23 h behind": -23 * time.Hour,
}

// A computer up to a day off collects with an existing session, without a key exchange.
func TestClockOffCollects(t *testing.T) {
	t.Parallel()
	for name, off := range offsets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, rows := telegramtest.Pier(t)
			s := telegramtest.Start(t, w)
			s.Hooks().SetClock(-off)
			conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
			store := collectortest.NewStore()
			p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "pier_news")
			if err != nil || p[0].State != collector.Done {
				t.Fatalf("collected %+v, %v", p, err)
			}
			telegramtest.Complete(t, store, rows)
			if n := s.Hooks().BadMessages(); n > 5 {
				t.Errorf("%d messages of a wrong time were sent", n)
			}
		})
	}
}

// It can also sign in: with a key exchange, and with a QR code, which expires by Telegram's
// clock.
func TestClockOffSignsIn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"23 h ahead", "10 min behind"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := telegramtest.Start(t, world.New())
			s.Hooks().SetClock(-offsets[name])
			m := new(telegramtest.Account)
			conn, _ := telegramtest.Connect(t, s, m, func(o *client.Options) { o.SigningIn, o.Interactive = true, true })
			qr, err := conn.QR(t.Context())
			if err != nil || qr.For <= 0 || qr.For > 31*time.Second {
				t.Errorf("QR: %+v, %v", qr, err)
			}
			sent, err := conn.SendCode(t.Context(), sandbox.PhonePlain)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := conn.EnterCode(t.Context(), sandbox.PhonePlain, sent, sandbox.CodePlain); err != nil {
				t.Fatal(err)
			}
			if n := s.Hooks().BadMessages(); n != 0 {
				t.Errorf("%d messages of a wrong time were sent: the key exchange told the time", n)
			}
		})
	}
}

// A clock that is further off is an error, even with an existing session.
func TestClockTooFarOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		off  time.Duration
		want string
	}{
		"ahead":     {50 * time.Hour, "50 hours ahead"},
		"behind":    {-30 * time.Hour, "30 hours behind"},
		"ten years": {-87600 * time.Hour, "87600 hours behind"},
	} {
		for _, fresh := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				s := telegramtest.Start(t, world.New())
				m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
				if fresh {
					m = new(telegramtest.Account)
				}
				clock := new(gatetest.Skip)
				clock.Set(c.off)
				o := telegramtest.Options(s, m)
				o.SigningIn, o.Interactive, o.Clock = fresh, true, clock
				conn, err := client.Dial(t.Context(), o)
				if err == nil {
					conn.Close()
				}
				if e := collector.AsError(err); e == nil || e.Kind != collector.Clock || e.Detail != c.want {
					t.Errorf("got %v, want that the clock is %s", err, c.want)
				}
			})
		}
	}
}

// The computer's or Telegram's clock is set while a collection runs.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]func(s *sandboxtest.Server, c *gatetest.Skip, i int){
		"the computer's forward": func(_ *sandboxtest.Server, c *gatetest.Skip, i int) { c.Set(time.Duration(i) * 5 * time.Hour) },
		"the computer's back":    func(_ *sandboxtest.Server, c *gatetest.Skip, i int) { c.Set(time.Duration(i) * -5 * time.Hour) },
		"telegram's forward":     func(s *sandboxtest.Server, _ *gatetest.Skip, i int) { s.Hooks().SetClock(time.Duration(i) * time.Hour) },
		"telegram's back": func(s *sandboxtest.Server, _ *gatetest.Skip, i int) {
			s.Hooks().SetClock(time.Duration(i) * -time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, rows := telegramtest.Pier(t)
			s := telegramtest.Start(t, w)
			conn, clock := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
			store := collectortest.NewStore()
			var pages atomic.Int64
			s.Hooks().SetTrouble(sandboxtest.Trouble{EmptyIf: func(int64, int) bool {
				if i := pages.Add(1); i%2 == 0 && i <= 6 {
					jump(s, clock, int(i/2))
				}
				return false
			}})
			p, err := loop.Collect(t.Context(), loop.Run{Source: conn.Source(nil), Store: store, MaxInFlight: 2,
				Request: collector.Request{Channels: []string{"pier_news"}}})
			if err != nil || p[0].State != collector.Done {
				t.Fatalf("collected %+v, %v", p, err)
			}
			telegramtest.Complete(t, store, rows)
		})
	}
}
