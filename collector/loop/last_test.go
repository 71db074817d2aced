package loop_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
)

// TestLastKeepsToItsIDs: messages on a page below the missing ids are not stored if they are
// older than the requested dates or stored already.
func TestLastKeepsToItsIDs(t *testing.T) {
	for name, known := range map[string]collector.Range{"nothing known": {}, "the middle is known": {Lo: 600, Hi: 1200}} {
		t.Run(name, func(t *testing.T) {
			ch := collectortest.NewChannel(1, "alpha", spread(1, 37, 100)...) // every tenth id or so is a service message
			src, store := collectortest.NewSource(ch), collectortest.NewStore()
			if known.Len() > 0 {
				part := collector.Part{ChannelID: 1, Range: known, Source: collector.SourceTelegram, ObservedAt: ch.Messages[0].Date}
				for _, m := range ch.Messages {
					if known.Contains(m.ID) {
						part.Messages = append([]collector.Message{m}, part.Messages...)
					}
				}
				if err := store.PutPart(t.Context(), part); err != nil {
					t.Fatal(err)
				}
			}
			r := collector.Request{Channels: []string{"alpha"}, Last: 95}
			src.PageSize = 100
			got, err := loop.Collect(t.Context(), loop.Run{Source: since{Source: src, lo: 300}, Store: store, Request: r, MaxInFlight: 3})
			if err != nil || got[0].State != collector.Done {
				t.Fatalf("%+v, %v", got, err)
			}
			want := 0
			for _, m := range ch.Messages {
				if m.ID >= 300 {
					want++
				}
			}
			if n := len(store.Rows(1)); n != want || store.Doubled() > 0 || got[0].Lo != 300 {
				t.Errorf("%d rows, want %d; %d doubled; from id %d on, want 300", n, want, store.Doubled(), got[0].Lo)
			}
		})
	}
}

// since is a source whose bounds begin at an id, as with dates.
type since struct {
	*collectortest.Source
	lo int64
}

func (s since) Bounds(ctx context.Context, ch collector.Channel, from, until time.Time) (collector.Bounds, error) {
	b, err := s.Source.Bounds(ctx, ch, from, until)
	b.Lo, b.Count = s.lo, nil
	return b, err
}

// TestDeletedMeanwhile: messages deleted while a channel is read do not count as short; those
// that the server still counts do.
func TestDeletedMeanwhile(t *testing.T) {
	for name, tt := range map[string]struct{ counts, newest, short int64 }{
		"counted no more":               {counts: 900, short: 0},
		"counted still":                 {counts: 1000, short: 100},
		"some are":                      {counts: 930, short: 30},
		"counted no more, and one more": {counts: 901, newest: 1, short: 0},
	} {
		t.Run(name, func(t *testing.T) {
			ch := collectortest.NewChannel(1, "alpha", spread(101, 1, 900)...)
			src, store := collectortest.NewSource(ch), collectortest.NewStore()
			p := run(t, &recounting{Source: src, counts: []int64{1000, tt.counts}, newest: tt.newest}, store,
				collector.Request{Channels: []string{"alpha"}})[0]
			if p.State != collector.Done || p.Short() != tt.short || p.Hi != 1000 || p.Newest != 1000 {
				t.Errorf("%d short, want %d: %+v", p.Short(), tt.short, p)
			}
			if r, _ := store.Receipt("run", "alpha"); r.Short != tt.short {
				t.Errorf("the receipt says %d are short, want %d", r.Short, tt.short)
			}
		})
	}
}

// recounting is a source that gives another count each time.
type recounting struct {
	*collectortest.Source
	counts []int64
	newest int64 // added to the newest id from the second time on
	asked  int
}

func (r *recounting) Bounds(ctx context.Context, ch collector.Channel, from, until time.Time) (collector.Bounds, error) {
	b, err := r.Source.Bounds(ctx, ch, from, until)
	b.Count = &r.counts[min(r.asked, len(r.counts)-1)]
	if r.asked > 0 {
		b.Newest += r.newest
	}
	r.asked++
	return b, err
}

// TestUnreadableComments: unreadable comments of a closed group are reported.
func TestUnreadableComments(t *testing.T) {
	src, store := newTalk(5), collectortest.NewStore()
	r := collector.Request{Channels: []string{"alpha"}, Comments: true}
	got, err := loop.Collect(t.Context(), loop.Run{ID: "run", Source: unreadTalk{talk: src}, Store: store, Request: r})
	if err != nil {
		t.Fatal(err)
	}
	if p := got[1]; p.State != collector.Done || p.Messages != 4 || p.Unreadable != 1 || p.New != 5 {
		t.Errorf("%+v; want 4 comments and one that cannot be read", p)
	}
	if rec, _ := store.Receipt("run", got[1].Reference); rec.Unreadable != 1 || rec.Messages != 4 {
		t.Errorf("receipt %+v", rec)
	}
}

// unreadTalk is a talk whose newest comment cannot be read.
type unreadTalk struct{ *talk }

func (s unreadTalk) Replies(ctx context.Context, ch collector.Channel, messageID int64) iter.Seq2[collector.Page, error] {
	return func(yield func(collector.Page, error) bool) {
		for page, err := range s.talk.Replies(ctx, ch, messageID) {
			if len(page.Messages) > 0 {
				m := &page.Messages[0]
				bad := collector.NewUnreadable(m.ChannelID, m.ID, time.Now(), 200, "unknown class")
				bad.ThreadChannelID, bad.ThreadMessageID = m.ThreadChannelID, m.ThreadMessageID
				*m = bad
			}
			if !yield(page, err) {
				return
			}
		}
	}
}
