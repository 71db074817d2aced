package client_test

import (
	"context"
	"errors"
	"fmt"
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

// Connections break before or after the request was looked at, in every phase:
// look-up, details, bounds, history.
func TestDroppedConnections(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	for _, method := range []string{"contacts.resolveUsername", "channels.getFullChannel", "messages.getHistory"} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s after=%v", method, after), func(t *testing.T) {
				t.Parallel()
				s := telegramtest.Start(t, w)
				conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
				var cuts atomic.Int32
				s.Hooks().SetRefusal(func(_ int64, m string) (int, string) { // every other request dies
					if m == method && cuts.Add(1)%2 == 1 {
						return 500, "RPC_CALL_FAIL"
					}
					return 0, ""
				})
				s.Hooks().SetDrop(sandboxtest.Drop{Every: 3, After: after, Methods: []string{method}})
				store := collectortest.NewStore()
				p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "pier_news", "pier_news", "void_pier")
				if err != nil || p[0].State != collector.Done || p[2].State != collector.Done {
					t.Fatalf("collected %+v, %v", p, err)
				}
				if p[0].Retries+p[1].Retries+p[2].Retries == 0 {
					t.Error("no retry was counted")
				}
				telegramtest.Complete(t, store, rows)
			})
		}
	}
}

// The server goes away in the middle for minutes by the client's clock, refusing
// connections; the client says so and goes on by itself.
func TestServerAway(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	var mu sync.Mutex
	var waits []collector.Wait
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), func(o *client.Options) {
		o.OnWait = func(w collector.Wait) {
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, w)
		}
	})
	store := collectortest.NewStore()
	inTheMiddle(s, func() {
		s.Hooks().SetAway(true)
		time.AfterFunc(1500*time.Millisecond, func() { s.Hooks().SetAway(false) })
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
	defer cancel()
	p, err := telegramtest.Collect(ctx, conn.Source(nil), store, "pier_news")
	if err != nil || p[0].State != collector.Done {
		t.Fatalf("collected %+v, %v", p, err)
	}
	telegramtest.Complete(t, store, rows)
	mu.Lock()
	defer mu.Unlock()
	for _, w := range waits {
		if w.Kind != collector.Network && w.Kind != "" {
			t.Errorf("told of %+v", w)
		}
	}
	if n := len(waits); n > 0 && waits[n-1].Kind != "" {
		t.Errorf("the last wait told is %+v, want its end", waits[n-1])
	}
}

// A call that the server fails is repeated with growing pauses until it succeeds.
func TestBusyServer(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	var told atomic.Int32
	conn, clock := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), func(o *client.Options) {
		o.OnWait = func(w collector.Wait) {
			if w.Kind == collector.Network {
				told.Add(1)
			}
		}
	})
	var asked atomic.Int32
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "channels.getFullChannel" && asked.Add(1) <= 14 {
			return 503, "Timeout"
		}
		return 0, ""
	})
	src := conn.Source(nil)
	if _, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"}); err != nil {
		t.Fatal(err)
	}
	if got := src.Usage().Retries; got != 14 {
		t.Errorf("%d retries, want 14", got)
	}
	if n, sum := clock.Skipped(); n != 14 || sum != (1+2+4+8+16+30*9)*time.Second {
		t.Errorf("slept %d times, %v together; want 14 times, 5m1s", n, sum)
	}
	if told.Load() != 14 {
		t.Errorf("told of %d waits, want 14", told.Load())
	}
}

// If Telegram repeatedly cannot answer, only one channel fails and the others are collected.
// The request is not repeated endlessly.
func TestFailingForGood(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	conn, clock := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	var asked atomic.Int32
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "channels.getFullChannel" && asked.Add(1) <= 15 {
			return 500, "CHANNEL_GET_FAILED"
		}
		return 0, ""
	})
	store := collectortest.NewStore()
	p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "void_pier", "pier_news")
	if err != nil {
		t.Fatal(err)
	}
	if p[0].State != collector.Failed || p[0].Error != collector.Internal || p[0].Detail != "failing" || p[1].State != collector.Done {
		t.Errorf("collected %+v", p)
	}
	if _, waited := clock.Skipped(); waited > 10*time.Minute {
		t.Errorf("waited %v", waited)
	}
	telegramtest.Complete(t, store, rows)
}

// Answers may be lost: the connection breaks when they are ready.
func TestLostAnswersAndShortPages(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	s.Hooks().SetDrop(sandboxtest.Drop{Probability: .3, Seed: 5, After: true, Methods: []string{"messages.getHistory"}})
	s.Hooks().SetPages(sandboxtest.Pages{Max: 60, Shorter: .7, Seed: 9})
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	store := collectortest.NewStore()
	if p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "pier_news"); err != nil || p[0].State != collector.Done {
		t.Fatalf("collected %+v, %v", p, err)
	}
	telegramtest.Complete(t, store, rows)
}

// The session is revoked during a collection: collected data remains, and the rest is collected
// after a new sign-in.
func TestRevokedInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{"SESSION_REVOKED", "AUTH_KEY_UNREGISTERED", "USER_DEACTIVATED_BAN"} {
		t.Run(refusal, func(t *testing.T) {
			t.Parallel()
			w, rows := telegramtest.Pier(t)
			s := telegramtest.Start(t, w)
			m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
			id, _ := sandbox.AccountID(sandbox.PhonePlain)
			conn, _ := telegramtest.Connect(t, s, m, nil)
			store := collectortest.NewStore()
			inTheMiddle(s, func() {
				if err := s.Revoke(id, refusal); err != nil {
					t.Error(err)
				}
			})
			p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "pier_news")
			if collector.KindOf(err) != collector.SignedOut {
				t.Fatalf("collected %+v, %v; want signed_out", p, err)
			}
			conn.Close()
			fresh := m.With(telegramtest.SignedIn(t, s, sandbox.PhonePlain))
			conn, _ = telegramtest.Connect(t, s, fresh, nil)
			p, err = loop.Collect(t.Context(), loop.Run{Source: conn.Source(nil), Store: store, Progress: p,
				Request: collector.Request{Channels: []string{"pier_news"}}})
			if err != nil || p[0].State != collector.Done {
				t.Fatalf("went on to %+v, %v", p, err)
			}
			telegramtest.Complete(t, store, rows)
		})
	}
}

// The wall clock is set by hours while a flood wait is on, over a real connection.
func TestClockSetDuringWait(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"forward": 9 * time.Hour, "back": -9 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, rows := telegramtest.Pier(t)
			s := telegramtest.Start(t, w)
			var clock *gatetest.Skip
			var conn *telegramtest.Client
			conn, clock = telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), func(o *client.Options) {
				o.OnWait = func(w collector.Wait) {
					if w.Kind == collector.Flood {
						s.Hooks().SetFlood(nil) // the clock skips the wait, the server need not
					}
				}
			})
			var refused atomic.Bool
			s.Hooks().SetFlood(func(_ int64, method string) int {
				if method != "messages.getHistory" || refused.Swap(true) {
					return 0
				}
				clock.Set(by)
				return 3 * 3600
			})
			began := time.Now()
			store := collectortest.NewStore()
			if p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "pier_news"); err != nil || p[0].State != collector.Done {
				t.Fatalf("collected %+v, %v", p, err)
			}
			telegramtest.Complete(t, store, rows)
			if _, sum := clock.Skipped(); sum+time.Since(began) < 3*time.Hour { // some of it passes while the test works
				t.Errorf("waited %v, want three hours", sum)
			}
		})
	}
}

// A client whose connection has ended permanently always reports that at once.
func TestEndedClient(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	src := conn.Source(nil)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"})
	if err != nil {
		t.Fatal(err)
	}
	s.Hooks().SetLatency(time.Hour)
	stuck := make(chan error)
	go func() {
		_, err := src.Bounds(t.Context(), ch, time.Time{}, time.Time{})
		stuck <- err
	}()
	for s.Hooks().Requests("messages.getHistory") == 0 {
		time.Sleep(time.Millisecond)
	}
	conn.Close()
	if err := <-stuck; collector.KindOf(err) != collector.Network {
		t.Errorf("a call on its way gives %v, want network", err)
	}
	if _, err := src.Bounds(t.Context(), ch, time.Time{}, time.Time{}); collector.KindOf(err) != collector.Network {
		t.Errorf("a call after the end gives %v, want network", err)
	}
	conn.Close() // twice is no error
}

// A canceled call ends at once, whatever it waits for.
func TestCanceledWhileAway(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), func(o *client.Options) { o.Clock = nil })
	src := conn.Source(nil)
	s.Hooks().SetAway(true)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := src.Channel(ctx, collector.Reference{Username: "pier_news"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("it took %v to stop", took)
	}
}

// The guard over a real connection: three waits that grow stop the account until
// the person resumes, and the collection goes on.
func TestGuardOverTheSandbox(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	var last gate.Memory
	var mu sync.Mutex
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), func(o *client.Options) {
		o.Save = func(m gate.Memory) { mu.Lock(); defer mu.Unlock(); last = m }
	})
	var n atomic.Int32
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "messages.getHistory" {
			if k := n.Add(1); k <= 3 {
				return 420, fmt.Sprintf("FLOOD_WAIT_%d", 300*k)
			}
		}
		return 0, ""
	})
	src := conn.Source(nil)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = src.Bounds(t.Context(), ch, time.Time{}, time.Time{})
	if e := collector.AsError(err); e == nil || e.Kind != collector.Guarded || e.Detail != gate.StopEscalating {
		t.Fatalf("got %v, want the guard's stop", err)
	}
	if got := conn.Standing(); got.Next.Why != collector.Guarded || len(got.Waits) != 3 {
		t.Errorf("standing %+v", got)
	}
	mu.Lock()
	if last.Stopped != gate.StopEscalating {
		t.Errorf("kept %+v", last)
	}
	mu.Unlock()
	conn.Resume()
	store := collectortest.NewStore()
	if p, err := telegramtest.Collect(t.Context(), src, store, "pier_news"); err != nil || p[0].State != collector.Done {
		t.Fatalf("collected %+v, %v", p, err)
	}
	telegramtest.Complete(t, store, rows)
}

// Premium's name for a flood wait is handled as well.
func TestPremiumFloodWait(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	s.Hooks().SetFloodError("FLOOD_PREMIUM_WAIT")
	var refused atomic.Bool
	s.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "channels.getFullChannel" && !refused.Swap(true) {
			return 1
		}
		return 0
	})
	conn := telegramtest.Dial(t, telegramtest.Options(s, telegramtest.SignedIn(t, s, sandbox.PhonePlain)))
	src := conn.Source(nil)
	if _, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"}); err != nil {
		t.Fatal(err)
	}
	if u := src.Usage(); u.Waits != 1 || s.Hooks().Early() != 0 {
		t.Errorf("usage %+v, %d early", u, s.Hooks().Early())
	}
}

// With sixteen ranges in flight and waits at any moment, no request is sent between
// a FLOOD_WAIT answer and its time.
func TestNoRequestBeforeItsTime(t *testing.T) {
	t.Parallel()
	w := world.New()
	rows := telegramtest.Truth(t, w, 5001, "pier_news", 9000)
	s := telegramtest.Start(t, w)
	s.Hooks().SetLatency(2 * time.Millisecond)
	// An answer takes this long to be read on a busy machine under the race
	// detector. A gate that lets requests pass would send hundreds in the rest of
	// the second.
	s.Hooks().SetFloodSlack(300 * time.Millisecond)
	conn := telegramtest.Dial(t, telegramtest.Options(s, telegramtest.SignedIn(t, s, sandbox.PhonePlain)))
	var n atomic.Int32
	s.Hooks().SetFlood(func(_ int64, method string) int {
		if k := n.Add(1); method == "messages.getHistory" && k%40 == 0 && k <= 120 {
			return 1
		}
		return 0
	})
	store := collectortest.NewStore()
	p, err := loop.Collect(t.Context(), loop.Run{Source: conn.Source(nil), Store: store, MaxInFlight: 16,
		Request: collector.Request{Channels: []string{"pier_news"}}})
	if err != nil || p[0].State != collector.Done {
		t.Fatalf("collected %+v, %v", p, err)
	}
	telegramtest.Complete(t, store, rows)
	if p[0].Waits == 0 {
		t.Error("no flood wait was met")
	}
	if early := s.Hooks().Early(); early != 0 {
		t.Errorf("%d requests were sent before their time", early)
	}
}

var scriptBegan = time.Now()

// scriptClock answers Uptime from a script, then with its last entry.
type scriptClock struct {
	mu     sync.Mutex
	uptime []time.Duration
}

func (c *scriptClock) Now() time.Time { return scriptBegan }

func (c *scriptClock) Uptime() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.uptime[0]
	if len(c.uptime) > 1 {
		c.uptime = c.uptime[1:]
	}
	return now
}

func (c *scriptClock) After(time.Duration) <-chan time.Time { return time.After(time.Millisecond) }

// A request that the gate stops while the client library writes it is not sent, and is retried:
// the library returns the gate's error.
func TestHeldBackByTheLibrary(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	o := telegramtest.Options(s, telegramtest.SignedIn(t, s, sandbox.PhonePlain))
	clock := &scriptClock{uptime: []time.Duration{ // the gate is closed until 105 s
		100 * time.Second, // made
		106 * time.Second, // the request may go …
		104 * time.Second, // … but not when it is written
		106 * time.Second,
	}}
	o.Clock, o.NotBefore = clock, clock.Now().Add(5*time.Second)
	conn := telegramtest.Dial(t, o)
	if _, err := conn.Self(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.Hooks().Requests("users.getUsers"); got != 1 {
		t.Errorf("%d requests arrived, want 1", got)
	}
	if u := conn.Source(nil); u.Usage().Requests != 0 || len(clock.uptime) != 1 {
		t.Errorf("the clock's script was not played: %v", clock.uptime)
	}
	if n := conn.Standing().Methods[0].Day.Requests; n != 1 {
		t.Errorf("%d requests counted, want 1", n)
	}
}
