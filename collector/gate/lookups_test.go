package gate

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/gate/gatetest"
)

// reborn is a gate in a new process with the memory of the old one.
func reborn(t *testing.T, c Clock, heard *told, change func(*Options)) *Account {
	t.Helper()
	b, err := json.Marshal(heard.last())
	if err != nil {
		t.Fatal(err)
	}
	var m Memory
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return testGate(c, heard, func(o *Options) {
		o.Memory = m
		if change != nil {
			change(o)
		}
	})
}

// A flood wait of look-ups is an error at once for look-ups until it ends. It delays nothing
// else and does not stop the account.
func TestLookUpsFlood(t *testing.T) {
	for _, interactive := range []bool{false, true} {
		t.Run(fmt.Sprintf("interactive=%v", interactive), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const wait = 15 * time.Hour
				set := func(o *Options) { o.Interactive = interactive }
				clock, heard := gatetest.NewBubble(), new(told)
				begin := clock.Now()
				s := &server{answer: func(method string, _ time.Time) error {
					if method == resolveMethod && clock.Now().Sub(begin) < wait {
						return floodError(int((wait - clock.Now().Sub(begin)).Seconds()))
					}
					return nil
				}}
				g := testGate(clock, heard, set)
				for i, g := range []*Account{g, g, nil} {
					if g == nil {
						g = reborn(t, clock, heard, set)
					}
					err := ask(t.Context(), g, s, resolveMethod)
					e := collector.AsError(err)
					if e == nil || e.Kind != collector.LookUps || e.Detail != LookUpsFlood || !e.RetryAt.Equal(begin.Add(wait+time.Second)) {
						t.Errorf("%d: got %v, retry at %v; want that look-ups wait until %v", i, err, e.RetryAt, begin.Add(wait+time.Second))
					}
					if err := ask(t.Context(), g, s, history); err != nil {
						t.Errorf("%d: history: %v", i, err)
					}
					next := g.Standing().Next
					if next.LookUpsWhy != LookUpsFlood || next.Resolves != 0 || !next.ResolveAt.Equal(e.RetryAt) || next.Why != "" || !next.At.IsZero() {
						t.Errorf("%d: what comes next: %+v", i, next)
					}
					if kept := heard.last().Standing(clock.Now(), Options{}).Next; kept.ResolveAt.Sub(next.ResolveAt).Abs() > time.Second ||
						kept.LookUpsWhy != next.LookUpsWhy {
						t.Errorf("%d: without a connection: %+v", i, kept)
					}
				}
				if passed := clock.Now().Sub(begin); passed > time.Minute {
					t.Errorf("it took %v", passed)
				}
				if s.count() != 4 {
					t.Errorf("%d requests, want one look-up and three of history", s.count())
				}
				time.Sleep(wait + time.Second)
				if err := ask(t.Context(), g, s, resolveMethod); err != nil {
					t.Errorf("after the wait: %v", err)
				}
			})
		})
	}
}

// A flood wait of another method delays look-ups too.
func TestFloodHoldsLookUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testGate(gatetest.NewBubble(), new(told), nil)
		g.hold("messages.getHistory", time.Minute)
		begin := time.Now()
		if err := ask(t.Context(), g, new(server), resolveMethod); err != nil || time.Since(begin) != 61*time.Second {
			t.Errorf("looked up after %v, %v; want 61 s", time.Since(begin), err)
		}
	})
}

// If the waits of look-ups escalate, look-ups wait for a day; other requests continue.
func TestLookUpsEscalate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, heard := gatetest.NewBubble(), new(told)
		g := testGate(clock, heard, nil)
		for _, seconds := range []int{200, 300, 400} {
			g.hold(resolveMethod, time.Duration(seconds)*time.Second)
			if seconds < 400 {
				time.Sleep(time.Duration(seconds+1) * time.Second)
			}
		}
		if stopped := heard.last().Stopped; stopped != "" {
			t.Errorf("the account was stopped: %q", stopped)
		}
		if next := g.Standing().Next; next.ResolveAt.Sub(clock.Now()) != 24*time.Hour {
			t.Errorf("the next look-up goes in %v, want a day", next.ResolveAt.Sub(clock.Now()))
		}
		if err := ask(t.Context(), g, new(server), history); err != nil {
			t.Error(err)
		}
	})
}

// An account never exceeds its look-ups in any 24 hours, even if its process is killed after
// each; the error contains when to try again, and other requests use no budget.
func TestLookUpsADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, heard := gatetest.NewBubble(), new(told)
		s := new(server)
		g := testGate(clock, heard, nil)
		var sent []time.Time
		for clock.Now().Sub(time.Time{}) > 0 && len(sent) < 3*LookUpsADay {
			err := ask(t.Context(), g, s, resolveMethod)
			if err == nil {
				sent = append(sent, clock.Now())
				g = reborn(t, clock, heard, nil)
				continue
			}
			e := collector.AsError(err)
			if e.Kind != collector.LookUps || e.Detail != LookUpsBudget {
				t.Fatalf("got %v, want that the day's look-ups are used up", err)
			}
			if n := len(sent); n%LookUpsADay != 0 {
				t.Fatalf("used up after %d", n)
			}
			if next := heard.last().Standing(clock.Now(), Options{}).Next; next.LookUpsLeft != 0 || next.LookUpsADay != LookUpsADay ||
				next.LookUpsWhy != LookUpsBudget {
				t.Errorf("what is kept says %+v", next)
			}
			for range 500 {
				if err := ask(t.Context(), g, s, history); err != nil {
					t.Fatal(err)
				}
			}
			left := e.RetryAt.Sub(clock.Now())
			if left > 24*time.Hour || left < 23*time.Hour {
				t.Fatalf("it goes on in %v", left)
			}
			time.Sleep(left)
		}
		for i := LookUpsADay; i < len(sent); i++ {
			if apart := sent[i].Sub(sent[i-LookUpsADay]); apart < 24*time.Hour || apart > 25*time.Hour {
				t.Fatalf("look-up %d came %v after that %d before it", i, apart, LookUpsADay)
			}
		}
		if b, err := json.Marshal(heard.last()); err != nil || len(b) > 4000 {
			t.Errorf("the memory takes %d bytes, %v", len(b), err)
		}
	})
}

// Setting the clock neither restores the budget nor blocks it for longer than a day.
func TestLookUpsClock(t *testing.T) {
	for name, by := range map[string]time.Duration{"forward": 30 * 24 * time.Hour, "back": -30 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock, heard := gatetest.NewBubble(), new(told)
				few := func(o *Options) { o.LookUpsADay = 2 }
				g := testGate(clock, heard, few)
				s := new(server)
				ask := func() error { return ask(t.Context(), g, s, resolveMethod) }
				if err := ask(); err != nil {
					t.Fatal(err)
				}
				clock.Jump(by)
				if err := ask(); err != nil {
					t.Fatal(err)
				}
				e := collector.AsError(ask())
				if e == nil || e.Kind != collector.LookUps || e.RetryAt.Sub(clock.Now()) > 24*time.Hour {
					t.Fatalf("got %v, want that look-ups wait a day at most", e)
				}
				g = reborn(t, clock, heard, few)
				if err := ask(); collector.KindOf(err) != collector.LookUps {
					t.Fatalf("after a restart: %v", err)
				}
				time.Sleep(24*time.Hour + 2*time.Second)
				if err := ask(); err != nil {
					t.Errorf("a day later: %v", err)
				}
			})
		})
	}
}
