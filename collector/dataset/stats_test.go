package dataset

import (
	"context"
	"testing"
	"time"

	"telegramtrac/collector"
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
	put1(t, w, collector.Part{ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 9}, Source: collector.SourceTelegram, ObservedAt: at, Messages: []collector.Message{service, c, b, a}})

	thursday := ChannelDay{1, at.Unix() / 86400}
	want := &Stats{
		Days:     map[ChannelDay]DayStats{thursday: {Messages: 2, Viewed: 2, Views: 30}},
		Media:    map[string]int64{"": 1, "MessageMediaPhoto": 1},
		Domains:  map[string]int64{"example.org": 1},
		Hashtags: map[string]int64{"news": 1, "νέα": 1},
		Mentions: map[string]int64{"alpha": 1},
		Forwards: map[Origin]int64{{Type: collector.PeerChannel, ID: 7}: 1},
	}
	want.Hours[time.Thursday][23] = 2
	since := StatsQuery{ChannelID: 1, Since: at.Truncate(24 * time.Hour)}
	for range 2 {
		got, err := d.Stats(ctx, since)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "numbers", got, want)
	}
	old := message(11, time.Unix(0, 0).Add(-time.Microsecond).UTC())
	put1(t, w, collector.Part{ChannelID: 2, Range: collector.Range{Lo: 11, Hi: 11}, Source: collector.SourceTelegram, ObservedAt: at, Messages: []collector.Message{{ChannelID: 2, ID: 11, Kind: old.Kind, Date: old.Date, Source: old.Source}}})
	got, err := d.Stats(ctx, StatsQuery{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "days", got.Days, map[ChannelDay]DayStats{thursday: want.Days[thursday], {1, thursday.Day - 1}: {Messages: 1}, {2, -1}: {Messages: 1}})
}
