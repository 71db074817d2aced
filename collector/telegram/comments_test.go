package telegram_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram"
	"telegramtrac/collector/telegram/telegramtest"
)

// If the linked group's history is closed, comments are read thread by thread: each once, with
// its message, and the ids between them stay unknown. Stored comments are not read again unless
// requested.
func TestCommentsOfAClosedGroup(t *testing.T) {
	t.Parallel()
	const n = 330
	s := telegramtest.Start(t, discussion(t, true, n))
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	run := func(r collector.Request, progress []collector.Progress) []collector.Progress {
		t.Helper()
		r.Channels, r.Comments = []string{"@talk_pier"}, true
		got, err := loop.Collect(t.Context(),
			loop.Run{ID: "run", Source: conn.Source(nil), Store: d.Writer(1), Request: r, MaxInFlight: 4, Progress: progress})
		if err != nil || len(got) != 2 {
			t.Fatalf("collected %+v, %v", got, err)
		}
		return got
	}
	got := run(collector.Request{}, nil)
	p := got[1]
	if p.State != collector.Done || p.Messages != n || p.New != n || p.Service != 0 || p.Absent != 0 || p.Threads != 2 || p.ThreadsTo != 2 ||
		p.Error != "" {
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
	if err != nil || len(receipts) != 2 || receipts[0].Threads != 2 || receipts[0].Messages != n || len(receipts[0].Covered) > 0 ||
		receipts[0].State != "done" {
		t.Errorf("receipts: %+v, %v", receipts, err)
	}
	if covered, err := d.Writer(1).Covered(t.Context(), 5102, collector.SourceTelegram); err != nil || len(covered) > 0 {
		t.Errorf("the group counts as covered: %v, %v", covered, err)
	}

	asked := func() int { return s.Hooks().Requests("messages.getReplies") }
	before := asked()
	run(collector.Request{}, got) // a resume of a run that had ended
	if asked() != before {
		t.Errorf("%d requests for comments that are there", asked()-before)
	}
	// The messages have 330 comments each, so both are read again; nothing is duplicated.
	if p := run(collector.Request{}, nil)[1]; p.Messages != n || p.New != 0 || p.Threads != 2 {
		t.Errorf("again: %+v", p)
	}
	if p := run(collector.Request{AgainDays: 1 + int64(time.Since(time.Unix(1_714_521_600, 0)).Hours()/24)}, nil)[1]; p.Messages != n ||
		p.Threads != 2 {
		t.Errorf("looking again: %+v", p)
	}
}

// relinked is a discussion whose channel has another group since its third message: the first
// two have their n comments in the old group, with the same ids as the comments on the third in
// the new one.
func relinked(t *testing.T, n int) *world.World {
	t.Helper()
	w := discussion(t, true, n)
	channel, _ := w.Channel(5101)
	channel.Full.SetLinkedChatID(5103)
	date := 1_714_600_000
	m := &tg.Message{ID: 3, PeerID: &tg.PeerChannel{ChannelID: 5101}, Date: date, Message: "news", Post: true}
	m.SetReplies(tg.MessageReplies{Comments: true, Replies: 4, ChannelID: 5103})
	if err := channel.Log.Append(m); err != nil {
		t.Fatal(err)
	}
	group := &world.Channel{TL: tg.Channel{ID: 5103, Title: "New chat", Megagroup: true}, Log: new(world.Log), Private: true}
	group.Full.SetLinkedChatID(5101)
	auto := &tg.Message{ID: 1, PeerID: &tg.PeerChannel{ChannelID: 5103}, Date: date, Message: "news"}
	auto.SetFromID(&tg.PeerChannel{ChannelID: 5101})
	auto.SetFwdFrom(tg.MessageFwdHeader{FromID: &tg.PeerChannel{ChannelID: 5101}, ChannelPost: 3, Date: date,
		SavedFromPeer: &tg.PeerChannel{ChannelID: 5101}, SavedFromMsgID: 3})
	for id := range 5 {
		m := auto
		if id > 0 {
			m = &tg.Message{ID: id + 1, PeerID: &tg.PeerChannel{ChannelID: 5103}, Date: date + id, Message: "comment"}
			m.SetFromID(&tg.PeerUser{UserID: 77})
			m.SetReplyTo(&tg.MessageReplyHeader{ReplyToMsgID: 1})
		}
		if err := group.Log.Append(m); err != nil {
			t.Fatal(err)
		}
	}
	w.AddChannel(channel)
	w.AddChannel(group)
	return w
}

// forgetful is a source with rows of an earlier version of the program, which do not say which
// group has a message's comments.
type forgetful struct{ *telegram.Source }

func (f forgetful) Messages(ctx context.Context, ch collector.Channel, r collector.Range) iter.Seq2[collector.Page, error] {
	return func(yield func(collector.Page, error) bool) {
		for page, err := range f.Source.Messages(ctx, ch, r) {
			for i := range page.Messages {
				page.Messages[i].RepliesChannelID = 0
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// If a channel is linked to another group than before, the threads of both stay separate: each
// comment belongs to the message it was written on.
func TestCommentsOfAnEarlierGroup(t *testing.T) {
	t.Parallel()
	const n = 30
	for name, older := range map[string]bool{"rows name the group": false, "rows of an earlier version": true} {
		t.Run(name, func(t *testing.T) {
			d, err := dataset.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			collect := func(s *sandboxtest.Server) []collector.Progress {
				t.Helper()
				conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
				var src collector.Source = conn.Source(nil)
				if older {
					src = forgetful{conn.Source(nil)}
				}
				got, err := loop.Collect(t.Context(), loop.Run{ID: "run", Source: src, Store: d.Writer(1), MaxInFlight: 4,
					Request: collector.Request{Channels: []string{"@talk_pier"}, Comments: true}})
				if err != nil || len(got) != 2 {
					t.Fatalf("collected %+v, %v", got, err)
				}
				return got
			}
			collect(telegramtest.Start(t, discussion(t, true, n)))
			s := telegramtest.Start(t, relinked(t, n))
			p := collect(s)[1]
			if p.State != collector.Done || p.Error != "" || p.ChannelID != 5103 || p.Messages != 4 {
				t.Errorf("comments in the new group: %+v", p)
			}
			if got := s.Hooks().Requests("messages.getReplies"); !older && got != 2 { // including the empty last page
				t.Errorf("%d requests for comments, want 2: the others are in the group before", got)
			}
			got := map[[3]int64]int{}
			for m, err := range d.Scan(t.Context(), 0) {
				if err != nil {
					t.Fatal(err)
				}
				if m.ChannelID != 5101 {
					got[[3]int64{m.ChannelID, m.ThreadChannelID, m.ThreadMessageID}]++
				}
			}
			want := map[[3]int64]int{{5102, 5101, 1}: n / 10, {5102, 5101, 2}: n - n/10, {5103, 5101, 3}: 4}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("comments by group, channel and message (-want +got):\n%s", diff)
			}
			looks, err := d.Channel(t.Context(), "talk_pier")
			if err != nil || looks.LinkedChannelID != 5103 {
				t.Errorf("linked now: %d, %v", looks.LinkedChannelID, err)
			}
		})
	}
}

// A run stopped between two messages continues with the second.
func TestCommentsGoOn(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, discussion(t, true, 330))
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	one := loop.Run{Source: conn.Source(nil), Store: d.Writer(1), MaxInFlight: 1,
		Request: collector.Request{Channels: []string{"@talk_pier"}, Comments: true},
		Report: func(i int, p collector.Progress) {
			if i == 1 && p.Messages > 0 { // comments of the first message
				cancel()
			}
		}}
	got, err := loop.Collect(ctx, one)
	if err == nil || got[1].State.Final() || got[1].ThreadsTo != 1 {
		t.Fatalf("stopped: %+v, %v", got, err)
	}
	before := s.Hooks().Requests("messages.getReplies")
	one.Progress, one.Report = got, nil
	if got, err = loop.Collect(t.Context(), one); err != nil || got[1].State != collector.Done || got[1].Messages != 330 ||
		got[1].Threads != 2 {
		t.Fatalf("taken up again: %+v, %v", got, err)
	}
	if asked := s.Hooks().Requests("messages.getReplies") - before; asked > 4 { // 297 comments in pages of a hundred, and the empty last page
		t.Errorf("%d requests after the stop, want 4", asked)
	}
}

// If the channel itself was not collected, or the comments are refused as well, the group ends
// as private.
func TestCommentsRefused(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, discussion(t, true, 20))
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
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
		got, err := loop.Collect(t.Context(), loop.Run{Source: conn.Source(nil), Store: d.Writer(1),
			Request: collector.Request{Channels: []string{"@talk_pier"}, Comments: true, DetailsOnly: detailsOnly}})
		if err != nil || got[0].State != collector.Done || got[1].State != collector.Failed || got[1].Error != collector.Private {
			t.Errorf("collected %+v, %v", got, err)
		}
	}
}

// A message without comments costs one request, and the channel of a closed group is looked up
// at most once, even if its username was taken by another.
func TestCommentsCost(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, discussion(t, true, 20))
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	c, _ := telegramtest.Connect(t, s, m, nil)
	src := c.Source(nil)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "talk_pier"})
	if err != nil {
		t.Fatal(err)
	}
	for page, err := range src.Replies(t.Context(), ch, 999) {
		t.Errorf("comments on a message that is not there: %+v, %v", page, err)
	}
	if n := s.Hooks().Requests("messages.getReplies"); n != 1 {
		t.Errorf("%d requests for no comments, want 1", n)
	}
	if err := s.Rename(5101, "walk_pier", "Walk"); err != nil {
		t.Fatal(err)
	}
	before := s.Hooks().Requests(resolve)
	store, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	got, err := loop.Collect(t.Context(), loop.Run{ID: "run", Source: src, Store: store.Writer(1), MaxInFlight: 2,
		Request: collector.Request{Channels: []string{"@talk_pier"}, Comments: true}})
	if err != nil || len(got) != 2 || !got[0].Renamed || got[1].State != collector.Done || got[1].Messages != 20 {
		t.Errorf("collected %+v, %v", got, err)
	}
	if n := s.Hooks().Requests(resolve) - before; n != 1 {
		t.Errorf("%d look-ups of a channel that was renamed, want 1", n)
	}
}
