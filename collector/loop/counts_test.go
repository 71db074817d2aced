package loop_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
)

// named is a source with another name.
type named struct {
	*collectortest.Source
	name string
}

func (n named) Name() string { return n.name }

// imported is a store with rows from a file, which cover nothing.
func imported(t *testing.T, ms []collector.Message) *collectortest.Store {
	t.Helper()
	store := collectortest.NewStore()
	if len(ms) == 0 {
		return store
	}
	err := store.PutPart(t.Context(), collector.Part{ChannelID: 1, Range: collector.Range{Lo: ms[0].ID, Hi: ms[len(ms)-1].ID},
		Source: collector.SourceTelethon, ObservedAt: time.Now(), Messages: slices.Clone(ms), Loose: true})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// TestCountsOverOtherRows: rows of an import or of another source are never counted twice, even
// if a range is interrupted.
func TestCountsOverOtherRows(t *testing.T) {
	const most = 2230
	for _, source := range []string{collector.SourceTelegram, collector.SourcePreview} {
		for _, last := range []int64{0, 90, 1200, 1_000_000} {
			for _, from := range []int64{0, 1250, most} { // the rows up to it were imported
				for _, breaks := range []bool{false, true} {
					t.Run(fmt.Sprint(source, last, from, breaks), func(t *testing.T) {
						ch := collectortest.NewChannel(1, "alpha", manyIDs(most)...)
						n := slices.IndexFunc(ch.Messages, func(m collector.Message) bool { return m.ID > from })
						if n < 0 {
							n = len(ch.Messages)
						}
						store := imported(t, ch.Messages[:n])
						src := named{Source: collectortest.NewSource(ch), name: source}
						if breaks {
							src.OnPage = func(_ context.Context, _, below int64) error {
								if below < most-400 {
									return &collector.Error{Kind: collector.Restricted}
								}
								return nil
							}
						}
						countsFit(t, src, store, ch, last, int64(n))
					})
				}
			}
		}
	}
}

// countsFit collects a channel with some stored rows, and checks that each report is possible.
func countsFit(t *testing.T, src collector.Source, store *collectortest.Store, ch *collectortest.Channel, last, had int64) {
	t.Helper()
	all := int64(len(ch.Messages))
	run := loop.Run{ID: "run", Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha"}, Last: last}, MaxInFlight: 3}
	run.Report = func(_ int, p collector.Progress) {
		if p.Messages+p.Service > all || p.New > all-had || p.Lo > 0 && p.Accounted() > p.Span() || last > 0 && last < 2000 && p.Messages > last {
			t.Errorf("of %d messages, %d of them there before: %+v", all, had, p)
		}
	}
	got, err := loop.Collect(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	p := got[0]
	counts, err := store.Count(t.Context(), 1, collector.Range{Lo: max(1, p.Lo), Hi: p.Hi})
	if err != nil {
		t.Fatal(err)
	}
	if rows := int64(len(store.Rows(1))); p.Messages != counts.Messages || p.Service != counts.Service || p.Absent != counts.Absent ||
		p.New != rows-had {
		t.Errorf("the store has %d rows and %+v within, progress says %+v", rows, counts, p)
	}
	if p.State == collector.Done && (p.Accounted() != p.Span() || p.Span() == 0) {
		t.Errorf("not every id is accounted for: %+v", p)
	}
}

// TestNewIsOnesOwn: what another collection or an import adds while a collection is stopped is
// not new in it; what a killed run added without recording it is.
func TestNewIsOnesOwn(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", manyIDs(6000)...)
	all := int64(len(ch.Messages))
	for name, killed := range map[string]bool{"stopped": false, "killed": true} {
		t.Run(name, func(t *testing.T) {
			src, store := collectortest.NewSource(ch), imported(t, ch.Messages[:100])
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			run := loop.Run{ID: "one", Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha"}}, MaxInFlight: 1}
			var saved collector.Progress // as recorded at the last change of state
			run.Report = func(_ int, p collector.Progress) {
				if p.State == collector.Collecting && saved.State != collector.Collecting {
					saved = p
				}
				if p.New > 1500 {
					cancel()
				}
			}
			half, err := loop.Collect(ctx, run)
			if err == nil {
				t.Fatal("the run did not stop")
			}
			own := half[0].New
			if killed {
				half[0], own = saved, all-100
			} else {
				other := run
				other.ID, other.Report = "two", nil
				got, err := loop.Collect(t.Context(), loop.Run{ID: "two", Source: src, Store: store, Request: run.Request})
				if err != nil || got[0].New != all-100-own {
					t.Errorf("the other one: %+v, %v", got[0], err)
				}
			}
			run.Progress, run.Report, run.Resumed = half, nil, 1
			got, err := loop.Collect(t.Context(), run)
			if err != nil || got[0].New != own || got[0].State != collector.Done || got[0].Messages+got[0].Service != all {
				t.Errorf("taken up again: %+v, %v; want %d new", got[0], err, own)
			}
		})
	}
}

// TestLastThatFails: the receipt says that no ids were asked for yet.
func TestLastThatFails(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", manyIDs(3000)...)
	for _, last := range []int64{100, 1000} {
		src := collectortest.NewSource(ch)
		store := imported(t, ch.Messages[:1000])
		src.OnPage = func(context.Context, int64, int64) error { return &collector.Error{Kind: collector.Restricted} }
		run(t, src, store, collector.Request{Channels: []string{"alpha"}, Last: last})
		r, ok := store.Receipt("run", "alpha")
		if !ok || r.State != "failed" || r.Messages != 0 || r.Lo == 1 || len(r.Covered) > 0 {
			t.Errorf("last %d: receipt %+v", last, r)
		}
	}
}

// receiptStore calls a function before it stores a receipt.
type receiptStore struct {
	*collectortest.Store
	before func() error
}

func (s receiptStore) PutReceipt(ctx context.Context, r collector.Receipt) error {
	if err := s.before(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Store.PutReceipt(ctx, r)
}

// TestReceiptComesFirst: whenever a run is stopped, a channel has a receipt if and only if it
// has ended.
func TestReceiptComesFirst(t *testing.T) {
	full := errors.New("disk full")
	for name, stop := range map[string]func(cancel func()) (before func() error, told func(collector.Progress)){
		"when it is told": func(cancel func()) (func() error, func(collector.Progress)) {
			return func() error { return nil }, func(p collector.Progress) {
				if p.State.Final() {
					cancel()
				}
			}
		},
		"at the receipt": func(cancel func()) (func() error, func(collector.Progress)) {
			return func() error { cancel(); return nil }, func(collector.Progress) {}
		},
		"by the store": func(func()) (func() error, func(collector.Progress)) {
			return func() error { return full }, func(collector.Progress) {}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			before, told := stop(cancel)
			src, store := collectortest.NewSource(collectortest.NewChannel(1, "alpha", manyIDs(2100)...)),
				receiptStore{Store: collectortest.NewStore(), before: before}
			run := loop.Run{ID: "run", Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha"}}}
			run.Report = func(_ int, p collector.Progress) {
				if _, kept := store.Receipt("run", "alpha"); p.State.Final() && !kept {
					t.Errorf("told to be %s without a receipt", p.State)
				}
				told(p)
			}
			got, err := loop.Collect(ctx, run)
			if _, kept := store.Receipt("run", "alpha"); kept != got[0].State.Final() || kept == errors.Is(err, full) {
				t.Errorf("ended with %v, %s; a receipt is kept: %v", err, got[0].State, kept)
			}
			run.Progress, run.Store, run.Report = got, store.Store, nil
			if got, err := loop.Collect(t.Context(), run); err != nil || got[0].State != collector.Done {
				t.Errorf("taken up again: %+v, %v", got, err)
			}
			if r, _ := store.Receipt("run", "alpha"); r.State != "done" || r.New != r.Messages+r.Service || r.New == 0 {
				t.Errorf("receipt %+v", r)
			}
		})
	}
}

// TestReceiptBeforeState: when a channel is told to have ended, which it is once, its receipt is
// stored.
func TestReceiptBeforeState(t *testing.T) {
	src, store := collectortest.NewSource(collectortest.NewChannel(1, "alpha", 1, 2), collectortest.NewChannel(2, "beta", 1)),
		collectortest.NewStore()
	var got []string
	run := loop.Run{ID: "run", Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha", "nobody", "beta"}}}
	run.Report = func(_ int, p collector.Progress) {
		if !p.State.Final() {
			return
		}
		_, kept := store.Receipt("run", p.Reference)
		got = append(got, fmt.Sprint(p.Reference, p.State, kept))
	}
	if _, err := loop.Collect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if want := []string{"alphadonetrue", "nobodyfailedtrue", "betadonetrue"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// TestCancel: started channels get a receipt, with the store's counts if the run was killed;
// the others get none.
func TestCancel(t *testing.T) {
	ch := collectortest.NewChannel(1, "alpha", manyIDs(4000)...)
	src, store := collectortest.NewSource(ch, collectortest.NewChannel(2, "beta", 1)), collectortest.NewStore()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var saved collector.Progress
	run := loop.Run{ID: "run", Source: src, Store: store, Request: collector.Request{Channels: []string{"beta", "alpha", "gamma"}},
		MaxInFlight: 1}
	run.Report = func(i int, p collector.Progress) {
		if i == 1 && p.State == collector.Collecting && saved.State == "" {
			saved = p
		}
		if p.New > 1500 {
			cancel()
		}
	}
	progress, err := loop.Collect(ctx, run)
	if err == nil {
		t.Fatal("the run did not stop")
	}
	progress[1] = saved
	if err := loop.Cancel(t.Context(), run, progress); err != nil {
		t.Fatal(err)
	}
	rows := int64(len(store.Rows(1)))
	if r, ok := store.Receipt("run", "alpha"); !ok || r.State != "partial" || r.Messages+r.Service != rows || r.New != rows ||
		len(r.Covered) != 1 || r.FinishedAt.IsZero() {
		t.Errorf("receipt %+v; want %d messages", r, rows)
	}
	if r, _ := store.Receipt("run", "beta"); r.State != "done" {
		t.Errorf("receipt %+v of the channel that had ended", r)
	}
	if _, ok := store.Receipt("run", "gamma"); ok || progress[2].State != collector.Canceled || progress[2].FinishedAt == nil {
		t.Errorf("not begun: %+v, a receipt: %v", progress[2], ok)
	}
}

// talk is a source with one channel whose closed group has comments on one message.
type talk struct {
	*collectortest.Source
	comments int64
	onPage   func(n int64) error
}

const talkGroup = 9

func newTalk(comments int64) *talk {
	ch := collectortest.NewChannel(1, "alpha", 1, 2)
	ch.LinkedChannelID = talkGroup
	ch.Messages[1].Replies = &comments
	group := collectortest.NewChannel(talkGroup, "closed")
	group.Err = &collector.Error{Kind: collector.Private}
	return &talk{Source: collectortest.NewSource(ch, group), comments: comments, onPage: func(int64) error { return nil }}
}

func (s *talk) Replies(ctx context.Context, ch collector.Channel, messageID int64) iter.Seq2[collector.Page, error] {
	return func(yield func(collector.Page, error) bool) {
		for id := s.comments; id > 0; {
			if err := s.onPage(id); err != nil {
				yield(collector.Page{}, err)
				return
			}
			var page collector.Page
			for ; id > 0 && len(page.Messages) < 100; id-- {
				page.Messages = append(page.Messages, collector.Message{ChannelID: talkGroup, ID: id, Kind: collector.KindMessage,
					ThreadChannelID: ch.ID, ThreadMessageID: messageID, Raw: "{}"})
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// TestLongThread: a long thread is stored on the way; after a stop in its middle and a resume,
// each comment is counted exactly once.
func TestLongThread(t *testing.T) {
	const n = 2345
	src, store := newTalk(n), collectortest.NewStore()
	var mu sync.Mutex
	largest := 0
	store.OnPut = func(p collector.Part) error {
		mu.Lock()
		defer mu.Unlock()
		largest = max(largest, len(p.Messages))
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	src.onPage = func(id int64) error {
		if id < 1000 {
			cancel()
			return ctx.Err()
		}
		return nil
	}
	run := loop.Run{ID: "run", Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha"}, Comments: true}}
	run.Report = func(i int, p collector.Progress) {
		if i == 1 && (p.Messages > n || p.New > n) {
			t.Errorf("of %d comments: %+v", n, p)
		}
	}
	half, err := loop.Collect(ctx, run)
	if rows := int64(len(store.Rows(talkGroup))); err == nil || rows < 1000 || half[1].Messages != rows || half[1].New != rows ||
		half[1].ThreadsTo != 0 {
		t.Fatalf("stopped with %v, %d comments kept: %+v", err, rows, half[1])
	}
	src.onPage = func(int64) error { return nil }
	run.Progress = half
	got, err := loop.Collect(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	if p := got[1]; p.State != collector.Done || p.Messages != n || p.New != n || p.Threads != 1 || len(store.Rows(talkGroup)) != n {
		t.Errorf("taken up again: %+v, %d comments kept", p, len(store.Rows(talkGroup)))
	}
	if largest > 600 {
		t.Errorf("%d comments were held at once", largest)
	}
}
