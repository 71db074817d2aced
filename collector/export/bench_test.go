package export

import (
	"context"
	"flag"
	"runtime"
	"testing"

	"telegramtrac/collector/network"
)

var benchRows = flag.Int("rows", 20_000, "messages that the benchmarks write")

// BenchmarkFiles writes the files that grow with messages and reports how many
// rows a second they take, and how large the heap became: that is to be the same
// for any number of rows.
func BenchmarkFiles(b *testing.B) {
	d := numbered(b, *benchRows)
	d.Graph = func(ctx context.Context) (*network.Graph, error) { return network.Build(ctx, d.Dataset) }
	for _, name := range []string{"messages.parquet", "messages.csv", "messages.xlsx", "msgs_dataset.csv", "messages.json", bundleName} {
		f, ok := Find(name, false)
		one := d
		if !ok {
			f, _ = Find(name, true)
			one.Channel = 1
		}
		b.Run(name, func(b *testing.B) {
			runtime.GC()
			out := new(gauge)
			for b.Loop() {
				if err := f.Write(b.Context(), out, one); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(*benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(out.peak)/1e6, "heap-MB")
		})
	}
}

// gauge discards what is written and looks at the heap now and then.
type gauge struct {
	n    int
	peak uint64
}

func (g *gauge) Write(p []byte) (int, error) {
	if g.n += len(p); g.n > 1<<20 {
		g.n = 0
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		g.peak = max(g.peak, m.HeapInuse)
	}
	return len(p), nil
}
