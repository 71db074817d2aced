package export

import (
	"context"
	"errors"
	"flag"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/network"
)

var (
	benchRows  = flag.Int("rows", 20_000, "messages that the benchmarks write")
	benchUsers = flag.Int("users", 20_000, "users that the benchmarks' messages name")
)

// addUsers adds users, a thousand with each look, whose objects are as large as a
// private user's is.
func addUsers(b *testing.B, d Data, n int) {
	b.Helper()
	w := d.Dataset.Writer(2)
	raw := `{"_":"User","id":0,"first_name":null,"photo":null,"fill":"` + strings.Repeat("x", 950) + `"}`
	for first := 0; first < n; first += 1000 {
		ch := collector.Channel{ID: 1, Username: "many", Title: "Many", Source: collector.SourceTelegram, LastSeenAt: noon}
		for id := first; id < min(first+1000, n); id++ {
			ch.Peers = append(ch.Peers, collector.Peer{Type: collector.PeerUser, ID: int64(id + 1), Raw: raw})
		}
		if err := w.PutChannel(b.Context(), ch); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChannels writes messages.json of many channels, as a bundle does, with a
// receipt, a file of peers and a message each: what it takes is to grow with their number, not its square.
func BenchmarkChannels(b *testing.B) {
	for _, n := range []int{10, 40} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			ds, err := dataset.Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			w, d := ds.Writer(1), Data{Data: reading.Data{Dataset: ds}}
			for id := int64(1); id <= int64(n); id++ {
				m := collector.Message{ChannelID: id, ID: 1, Kind: collector.KindMessage, Date: noon, Text: "x", Source: collector.SourceTelegram,
					Raw: `{"_":"Message","id":1}`}
				p := collector.Part{ChannelID: id, Source: m.Source, ObservedAt: noon, Range: collector.Range{Lo: 1, Hi: 1},
					Messages: []collector.Message{m},
					Peers:    []collector.Peer{{Type: collector.PeerUser, ID: 1000 + id}}}
				r := collector.Receipt{CollectionID: "c", Reference: number(id), ChannelID: id, Source: m.Source, State: "done", StartedAt: noon,
					FinishedAt: noon}
				if err := errors.Join(w.PutPart(b.Context(), p), w.PutReceipt(b.Context(), r)); err != nil {
					b.Fatal(err)
				}
			}
			f, _ := Find("messages.json", true)
			for b.Loop() {
				d.Data = reading.Data{Dataset: ds}
				d.Share() // as a bundle does
				for id := int64(1); id <= int64(n); id++ {
					one := d
					one.Channel = id
					if err := f.Write(b.Context(), io.Discard, one); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkFiles writes the files that grow with messages and reports how many
// rows a second they take, and how large the heap became: that is to be the same
// for any number of rows.
func BenchmarkFiles(b *testing.B) {
	d := numbered(b, *benchRows)
	addUsers(b, d, *benchUsers)
	d.Ties = func(ctx context.Context, w io.Writer) error {
		in, err := network.Read(ctx, d.Dataset, 0)
		if err != nil {
			return err
		}
		return network.WriteTies(ctx, w, in)
	}
	d.Graph = func(ctx context.Context) (*network.Graph, error) { return network.Build(ctx, d.Dataset) }
	for _, name := range []string{"messages.parquet", "messages.csv", "messages.xlsx", "msgs_dataset.csv", "messages.json", "peers.parquet",
		bundleName} {
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
