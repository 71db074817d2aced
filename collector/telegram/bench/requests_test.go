package bench

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/telegramtest"
)

// spread is a channel whose ids are spread in some way.
type spread struct {
	name string
	ids  func() []int
}

func spreads() []spread {
	return []spread{
		{"100 over 3M, even", func() []int { return every(30_000, 100, 1) }},
		{"100 over 3M, two ends", func() []int { return append(every(1, 50, 1), every(1, 50, 3_000_001)...) }},
		{"50000 dense", func() []int { return every(1, 50_000, 1) }},
		{"50000 half deleted", func() []int { return kept(100_000, 0.5) }},
		{"50000 dense after 3M", func() []int { return append([]int{1}, every(1, 49_999, 3_000_000)...) }},
		{"20000 in 40 clumps", func() []int { return clumps(40, 500, 75_000) }},
	}
}

// every returns n ids from first on, step apart.
func every(step, n, first int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = first + i*step
	}
	return out
}

// kept returns the ids up to most of which some are left out at random. Id 1 stays.
func kept(most int, share float64) []int {
	rng := rand.New(rand.NewPCG(1, 1))
	out := []int{1}
	for id := 2; id <= most; id++ {
		if rng.Float64() < share {
			out = append(out, id)
		}
	}
	return out
}

// clumps returns n runs of ids, apart from each other.
func clumps(n, each, apart int) []int {
	var out []int
	for i := range n {
		out = append(out, every(1, each, 1+i*apart)...)
	}
	return out
}

// BenchmarkRequests counts the requests for history that a channel takes, by how
// its ids are spread, and by how many requests may be in flight: all of it, and the
// last 1,000 messages. Answers take 10 ms, so that requests do overlap.
//
//	go test ./collector/telegram/bench -run '^$' -bench Requests -benchtime 1x
func BenchmarkRequests(b *testing.B) {
	for _, s := range spreads() {
		ids := s.ids()
		w := world.New()
		ch := &world.Channel{TL: tg.Channel{ID: 7001, Title: "Spread", Username: "spread", Broadcast: true}, Log: new(world.Log)}
		for i, id := range ids {
			if err := ch.Log.Append(&tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 7001}, Date: 1_600_000_000 + i*60,
				Message: fmt.Sprint("message ", id), Post: true}); err != nil {
				b.Fatal(err)
			}
		}
		w.AddChannel(ch)
		for _, last := range []int64{0, 1000} {
			for _, inFlight := range []int{1, 4, 16} {
				b.Run(fmt.Sprintf("%s/last=%d/in flight=%d", s.name, last, inFlight), func(b *testing.B) {
					for b.Loop() {
						countRequests(b, w, len(ids), last, inFlight)
					}
				})
			}
		}
	}
}

func countRequests(b *testing.B, w *world.World, messages int, last int64, inFlight int) {
	s, err := sandboxtest.Start(b.Context(), sandbox.Options{World: w, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	s.Hooks().SetLatency(10 * time.Millisecond)
	conn := telegramtest.Dial(b, telegramtest.Options(s, telegramtest.SignedIn(b, s, sandbox.PhonePlain)))
	store, cpu := collectortest.NewStore(), used()
	progress, err := loop.Collect(b.Context(), loop.Run{
		Source: conn.Source(nil), Store: store, MaxInFlight: inFlight,
		Request: collector.Request{Channels: []string{"spread"}, Last: last},
	})
	want := int64(messages)
	if last > 0 {
		want = min(want, last)
	}
	if err != nil || progress[0].Messages != want {
		b.Fatalf("collected %+v, %v; want %d messages", progress, err, want)
	}
	asked := s.Hooks().Requests("messages.getHistory") + s.Hooks().Requests("channels.getMessages")
	b.ReportMetric(float64(asked), "requests")
	b.ReportMetric((used() - cpu).Seconds(), "cpu-s")
}
