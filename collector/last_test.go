package collector_test

import (
	"context"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
)

// TestLastKeepsToItsIDs: what a page shows below the ids that were missing is not put:
// neither what is older than the dates asked for, nor what is held already.
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
			got, err := collector.Collect(t.Context(), collector.Run{Source: since{src, 300}, Store: store, Request: r, MaxInFlight: 3})
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

// since is a source whose bounds begin at an id, as dates make them.
type since struct {
	*collectortest.Source
	lo int64
}

func (s since) Bounds(ctx context.Context, ch collector.Channel, from, until time.Time) (collector.Bounds, error) {
	b, err := s.Source.Bounds(ctx, ch, from, until)
	b.Lo, b.Count = s.lo, nil
	return b, err
}
