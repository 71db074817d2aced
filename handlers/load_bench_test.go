package handlers_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
)

// loadRows is how many messages the pages of BenchmarkTabs are of.
const loadRows = 15_000

// BenchmarkTabs asks for pages of a workspace of 15,000 messages that was compacted, as warm
// as visitors find them: one after the other, and with 50 visitors at once.
//
//	go test ./handlers -run '^$' -bench Tabs -benchtime 1000x
//
// cpu-ms is user and system time a page, of the whole process: the test's own requests too.
func BenchmarkTabs(b *testing.B) {
	s := newSite(b)
	v := s.signedIn(b)
	v.submit("@alpha")
	w, _ := onlyCollection(s)
	d, err := s.dataset("", w)
	if err != nil {
		b.Fatal(err)
	}
	loaded(b, d)
	page := func(r *rand.Rand, path string) string {
		return fmt.Sprintf("%s?channel=1&page=%d", path, 1+r.IntN(loadRows/50))
	}
	for _, load := range []struct {
		name, path string
		visitors   int
	}{
		{"messages", "/tabs/messages", 1},
		{"messages, 50 visitors", "/tabs/messages", 50},
		{"dataset", "/tabs/dataset", 1},
		{"dataset, 50 visitors", "/tabs/dataset", 50},
	} {
		b.Run(load.name, func(b *testing.B) {
			for range 3 {
				if r := v.get(load.path + "?channel=1"); r.status != 200 || !strings.Contains(r.body, "The ferry") {
					b.Fatal(r.status, r.body)
				}
			}
			b.ReportAllocs()
			visit(b, load.visitors, func(r *rand.Rand, v *browser) { v.get(page(r, load.path)) }, *v)
		})
	}
}

// visit lets visitors ask until b.N pages were answered, and reports what that took.
func visit(b *testing.B, visitors int, ask func(*rand.Rand, *browser), v browser) {
	var mu sync.Mutex
	var took []time.Duration
	asked := make(chan struct{}, b.N)
	for range b.N {
		asked <- struct{}{}
	}
	close(asked)
	before, cpu, began, peak := memory(), processCPU(), time.Now(), peakMemory()
	b.ResetTimer()
	var wg sync.WaitGroup
	for n := range visitors {
		one := v
		r := rand.New(rand.NewPCG(uint64(n), 1))
		wg.Go(func() {
			for range asked {
				at := time.Now()
				ask(r, &one)
				mu.Lock()
				took = append(took, time.Since(at))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	n := float64(len(took))
	b.ReportMetric(float64((processCPU()-cpu).Microseconds())/1000/n, "cpu-ms/page")
	b.ReportMetric(n/time.Since(began).Seconds(), "pages/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric((float64(peak())-float64(before))/1e6, "MB-on-top")
}

// memory is what the process has of the system, after a collection of garbage.
func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// peakMemory watches the heap until the returned function is called, which tells its highest.
func peakMemory() func() uint64 {
	ctx, end := context.WithCancel(context.Background())
	highest := make(chan uint64)
	go func() { // ends with ctx
		var most uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-ctx.Done():
				highest <- most
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		end()
		return <-highest
	}
}

func processCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// loaded fills a dataset with messages as they are on average: 230 bytes of text, 1 kB of raw,
// a third of the columns.
func loaded(b *testing.B, d *dataset.Dataset) {
	ctx, r := context.Background(), rand.New(rand.NewPCG(1, 2))
	w := d.Writer(1)
	ch := collector.Channel{ID: 1, Username: "alpha", Title: "Alpha", Kind: collector.Broadcast, Source: collector.SourceTelegram}
	if err := w.PutChannel(ctx, ch); err != nil {
		b.Fatal(err)
	}
	for lo := int64(1); lo < loadRows; lo += 1000 {
		p := collector.Part{ChannelID: 1, Range: collector.Range{Lo: lo, Hi: lo + 999}, Source: collector.SourceTelegram, ObservedAt: noon}
		for id := lo + 999; id >= lo; id-- {
			p.Messages = append(p.Messages, loadedMessage(r, id))
		}
		if err := w.PutPart(ctx, p); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Compact(ctx, 1); err != nil {
		b.Fatal(err)
	}
}

func loadedMessage(r *rand.Rand, id int64) collector.Message {
	var text strings.Builder
	for text.Len() < 200 {
		fmt.Fprintf(&text, "The ferry leaves at nine, Паром уходит в девять %x ", r.Uint32())
	}
	m := collector.Message{
		ChannelID: 1, ChannelUsername: "alpha", ChannelTitle: "Alpha", ID: id, Kind: collector.KindMessage,
		Date: noon.Add(time.Duration(id) * time.Minute), Text: text.String(), Source: collector.SourceTelegram,
		Views: ptr(r.Int64N(1e6)), Forwards: ptr(r.Int64N(1e3)), ReactionsTotal: ptr(int64(5)),
		Links: []string{"https://example.org/" + fmt.Sprint(id)}, MediaType: "MessageMediaPhoto", PhotoID: r.Int64(),
		Entities:  []collector.Entity{{Type: "MessageEntityBold", Offset: 4, Length: 5}},
		Reactions: []collector.Reaction{{Emoji: "👍", Count: 3}, {Emoji: "🔥", Count: 2}},
	}
	m.Raw = fmt.Sprintf(`{"_":"Message","id":%d,"message":%q,"pad":%q}`, id, m.Text, strings.Repeat(fmt.Sprint(r.Uint64()), 30))
	return m
}
