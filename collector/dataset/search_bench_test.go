package dataset

import (
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/dataset/query"
)

// cpuTime is what the process has used of the cores.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// vocabulary is words of some scripts, the frequent ones first, as of a language.
func vocabulary(r *rand.Rand) (out []string) {
	for range 5000 {
		var word strings.Builder
		first, n := 'a', rune(26)
		if len(out)%2 == 1 {
			first, n = 'а', 32
		}
		for range 2 + r.IntN(9) {
			word.WriteRune(first + r.Int32N(n))
		}
		out = append(out, word.String())
	}
	return out
}

// BenchmarkSearch searches one channel of 1,000,000 compacted messages of 280 characters, of which
// every second is Latin and every second Cyrillic, each time anew, and counts what is found:
//
//	GOMAXPROCS=1 go test -run '^$' -bench 'Search$' -benchtime 3x ./collector/dataset
func BenchmarkSearch(b *testing.B) {
	rows := int64(long.Size(1_000_000))
	dir := b.TempDir()
	w := open(b, dir).Writer(1)
	r := rand.New(rand.NewPCG(17, 9))
	words := vocabulary(r)
	zipf := rand.NewZipf(r, 1.1, 8, uint64(len(words)/2-1))
	put := func(channel, lo, hi int64, at time.Time) {
		p := collector.Part{ChannelID: channel, Range: collector.Range{Lo: lo, Hi: hi}, Source: collector.SourceTelegram, ObservedAt: at}
		for id := hi; id >= lo; id-- {
			m := benchMessage(r, channel, id)
			var text strings.Builder
			for letters := 0; letters < 280; {
				word := words[2*int(zipf.Uint64())+int(id%2)]
				letters += utf8.RuneCountInString(word) + 1
				text.WriteString(word + " ")
			}
			m.Text, m.Raw = text.String(), `{"_":"Message"}`
			p.Messages = append(p.Messages, m)
		}
		put1(b, w, p)
	}
	for lo := int64(1); lo < rows; lo += 5000 {
		put(1, lo, min(rows, lo+4999), dayZero)
	}
	put(1, rows/2, rows/2+999, dayZero.Add(time.Hour)) // a thousand edits
	if err := w.Compact(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	phrase := words[8] + " " + words[10]
	for name, text := range map[string]string{
		"rare word": words[4001], "frequent word": words[4], "phrase": `"` + phrase + `"`, "prefix": words[201][:4] + "*",
		"pattern": "/" + words[300][:3] + "[aeiou]+" + "/", "pattern without letters": "/[0-9]{4}/", "in history": words[4001] + " in:history",
		"two words, one of them not": words[4] + " -" + words[6], "no text": "views:>999000 has:link",
	} {
		b.Run(name, func(b *testing.B) {
			found := int64(0)
			began := cpuTime(b)
			for b.Loop() {
				page, err := open(b, dir).Page(b.Context(), query.Query{Filter: query.Filter{Search: searched(text)}, Limit: 50})
				if err != nil {
					b.Fatal(err)
				}
				found = page.Total
			}
			b.ReportMetric(float64(cpuTime(b)-began)/1e6/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(found), "found")
		})
	}
}
