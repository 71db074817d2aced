package loop_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
)

// manyIDs are ascending ids up to most, with single gaps and one long empty stretch.
func manyIDs(most int64) []int64 {
	var out []int64
	for id := int64(1); id <= most; id++ {
		if id%7 != 3 && (id < most/2 || id > most/2+300) {
			out = append(out, id)
		}
	}
	return out
}

func TestFakeSource(t *testing.T) {
	ch := collectortest.NewChannel(1001, "alpha", manyIDs(2600)...)
	for i := range ch.Messages {
		ch.Messages[i].Date = ch.Messages[0].Date.Add(time.Duration(i) * time.Hour)
	}
	private := collectortest.NewChannel(1003, "hidden")
	private.Err = &collector.Error{Kind: collector.Private}
	src := collectortest.NewSource(ch, private, collectortest.NewChannel(1002, "void"))
	collectortest.TestSource(t, src, collectortest.Truth{
		Username: "alpha", Rows: append([]collector.Message(nil), ch.Messages...), Empty: "void",
		Wrong: map[string]collector.Kind{"@nobody": collector.NotFound, "hidden": collector.Private},
	})
}

func collect(t *testing.T, src collector.Source, store collector.Store, channels ...string) []collector.Progress {
	t.Helper()
	got, err := loop.Collect(t.Context(), loop.Run{Source: src, Store: store, Request: collector.Request{Channels: channels}, MaxInFlight: 4})
	if err != nil {
		t.Fatalf("Collect(%v): %v", channels, err)
	}
	return got
}

func TestCollectEveryMessageOnce(t *testing.T) {
	alpha := collectortest.NewChannel(1, "alpha", manyIDs(12_345)...)
	beta := collectortest.NewChannel(2, "beta", 5)
	store := collectortest.NewStore()
	got := collect(t, collectortest.NewSource(alpha, beta), store, "@alpha", "t.me/beta")
	for i, ch := range []*collectortest.Channel{alpha, beta} {
		rows := store.Rows(ch.ID)
		if len(rows) != len(ch.Messages) || store.Doubled() != 0 {
			t.Errorf("@%s: %d rows, %d doubled; want %d, none", ch.Username, len(rows), store.Doubled(), len(ch.Messages))
		}
		for _, m := range ch.Messages {
			if rows[m.ID].Text != m.Text || rows[m.ID].ChannelUsername != ch.Username || rows[m.ID].Source != collector.SourceTelegram {
				t.Fatalf("@%s: row %d is %+v", ch.Username, m.ID, rows[m.ID])
			}
		}
		p := got[i]
		if p.State != collector.Done || p.Accounted() != p.Span() || p.Messages+p.Service != int64(len(ch.Messages)) ||
			p.New != p.Messages+p.Service {
			t.Errorf("@%s: progress does not account for every id: %+v", ch.Username, p)
		}
	}
}

// TestCollectProvesAtTheEnd: if reading a range took hours, its ids are absent as of the last
// answer.
func TestCollectProvesAtTheEnd(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", manyIDs(5_000)...)
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	var mu sync.Mutex
	now := time.Date(2024, 2, 2, 0, 0, 0, 0, time.UTC)
	src.OnPage = func(context.Context, int64, int64) error {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Hour)
		return nil
	}
	parts := 0
	store.OnPut = func(p collector.Part) error {
		mu.Lock()
		defer mu.Unlock()
		parts++
		if took := p.ProvedAt.Sub(p.ObservedAt); took < time.Hour {
			t.Errorf("ids %d to %d: proved %v after the beginning", p.Range.Lo, p.Range.Hi, took)
		}
		return nil
	}
	run := loop.Run{
		Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha"}}, MaxInFlight: 1,
		Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now },
	}
	if _, err := loop.Collect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if parts == 0 {
		t.Error("no part was put")
	}
}

func TestCollectAgainFetchesOnlyWhatIsNew(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", manyIDs(5230)...)
	src, store := collectortest.NewSource(ch), collectortest.NewStore()
	collect(t, src, store, "alpha")
	ch.Messages = collectortest.NewChannel(1, "alpha", manyIDs(5400)...).Messages
	want := int64(len(ch.Messages) - len(store.Rows(1)))

	before := src.Usage()
	got := collect(t, src, store, "alpha")[0]
	if got.New != want || len(store.Rows(1)) != len(ch.Messages) || store.Doubled() != 0 {
		t.Errorf("second run: %d new, %d rows, %d doubled; want %d, %d, none", got.New, len(store.Rows(1)), store.Doubled(), want,
			len(ch.Messages))
	}
	if n := src.Usage().Sub(before).Requests; n > 6 {
		t.Errorf("second run took %d requests for %d new messages", n, want)
	}
}

func TestCollectDates(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", manyIDs(9000)...)
	since, err := collector.ParseDate("2024-01-03")
	if err != nil {
		t.Fatal(err)
	}
	until, err := collector.ParseDate("2024-01-04")
	if err != nil {
		t.Fatal(err)
	}
	store := collectortest.NewStore()
	_, err = loop.Collect(t.Context(), loop.Run{
		Source: collectortest.NewSource(ch), Store: store,
		Request: collector.Request{Channels: []string{"alpha"}, Since: since, Until: until},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, m := range ch.Messages {
		_, got := store.Rows(1)[m.ID]
		within := !m.Date.Before(since.Time) && m.Date.Before(until.Time)
		if within {
			want++
		}
		if got != within {
			t.Fatalf("message %d of %v: collected %v, want %v", m.ID, m.Date, got, within)
		}
	}
	if want == 0 {
		t.Error("the dates cover no message: the test shows nothing")
	}
}

// Dates before Telegram began and in the future are not sent: to Telegram the first would mean
// "no date", and the others do not fit its numbers.
func TestCollectFarDates(t *testing.T) {
	date := func(s string) collector.Date {
		d, err := collector.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tt := range []struct {
		since, until string
		want         int
	}{{"1970-01-01", "", 5}, {"0001-01-02", "9999-12-31", 5}, {"", "2039-01-01", 5}, {"2200-01-01", "", 0}, {"", "1970-01-01", 0}} {
		src, store := dated{Source: collectortest.NewSource(collectortest.NewChannel(1, "alpha", 1, 2, 3, 4, 5)), t: t}, collectortest.NewStore()
		got, err := loop.Collect(t.Context(), loop.Run{Source: src, Store: store,
			Request: collector.Request{Channels: []string{"alpha"}, Since: date(tt.since), Until: date(tt.until)}})
		if err != nil || got[0].State != collector.Done || len(store.Rows(1)) != tt.want {
			t.Errorf("since %q until %q: %d rows, %+v, %v; want %d", tt.since, tt.until, len(store.Rows(1)), got, err, tt.want)
		}
	}
}

// dated is a source that fails the test on dates that Telegram cannot accept.
type dated struct {
	*collectortest.Source
	t *testing.T
}

func (d dated) Bounds(ctx context.Context, ch collector.Channel, since, until time.Time) (collector.Bounds, error) {
	for _, at := range []time.Time{since, until} {
		if !at.IsZero() && (at.Unix() <= 0 || at.Unix() > 1<<31-1) {
			d.t.Errorf("asked for the bounds at %v", at)
		}
	}
	return d.Source.Bounds(ctx, ch, since, until)
}

func TestCollectOneBadChannelNeverStopsTheRest(t *testing.T) {
	bad := func(id int64, name string, k collector.Kind) *collectortest.Channel {
		ch := collectortest.NewChannel(id, name, 1)
		ch.Err = &collector.Error{Kind: k}
		return ch
	}
	good := collectortest.NewChannel(9, "good", 1, 2, 3)
	breaks := collectortest.NewChannel(8, "breaks", manyIDs(3000)...)
	src := collectortest.NewSource(bad(1, "secret", collector.Private), bad(2, "person", collector.NotAChannel),
		collectortest.NewChannel(3, "void"), breaks, good)
	src.OnPage = func(_ context.Context, id, below int64) error {
		if id == 8 && below < 1500 {
			return &collector.Error{Kind: collector.Restricted, Detail: "gone"}
		}
		return nil
	}
	got := collect(t, src, collectortest.NewStore(), "nosuch", "secret", "person", "void", "breaks", "t.me/+invite", "good")
	type end struct {
		State collector.State
		Error collector.Kind
	}
	var ends []end
	for _, p := range got {
		ends = append(ends, end{State: p.State, Error: p.Error})
	}
	want := []end{
		{State: collector.Failed, Error: collector.NotFound}, {State: collector.Failed, Error: collector.Private},
		{State: collector.Failed, Error: collector.NotAChannel},
		{State: collector.Done, Error: ""}, {State: collector.Partial, Error: collector.Restricted},
		{State: collector.Failed, Error: collector.Private}, {State: collector.Done, Error: ""},
	}
	if diff := cmp.Diff(want, ends); diff != "" {
		t.Errorf("ends (-want +got):\n%s", diff)
	}
	if got[4].Messages == 0 || got[4].Accounted() >= got[4].Span() {
		t.Errorf("partial channel accounts for %d of %d ids with %d messages", got[4].Accounted(), got[4].Span(), got[4].Messages)
	}
}

func TestCollectSameChannelTwice(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", 1, 2, 3)
	src := collectortest.NewSource(ch)
	src.Channels["second"] = ch
	store := collectortest.NewStore()
	got := collect(t, src, store, "alpha", "second")
	if got[1].SameAs != "alpha" || got[1].Messages != 0 || got[1].State != collector.Done || store.Doubled() != 0 {
		t.Errorf("second reference: %+v, %d doubled", got[1], store.Doubled())
	}
}

func TestCollectGoesOnAfterItWasStopped(t *testing.T) {
	for name, stop := range map[string]struct {
		err  error
		want func(error) bool
	}{
		"signed out": {&collector.Error{Kind: collector.SignedOut}, func(err error) bool { return collector.KindOf(err) == collector.SignedOut }},
		"canceled":   {context.Canceled, func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		t.Run(name, func(t *testing.T) {
			ch := collectortest.NewChannel(1, "alpha", manyIDs(8000)...)
			src, store := collectortest.NewSource(ch, collectortest.NewChannel(2, "beta", 1)), collectortest.NewStore()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			src.OnPage = func(_ context.Context, _, below int64) error {
				if below > 3000 {
					return nil
				}
				if errors.Is(stop.err, context.Canceled) {
					cancel()
				}
				return stop.err
			}
			run := loop.Run{Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha", "beta"}}, MaxInFlight: 3}
			half, err := loop.Collect(ctx, run)
			if !stop.want(err) {
				t.Fatalf("Collect ended with %v", err)
			}
			kept := len(store.Rows(1))
			if kept == 0 || kept == len(ch.Messages) || half[0].Messages+half[0].Service != int64(kept) {
				t.Fatalf("stopped with %d rows of %d, progress says %+v", kept, len(ch.Messages), half[0])
			}
			src.OnPage = nil
			run.Progress = half
			got, err := loop.Collect(t.Context(), run)
			if err != nil {
				t.Fatal(err)
			}
			if len(store.Rows(1)) != len(ch.Messages) || store.Doubled() != 0 || got[0].State != collector.Done || got[1].State != collector.Done {
				t.Errorf("resumed: %d rows, %d doubled, %+v; want %d rows", len(store.Rows(1)), store.Doubled(), got, len(ch.Messages))
			}
			if got[0].New != int64(len(ch.Messages)) {
				t.Errorf("New = %d over both runs, want %d", got[0].New, len(ch.Messages))
			}
		})
	}
}

func TestCollectStopsWhenTheStoreFails(t *testing.T) {
	src := collectortest.NewSource(collectortest.NewChannel(1, "alpha", 1, 2), collectortest.NewChannel(2, "beta", 1))
	store := collectortest.NewStore()
	full := errors.New("disk full")
	store.OnPut = func(collector.Part) error { return full }
	_, err := loop.Collect(t.Context(), loop.Run{Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha", "beta"}}})
	if !errors.Is(err, full) {
		t.Errorf("Collect = %v, want %v", err, full)
	}
}

// liar is a source that breaks its contract.
type liar struct {
	*collectortest.Source
	pages func(r collector.Range) iter.Seq2[collector.Page, error]
}

func (l liar) Messages(_ context.Context, _ collector.Channel, r collector.Range) iter.Seq2[collector.Page, error] {
	return l.pages(r)
}

func TestCollectTrustsNoSource(t *testing.T) {
	page := func(ids ...int64) iter.Seq2[collector.Page, error] {
		return func(yield func(collector.Page, error) bool) {
			ch := collectortest.NewChannel(1, "alpha", ids...)
			yield(collector.Page{Messages: ch.Messages, Proven: collector.Range{Lo: 1, Hi: 9}}, nil)
		}
	}
	for name, ids := range map[string][]int64{"twice": {7, 7}, "ascending": {3, 4}, "outside": {99}, "zero": {0}} {
		t.Run(name, func(t *testing.T) {
			src := liar{Source: collectortest.NewSource(collectortest.NewChannel(1, "alpha", 1, 2, 3, 7, 9)),
				pages: func(collector.Range) iter.Seq2[collector.Page, error] { return page(ids...) }}
			store := collectortest.NewStore()
			got := collect(t, src, store, "alpha")[0]
			covered, _ := store.Covered(t.Context(), 1, collector.SourceTelegram)
			if got.State != collector.Failed || got.Error != collector.Internal || len(covered) != 0 {
				t.Errorf("got %+v, covered %v; want a failure and nothing covered", got, covered)
			}
		})
	}
}

// A source whose range ends silently with its context must not cause false absence.
func TestCollectSilentEndIsNotAbsence(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	src := liar{Source: collectortest.NewSource(collectortest.NewChannel(1, "alpha", 1, 2, 3)),
		pages: func(collector.Range) iter.Seq2[collector.Page, error] {
			return func(func(collector.Page, error) bool) { cancel() }
		}}
	store := collectortest.NewStore()
	_, err := loop.Collect(ctx, loop.Run{Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha"}}})
	covered, _ := store.Covered(t.Context(), 1, collector.SourceTelegram)
	if !errors.Is(err, context.Canceled) || len(covered) != 0 {
		t.Errorf("Collect = %v, covered %v; want canceled and nothing covered", err, covered)
	}
}

func TestCollectReportsInOrder(t *testing.T) {
	var states []collector.State
	var last int64
	_, err := loop.Collect(t.Context(), loop.Run{
		Source: collectortest.NewSource(collectortest.NewChannel(1, "alpha", manyIDs(4000)...)), Store: collectortest.NewStore(),
		Request: collector.Request{Channels: []string{"alpha"}}, MaxInFlight: 4,
		Report: func(_ int, p collector.Progress) {
			if len(states) == 0 || states[len(states)-1] != p.State {
				states = append(states, p.State)
			}
			if p.Accounted() < last {
				t.Errorf("counts went back from %d to %d", last, p.Accounted())
			}
			last = p.Accounted()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]collector.State{collector.Resolving, collector.Collecting, collector.Done}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestRangesAgainstModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var rs []collector.Range
		model := map[int64]bool{}
		for range rng.IntN(8) {
			lo := rng.Int64N(60)
			r := collector.Range{Lo: lo, Hi: lo + rng.Int64N(15) - 2}
			rs = append(rs, r)
			for id := r.Lo; id <= r.Hi; id++ {
				model[id] = true
			}
		}
		set := collector.NewRanges(rs...)
		if got := set.Len(); got != int64(len(model)) {
			t.Fatalf("NewRanges(%v).Len() = %d, want %d", rs, got, len(model))
		}
		asked := collector.Range{Lo: 10, Hi: 50}
		missing := map[int64]bool{}
		for _, r := range set.Missing(asked) {
			for id := r.Lo; id <= r.Hi; id++ {
				missing[id] = true
			}
		}
		for id := asked.Lo; id <= asked.Hi; id++ {
			if missing[id] == model[id] {
				t.Fatalf("id %d: in the set %v, missing %v", id, model[id], missing[id])
			}
		}
	}
}
