package loop_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
)

// spread returns n ids from first on, step apart.
func spread(first, step int64, n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = first + int64(i)*step
	}
	return out
}

// spreads are channels with different distributions of ids.
func spreads() map[string][]int64 {
	rng := rand.New(rand.NewPCG(1, 1))
	half, clumps := []int64{1}, []int64{}
	for id := int64(2); id <= 60_000; id++ {
		if rng.Float64() < 0.5 {
			half = append(half, id)
		}
	}
	for i := range int64(60) {
		clumps = append(clumps, spread(1+i*50_000, 1, 1+rng.IntN(400))...)
	}
	return map[string][]int64{
		"one":                   {3_000_000},
		"100 over 3M":           spread(30_000, 30_000, 100),
		"two ends":              append(spread(1, 1, 50), spread(3_000_001, 1, 50)...),
		"dense":                 spread(1, 1, 30_000),
		"half deleted":          half,
		"dense after a leap":    append([]int64{1}, spread(3_000_000, 1, 20_000)...),
		"dense before a leap":   append(spread(1, 1, 20_000), 3_000_000),
		"clumps":                clumps,
		"nothing but the first": {1},
		"oldest deleted":        spread(900_000, 1, 5_000),
	}
}

// TestRequestsGrowWithMessages: for all distributions of ids and in every mode, the requests
// are bounded by the messages and the workers.
func TestRequestsGrowWithMessages(t *testing.T) {
	for name, ids := range spreads() {
		for _, inFlight := range []int{1, 4, 16} {
			for mode, r := range map[string]collector.Request{"all": {}, "last": {Last: 1000},
				"dates": {Since: day(t, "2024-01-02"), Until: day(t, "2024-01-09")}} {
				t.Run(fmt.Sprint(name, "/", inFlight, "/", mode), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { requestsGrow(t, ids, r, inFlight) })
				})
			}
		}
	}
}

func requestsGrow(t *testing.T, ids []int64, r collector.Request, inFlight int) {
	ch := collectortest.NewChannel(1, "alpha", ids...)
	src, store := far(collectortest.NewSource(ch)), collectortest.NewStore()
	r.Channels = []string{"alpha"}
	got, err := loop.Collect(t.Context(), loop.Run{Source: src, Store: store, Request: r, MaxInFlight: inFlight})
	if err != nil || got[0].State != collector.Done || got[0].Accounted() != got[0].Span() {
		t.Fatalf("%+v, %v", got, err)
	}
	if n, most := src.Usage().Requests, int64(len(store.Rows(1))/100+20*inFlight); n > most {
		t.Errorf("%d requests for %d messages, want %d at most", n, len(store.Rows(1)), most)
	}
	if all := r.Last == 0 && r.Since.IsZero(); all && len(store.Rows(1)) != len(ids) || store.Doubled() > 0 {
		t.Errorf("%d rows of %d, %d doubled", len(store.Rows(1)), len(ids), store.Doubled())
	}
}

// far makes answers take time, within a synctest bubble: at once they come with few requests in
// flight, however many there may be.
func far(src *collectortest.Source) *collectortest.Source {
	on := src.OnPage
	src.OnPage = func(ctx context.Context, id, below int64) error {
		time.Sleep(time.Duration(60+below%41) * time.Millisecond)
		if on != nil {
			return on(ctx, id, below)
		}
		return nil
	}
	return src
}

// TestRequestsOfManyInFlight: where ids have gaps, 16 in flight cost hardly more requests than 8,
// also in a channel that begins with as many in flight as the one before had; elsewhere one more
// for each more worker.
func TestRequestsOfManyInFlight(t *testing.T) {
	all := spreads()
	rng := rand.New(rand.NewPCG(5, 5))
	for id := range int64(5000) {
		if rng.Float64() < 0.7 {
			all["gaps"] = append(all["gaps"], id+1)
		}
	}
	for name, ids := range all {
		t.Run(name, func(t *testing.T) {
			var requests [2]int64
			for i, most := range []int{8, 16} {
				synctest.Test(t, func(t *testing.T) { requests[i] = requestsOfSecond(t, ids, most) })
			}
			more := int64(5)
			if dense := ids[len(ids)-1]*3 <= int64(len(ids))*4; dense {
				more = 10
			}
			if requests[1] > requests[0]+more {
				t.Errorf("%d requests with 16 in flight, %d with 8", requests[1], requests[0])
			}
		})
	}
}

// requestsOfSecond counts the requests for a channel that is collected after another one.
func requestsOfSecond(t *testing.T, ids []int64, most int) int64 {
	first, second := collectortest.NewChannel(1, "first", spread(1, 1, 5000)...), collectortest.NewChannel(2, "second", ids...)
	src := far(collectortest.NewSource(first, second))
	got, err := loop.Collect(t.Context(), loop.Run{Source: src, Store: collectortest.NewStore(), MaxInFlight: most,
		Request: collector.Request{Channels: []string{"first", "second"}}})
	if err != nil || got[1].State != collector.Done {
		t.Fatalf("%+v, %v", got, err)
	}
	return got[1].Requests
}

func day(t *testing.T, s string) collector.Date {
	t.Helper()
	d, err := collector.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRequestsOfSparseAgain: reading again is also bounded by the messages.
func TestRequestsOfSparseAgain(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", spread(30_000, 30_000, 100)...)
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	run(t, src, store, collector.Request{Channels: []string{"alpha"}})
	before := src.Usage()
	run(t, src, store, collector.Request{Channels: []string{"alpha"}, AgainDays: 10_000})
	if n := src.Usage().Sub(before).Requests; n > 1+20*4 {
		t.Errorf("looking again at 100 messages took %d requests", n)
	}
}

// TestWalkIsStopped: wherever a walk is stopped, it has stored what it reported, and the next
// one loses or duplicates nothing.
func TestWalkIsStopped(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for name, ids := range spreads() {
		for _, inFlight := range []int{5, 16} {
			t.Run(fmt.Sprint(name, "/", inFlight), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { walkIsStopped(t, rng, ids, inFlight) })
			})
		}
	}
}

func walkIsStopped(t *testing.T, rng *rand.Rand, ids []int64, inFlight int) {
	src, store := collectortest.NewSource(collectortest.NewChannel(1, "alpha", ids...)), collectortest.NewStore()
	src.PageSize = 37
	run := loop.Run{Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha"}}, MaxInFlight: inFlight}
	for range 6 {
		ctx, cancel := context.WithCancel(t.Context())
		pages := rng.IntN(40)
		src.OnPage = func(context.Context, int64, int64) error {
			if pages--; pages < 0 {
				cancel()
			}
			return nil
		}
		far(locked(src))
		run.Progress, _ = loop.Collect(ctx, run)
		cancel()
	}
	src.OnPage = nil
	got, err := loop.Collect(t.Context(), run)
	if err != nil || got[0].State != collector.Done || len(store.Rows(1)) != len(ids) || store.Doubled() > 0 {
		t.Errorf("%d rows of %d, %d doubled, %+v, %v", len(store.Rows(1)), len(ids), store.Doubled(), got, err)
	}
	if got[0].New != int64(len(ids)) {
		t.Errorf("%d new, want %d", got[0].New, len(ids))
	}
	for id, m := range store.Rows(1) {
		if m.ID != id || m.Kind == collector.KindMessage && m.Text != fmt.Sprintf("message %d of alpha", id) {
			t.Fatalf("row %d is %+v", id, m)
		}
	}
}

// TestUnreadableIsAskedAgain: an unreadable message is stored as such, and a newer layer asks
// for it again.
func TestUnreadableIsAskedAgain(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", spread(1, 1, 450)...)
	whole := ch.Messages[221]
	ch.Messages[221] = collector.NewUnreadable(1, whole.ID, whole.Date, 200, "unknown class 0x7e57ab1e")
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	p := run(t, src, store, collector.Request{Channels: []string{"alpha"}})[0]
	if p.State != collector.Done || p.Unreadable != 1 || p.Messages+p.Service != 449 || p.Absent != 0 || p.Short() != 0 {
		t.Errorf("with one that cannot be read: %+v", p)
	}
	if r, _ := store.Receipt("run", "alpha"); r.Unreadable != 1 {
		t.Errorf("the receipt does not tell of it: %+v", r)
	}
	ch.Messages[221] = whole
	run(t, src, store, collector.Request{Channels: []string{"alpha"}})
	if store.Rows(1)[222].Kind != collector.KindUnreadable {
		t.Error("the same layer asked again")
	}
	src.Reads = 201
	p = run(t, src, store, collector.Request{Channels: []string{"alpha"}})[0]
	if got := store.Rows(1)[222]; got.Text != whole.Text || p.Unreadable != 0 || p.Messages+p.Service != 450 {
		t.Errorf("after a newer layer asked: %+v, %+v", got, p)
	}
}

// TestCheck: asking again for the ids without a message finds those that a source left out; its
// cost is bounded by the absent ids, and Short is reported before.
func TestCheck(t *testing.T) {
	whole := collectortest.NewChannel(1, "alpha", append(spread(1, 3, 1000), spread(500_000, 1, 50)...)...)
	ch := collectortest.NewChannel(1, "alpha")
	for i, m := range whole.Messages {
		if i%50 != 7 {
			ch.Messages = append(ch.Messages, m)
		}
	}
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	all := int64(len(whole.Messages))
	lost := all - int64(len(ch.Messages))
	p := run(t, counting{Source: src, count: all}, store, collector.Request{Channels: []string{"alpha"}})[0]
	if p.Short() != lost {
		t.Errorf("%d short, want %d: %+v", p.Short(), lost, p)
	}
	if r, _ := store.Receipt("run", "alpha"); r.Short != lost {
		t.Errorf("the receipt says %d are short, want %d", r.Short, lost)
	}
	ch.Messages = whole.Messages
	before := src.Usage()
	p = run(t, counting{Source: src, count: all}, store, collector.Request{Channels: []string{"alpha"}, Check: true})[0]
	if p.Short() != 0 || int64(len(store.Rows(1))) != all || p.New != lost {
		t.Errorf("after the check: %d rows of %d, %+v", len(store.Rows(1)), all, p)
	}
	if n := src.Usage().Sub(before).Requests; n > 21+20*4 {
		t.Errorf("asking for 2,100 single ids and one long run took %d requests", n)
	}
	for _, m := range store.Rows(1) {
		if m.ChannelUsername != "alpha" || !strings.HasPrefix(m.Text, "message") && m.Kind == collector.KindMessage {
			t.Fatalf("row %+v", m)
		}
	}
}

// counting is a source that returns the number of messages.
type counting struct {
	*collectortest.Source
	count int64
}

func (c counting) Bounds(ctx context.Context, ch collector.Channel, since, until time.Time) (collector.Bounds, error) {
	b, err := c.Source.Bounds(ctx, ch, since, until)
	b.Count = &c.count
	return b, err
}

// locked is a source that calls OnPage from one goroutine at a time.
func locked(src *collectortest.Source) *collectortest.Source {
	var mu sync.Mutex
	on := src.OnPage
	src.OnPage = func(ctx context.Context, id, below int64) error {
		mu.Lock()
		defer mu.Unlock()
		return on(ctx, id, below)
	}
	return src
}
