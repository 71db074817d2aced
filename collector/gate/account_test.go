package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/gate/gatetest"
)

// told records what a gate reports.
type told struct {
	mu    sync.Mutex
	waits []collector.Wait
	kept  []Memory
}

func (t *told) wait(w collector.Wait) { t.mu.Lock(); defer t.mu.Unlock(); t.waits = append(t.waits, w) }
func (t *told) keep(m Memory)         { t.mu.Lock(); defer t.mu.Unlock(); t.kept = append(t.kept, m) }

func (t *told) last() Memory {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept[len(t.kept)-1]
}

func (t *told) kinds() []collector.Kind {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []collector.Kind
	for _, w := range t.waits {
		out = append(out, w.Kind)
	}
	return out
}

func testGate(c Clock, t *told, change func(*Options)) *Account {
	o := Options{Clock: c, OnWait: t.wait, Save: t.keep, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	return New(o)
}

// server answers the requests of a gate after a round trip.
type server struct {
	latency time.Duration
	answer  func(method string, sent time.Time) error

	mu   sync.Mutex
	sent []time.Time
}

// sender sends requests of a method; leave is called right before each.
type sender interface {
	send(ctx context.Context, method string, leave func(method string) bool) error
}

// ask sends a request through a gate.
func ask(ctx context.Context, g *Account, to sender, method string) error {
	return g.Do(ctx, method, func(ctx context.Context) Answer {
		err := to.send(ctx, method, g.Leave)
		a := Answer{Err: err, Replied: err == nil}
		if f, ok := errors.AsType[flood](err); ok {
			a.Flood, a.Wait = true, time.Duration(f)
		}
		if f, ok := errors.AsType[frozen](err); ok {
			a.Stop = string(f)
		}
		return a
	})
}

// flood is an answer that asks to wait.
type flood time.Duration

func (f flood) Error() string { return fmt.Sprint("wait for ", time.Duration(f)) }

// frozen is an answer with the reason why the account is stopped.
type frozen string

func (f frozen) Error() string { return string(f) }

func floodError(seconds int) error { return flood(time.Duration(seconds) * time.Second) }

func (s *server) send(ctx context.Context, method string, leave func(method string) bool) error {
	if !leave(method) {
		return fmt.Errorf("send: %w", ErrClosed)
	}
	sent := time.Now()
	select {
	case <-time.After(s.latency / 2):
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	s.sent = append(s.sent, sent)
	var err error
	if s.answer != nil {
		err = s.answer(method, sent)
	}
	s.mu.Unlock()
	time.Sleep(s.latency / 2)
	return err
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent)
}

const (
	history     = "messages.getHistory"
	fullChannel = "channels.getFullChannel"
)

// bucket is a token bucket that doubles its penalty for requests sent by a client that already
// knew of a wait.
type bucket struct {
	burst, rate float64
	latency     time.Duration

	tokens    float64
	at        time.Time
	until     time.Time // end of the wait in the last answer
	knownFrom time.Time // when that answer arrived
	penalty   time.Duration
	early     int
	granted   int
	floods    int
}

func (b *bucket) take(_ string, sent time.Time) error {
	now := time.Now()
	if now.Before(b.until) {
		if sent.After(b.knownFrom) {
			b.early++
			b.penalty = max(2*b.penalty, time.Second)
			b.until = b.until.Add(b.penalty)
		}
		return floodError(int(math.Ceil(b.until.Sub(now).Seconds())))
	}
	b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.at).Seconds())
	b.at = now
	if b.tokens >= 1 {
		b.tokens--
		b.granted++
		return nil
	}
	b.floods++
	seconds := int(math.Ceil((1 - b.tokens) / b.rate))
	b.until = now.Add(time.Duration(seconds) * time.Second)
	b.knownFrom = now.Add(b.latency / 2)
	return floodError(seconds)
}

// With a bucket of 30 that refills by one a second, any number of callers gets at least 95 % of
// what it allows, with no early request and few waits.
func TestGateAgainstTokenBucket(t *testing.T) {
	for _, callers := range []int{1, 4, 16} {
		for _, latency := range []time.Duration{2 * time.Millisecond, 80 * time.Millisecond, 400 * time.Millisecond} {
			t.Run(fmt.Sprintf("%d callers, %v", callers, latency), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					const minutes = 10
					b := &bucket{burst: 30, rate: 1, tokens: 30, at: time.Now(), latency: latency}
					s := &server{latency: latency, answer: b.take}
					g := testGate(gatetest.NewBubble(), new(told), nil)
					ctx, cancel := context.WithTimeout(t.Context(), minutes*time.Minute)
					defer cancel()
					var wg sync.WaitGroup
					for range callers {
						wg.Go(func() {
							for ctx.Err() == nil {
								if err := ask(ctx, g, s, history); err != nil && ctx.Err() == nil {
									t.Errorf("Invoke: %v", err)
									return
								}
							}
						})
					}
					wg.Wait()
					gives := 30 + minutes*60
					if share := float64(b.granted) / float64(gives); share < .95 {
						t.Errorf("%d of %d requests were granted: %.1f %%, want 95 %%", b.granted, gives, 100*share)
					}
					if b.early != 0 {
						t.Errorf("%d requests were early", b.early)
					}
					if most := 6 + callers; b.floods > most {
						t.Errorf("%d flood waits were met, want %d at most", b.floods, most)
					}
					u := g.Usage()
					if int(u.Waits) > b.floods || u.Waits == 0 || u.Requests < int64(len(s.sent)) || u.Requests > int64(len(s.sent)+callers) {
						t.Errorf("usage %+v; %d waits and %d requests were seen", u, b.floods, len(s.sent))
					}
					t.Logf("%d granted, %d waits", b.granted, b.floods)
				})
			})
		}
	}
}

// A request that has passed the gate is still delayed by a wait that begins before it is
// written, and is sent after the wait.
func TestGateHoldsBackWhatIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testGate(gatetest.NewBubble(), new(told), nil)
		s := &server{}
		tries := 0
		late := sendFunc(func(ctx context.Context, method string, leave func(method string) bool) error {
			if tries++; tries == 1 { // the answer to another request arrives right now
				g.hold("messages.getHistory", 20*time.Second)
			}
			return s.send(ctx, method, leave)
		})
		begin := time.Now()
		if err := ask(t.Context(), g, late, history); err != nil {
			t.Fatal(err)
		}
		if s.count() != 1 || s.sent[0].Sub(begin) != 21*time.Second {
			t.Errorf("sent at %v after the begin, want once after 21 s", s.sent)
		}
		if u := g.Usage(); u.Requests != 1 || u.Waits != 1 || u.Waited != 21*time.Second {
			t.Errorf("usage %+v, want one request, one wait of 21 s", u)
		}
	})
}

type sendFunc func(ctx context.Context, method string, leave func(method string) bool) error

func (f sendFunc) send(ctx context.Context, method string, leave func(method string) bool) error {
	return f(ctx, method, leave)
}

// An interactive gate returns a flood wait as an error at once.
func TestGateInteractive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testGate(gatetest.NewBubble(), new(told), func(o *Options) { o.Interactive = true })
		s := &server{answer: func(string, time.Time) error { return floodError(math.MaxInt32) }}
		err := ask(t.Context(), g, s, history)
		if e := collector.AsError(err); e.Kind != collector.Guarded || time.Until(e.RetryAt) < 67*365*24*time.Hour {
			t.Errorf("got %v, retry at %v; want a stop for a flood wait of 68 years", err, e.RetryAt)
		}
	})
}

// A flood wait of an interactive gate delays all requests and is remembered like any other:
// nothing is sent before it ends.
func TestGateInteractiveHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, heard := gatetest.NewBubble(), new(told)
		interactive := func(o *Options) { o.Interactive = true }
		g := testGate(clock, heard, interactive)
		s := &server{answer: func(string, time.Time) error { return floodError(3600) }}
		begin := clock.Now()
		want := begin.Add(3601 * time.Second)
		flooded := func(g *Account, in string) {
			t.Helper()
			err := ask(t.Context(), g, s, in)
			if e := collector.AsError(err); e.Kind != collector.Flood || !e.RetryAt.Equal(want) {
				t.Errorf("got %v, retry at %v; want a flood wait until %v", err, e.RetryAt, want)
			}
		}
		flooded(g, history)
		flooded(g, history)
		flooded(g, fullChannel) // the limit belongs to the account
		flooded(g, resolveMethod)
		kept := heard.last()
		if len(kept.Waits) != 1 || kept.Method != "messages.getHistory" || !kept.NotBefore.Equal(want) {
			t.Errorf("kept %+v, want one wait of messages.getHistory until %v", kept, want)
		}
		again := testGate(clock, heard, func(o *Options) { o.Interactive, o.Memory = true, kept })
		flooded(again, fullChannel)
		if s.count() != 1 || !clock.Now().Equal(begin) {
			t.Errorf("%d requests in %v, want one at once", s.count(), clock.Now().Sub(begin))
		}
		s.answer = nil
		patient := testGate(clock, heard, func(o *Options) { o.Memory = kept })
		if err := ask(t.Context(), patient, s, history); err != nil || clock.Now().Before(want) {
			t.Errorf("sent at %v, %v; want not before %v", clock.Now(), err, want)
		}
		if err := ask(t.Context(), g, s, history); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

// During sign-in there is no account yet: a wait delays only its own method, and a code that
// has arrived can still be entered.
func TestGateSigningIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testGate(gatetest.NewBubble(), new(told), func(o *Options) { o.Interactive, o.SigningIn = true, true })
		s := &server{answer: func(method string, _ time.Time) error {
			if method == "auth.resendCode" {
				return floodError(13 * 3600)
			}
			return nil
		}}
		for range 2 {
			err := ask(t.Context(), g, s, "auth.resendCode")
			if e := collector.AsError(err); e.Kind != collector.Flood || time.Until(e.RetryAt) < 13*time.Hour {
				t.Errorf("got %v, want a flood wait", err)
			}
		}
		if s.count() != 1 {
			t.Errorf("%d requests for another code, want 1", s.count())
		}
		if err := ask(t.Context(), g, s, "auth.signIn"); err != nil {
			t.Errorf("the code: %v", err)
		}
		time.Sleep(13*time.Hour + time.Second)
		s.answer = nil
		if err := ask(t.Context(), g, s, "auth.resendCode"); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

// Setting the wall clock during a wait neither shortens nor lengthens it, and the new time of
// day is reported.
func TestGateClockJumps(t *testing.T) {
	for name, by := range map[string]time.Duration{"forward": 5 * time.Hour, "back": -30 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock, heard := gatetest.NewBubble(), new(told)
				g := testGate(clock, heard, nil)
				first := true
				s := &server{answer: func(string, time.Time) error {
					if !first {
						return nil
					}
					first = false
					return floodError(3600)
				}}
				begin := time.Now()
				done := make(chan error)
				go func() { done <- ask(t.Context(), g, s, history) }()
				time.Sleep(10 * time.Minute)
				clock.Jump(by)
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				if got := time.Since(begin); got != 3601*time.Second {
					t.Errorf("it took %v, want 1h0m1s", got)
				}
				want := begin.Add(3601*time.Second + by).Round(0)
				if got := heard.waits[1].Until; !got.Equal(want) {
					t.Errorf("told %v after the jump, want %v", got, want)
				}
				if got := heard.last().NotBefore; !got.Equal(want) {
					t.Errorf("kept %v after the jump, want %v", got, want)
				}
			})
		})
	}
}

// The memory survives a restart as JSON, and setting the clock back in between does not
// lengthen a wait.
func TestGateRemembers(t *testing.T) {
	for name, tt := range map[string]struct {
		down time.Duration // how far the wall clock moved between the processes
		want time.Duration
	}{
		"at once":      {0, 601 * time.Second},
		"after a time": {4 * time.Minute, 361 * time.Second},
		"too late":     {time.Hour, 0},
		"set back":     {-72 * time.Hour, 601 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock, heard := gatetest.NewBubble(), new(told)
				testGate(clock, heard, nil).hold("messages.getHistory", 600*time.Second)
				kept, err := json.Marshal(heard.last())
				if err != nil {
					t.Fatal(err)
				}
				var m Memory
				if err := json.Unmarshal(kept, &m); err != nil {
					t.Fatal(err)
				}
				clock.Jump(tt.down)
				g := testGate(clock, new(told), func(o *Options) { o.Memory = m })
				begin := time.Now()
				if err := ask(t.Context(), g, new(server), history); err != nil {
					t.Fatal(err)
				}
				if got := time.Since(begin); got != tt.want {
					t.Errorf("it took %v, want %v", got, tt.want)
				}
				if forgotten := g.pace("messages.getHistory", g.clock.Uptime()).gap == 0; forgotten != (tt.down >= time.Hour) {
					t.Errorf("the pace was forgotten: %v", forgotten)
				}
			})
		})
	}
}

// At most 30 names are looked up in any minute, with any number of callers and across restarts,
// and history is not delayed by it.
func TestResolveBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, heard := gatetest.NewBubble(), new(told)
		s := &server{latency: 20 * time.Millisecond}
		var m Memory
		for _, lifetime := range []time.Duration{3*time.Minute + 7*time.Second, 20 * time.Second, 5 * time.Minute} {
			g := testGate(clock, heard, func(o *Options) { o.Memory, o.LookUpsADay = m, 1000 })
			ctx, cancel := context.WithTimeout(t.Context(), lifetime)
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					for ask(ctx, g, s, resolveMethod) == nil {
					}
				})
			}
			time.Sleep(6 * time.Second)
			other := &server{}
			begin := time.Now()
			if err := ask(ctx, g, other, history); err != nil || time.Since(begin) != 0 {
				t.Errorf("history was held back for %v: %v", time.Since(begin), err)
			}
			next := g.Standing().Next
			if next.Resolves != 0 || !next.ResolveAt.After(clock.Now()) || next.Why != "" {
				t.Errorf("with the budget spent, what comes next is %+v", next)
			}
			wg.Wait()
			cancel()
			m = heard.last()
		}
		for i, from := range s.sent {
			n := 0
			for _, at := range s.sent[i:] {
				if at.Sub(from) < time.Minute {
					n++
				}
			}
			if n > 30 {
				t.Errorf("%d look-ups in the minute after %v", n, from)
			}
		}
		if got, least := len(s.sent), 180; got < least {
			t.Errorf("%d look-ups in eight minutes, want %d at least", got, least)
		}
		if heard.waits[0].Kind != collector.Pacing || heard.waits[0].Method != resolveMethod || heard.waits[len(heard.waits)-1].Kind != "" {
			t.Errorf("told %v", heard.kinds())
		}
	})
}

// Waits that escalate stop everything until the person resumes.
func TestGuardStops(t *testing.T) {
	for name, tt := range map[string]struct {
		waits   []int // seconds
		between time.Duration
		want    string
	}{
		"escalating":     {[]int{200, 200, 201}, time.Minute, StopEscalating},
		"growing, short": {[]int{20, 30, 40, 50, 60, 70}, time.Second, ""},
		"the same, short": {[]int{25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25},
			time.Second, ""},
		"falling":           {[]int{900, 300, 200, 100}, time.Minute, ""},
		"far apart":         {[]int{300, 400, 500}, 61 * time.Minute, ""},
		"one long":          {[]int{43200}, 0, StopLong},
		"half a day nearly": {[]int{43199}, 0, ""},
		"sixty-eight years": {[]int{math.MaxInt32}, 0, StopLong},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				heard := new(told)
				g := testGate(gatetest.NewBubble(), heard, nil)
				for _, seconds := range tt.waits {
					g.hold("messages.getHistory", time.Duration(seconds)*time.Second)
					time.Sleep(time.Duration(seconds+1)*time.Second + tt.between)
				}
				if got := heard.last().Stopped; got != tt.want {
					t.Errorf("stopped for %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestGuardUntilResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, heard := gatetest.NewBubble(), new(told)
		g := testGate(clock, heard, nil)
		waits, until := 0, time.Time{}
		s := &server{answer: func(string, time.Time) error {
			left := time.Until(until)
			if left <= 0 && waits < 3 { // three waits, each longer than the one before
				waits++
				left = time.Duration(300*waits) * time.Second
				until = time.Now().Add(left)
			}
			if left > 0 {
				return floodError(int(math.Ceil(left.Seconds())))
			}
			return nil
		}}
		errs := make(chan error, 3)
		for range 3 { // waiting callers get the error at once, not after the wait
			go func() { errs <- ask(t.Context(), g, s, history) }()
		}
		begin := time.Now()
		for range 3 {
			e := collector.AsError(<-errs)
			if e == nil || e.Kind != collector.Guarded || e.Detail != StopEscalating || !e.RetryAt.Equal(heard.last().NotBefore) {
				t.Errorf("got %+v, want the guard's stop", e)
			}
		}
		if got := time.Since(begin); got > 16*time.Minute {
			t.Errorf("those who waited were told after %v", got)
		}
		sent := s.count()

		later := testGate(clock, heard, func(o *Options) { o.Memory = heard.last() }) // a new process is stopped too
		if err := ask(t.Context(), later, s, history); collector.KindOf(err) != collector.Guarded {
			t.Errorf("after a restart: %v, want the guard's stop", err)
		}
		if next := later.Standing().Next; next.Why != collector.Guarded || next.Stopped != StopEscalating || next.At.IsZero() {
			t.Errorf("what comes next: %+v", next)
		}
		if s.count() != sent {
			t.Error("a request was sent while the account was stopped")
		}
		heldUntil := heard.last().NotBefore
		later.Resume()
		if err := ask(t.Context(), later, s, history); err != nil {
			t.Fatal(err)
		}
		if now := clock.Now(); now.Before(heldUntil) {
			t.Errorf("sent at %v, before the end of the wait at %v", now, heldUntil)
		}
		later.hold("messages.getHistory", 20*time.Minute)
		if got := heard.last().Stopped; got != "" {
			t.Errorf("one more wait after the person resumed stops again: %q", got)
		}
	})
}

// Counts are by method, of the last hour and the last day.
func TestStanding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, heard := gatetest.NewBubble(), new(told)
		g := testGate(clock, heard, nil)
		s := new(server)
		asked := func(n int, in string) {
			for range n {
				if err := ask(t.Context(), g, s, in); err != nil {
					t.Fatal(err)
				}
			}
		}
		asked(1000, history) // drops out of the day
		time.Sleep(26 * time.Hour)
		asked(3, history)
		g.hold("messages.getHistory", 10*time.Second)
		time.Sleep(2 * time.Hour)
		asked(2, history)
		asked(1, resolveMethod)
		g.Close()
		want := []collector.MethodStanding{
			{Method: "messages.getHistory", Hour: collector.MethodCount{Requests: 2}, Day: collector.MethodCount{Requests: 5, Waits: 1}},
			{Method: resolveMethod, Hour: collector.MethodCount{Requests: 1}, Day: collector.MethodCount{Requests: 1}},
		}
		got := heard.last().Standing(clock.Now(), Options{})
		if diff := cmp.Diff(want, got.Methods); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(got, g.Standing(),
			cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Resolves" }, cmp.Ignore())); diff != "" {
			t.Errorf("the memory and the client differ: %s", diff)
		}
		if n := len(got.Waits); n != 1 || got.Waits[0].Seconds != 10 || got.Waits[0].Method != "messages.getHistory" {
			t.Errorf("waits: %+v", got.Waits)
		}
		if left := g.Standing().Next.Resolves; left != resolveBurst-1 {
			t.Errorf("%d look-ups left, want %d", left, resolveBurst-1)
		}
		if b, err := json.Marshal(heard.last()); err != nil || len(b) > 4000 {
			t.Errorf("the memory takes %d bytes, %v", len(b), err)
		}
	})
}

// A pace recovers after a flood wait.
func TestPaceRecovers(t *testing.T) {
	p := newPace("m", 0)
	now := time.Duration(0)
	for range 100 {
		now += 50 * time.Millisecond
		p.sent(now)
		p.answered()
	}
	p.slow(now, 20*time.Second)
	first := p.spacing(now)
	if first < 200*time.Millisecond || first > 300*time.Millisecond {
		t.Errorf("100 requests in 5 s, then a wait of 20 s: spacing %v, want about 260ms", first)
	}
	if got := p.spacing(now + 20*time.Second + calmFor*first); got != first {
		t.Errorf("in the calm: spacing %v, want %v", got, first)
	}
	if got := p.spacing(now + 20*time.Second + calmFor*first + easeFor*first); got != first/2 {
		t.Errorf("after it: spacing %v, want %v", got, first/2)
	}
	if got := p.spacing(now + 2*time.Hour); got != 0 {
		t.Errorf("two hours later: spacing %v, want none", got)
	}
}

// A wait that several requests on their way meet is reported once, and ends once.
func TestWaitsAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := new(told)
		g := testGate(gatetest.NewBubble(), heard, nil)
		begin := time.Now()
		s := &server{latency: 100 * time.Millisecond, answer: func(string, time.Time) error {
			if time.Since(begin) < time.Second {
				return floodError(5)
			}
			return nil
		}}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := ask(t.Context(), g, s, history); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if diff := cmp.Diff([]collector.Kind{collector.Flood, ""}, heard.kinds()); diff != "" {
			t.Error(diff)
		}
		if u := g.Usage(); u.Waits != 1 || u.Requests != 16 {
			t.Errorf("usage %+v, want one wait and 16 requests", u)
		}
	})
}

func TestGateCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testGate(gatetest.NewBubble(), new(told), nil)
		g.hold("messages.getHistory", time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if err := ask(ctx, g, new(server), history); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if got := time.Since(begin); got != time.Second {
			t.Errorf("it took %v to stop waiting, want 1s", got)
		}
	})
}

// Waits that do not depend on the pace (one request in a hundred is refused at any pace) do not
// slow it down permanently, even if the process is killed repeatedly.
func TestWaitsByChance(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const requests, lives = 2200, 20
				rng := rand.New(rand.NewPCG(seed, 7))
				waits := 0
				s := &server{latency: 25 * time.Millisecond, answer: func(string, time.Time) error {
					if rng.Float64() < .01 {
						waits++
						return floodError(1)
					}
					return nil
				}}
				begin, clock := time.Now(), gatetest.NewBubble()
				var memory Memory
				for range lives {
					heard := new(told)
					g := testGate(clock, heard, func(o *Options) { o.Memory = memory })
					var left atomic.Int64
					left.Store(requests / lives)
					var wg sync.WaitGroup
					for range 8 {
						wg.Go(func() {
							for left.Add(-1) >= 0 {
								if err := ask(t.Context(), g, s, history); err != nil {
									t.Error(err)
								}
							}
						})
					}
					wg.Wait()
					g.Close()
					memory = heard.last()
				}
				took := time.Since(begin)
				t.Logf("%d waits in %v", waits, took)
				if most := 20 * time.Minute; took > most {
					t.Errorf("%d requests with %d waits of a second took %v, want %v at most", requests, waits, took, most)
				}
			})
		})
	}
}

// State saved by a clock that was a year ahead expires: the pace eases, and the last hour is
// correct.
func TestClockWasAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const method = "messages.getHistory"
		c := gatetest.NewBubble()
		now, ahead := c.Now(), c.Now().AddDate(1, 0, 0)
		m := Memory{
			NotBefore: ahead, Since: ahead.Add(-30 * time.Second), Method: method,
			Paces: map[string]Pace{method: {Gap: 20 * time.Second, Calm: 3 * time.Minute, EaseAt: ahead.Add(3 * time.Minute)}},
		}
		m.count(ahead, method, collector.MethodCount{Requests: 5})
		if got := m.Standing(now, Options{}).Methods; len(got) != 0 {
			t.Errorf("counted by a wrong clock: %+v", got)
		}
		m.count(now, method, collector.MethodCount{Requests: 2})
		if got := m.Standing(now, Options{}).Methods; len(got) != 1 || got[0].Hour.Requests != 7 {
			t.Errorf("moved to now: %+v, want 7 requests", got)
		}
		if got := m.Standing(now.Add(5*time.Hour), Options{}).Methods; len(got) != 1 || got[0].Hour.Requests != 0 || got[0].Day.Requests != 7 {
			t.Errorf("five hours later: %+v, want 7 requests in the last day", got)
		}
		g := testGate(c, new(told), func(o *Options) { o.Memory = m })
		spacing := func() time.Duration { return g.pace(method, c.Uptime()).spacing(c.Uptime()) }
		if got := spacing(); got != 20*time.Second {
			t.Errorf("at first %v apart, want 20s", got)
		}
		time.Sleep(3*time.Minute + 31*time.Second + half(20*time.Second))
		if got := spacing(); got > 10*time.Second || got < 9*time.Second {
			t.Errorf("after the calm and one half-life %v apart, want nearly 10s", got)
		}
		time.Sleep(48 * time.Hour)
		if got := spacing(); got != 0 {
			t.Errorf("after two days %v apart", got)
		}
	})
}

// A frozen account is stopped at once, by any method. During sign-in the error is returned and
// nothing is remembered.
func TestStop(t *testing.T) {
	for _, set := range []Options{{}, {Interactive: true}, {Interactive: true, SigningIn: true}} {
		for _, method := range []string{history, resolveMethod, "users.getUsers"} {
			t.Run(fmt.Sprintf("%s interactive=%v signingIn=%v", method, set.Interactive, set.SigningIn), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					heard := new(told)
					g := testGate(gatetest.NewBubble(), heard, func(o *Options) { o.Interactive, o.SigningIn = set.Interactive, set.SigningIn })
					s := &server{answer: func(string, time.Time) error { return frozen(StopFrozen) }}
					for range 2 {
						err := ask(t.Context(), g, s, method)
						if e := collector.AsError(err); e == nil || e.Kind != collector.Guarded || e.Detail != StopFrozen {
							t.Errorf("got %v, want a stop", err)
						}
					}
					want, sent := StopFrozen, 1
					if set.SigningIn {
						want, sent = "", 2
					}
					if s.count() != sent || heard.last().Stopped != want {
						t.Errorf("%d requests, remembered the stop %q; want %d, %q", s.count(), heard.last().Stopped, sent, want)
					}
				})
			})
		}
	}
}
