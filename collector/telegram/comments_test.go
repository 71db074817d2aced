package telegram_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/sandbox"
)

// Where the linked group's history is closed, the comments come by the messages
// they belong to: each once, tied to its message, with nothing said about the ids
// between them. What is there is not asked for again unless it is looked at again.
func TestCommentsOfAClosedGroup(t *testing.T) {
	const n = 330
	s := start(t, discussion(t, true, n))
	client, _ := connect(t, s, signedIn(t, s, sandbox.PhonePlain), nil)
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	run := func(r collector.Request, progress []collector.Progress) []collector.Progress {
		t.Helper()
		r.Channels, r.Comments = []string{"@talk_pier"}, true
		got, err := collector.Collect(t.Context(), collector.Run{ID: "run", Source: client.Source(nil), Store: d.Writer(1), Request: r, MaxInFlight: 4, Progress: progress})
		if err != nil || len(got) != 2 {
			t.Fatalf("collected %+v, %v", got, err)
		}
		return got
	}
	got := run(collector.Request{}, nil)
	p := got[1]
	if p.State != collector.Done || p.Messages != n || p.New != n || p.Service != 0 || p.Absent != 0 || p.Threads != 2 || p.ThreadsTo != 2 || p.Error != "" {
		t.Errorf("comments: %+v, want %d of 2 messages", p, n)
	}
	perMessage := map[int64]int{}
	for m, err := range d.Scan(t.Context(), 5102) {
		if err != nil {
			t.Fatal(err)
		}
		if m.ThreadChannelID != 5101 || m.Source != collector.SourceTelegram {
			t.Fatalf("comment %+v", m)
		}
		perMessage[m.ThreadMessageID]++
	}
	if diff := cmp.Diff(map[int64]int{1: n / 10, 2: n - n/10}, perMessage); diff != "" {
		t.Errorf("comments by message (-want +got):\n%s", diff)
	}
	receipts, err := d.Receipts(t.Context())
	if err != nil || len(receipts) != 2 || receipts[0].Threads != 2 || receipts[0].Messages != n || len(receipts[0].Covered) > 0 || receipts[0].State != "done" {
		t.Errorf("receipts: %+v, %v", receipts, err)
	}
	if covered, err := d.Writer(1).Covered(t.Context(), 5102, collector.SourceTelegram); err != nil || len(covered) > 0 {
		t.Errorf("the group counts as covered: %v, %v", covered, err)
	}

	asked := func() int { return s.Hooks().Requests("messages.getReplies") }
	before := asked()
	run(collector.Request{}, got) // the run is taken up again: it had ended
	if asked() != before {
		t.Errorf("%d requests for comments that are there", asked()-before)
	}
	// The messages say 330 comments each, so both are asked for again; nothing is doubled.
	if p := run(collector.Request{}, nil)[1]; p.Messages != n || p.New != 0 || p.Threads != 2 {
		t.Errorf("again: %+v", p)
	}
	if p := run(collector.Request{AgainDays: 1 + int64(time.Since(time.Unix(1_714_521_600, 0)).Hours()/24)}, nil)[1]; p.Messages != n || p.Threads != 2 {
		t.Errorf("looking again: %+v", p)
	}
}

// A run that is stopped between two messages goes on with the second.
func TestCommentsGoOn(t *testing.T) {
	s := start(t, discussion(t, true, 330))
	client, _ := connect(t, s, signedIn(t, s, sandbox.PhonePlain), nil)
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	one := collector.Run{Source: client.Source(nil), Store: d.Writer(1), MaxInFlight: 1,
		Request: collector.Request{Channels: []string{"@talk_pier"}, Comments: true},
		Report: func(i int, p collector.Progress) {
			if i == 1 && p.Messages > 0 { // of the first message
				cancel()
			}
		}}
	got, err := collector.Collect(ctx, one)
	if err == nil || got[1].State.Final() || got[1].ThreadsTo != 1 {
		t.Fatalf("stopped: %+v, %v", got, err)
	}
	before := s.Hooks().Requests("messages.getReplies")
	one.Progress, one.Report = got, nil
	if got, err = collector.Collect(t.Context(), one); err != nil || got[1].State != collector.Done || got[1].Messages != 330 || got[1].Threads != 2 {
		t.Fatalf("taken up again: %+v, %v", got, err)
	}
	if asked := s.Hooks().Requests("messages.getReplies") - before; asked > 4 { // 297 comments in pages of a hundred, and the end
		t.Errorf("%d requests after the stop, want 4", asked)
	}
}

// Where the channel itself was not collected, or the comments are refused as well,
// the group ends as what it is: private.
func TestCommentsRefused(t *testing.T) {
	s := start(t, discussion(t, true, 20))
	client, _ := connect(t, s, signedIn(t, s, sandbox.PhonePlain), nil)
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "messages.getReplies" {
			return 400, "CHANNEL_PRIVATE"
		}
		return 0, ""
	})
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, detailsOnly := range []bool{false, true} {
		got, err := collector.Collect(t.Context(), collector.Run{Source: client.Source(nil), Store: d.Writer(1),
			Request: collector.Request{Channels: []string{"@talk_pier"}, Comments: true, DetailsOnly: detailsOnly}})
		if err != nil || got[0].State != collector.Done || got[1].State != collector.Failed || got[1].Error != collector.Private {
			t.Errorf("collected %+v, %v", got, err)
		}
	}
}
