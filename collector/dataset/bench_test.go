package dataset

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/dataset/table"
)

// benchParts invents 100,000 messages as they are on average: 230 bytes of text,
// 1 kB of raw, a third of the columns filled. Made once, put by every benchmark.
func benchParts() []collector.Part {
	r := rand.New(rand.NewPCG(9, 9))
	var parts []collector.Part
	for lo := int64(99_001); lo > 0; lo -= 1000 {
		p := collector.Part{
			ChannelID: 1 + lo/1000%5, Range: collector.Range{Lo: lo, Hi: lo + 999},
			Source: collector.SourceTelegram, ObservedAt: dayZero,
		}
		for id := lo + 999; id >= lo; id-- {
			p.Messages = append(p.Messages, benchMessage(r, p.ChannelID, id))
		}
		parts = append(parts, p)
	}
	return parts
}

func benchMessage(r *rand.Rand, channelID, id int64) collector.Message {
	var text strings.Builder
	for text.Len() < 200 {
		fmt.Fprintf(&text, "%s %x ", phrases[r.IntN(len(phrases))], r.Uint32())
	}
	views := r.Int64N(1e6)
	m := collector.Message{
		ChannelID: channelID, ChannelUsername: "channel", ChannelTitle: "Channel", ID: id,
		Kind: collector.KindMessage, Date: dayZero.Add(time.Duration(id) * time.Minute), Text: text.String(),
		Views: &views, Forwards: &views, ReactionsTotal: &views, Source: collector.SourceTelegram,
		Links: []string{"https://example.org/" + fmt.Sprint(id)}, MediaType: "MessageMediaPhoto", PhotoID: r.Int64(),
		Entities:  []collector.Entity{{Type: "MessageEntityBold", Offset: 1, Length: 4}},
		Reactions: []collector.Reaction{{Emoji: "👍", Count: 3}, {Emoji: "🔥", Count: 2}},
	}
	m.Raw = fmt.Sprintf(`{"_":"Message","id":%d,"message":%q,"pad":%q}`, id, m.Text, strings.Repeat(fmt.Sprint(r.Uint64()), 30))
	return m
}

func benchDataset(b *testing.B) *Dataset {
	d := open(b, b.TempDir())
	w := d.Writer(1)
	for _, p := range benchParts() {
		put1(b, w, p)
	}
	return d
}

func BenchmarkPut100k(b *testing.B) {
	parts := benchParts()
	for b.Loop() {
		w := open(b, b.TempDir()).Writer(1)
		for _, p := range parts {
			put1(b, w, p)
		}
	}
}

// BenchmarkCompact100k merges 100 parts of 1,000 messages, and derives from what they become.
func BenchmarkCompact100k(b *testing.B) {
	whole := b.TempDir()
	w := open(b, whole).Writer(1)
	for _, p := range benchParts() {
		p.ChannelID = 1
		for i := range p.Messages {
			p.Messages[i].ChannelID = 1
		}
		put1(b, w, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			b.Fatal(err)
		}
		w := open(b, dir).Writer(2)
		b.StartTimer()
		if err := w.Compact(b.Context(), 1); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		size, err := w.MessageParts.Size(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(size)/1e6, "MB-part")
		os.RemoveAll(dir)
		b.StartTimer()
	}
}

func BenchmarkOpen100k(b *testing.B) {
	d := benchDataset(b)
	for b.Loop() {
		if _, err := open(b, d.Dir).Page(context.Background(), query.Query{ChannelID: 1, Limit: 50}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	d := benchDataset(b)
	for name, q := range map[string]query.Query{
		"newest":      {ChannelID: 1, Limit: 50},
		"middle":      {ChannelID: 1, Offset: 10_000, Limit: 50},
		"all newest":  {Limit: 50},
		"all middle":  {Offset: 50_000, Limit: 50},
		"all deepest": {Offset: 99_900, Limit: 50},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := d.Page(context.Background(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkScan100k(b *testing.B) {
	d := benchDataset(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range d.Scan(context.Background(), 0) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkScanColumns100k(b *testing.B) {
	type edge struct {
		ChannelID     int64    `parquet:"channel_id"`
		ForwardFromID int64    `parquet:"forward_from_id,optional"`
		Mentions      []string `parquet:"mentions,optional,list"`
	}
	d := benchDataset(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range fold.ScanColumns[edge](context.Background(), d.Rows, 0) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkWriteMessages100k(b *testing.B) {
	d := benchDataset(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := table.WriteMessages(context.Background(), d.Catalog, io.Discard, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCount(b *testing.B) {
	d := benchDataset(b)
	w := d.Writer(2)
	for b.Loop() {
		if _, err := w.Count(context.Background(), 1, collector.Range{Lo: 1, Hi: 100_000}); err != nil {
			b.Fatal(err)
		}
	}
}
