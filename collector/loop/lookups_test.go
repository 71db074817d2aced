package loop_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
)

// A channel whose look-up must wait is postponed until the others are done, and then continued:
// at once if its time has come, else in a later run.
func TestCollectLookUpsWait(t *testing.T) {
	begin := time.Date(2024, 2, 2, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		wait  time.Duration // until look-ups are allowed again
		pages time.Duration // time for each page of the other channels
		want  []collector.State
	}{
		"meanwhile":    {20 * time.Second, time.Minute, []collector.State{collector.Done, collector.Done, collector.Done}},
		"the next day": {15 * time.Hour, time.Second, []collector.State{collector.Waiting, collector.Done, collector.Done}},
	} {
		t.Run(name, func(t *testing.T) {
			now := begin
			unknown := collectortest.NewChannel(1, "unknown", 1, 2, 3)
			other, third := collectortest.NewChannel(2, "other", 1, 2), collectortest.NewChannel(3, "third", 7)
			src, store := collectortest.NewSource(unknown, other, third), collectortest.NewStore()
			flood := func() {
				unknown.Err = &collector.Error{Kind: collector.LookUps, Detail: "flood", RetryAt: begin.Add(tt.wait)}
				if !now.Before(begin.Add(tt.wait)) {
					unknown.Err = nil
				}
			}
			flood()
			src.OnPage = func(context.Context, int64, int64) error {
				now = now.Add(tt.pages)
				flood()
				return nil
			}
			var order []string
			var told []collector.State // of the waiting channel
			run := loop.Run{
				ID: "c", Source: src, Store: store, Request: collector.Request{Channels: []string{"unknown", "other", "third"}}, MaxInFlight: 1,
				Now: func() time.Time { return now },
				Report: func(i int, p collector.Progress) {
					if i == 0 {
						told = append(told, p.State)
					}
					if p.State.Final() {
						order = append(order, p.Reference)
					}
				},
			}
			got, err := loop.Collect(t.Context(), run)
			if diff := cmp.Diff(tt.want, states(got)); diff != "" {
				t.Fatalf("states (-want +got):\n%s", diff)
			}
			if got[0].State == collector.Waiting {
				e := collector.AsError(err)
				if e == nil || e.Kind != collector.LookUps || !e.RetryAt.Equal(begin.Add(tt.wait)) {
					t.Errorf("Collect: %v, want that it waits for look-ups until %v", err, begin.Add(tt.wait))
				}
				if p := got[0]; p.RetryAt == nil || !p.RetryAt.Equal(begin.Add(tt.wait)) || p.Detail != "flood" || p.Error != "" {
					t.Errorf("the channel that waits: %+v", p)
				}
				if _, ok := store.Receipt("c", "unknown"); ok {
					t.Error("a channel that waits has a receipt")
				}
				told, run.Progress = nil, got
				if got, err = loop.Collect(t.Context(), run); collector.KindOf(err) != collector.LookUps {
					t.Fatalf("Collect too early: %v", err)
				}
				if diff := cmp.Diff([]collector.State{collector.Waiting}, told); diff != "" {
					t.Errorf("told of a channel that still waits (-want +got):\n%s", diff)
				}
				now, err = begin.Add(tt.wait), nil
				flood()
				run.Progress = got
				told = nil
				got, err = loop.Collect(t.Context(), run)
			}
			if err != nil || got[0].State != collector.Done || got[0].RetryAt != nil || got[0].Detail != "" || got[0].Messages != 3 {
				t.Errorf("at the end %v, %+v", err, got[0])
			}
			if diff := cmp.Diff([]string{"other", "third", "unknown"}, order); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
			if told[len(told)-1] != collector.Done {
				t.Errorf("told %v", told)
			}
			if took := got[0].FinishedAt.Sub(*got[0].StartedAt); took > 3*tt.pages {
				t.Errorf("the wait for the look-up counts as reading: %v", took)
			}
		})
	}
}

func states(all []collector.Progress) []collector.State {
	var out []collector.State
	for _, p := range all {
		out = append(out, p.State)
	}
	return out
}
