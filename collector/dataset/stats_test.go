package dataset

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/query"
)

// TestStats: service messages and other days are left out, a message counts a
// value once, and what changed is counted anew.
func TestStats(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	n := func(n int64) *int64 { return &n }
	at := time.Date(2024, 2, 29, 23, 59, 0, 0, time.UTC) // a Thursday
	message := func(id int64, date time.Time) collector.Message {
		return collector.Message{ChannelID: 1, ID: id, Kind: collector.KindMessage, Date: date, Source: collector.SourceTelegram}
	}
	a, b, c := message(1, at.AddDate(0, 0, -1)), message(2, at), message(3, at)
	b.Views, c.Views = n(10), n(20)
	b.Hashtags, b.Links = []string{"News", "news", "ΝΈΑ"}, []string{"https://www.Example.org/a", "example.org", "http://[bad"}
	b.MediaType, b.Mentions = "MessageMediaPhoto", []string{"Alpha"}
	c.ForwardFromType, c.ForwardFromID, c.ForwardDate = collector.PeerChannel, 7, &at
	service := message(4, at)
	service.Kind = collector.KindService
	put1(t, w, collector.Part{ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 9}, Source: collector.SourceTelegram, ObservedAt: at,
		Messages: []collector.Message{service, c, b, a}})

	thursday := query.ChannelDay{ChannelID: 1, Day: at.Unix() / 86400}
	want := &query.Stats{
		Days:     map[query.ChannelDay]query.DayStats{thursday: {Messages: 2, Viewed: 2, Views: 30}},
		Media:    map[string]int64{"": 1, "MessageMediaPhoto": 1},
		Domains:  map[string]int64{"example.org": 1},
		Hashtags: map[string]int64{"news": 1, "νέα": 1},
		Mentions: map[string]int64{"alpha": 1},
		Forwards: map[query.Origin]int64{{Type: collector.PeerChannel, ID: 7}: 1},
	}
	want.Hours[time.Thursday][23] = 2
	since := query.StatsQuery{ChannelID: 1, Since: at.Truncate(24 * time.Hour)}
	for range 2 {
		got, err := d.Stats(ctx, since)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "numbers", got, want)
	}
	old := message(11, time.Unix(0, 0).Add(-time.Microsecond).UTC())
	put1(t, w, collector.Part{ChannelID: 2, Range: collector.Range{Lo: 11, Hi: 11}, Source: collector.SourceTelegram, ObservedAt: at,
		Messages: []collector.Message{{ChannelID: 2, ID: 11, Kind: old.Kind, Date: old.Date, Source: old.Source}}})
	got, err := d.Stats(ctx, query.StatsQuery{})
	if err != nil {
		t.Fatal(err)
	}
	equal(
		t,
		"days",
		got.Days,
		map[query.ChannelDay]query.DayStats{thursday: want.Days[thursday], {ChannelID: 1, Day: thursday.Day - 1}: {Messages: 1},
			{ChannelID: 2, Day: -1}: {Messages: 1}},
	)
}

func TestHost(t *testing.T) {
	for link, want := range map[string]string{
		"https://www.Example.org/a": "example.org", "example.org": "example.org", "EXAMPLE.com.": "example.com",
		"example.org:8080/x": "example.org",
		"localhost:8080/x":   "localhost", "https://a.b/%zz": "a.b", "https://user@a.b:1/": "a.b", "http://[2001:db8::1]:80/": "[2001:db8::1]",
		"пример.рф/x":    "пример.рф",
		"tg://user?id=1": "", "tg://resolve?domain=x": "", "mailto:a@b.org": "", "tel:+447700900123": "", "tel:447700900123": "",
		"ftp://a.b/": "", "http://[bad": "", "": "",
	} {
		if got := query.Host(link); got != want {
			t.Errorf("host(%q) = %q, want %q", link, got, want)
		}
	}
}

// TestStatsKeepWords: of the texts that rows come with, which lie together, numbers keep the
// words that they count, not all.
func TestStatsKeepWords(t *testing.T) {
	const texts, rows = 100, 100_000
	inUse := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, s := inUse(), derived.NewStats()
	for i := range texts {
		all := strings.Repeat(fmt.Sprintf("host%d.example", i), rows/10)
		word := all[:len("host10.example")]
		s.Add(&derived.StatsRow{Links: []string{"https://" + word, all[:20] + "/"}, Hashtags: []string{word}, Mentions: []string{word},
			FromName: word, FromUser: word, FromType: "channel"})
	}
	if grown := inUse() - before; grown > 2<<20 {
		t.Errorf("the numbers of %d messages keep %d bytes", texts, grown)
	}
	if len(s.Hashtags) != texts || len(s.Forwards) != texts {
		t.Errorf("%d hashtags, %d origins", len(s.Hashtags), len(s.Forwards))
	}
}

// TestStatsAreShared: whoever waited for numbers that were begun after it had asked
// takes them, although the data grew meanwhile; whoever asks later does not.
//
// The pools of parquet-go may keep decoders that were made within the bubble and
// must not be used outside: two collections empty them.
func TestStatsAreShared(t *testing.T) {
	synctest.Test(t, statsAreShared)
	runtime.GC()
	runtime.GC()
}

func statsAreShared(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	put1(t, w, plainPart(1, 10, 0))
	d.Counted.Turn <- struct{}{} // somebody counts
	const waiting = 5
	answers := make(chan *query.Stats, waiting)
	for range waiting {
		go func() {
			s, err := d.Stats(context.Background(), query.StatsQuery{})
			if err != nil {
				t.Error(err)
			}
			answers <- s
		}()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.Stats(ctx, query.StatsQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up waits on: %v", err)
	}
	synctest.Wait() // until all have asked
	time.Sleep(time.Second)
	put1(t, w, plainPart(11, 20, 1))
	<-d.Counted.Turn
	first := <-answers
	for range waiting - 1 {
		if <-answers != first {
			t.Error("counted again")
		}
	}
	time.Sleep(time.Second)
	put1(t, w, plainPart(21, 30, 2))
	later, err := d.Stats(context.Background(), query.StatsQuery{})
	if err != nil || first.Media[""] != 20 || later.Media[""] != 30 {
		t.Errorf("first %+v, later %+v, %v", first, later, err)
	}
}

// TestRest: a rested dataset keeps no answers and gives the same ones again.
func TestRest(t *testing.T) {
	d := open(t, t.TempDir())
	put1(t, d.Writer(1), plainPart(1, 50, 0))
	ask := func() (query.Page, *query.Stats) {
		page, err := d.Page(t.Context(), query.Query{Order: query.Order{By: query.ByViews}, Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.Stats(t.Context(), query.StatsQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return page, s
	}
	page, s := ask()
	d.Rest()
	if len(d.Answers.All)+len(d.Plans.Channels) > 0 || d.Counted.Stats != nil {
		t.Error("a rested dataset still keeps answers")
	}
	again, s2 := ask()
	equal(t, "page", again, page)
	equal(t, "numbers", s2, s)
}
