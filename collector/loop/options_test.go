package loop_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
)

func run(t *testing.T, src collector.Source, store collector.Store, r collector.Request) []collector.Progress {
	t.Helper()
	got, err := loop.Collect(t.Context(), loop.Run{ID: "run", Source: src, Store: store, Request: r, MaxInFlight: 4})
	if err != nil {
		t.Fatalf("Collect(%+v): %v", r, err)
	}
	return got
}

// newest returns the id of the n-th newest message, service messages not counted, and the
// number of rows from there on.
func newest(ch *collectortest.Channel, n int) (lo int64, rows int) {
	for i := len(ch.Messages) - 1; i >= 0; i-- {
		rows++
		lo = ch.Messages[i].ID
		if ch.Messages[i].Kind != collector.KindService {
			n--
		}
		if n == 0 {
			break
		}
	}
	return lo, rows
}

func TestCollectLast(t *testing.T) {
	for _, n := range []int{1, 7, 100, 101, 499, 501, 2500, 7000, 1_000_000} {
		for _, before := range []int{0, 60, 3000} { // rows of an earlier collection
			t.Run(fmt.Sprintf("%d after %d", n, before), func(t *testing.T) {
				ch := collectortest.NewChannel(1, "alpha", manyIDs(9000)...)
				src, store := collectortest.NewSource(ch), collectortest.NewStore()
				if before > 0 {
					run(t, src, store, collector.Request{Channels: []string{"alpha"}, Last: int64(before)})
					more := collectortest.NewChannel(1, "alpha", manyIDs(9400)...)
					ch.Messages = more.Messages
				}
				p := run(t, src, store, collector.Request{Channels: []string{"alpha"}, Last: int64(n)})[0]
				lo, rows := newest(ch, n)
				got := 0
				for id := range store.Rows(1) {
					if id >= lo {
						got++
					} else if before == 0 {
						t.Fatalf("message %d was collected, below the %d-th newest, %d", id, n, lo)
					}
				}
				if got != rows || store.Doubled() != 0 || p.State != collector.Done {
					t.Errorf("%d rows from %d on, want %d; %d doubled; %+v", got, lo, rows, store.Doubled(), p)
				}
				if p.Accounted() != p.Span() || n < 7000 && p.Messages != int64(n) {
					t.Errorf("progress %+v; want %d messages and every id accounted for", p, n)
				}
			})
		}
	}
}

// A long empty stretch costs one page, not one request for each id.
func TestCollectLastOverAnEmptyStretch(t *testing.T) {
	src := collectortest.NewSource(collectortest.NewChannel(1, "alpha", 1, 2, 3, 4, 5, 900_001, 900_002))
	store := collectortest.NewStore()
	p := run(t, src, store, collector.Request{Channels: []string{"alpha"}, Last: 4})[0]
	if len(store.Rows(1)) != 4 || p.Lo != 4 || src.Usage().Requests > 8 {
		t.Errorf("%d rows, %+v, %d requests; want 4 from id 4 in a few", len(store.Rows(1)), p, src.Usage().Requests)
	}
}

func TestCollectAgain(t *testing.T) {
	ids := manyIDs(6000)
	ch := collectortest.NewChannel(1, "alpha", ids...)
	now := time.Now().UTC()
	for i := range ch.Messages { // the newest is an hour old, each earlier one an hour older
		ch.Messages[i].Date = now.Add(-time.Duration(len(ids)-i) * time.Hour)
	}
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	run(t, src, store, collector.Request{Channels: []string{"alpha"}})
	first := len(store.Parts(1))
	views := int64(77)
	for i := range ch.Messages {
		ch.Messages[i].Views = &views
	}
	before := src.Usage()
	p := run(t, src, store, collector.Request{Channels: []string{"alpha"}, AgainDays: 30})[0]
	for _, m := range ch.Messages {
		want := now.Sub(m.Date) < 30*24*time.Hour-time.Minute
		if got := store.Rows(1)[m.ID].Views != nil; got != want {
			t.Fatalf("message %d of %v: looked at again %v, want %v", m.ID, m.Date, got, want)
		}
	}
	if n := src.Usage().Sub(before).Requests; n > 20 {
		t.Errorf("looking again at 720 messages took %d requests", n)
	}
	if p.New != 0 || p.Accounted() != p.Span() || len(store.Parts(1)) == first {
		t.Errorf("progress %+v, parts %v", p, store.Parts(1)[first:])
	}
}

// A job that reads again, is stopped and resumed does not read twice.
func TestCollectAgainGoesOn(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", manyIDs(9000)...)
	for i := range ch.Messages {
		ch.Messages[i].Date = time.Now().Add(-time.Hour)
	}
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	run(t, src, store, collector.Request{Channels: []string{"alpha"}})
	first := len(store.Parts(1))
	request := collector.Request{Channels: []string{"alpha"}, AgainDays: 1}
	src.OnPage = func(_ context.Context, _, below int64) error {
		if below < 4000 {
			return &collector.Error{Kind: collector.SignedOut}
		}
		return nil
	}
	half, err := loop.Collect(t.Context(), loop.Run{ID: "run", Source: src, Store: store, Request: request, MaxInFlight: 1})
	if collector.KindOf(err) != collector.SignedOut {
		t.Fatal(err)
	}
	done := collector.NewRanges(store.Parts(1)[first:]...)
	src.OnPage = func(_ context.Context, _, below int64) error {
		if done.Intersect(collector.Range{Lo: below - 1, Hi: below - 1}).Len() > 0 {
			t.Errorf("ids below %d were asked for twice", below)
		}
		return nil
	}
	if _, err := loop.Collect(t.Context(), loop.Run{ID: "run", Source: src, Store: store, Request: request, Progress: half}); err != nil {
		t.Fatal(err)
	}
	if missing := collector.NewRanges(store.Parts(1)[first:]...).Missing(collector.Range{Lo: 1,
		Hi: ch.Messages[len(ch.Messages)-1].ID}); len(missing) > 0 {
		t.Errorf("not looked at again: %v", missing)
	}
}

func TestCollectComments(t *testing.T) {
	alpha := collectortest.NewChannel(1, "alpha", 1, 2, 3)
	alpha.LinkedChannelID = 2
	group := collectortest.NewChannel(2, "alpha_talk", manyIDs(1500)...)
	group.Kind, group.LinkedChannelID = collector.Supergroup, 1
	beta := collectortest.NewChannel(3, "beta", 1)
	src, store := collectortest.NewSource(alpha, group, beta), collectortest.NewStore()
	if n := len(run(t, src, store, collector.Request{Channels: []string{"alpha"}})); n != 1 {
		t.Errorf("without comments %d channels were collected", n)
	}
	var reported []string
	got, err := loop.Collect(t.Context(),
		loop.Run{Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha", "beta"}, Comments: true},
			Report: func(i int, p collector.Progress) {
				if p.State == collector.Done {
					reported = append(reported, fmt.Sprint(i, p.Username, p.CommentsOf))
				}
			}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0alpha", "1beta", "2alpha_talkalpha"}, reported); diff != "" {
		t.Errorf("ends (-want +got):\n%s", diff)
	}
	if len(got) != 3 || len(store.Rows(2)) != len(group.Messages) {
		t.Errorf("%d channels, %d comments, want 3 and %d", len(got), len(store.Rows(2)), len(group.Messages))
	}
	again, err := loop.Collect(t.Context(),
		loop.Run{Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha", "beta"}, Comments: true}, Progress: got})
	if err != nil || len(again) != 3 {
		t.Errorf("taken up again: %d channels, %v", len(again), err)
	}
}

func TestReceipts(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", manyIDs(2100)...)
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	p := run(t, src, store, collector.Request{Channels: []string{"alpha", "nobody"}, Personal: true})[0]
	r, ok := store.Receipt("run", "alpha")
	if !ok {
		t.Fatal("no receipt")
	}
	absent := collector.Ranges(r.Absent)
	if r.State != "done" || r.Newest != p.Hi || r.Messages != p.Messages || r.Service != p.Service || r.AbsentCount != absent.Len() ||
		absent.Len()+r.Messages+r.Service != p.Span() || !r.Personal || r.Requests == 0 || r.StartedAt.IsZero() ||
		r.FinishedAt.Before(r.StartedAt) ||
		*r.Server != int64(len(ch.Messages)) {
		t.Errorf("receipt %+v", r)
	}
	if diff := cmp.Diff([]collector.Range{{Lo: 1, Hi: p.Hi}}, r.Covered); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
	for _, m := range ch.Messages {
		if len(absent.Intersect(collector.Range{Lo: m.ID, Hi: m.ID})) > 0 {
			t.Fatalf("message %d stands as absent", m.ID)
		}
	}
	if bad, ok := store.Receipt("run", "nobody"); !ok || bad.State != "failed" || bad.Error != "not_found" {
		t.Errorf("receipt of an unknown channel: %+v", bad)
	}
}

// TestLastFillsAPartAtTheEnd: the page that fills a part reaches the lowest id, so nothing is
// left to store.
func TestLastFillsAPartAtTheEnd(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", oneTo(1000)...)
	for i := range ch.Messages {
		if i%20 < 11 {
			ch.Messages[i].Kind = collector.KindService
		}
	}
	store := collectortest.NewStore()
	p := run(t, collectortest.NewSource(ch), store, collector.Request{Channels: []string{"alpha"}, Last: 500})[0]
	if p.State != collector.Done || p.Messages >= 500 || p.Messages+p.Service != 1000 || p.Accounted() != p.Span() {
		t.Errorf("progress %+v", p)
	}
}

// TestLastTellsWhatIsNew: New is also right for a channel with stored messages.
func TestLastTellsWhatIsNew(t *testing.T) {
	ids := oneTo(2009)
	ch := collectortest.NewChannel(1, "alpha", ids[:2000]...)
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	run(t, src, store, collector.Request{Channels: []string{"alpha"}})
	ch.Messages = collectortest.NewChannel(1, "alpha", ids...).Messages
	p := run(t, src, store, collector.Request{Channels: []string{"alpha"}, Last: 100})[0]
	if p.New != 9 || p.Messages != 100 {
		t.Errorf("%d new, %d messages, want 9 of 100", p.New, p.Messages)
	}
}

// TestAgainCountsOnce: messages that are read again are never counted twice, even if the run is
// stopped.
func TestAgainCountsOnce(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", manyIDs(4000)...)
	for i := range ch.Messages {
		ch.Messages[i].Date = time.Now().Add(-time.Hour)
	}
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	before := run(t, src, store, collector.Request{Channels: []string{"alpha"}})[0]
	ctx, cancel := context.WithCancel(t.Context())
	pages := 0
	src.OnPage = func(context.Context, int64, int64) error {
		if pages++; pages == 25 {
			cancel()
		}
		return nil
	}
	r := loop.Run{ID: "run", Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha"}, AgainDays: 1}, MaxInFlight: 1}
	r.Report = func(_ int, p collector.Progress) {
		if p.State == collector.Collecting && p.Lo > 0 && p.Messages > 0 && (p.New != 0 || p.Accounted() != before.Span()) {
			t.Errorf("%d new, %d accounted for, want 0 of %d", p.New, p.Accounted(), before.Span())
		}
	}
	got, err := loop.Collect(ctx, r)
	if err == nil || got[0].New != 0 || got[0].Messages != before.Messages || got[0].Absent != before.Absent {
		t.Errorf("stopped (%v) with %+v", err, got[0])
	}
}

// TestAgainAfterAWrongClock: messages observed with a clock that was ahead are still read
// again.
func TestAgainAfterAWrongClock(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", oneTo(300)...)
	for i := range ch.Messages {
		ch.Messages[i].Date = time.Now().Add(-time.Hour)
	}
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	r := loop.Run{ID: "ahead", Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha"}}, MaxInFlight: 1}
	r.Now = func() time.Time { return time.Now().AddDate(1, 0, 0) }
	if _, err := loop.Collect(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	before := len(store.Parts(1))
	run(t, src, store, collector.Request{Channels: []string{"alpha"}, AgainDays: 1})
	if got := collector.NewRanges(store.Parts(1)[before:]...).Len(); got != 300 {
		t.Errorf("%d ids were looked at again, want 300", got)
	}
}

func oneTo(n int64) []int64 {
	var out []int64
	for id := int64(1); id <= n; id++ {
		out = append(out, id)
	}
	return out
}
