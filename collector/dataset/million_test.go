package dataset

import (
	"context"
	"io"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/dataset/table"
)

// BenchmarkMillion generates one channel of 1,000,000 messages, compacts it once,
// and measures what the page and the downloads do with it:
//
//	go test -run '^$' -bench Million -benchtime 20x ./collector/dataset
func BenchmarkMillion(b *testing.B) {
	rows := long.Size(1_000_000)
	ctx := context.Background()
	dir := b.TempDir()
	w := open(b, dir).Writer(1)
	r := rand.New(rand.NewPCG(9, 10))
	for lo := int64(1); lo < int64(rows); lo += 1000 {
		p := collector.Part{
			ChannelID: 1, Range: collector.Range{Lo: lo, Hi: lo + 999},
			Source: collector.SourceTelegram, ObservedAt: dayZero,
		}
		for id := lo + 999; id >= lo; id-- {
			p.Messages = append(p.Messages, benchMessage(r, 1, id))
		}
		put1(b, w, p)
	}
	before := heapBytes()
	stop := peak()
	began := time.Now()
	if err := w.Compact(ctx, 1); err != nil {
		b.Fatal(err)
	}
	took, grown := time.Since(began), (stop()-before)>>20
	b.Run("compact", func(b *testing.B) {
		for b.Loop() { // done above, once
		}
		b.ReportMetric(took.Seconds(), "s-once")
		b.ReportMetric(float64(grown), "MB-heap")
	})
	if got, err := w.Count(ctx, 1, collector.Range{Lo: 1, Hi: int64(rows)}); err != nil || got.Messages != int64(rows) {
		b.Fatal(got, err)
	}
	b.Run("compact again", func(b *testing.B) {
		for b.Loop() {
			if err := w.Compact(ctx, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	someColumns := []string{"channel_username", "kind", "text", "views", "forwards", "replies"} // as the tab has them at first
	pages := func(b *testing.B, q query.Query) {
		d := open(b, dir)
		for b.Loop() {
			p, err := d.Page(ctx, q)
			if err != nil || len(p.Messages) != q.Limit || p.Total != int64(rows) {
				b.Fatal(len(p.Messages), p.Total, err)
			}
		}
	}
	for name, q := range map[string]query.Query{
		"page first":                    {ChannelID: 1, Limit: 50},
		"page middle":                   {ChannelID: 1, Offset: rows / 2, Limit: 50},
		"page odd":                      {ChannelID: 1, Offset: rows * 7 / 20, Limit: 50}, // across two row groups
		"page all first":                {Limit: 50},
		"page all middle":               {Offset: rows / 2, Limit: 50},
		"page all middle, some columns": {Offset: rows / 2, Limit: 50, Columns: someColumns},
	} {
		b.Run(name, func(b *testing.B) { pages(b, q) })
	}
	b.Run("sort by views, asked anew", func(b *testing.B) {
		for b.Loop() {
			d := open(b, dir)
			if p, err := d.Page(
				ctx,
				query.Query{Order: query.Order{By: query.ByViews}, Limit: 50, Columns: someColumns},
			); err != nil ||
				p.Total != int64(rows) {
				b.Fatal(p.Total, err)
			}
		}
	})
	b.Run("sort by views, middle page", func(b *testing.B) {
		pages(b, query.Query{Order: query.Order{By: query.ByViews}, Offset: rows / 2, Limit: 50, Columns: someColumns})
	})
	b.Run("sort by views, middle page, all columns", func(b *testing.B) {
		pages(b, query.Query{Order: query.Order{By: query.ByViews}, Offset: rows / 2, Limit: 50})
	})
	b.Run("search all texts", func(b *testing.B) {
		before := heapBytes()
		stop := peak()
		for b.Loop() {
			d := open(b, dir)
			if p, err := d.Page(ctx, searchFor(b, `"ПАРОМ УХОДИТ в девять, возьмите хлеб. ffff*"`)); err != nil {
				b.Fatal(p.Total, err)
			}
		}
		b.ReportMetric(float64((stop()-before)>>20), "MB-heap")
	})
	b.Run("stats", func(b *testing.B) {
		before := heapBytes()
		stop := peak()
		for b.Loop() {
			d := open(b, dir)
			if _, err := d.Stats(ctx, query.StatsQuery{}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64((stop()-before)>>20), "MB-heap")
	})
	b.Run("open and first page", func(b *testing.B) {
		for b.Loop() {
			if _, err := open(b, dir).Page(ctx, query.Query{ChannelID: 1, Limit: 50}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("channels", func(b *testing.B) {
		d := open(b, dir)
		for b.Loop() {
			if _, err := d.Channels(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("absent", func(b *testing.B) {
		d := open(b, dir)
		for b.Loop() {
			if _, err := d.Absent(ctx, 1, collector.Range{Lo: 1, Hi: 2 * int64(rows)}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("messages.parquet", func(b *testing.B) {
		d := open(b, dir)
		before := heapBytes()
		stop := peak()
		for b.Loop() {
			if err := table.WriteMessages(ctx, d.Catalog, io.Discard, 0); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64((stop()-before)>>20), "MB-heap")
	})
}

func heapBytes() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// peak watches the heap until the returned function is called, which returns
// its highest.
func peak() (stop func() uint64) {
	var highest atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				highest.Store(max(highest.Load(), m.HeapAlloc))
			}
		}
	}()
	return func() uint64 {
		close(done)
		<-ended
		return max(highest.Load(), heapBytes())
	}
}
