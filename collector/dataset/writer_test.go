package dataset

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/staging"
)

// TestConcurrentPuts has ranges finish at once while another Dataset reads: it
// never sees less than before, and no part of a part.
func TestConcurrentPuts(t *testing.T) {
	const parts, size = 24, 50
	ctx := context.Background()
	dir := t.TempDir()
	w, reader := open(t, dir).Writer(1), open(t, dir)
	var writers sync.WaitGroup
	for i := range int64(parts) {
		p := inventPart(rand.New(rand.NewPCG(4, uint64(i))), 1+i%2, 1+i*size, (i+1)*size, dayZero)
		p.Peers = []collector.Peer{{Type: collector.PeerChannel, ID: i % 3, Title: "one of three"}}
		writers.Go(func() {
			if err := w.PutPart(ctx, p); err != nil {
				t.Error(err)
			}
			covered, err := w.Covered(ctx, p.ChannelID, p.Source)
			if err != nil || len(covered.Intersect(p.Range)) != 1 {
				t.Errorf("a part that was put is not covered: %v, %v", covered, err)
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	var seen int64
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		n := countScan(t, reader)
		if n < seen {
			t.Fatalf("a reader saw %d messages after %d", n, seen)
		}
		seen = n
	}
	totals, err := reader.Totals(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if totals.Rows != seen || totals.Rows == 0 || totals.Channels != 2 || totals.Peers != 3 || totals.Bytes == 0 {
		t.Errorf("got totals %+v, saw %d", totals, seen)
	}
}

func countScan(t *testing.T, d *Dataset) (n int64) {
	t.Helper()
	ids := map[string]bool{}
	for m, err := range fold.ScanColumns[idChannel](context.Background(), d.Rows, 0) {
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprint(m.ChannelID, m.ID)
		if ids[key] {
			t.Fatalf("message %s came twice", key)
		}
		ids[key] = true
		n++
	}
	return n
}

type idChannel struct {
	ChannelID int64 `parquet:"channel_id"`
	ID        int64 `parquet:"message_id"`
}

func TestPeers(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(5, 1))
	d := open(t, t.TempDir())
	w := d.Writer(1)
	a, b := inventPeer(r, 1), inventPeer(r, 2)
	put := func(w *staging.Writer, day int, peers ...collector.Peer) {
		t.Helper()
		put1(t, w, collector.Part{
			ChannelID: 9, Range: collector.Range{Lo: int64(day)*10 + 1, Hi: int64(day)*10 + 10},
			ObservedAt: dayZero.AddDate(0, 0, day), Peers: peers,
		})
	}
	files := func(want int) {
		t.Helper()
		got, err := filepath.Glob(filepath.Join(d.Dir, bucket.PeersDir, "*.parquet"))
		if err != nil || len(got) != want {
			t.Errorf("got %d files of peers, want %d (%v)", len(got), want, err)
		}
	}
	seen := func(p collector.Peer, first, last int) collector.Peer {
		p.FirstSeenAt, p.LastSeenAt = dayZero.AddDate(0, 0, first), dayZero.AddDate(0, 0, last)
		return p
	}
	put(w, 0, a, a)
	put(w, 1, a)
	files(1) // nothing new
	put(w, 2, a, b)
	files(2)
	renamed := a
	renamed.Title = "renamed"
	put(w, 3, renamed, b)
	files(3)
	put(open(t, d.Dir).Writer(2), 4, b) // another holder does not know what the first wrote
	files(4)
	for name, d := range map[string]*Dataset{"writer's": d, "fresh": open(t, d.Dir)} {
		got, err := d.Peers(ctx)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name+" peers", got, []collector.Peer{seen(renamed, 0, 3), seen(b, 2, 4)})
	}
}

func TestChannels(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(6, 1))
	d := open(t, t.TempDir())
	w := d.Writer(1)
	day := func(n int) time.Time { return dayZero.AddDate(0, 0, n) }
	old, now := inventChannel(r, 3, day(0)), inventChannel(r, 3, day(2))
	now.Title, now.Username, now.Usernames = "beta", "Beta_Main", []string{"Beta_Main", "beta_sold"}
	now.Peers = []collector.Peer{inventPeer(r, 77)}
	only := inventChannel(r, 4, day(1)) // details only
	only.Title, only.Username, only.Usernames = "Alpha", "", nil
	for _, ch := range []collector.Channel{old, now, only} {
		if err := w.PutChannel(ctx, ch); err != nil {
			t.Fatal(err)
		}
	}
	p := inventPart(r, 3, 11, 20, day(5))
	put1(t, w, p)
	undescribed := inventPart(r, 5, 1, 30, day(6))
	put1(t, w, undescribed)

	now.Peers, now.FirstSeenAt = nil, old.LastSeenAt
	only.FirstSeenAt = only.LastSeenAt
	rows := p.Messages
	want := []catalog.ChannelSummary{
		{Channel: only, Updated: day(1)},
		{
			Channel: now, Count: modelCount([]look{{p, 1}}, p.Messages, p.Range), Lo: 11, Hi: 20,
			Oldest: rows[len(rows)-1].Date, Newest: rows[0].Date, Updated: day(5),
		},
		{
			Channel: collector.Channel{
				ID: 5, Username: "channel5", Title: "Channel 5", Source: collector.SourceTelegram,
				FirstSeenAt: day(6), LastSeenAt: day(6),
			},
			Count: modelCount([]look{{undescribed, 1}}, undescribed.Messages, undescribed.Range), Lo: 1, Hi: 30,
			Oldest: undescribed.Messages[len(undescribed.Messages)-1].Date,
			Newest: undescribed.Messages[0].Date, Updated: day(6),
		},
	}
	for name, d := range map[string]*Dataset{"writer's": d, "fresh": open(t, d.Dir)} {
		got, err := d.Channels(ctx)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name+" channels", got, want)
		for _, key := range []string{"3", "beta_main", "@BETA_SOLD"} {
			one, err := d.Channel(ctx, key)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, key, one, want[1])
		}
		for _, key := range []string{"99", "nobody", "", "@"} {
			if _, err := d.Channel(ctx, key); err == nil {
				t.Errorf("channel %q was found", key)
			}
		}
		peers, err := d.Peers(ctx)
		if err != nil || len(peers) != 1 || peers[0].ID != 77 {
			t.Errorf("got peers %v, %v", peers, err)
		}
	}
}

// TestPutsOverUsedRows: parts that are put at once, each out of rows that were those of the last
// one, and are written over afterwards, hold what was put, to the cell.
func TestPutsOverUsedRows(t *testing.T) {
	const hands, parts, size = 6, 4, 60
	d := open(t, t.TempDir())
	w := d.Writer(1)
	want := make([][]collector.Message, hands)
	var all sync.WaitGroup
	for hand := range hands {
		all.Go(func() {
			r := rand.New(rand.NewPCG(16, uint64(hand)))
			var rows []collector.Message // used again and again
			for i := range int64(parts) {
				p := inventPart(r, int64(hand+1), 1+i*size, (i+1)*size, dayZero)
				for _, m := range slices.Backward(p.Messages) {
					m.FirstSeenAt, m.LastSeenAt = dayZero, dayZero
					want[hand] = append(want[hand], m)
				}
				rows = append(rows[:0], p.Messages...)
				p.Messages = rows
				if err := w.PutPart(t.Context(), p); err != nil {
					t.Error(err)
				}
				for n := range rows {
					rows[n] = collector.Message{ID: -1, Text: "written over"}
				}
			}
		})
	}
	all.Wait()
	for hand := range hands {
		part.Clean(part.Pointers(want[hand])...)
		equal(t, fmt.Sprint("channel ", hand+1), collect(t, d.Scan(t.Context(), int64(hand+1))), want[hand])
	}
}
