package gate

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"telegramtrac/collector/gate/gatetest"
)

// A new account meets no wait in ten minutes with a bucket of 30 that refills by one a second,
// with many callers and repeated restarts, and uses at least 90 % of what is allowed.
func TestStrangerAgainstTokenBucket(t *testing.T) {
	for _, callers := range []int{1, 4, 16} {
		for _, latency := range []time.Duration{2 * time.Millisecond, 80 * time.Millisecond, 400 * time.Millisecond} {
			for _, lives := range []int{1, 10} {
				t.Run(fmt.Sprintf("%d callers, %v, %d lives", callers, latency, lives), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { strangerMeets(t, callers, latency, lives) })
				})
			}
		}
	}
}

func strangerMeets(t *testing.T, callers int, latency time.Duration, lives int) {
	const total = 10 * time.Minute
	b := &bucket{burst: 30, rate: 1, tokens: 30, at: time.Now(), latency: latency}
	s := &server{latency: latency, answer: b.take}
	clock, heard := gatetest.NewBubble(), new(told)
	for life := range lives {
		g := testGate(clock, heard, func(o *Options) {
			o.Pace = true
			if life > 0 {
				o.Memory = heard.last()
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), total/time.Duration(lives))
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
		cancel()
		if life%2 == 0 { // the others are killed
			g.Close()
		}
	}
	if b.floods > 0 {
		t.Errorf("%d waits were met", b.floods)
	}
	gives := 30 + int(total/time.Second)
	if share := float64(b.granted) / float64(gives); share < .9 {
		t.Errorf("%d of %d requests were granted: %.1f %%, want 90 %%", b.granted, gives, 100*share)
	}
	first := 0
	for _, at := range s.sent {
		if at.Sub(s.sent[0]) < time.Second/2 {
			first++
		}
	}
	if first > strangerBurst {
		t.Errorf("it began with %d requests at once, want %d at most", first, strangerBurst)
	}
}

// While Telegram accepts requests, the pace grows until there is no delay; otherwise the limit
// is found with few waits, and the pace begins to grow again.
func TestStrangerGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, heard := gatetest.NewBubble(), new(told)
		g := testGate(clock, heard, func(o *Options) { o.Pace = true })
		s := &server{latency: time.Millisecond}
		begin := time.Now()
		took := func(n int) time.Duration {
			begin := time.Now()
			for range n {
				if err := ask(t.Context(), g, s, history); err != nil {
					t.Fatal(err)
				}
			}
			return time.Since(begin)
		}
		if got := took(1000); got < 979*time.Second || got > 985*time.Second {
			t.Errorf("the first 1,000 requests took %v, want about 980s", got)
		}
		if got := g.Standing().Next.Spacing; got != time.Second {
			t.Errorf("kept %v apart, want 1s", got)
		}
		took(1000)
		if got := g.Standing().Next.Spacing; got != time.Second/2 {
			t.Errorf("1,000 requests later %v apart, want half a second", got)
		}
		took(5000)
		g.Close()
		g = reborn(t, clock, heard, func(o *Options) { o.Pace = true })
		if got := took(100); got > time.Second {
			t.Errorf("at the end 100 requests take %v", got)
		}
		t.Logf("free after %v", time.Since(begin))
	})
}

// A wait slows a stranger down, and its count of accepted requests restarts.
func TestStrangerMeetsWait(t *testing.T) {
	s := stranger{gap: strangerGap, through: strangerCalm + strangerHalf}
	s.slow()
	if s.spacing() != strangerGap || s.through != 0 {
		t.Errorf("after a wait %+v", s)
	}
	known := stranger{gap: strangerGap, through: 100 * strangerHalf}
	if known.slow(); known.spacing() != 0 || known.wait(0) != 0 {
		t.Errorf("an account that is known keeps %v", known.spacing())
	}
}

// Idle time does not make an account less new. Without Options.Pace an account is not delayed.
func TestStrangerRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, heard := gatetest.NewBubble(), new(told)
		g := testGate(clock, heard, func(o *Options) { o.Pace = true })
		if err := ask(t.Context(), g, new(server), history); err != nil {
			t.Fatal(err)
		}
		g.Close()
		time.Sleep(30 * 24 * time.Hour)
		g = reborn(t, clock, heard, func(o *Options) { o.Pace = true })
		if got := g.Standing().Next.Spacing; got != strangerGap {
			t.Errorf("a month later %v apart, want 1s", got)
		}
		off := reborn(t, clock, heard, nil)
		begin := time.Now()
		for range 200 {
			if err := ask(t.Context(), off, new(server), history); err != nil {
				t.Fatal(err)
			}
		}
		if time.Since(begin) != 0 || off.Standing().Next.Spacing != 0 {
			t.Errorf("without a pace 200 requests took %v", time.Since(begin))
		}
		if off.Close(); heard.last().Stranger == nil {
			t.Error("what was known of the account is forgotten")
		}
	})
}

// Memory.Standing shows the right pace without an open gate: for an account that has sent
// nothing, and for one without delays.
func TestStrangerStanding(t *testing.T) {
	now := time.Date(2024, 2, 2, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		kept *Stranger
		pace bool
		want time.Duration
	}{
		{nil, true, strangerGap},
		{nil, false, 0},
		{&Stranger{Gap: strangerGap}, true, strangerGap},
		{&Stranger{Gap: strangerGap}, false, 0},
		{&Stranger{Gap: strangerGap, Through: strangerCalm + strangerHalf}, true, strangerGap / 2},
		{&Stranger{}, true, 0},
	} {
		m := Memory{Stranger: tt.kept}
		if got := m.Standing(now, Options{Pace: tt.pace}).Next.Spacing; got != tt.want {
			t.Errorf("%+v, pace %v: %v between requests, want %v", tt.kept, tt.pace, got, tt.want)
		}
	}
}
