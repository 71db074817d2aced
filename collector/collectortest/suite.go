package collectortest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"telegramtrac/collector"
)

// Truth is what a Source under test must return.
type Truth struct {
	Username string                    // of a channel with at least 250 messages over several days, and gaps in its ids
	Rows     []collector.Message       // all of them; ID, Kind, Date and Text are compared
	Empty    string                    // username of a channel without messages; "" skips
	Wrong    map[string]collector.Kind // reference → the error it must give
}

// TestSource checks a source against the contract of collector.Source.
func TestSource(t *testing.T, src collector.Source, truth Truth) {
	t.Helper()
	slices.SortFunc(truth.Rows, func(a, b collector.Message) int { return cmp.Compare(b.ID, a.ID) })
	ch, err := src.Channel(t.Context(), collector.Reference{Username: truth.Username})
	if err != nil {
		t.Fatalf("Channel(@%s): %v", truth.Username, err)
	}
	s := suite{src: src, truth: truth, ch: ch}
	t.Run("Channel", s.channel)
	t.Run("WrongReferences", s.wrong)
	t.Run("Bounds", s.bounds)
	t.Run("BoundsByDate", s.boundsByDate)
	t.Run("Empty", s.empty)
	t.Run("Messages", s.messages)
	t.Run("MessagesAtOnce", s.atOnce)
	t.Run("MessagesCanceled", s.canceled)
	t.Run("MessagesStopped", s.stopped)
	t.Run("Usage", s.usage)
}

type suite struct {
	src   collector.Source
	truth Truth
	ch    collector.Channel
}

func (s suite) channel(t *testing.T) {
	if s.ch.ID == 0 || s.ch.Title == "" || s.ch.Raw == "" || s.ch.Kind == "" {
		t.Errorf("Channel(@%s) lacks id, title, kind or raw: %+v", s.truth.Username, s.ch)
	}
	for _, ref := range []collector.Reference{{Username: strings.ToUpper(s.truth.Username)}, {ID: s.ch.ID}} {
		got, err := s.src.Channel(t.Context(), ref)
		if err != nil || got.ID != s.ch.ID {
			t.Errorf("Channel(%s) = channel %d, %v; want channel %d", ref, got.ID, err, s.ch.ID)
		}
	}
}

func (s suite) wrong(t *testing.T) {
	for written, want := range s.truth.Wrong {
		ref, err := collector.ParseReference(written)
		if err == nil {
			_, err = s.src.Channel(t.Context(), ref)
		}
		if got := collector.KindOf(err); got != want {
			t.Errorf("Channel(%s): got error %v, want kind %q", written, err, want)
		}
	}
}

func (s suite) bounds(t *testing.T) {
	b, err := s.src.Bounds(t.Context(), s.ch, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	newest, oldest := s.truth.Rows[0].ID, s.truth.Rows[len(s.truth.Rows)-1].ID
	if b.Hi != newest || b.Newest != newest || b.Lo < 1 || b.Lo > oldest {
		t.Errorf("Bounds = %+v; want Hi and Newest %d, Lo from 1 to %d", b, newest, oldest)
	}
	if b.Count != nil && *b.Count != int64(len(s.truth.Rows)) {
		t.Errorf("Bounds say %d messages, want %d", *b.Count, len(s.truth.Rows))
	}
}

func (s suite) boundsByDate(t *testing.T) {
	n := len(s.truth.Rows)
	since := s.truth.Rows[n*2/3].Date
	until := s.truth.Rows[n/3].Date
	for _, tt := range []struct{ since, until time.Time }{
		{since, time.Time{}}, {time.Time{}, until}, {since, until},
		{s.truth.Rows[0].Date.Add(time.Hour), time.Time{}},              // after everything
		{time.Time{}, s.truth.Rows[n-1].Date},                           // before everything
		{s.truth.Rows[n-1].Date, s.truth.Rows[0].Date.Add(time.Second)}, // everything
	} {
		b, err := s.src.Bounds(t.Context(), s.ch, tt.since, tt.until)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range s.truth.Rows {
			want := !m.Date.Before(tt.since) && (tt.until.IsZero() || m.Date.Before(tt.until))
			if got := b.Contains(m.ID); got != want {
				t.Errorf("Bounds(%v, %v) = %+v: holds message %d of %v: %v, want %v", tt.since, tt.until, b.Range, m.ID, m.Date, got, want)
				break
			}
		}
	}
}

func (s suite) empty(t *testing.T) {
	if s.truth.Empty == "" {
		return // a source that cannot detect an empty channel skips this test
	}
	ch, err := s.src.Channel(t.Context(), collector.Reference{Username: s.truth.Empty})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.src.Bounds(t.Context(), ch, time.Time{}, time.Time{})
	if err != nil || b.Len() != 0 {
		t.Errorf("Bounds of an empty channel = %+v, %v; want no ids", b, err)
	}
}

// messages requests ranges of every shape; each must return exactly its rows.
func (s suite) messages(t *testing.T) {
	newest, oldest := s.truth.Rows[0].ID, s.truth.Rows[len(s.truth.Rows)-1].ID
	mid := s.truth.Rows[len(s.truth.Rows)/2].ID
	for _, r := range []collector.Range{
		{Lo: 1, Hi: newest}, {Lo: oldest, Hi: oldest}, {Lo: newest, Hi: newest}, {Lo: mid - 60, Hi: mid + 60},
		{Lo: mid, Hi: newest}, {Lo: 1, Hi: mid}, {Lo: newest + 1, Hi: newest + 500}, {Lo: mid - 99, Hi: mid},
	} {
		t.Run(fmt.Sprintf("%d-%d", r.Lo, r.Hi), func(t *testing.T) { s.check(t, r) })
	}
}

func (s suite) atOnce(t *testing.T) {
	newest := s.truth.Rows[0].ID
	var wg sync.WaitGroup
	for lo := int64(1); lo <= newest; lo += newest/8 + 1 {
		wg.Go(func() { s.check(t, collector.Range{Lo: lo, Hi: min(newest, lo+newest/8)}) })
	}
	wg.Wait()
}

// check compares a range with the truth: its rows, and the ids that its pages cover. Copies of
// rows, and peers, must hold beyond their page, with all that is in their lists.
func (s suite) check(t *testing.T, r collector.Range) {
	t.Helper()
	var got []collector.Message
	var kept, came []string // the pages' copies, and what they were when they came
	var copies []collector.Page
	next := r.Hi
	for page, err := range s.src.Messages(t.Context(), s.ch, r) {
		if err != nil {
			t.Errorf("Messages(%+v): %v", r, err)
			return
		}
		if page.Proven.Hi != next || page.Proven.Len() == 0 {
			t.Errorf("Messages(%+v): a page accounts for %+v, and %d comes next", r, page.Proven, next)
			return
		}
		next = page.Proven.Lo - 1
		came = append(came, inFull(t, page))
		page.Messages = slices.Clone(page.Messages)
		copies = append(copies, page)
		got = append(got, page.Messages...)
	}
	for _, page := range copies {
		kept = append(kept, inFull(t, page))
	}
	if !slices.Equal(kept, came) {
		t.Errorf("Messages(%+v): copies of a page's rows, or its peers, changed when a later page came", r)
	}
	if next >= r.Lo {
		t.Errorf("Messages(%+v) ended without an error and accounts for no ids below %d", r, next+1)
	}
	var want []collector.Message // also below the range, if pages went beyond it
	for _, m := range s.truth.Rows {
		if m.ID > next && m.ID <= r.Hi {
			want = append(want, m)
		}
	}
	if !slices.EqualFunc(got, want, s.same) {
		t.Errorf("Messages(%+v) gave %d rows %s; want %d rows %s", r, len(got), ids(got), len(want), ids(want))
	}
}

// inFull writes a page out, with all that its rows point at.
func inFull(t *testing.T, page collector.Page) string {
	t.Helper()
	out, err := json.Marshal(page)
	if err != nil {
		t.Errorf("a page of %d rows: %v", len(page.Messages), err)
	}
	return string(out)
}

// same compares a row with the truth. An unreadable message may have the date of an adjacent
// one.
func (s suite) same(got, want collector.Message) bool {
	date := got.Date.Equal(want.Date) || want.Kind == collector.KindUnreadable && !got.Date.IsZero()
	return got.ID == want.ID && got.ChannelID == s.ch.ID && got.Kind == want.Kind && date && got.Text == want.Text
}

func (s suite) canceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range s.src.Messages(ctx, s.ch, collector.Range{Lo: 1, Hi: s.truth.Rows[0].ID}) {
		last = err
	}
	if last == nil {
		t.Error("Messages ended without an error although its context had ended: that would claim absence")
	}
}

func (s suite) stopped(t *testing.T) {
	next, stop := iter.Pull2(s.src.Messages(t.Context(), s.ch, collector.Range{Lo: 1, Hi: s.truth.Rows[0].ID}))
	if _, err, ok := next(); !ok || err != nil {
		t.Errorf("first page: %v, %v", ok, err)
	}
	stop() // must not panic or hang
}

func (s suite) usage(t *testing.T) {
	before := s.src.Usage()
	if _, err := s.src.Bounds(t.Context(), s.ch, time.Time{}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if spent := s.src.Usage().Sub(before); spent.Requests < 1 {
		t.Errorf("Usage did not grow: %+v", spent)
	}
}

// ids abbreviates the ids of messages.
func ids(ms []collector.Message) string {
	var b strings.Builder
	for i, m := range ms {
		if i == 5 {
			return b.String() + "…"
		}
		fmt.Fprintf(&b, "%d ", m.ID)
	}
	return b.String()
}
