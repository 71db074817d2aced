package loop_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
)

// TestHeldIsBounded: what 16 workers hold between pages and parts does not grow with their
// number, and where messages are small, parts are as large as those of one worker.
func TestHeldIsBounded(t *testing.T) {
	for name, test := range map[string]struct {
		raw, inFlight int
		most          int64 // messages held
	}{
		"two":           {8 << 10, 2, 2200},
		"many":          {3 << 10, 16, 6000},
		"many, large":   {8 << 10, 16, 16 * 300},
		"many, tiny":    {2, 16, 15_000},
		"one, gigantic": {100 << 10, 1, 1100},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ch := collectortest.NewChannel(1, "alpha", spread(1, 1, 30_000)...)
				raw := strings.Repeat(" ", test.raw-2) + "{}"
				for i := range ch.Messages {
					ch.Messages[i].Raw = raw
				}
				src, store := collectortest.NewSource(ch), collectortest.NewStore()
				var held, most, parts atomic.Int64
				src.OnPage = func(context.Context, int64, int64) error { most.Store(max(most.Load(), held.Add(100))); return nil }
				far(src)
				store.OnPut = func(p collector.Part) error { held.Add(-int64(len(p.Messages))); parts.Add(1); return nil }
				got, err := loop.Collect(t.Context(), loop.Run{Source: src, Store: store, MaxInFlight: test.inFlight,
					Request: collector.Request{Channels: []string{"alpha"}}})
				if err != nil || got[0].Accounted() != got[0].Span() || len(store.Rows(1)) != 30_000 || store.Doubled() > 0 {
					t.Fatalf("%+v, %v", got, err)
				}
				if n := most.Load(); n > test.most {
					t.Errorf("%d messages were held, want %d at most", n, test.most)
				}
				t.Logf("%d held, %d parts", most.Load(), parts.Load())
			})
		})
	}
}
