package dataset

import (
	"context"
	"math/rand/v2"
	"testing"

	"telegramtrac/collector"
)

// BenchmarkLookAgain puts looks over a large compacted channel, newest first, and
// counts after each as a collection does.
func BenchmarkLookAgain(b *testing.B) {
	const rows = 200_000
	ctx := context.Background()
	r := rand.New(rand.NewPCG(9, 11))
	d := open(b, b.TempDir())
	w := d.Writer(1)
	look := func(lo int64, size int64, day int) {
		p := collector.Part{
			ChannelID: 1, Range: collector.Range{Lo: lo, Hi: lo + size - 1},
			Source: collector.SourceTelegram, ObservedAt: dayZero.AddDate(0, 0, day),
		}
		for id := p.Range.Hi; id >= lo; id-- {
			m := benchMessage(r, 1, id)
			if id%50 == 0 {
				m.Kind = collector.KindService
			}
			p.Messages = append(p.Messages, m)
		}
		put1(b, w, p)
	}
	look(1, rows, 0)
	day, lo := 1, int64(rows+1)
	for b.Loop() {
		if lo -= 1000; lo < 1 {
			day, lo = day+1, rows-999
		}
		look(lo, 1000, day)
		if _, err := w.Count(ctx, 1, collector.Range{Lo: 1, Hi: rows}); err != nil {
			b.Fatal(err)
		}
	}
}
