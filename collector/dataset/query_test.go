package dataset

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/query"
)

// questions are filters and orders, alone and together.
func questions() []query.Query {
	filters := []query.Filter{
		{},
		{Search: searched(`"паром УХОДИТ"`)},
		{Search: searched("nowhere to be found")},
		{Kind: collector.KindService},
		{Kind: collector.KindMessage, Media: query.MediaAny},
		{Media: query.MediaNone},
		{Media: "MessageMediaPhoto", Forwarded: query.Yes},
		{Forwarded: query.No, Search: searched("*e*")},
		{Since: dayZero.Add(6 * time.Hour), Until: dayZero.Add(30 * time.Hour)},
		{Until: dayZero},
	}
	var out []query.Query
	for _, f := range filters {
		for _, by := range []query.OrderBy{"", query.ByViews, query.ByForwards} {
			for i, ascending := range []bool{false, true} {
				channel := int64((len(out)/2 + i) % 2 * 2) // all, or the one whose parts overlap
				out = append(out, query.Query{ChannelID: channel, Filter: f, Order: query.Order{By: by, Ascending: ascending}})
			}
		}
	}
	return out
}

// mixedWorkspace has parts that overlap, gaps, and equal counters.
func mixedWorkspace(t *testing.T) *Dataset {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 2))
	d := open(t, t.TempDir())
	w := d.Writer(1)
	for channel := int64(1); channel <= 3; channel++ {
		for lo := int64(1); lo < 800; lo += 200 {
			p := inventPart(r, channel, lo, lo+199, dayZero)
			if channel == 2 && lo > 200 {
				p = inventPart(r, channel, lo-50, lo+149, dayZero.Add(time.Hour))
			}
			for i := range p.Messages {
				m := &p.Messages[i]
				if m.Views != nil {
					*m.Views %= 7
				}
				if m.MediaType != "" {
					m.MediaType = []string{"MessageMediaPhoto", "MessageMediaDocument", "MessageMediaPoll"}[r.IntN(3)]
				}
				if r.IntN(3) > 0 {
					m.ForwardDate, m.ForwardFromType, m.ForwardFromName = nil, "", ""
				}
			}
			put1(t, w, p)
		}
	}
	return d
}

// asked answers a question the slow way.
func asked(all []collector.Message, q query.Query) []collector.Message {
	var out []collector.Message
	for _, m := range all {
		f := q.Filter
		forwarded := m.ForwardDate != nil || m.ForwardFromType != "" || m.ForwardFromName != ""
		switch {
		case q.ChannelID != 0 && m.ChannelID != q.ChannelID:
		case f.Kind != "" && m.Kind != f.Kind:
		case !f.Since.IsZero() && m.Date.Before(f.Since), !f.Until.IsZero() && !m.Date.Before(f.Until):
		case f.Media == query.MediaAny && m.MediaType == "", f.Media == query.MediaNone && m.MediaType != "":
		case strings.HasPrefix(f.Media, "MessageMedia") && m.MediaType != f.Media:
		case f.Forwarded == query.Yes && !forwarded, f.Forwarded == query.No && forwarded:
		case !f.Search.Matcher(nil).Match(&m):
		default:
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b collector.Message) int {
		ids := cmp.Or(cmp.Compare(a.ChannelID, b.ChannelID), cmp.Compare(a.ID, b.ID))
		by := func(a, b *int64) int {
			switch {
			case a == nil && b == nil:
				return 0
			case a == nil || b == nil:
				last := 1
				if !q.Order.Ascending {
					last = -1
				}
				if b == nil {
					last = -last
				}
				return last
			}
			return cmp.Compare(*a, *b)
		}
		var c int
		switch {
		case q.Order.By == query.ByViews:
			c = by(a.Views, b.Views)
		case q.Order.By == query.ByForwards:
			c = by(a.Forwards, b.Forwards)
		case q.ChannelID == 0:
			c = a.Date.Compare(b.Date)
		}
		c = cmp.Or(c, ids)
		if !q.Order.Ascending {
			c = -c
		}
		return c
	})
	return out
}

// TestQuestions holds every filter and order, page by page, to a plain reading,
// before and after the channels are compacted.
func TestQuestions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d := mixedWorkspace(t)
	for _, state := range []string{"in parts", "compacted"} {
		var all []collector.Message
		for m, err := range d.Scan(ctx, 0) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, *m)
		}
		for n, q := range questions() {
			want := asked(all, q)
			q.Offset, q.Limit = max(0, []int{0, 5, len(want) / 2, len(want) - 3, len(want) + 1}[n%5]), 5
			got, err := d.Page(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			page := want[min(q.Offset, len(want)):min(q.Offset+q.Limit, len(want))]
			if got.Total != int64(len(want)) || !gocmp.Equal(places(got.Messages), places(page)) {
				t.Fatalf("%s, %+v: %d of %d\n%s", state, q, got.Total, len(want), gocmp.Diff(places(page), places(got.Messages)))
			}
		}
		w := d.Writer(2)
		for channel := int64(1); channel <= 3; channel++ {
			if err := w.Compact(ctx, channel); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func places(ms []collector.Message) []string {
	out := []string{}
	for _, m := range ms {
		out = append(out, fmt.Sprintf("%d/%d %s %q", m.ChannelID, m.ID, m.Date.Format(time.RFC3339), m.Text))
	}
	return out
}

// TestAnswersFollowTheData: what was found before is not shown after a change.
func TestAnswersFollowTheData(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	r := rand.New(rand.NewPCG(1, 1))
	w := d.Writer(1)
	q := query.Query{Filter: query.Filter{Search: searched("fresh")}, Limit: 5}
	for n := range int64(3) {
		p := inventPart(r, 1, n*10+1, n*10+10, dayZero)
		p.Messages[0].Text = "Something FRESH"
		put1(t, w, p)
		for range 2 {
			got, err := d.Page(ctx, q)
			if err != nil || got.Total != n+1 {
				t.Fatalf("%d messages, %v; want %d", got.Total, err, n+1)
			}
		}
	}
}

// TestAnswersAreBounded: many questions do not fill the memory, and the newest
// answer is always kept.
func TestAnswersAreBounded(t *testing.T) {
	var a query.Answers
	for n := range 1000 {
		a.Keep(query.Question{ChannelID: int64(n)}, &query.Found{Hits: make([]query.Hit, 10)})
	}
	if got, want := len(a.All), query.AnswersKept/10_010; got != want {
		t.Errorf("%d answers are kept, want %d", got, want)
	}
	huge := &query.Found{Hits: make([]query.Hit, query.AnswersKept+1)}
	a.Keep(query.Question{}, huge)
	if a.Get(query.Question{}, nil) != huge || len(a.All) != 1 {
		t.Errorf("%d answers are kept beside the large one", len(a.All))
	}
}

// TestChosenColumns asks for one column after another: what is read of a message
// is right, and what is not asked for is right or nothing.
// TestChosenThreads: a comment is tied to its message whichever columns are asked
// for, and a reply to elsewhere to none.
func TestChosenThreads(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	row := func(id int64, with func(*collector.Message)) collector.Message {
		m := collector.Message{ID: id, Kind: collector.KindMessage, Date: dayZero.Add(time.Duration(id) * time.Minute),
			Source: collector.SourceTelegram}
		with(&m)
		return m
	}
	put1(t, w, collector.Part{
		ChannelID: 8, Range: collector.Range{Lo: 1, Hi: 4}, Source: collector.SourceTelegram, ObservedAt: dayZero,
		Messages: []collector.Message{
			row(4, func(m *collector.Message) { m.ReplyToMessageID, m.ReplyToTopID = 3, 1 }),
			row(3, func(m *collector.Message) { m.ReplyToMessageID = 1 }),
			row(2, func(m *collector.Message) { m.ReplyToMessageID, m.ReplyToChannelID = 1, 9 }),
			row(1, func(m *collector.Message) { m.ThreadChannelID, m.ThreadMessageID = 5, 55 }),
		},
	})
	if err := w.PutChannel(t.Context(),
		collector.Channel{ID: 8, Kind: collector.Supergroup, Source: collector.SourceTelegram, LastSeenAt: dayZero}); err != nil {
		t.Fatal(err)
	}
	for _, columns := range [][]string{
		nil, {"thread_message_id", "thread_channel_id"}, {"thread_message_id"}, {"thread_channel_id"},
		{"thread_message_id", "thread_channel_id", "reply_to_message_id"},
	} {
		for _, q := range []query.Query{{}, {ChannelID: 8}, {Order: query.Order{By: query.ByViews}},
			{Filter: query.Filter{Kind: collector.KindMessage}}} {
			q.Columns, q.Limit = columns, 10
			page, err := d.Page(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			got := map[int64][2]int64{}
			for _, m := range page.Messages {
				got[m.ID] = [2]int64{m.ThreadChannelID, m.ThreadMessageID}
			}
			equal(t, fmt.Sprint(columns, q), got, map[int64][2]int64{1: {5, 55}, 2: {}, 3: {5, 55}, 4: {5, 55}})
		}
	}
}

func TestChosenColumns(t *testing.T) {
	t.Parallel()
	d := mixedWorkspace(t)
	for _, id := range []int64{1, 3} {
		if err := d.Writer(1).Compact(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	row := reflect.TypeFor[collector.Message]()
	for _, q := range []query.Query{{Order: query.Order{By: query.ByViews}, Offset: 400, Limit: 60}, {Offset: 900, Limit: 40}} {
		whole, err := d.Page(t.Context(), q)
		if err != nil || len(whole.Messages) != q.Limit {
			t.Fatal(len(whole.Messages), err)
		}
		for i := range row.NumField() {
			column, _, _ := strings.Cut(row.Field(i).Tag.Get("parquet"), ",")
			q.Columns = []string{column}
			some, err := d.Page(t.Context(), q)
			if err != nil {
				t.Fatal(column, err)
			}
			for n, m := range some.Messages {
				got, want := reflect.ValueOf(m), reflect.ValueOf(whole.Messages[n])
				if w := whole.Messages[n]; m.ChannelID != w.ChannelID || m.ID != w.ID || !m.Date.Equal(w.Date) {
					t.Fatalf("%s: row %d is %d/%d, want %d/%d", column, n, m.ChannelID, m.ID, w.ChannelID, w.ID)
				}
				for j := range row.NumField() {
					if equal := gocmp.Equal(got.Field(j).Interface(), want.Field(j).Interface()); !equal && (j == i || !got.Field(j).IsZero()) {
						t.Fatalf("asked for %s, %s of row %d: got %v, want %v", column, row.Field(j).Name, n, got.Field(j), want.Field(j))
					}
				}
			}
		}
	}
}
