package dataset

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/query"
)

// look is a part as the model remembers it.
type look struct {
	collector.Part
	revision int
}

// Proves reports whether the look says that an id without a message was not there.
func (l look) Proves() bool { return l.Source == collector.SourceTelegram && !l.Loose }

// modelFold is the fold by brute force: for every id, every look.
func modelFold(looks []look) []collector.Message {
	rows := map[int64]*collector.Message{}
	whole := map[int64]bool{}
	for _, l := range slices.SortedFunc(slices.Values(looks), func(a, b look) int { return cmp.Compare(a.revision, b.revision) }) {
		has := map[int64]bool{}
		for i := range l.Messages {
			m := &l.Messages[i]
			has[m.ID] = true
			row := stored(*m, l.ObservedAt)
			if old, ok := rows[m.ID]; ok && old.FirstSeenAt.Before(row.FirstSeenAt) {
				row.FirstSeenAt = old.FirstSeenAt
			}
			if m.Source == collector.SourcePreview && whole[m.ID] {
				old := *rows[m.ID] // stays, first seen at the earlier time
				old.FirstSeenAt = row.FirstSeenAt
				row = old
			}
			whole[m.ID] = whole[m.ID] || m.Source == collector.SourceTelegram
			rows[m.ID] = &row
		}
		for id := l.Range.Lo; l.Proves() && id <= l.Range.Hi; id++ {
			if m, ok := rows[id]; ok && !has[id] && m.GoneAt == nil {
				at := part.Latest(l.ObservedAt, l.ProvedAt)
				m.GoneAt = &at
			}
		}
	}
	var out []collector.Message
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		out = append(out, *rows[id])
	}
	return out
}

// modelCount counts in a range of what modelFold says the looks come to.
func modelCount(looks []look, folded []collector.Message, r collector.Range) collector.Count {
	var c collector.Count
	there := map[int64]bool{}
	for i := range folded {
		m := &folded[i]
		there[m.ID] = true
		if r.Contains(m.ID) {
			part.Add(&c, m.Kind)
		}
	}
	for id := r.Lo; id <= r.Hi; id++ {
		proved := slices.ContainsFunc(looks, func(l look) bool {
			return l.Proves() && l.Range.Contains(id)
		})
		if proved && !there[id] {
			c.Absent++
		}
	}
	return c
}

// inventLooks puts random overlapping parts of a channel, and remembers them.
func inventLooks(t *testing.T, r *rand.Rand, d *Dataset, channelID int64) []look {
	var looks []look
	for i := range 2 + r.IntN(10) {
		lo := 1 + r.Int64N(300)
		if r.IntN(3) == 0 {
			lo = 1 + 100*r.Int64N(3) // the grid: parts with one lo
		}
		at := dayZero.Add(time.Duration(r.IntN(1000)) * time.Hour)
		p := inventPart(r, channelID, lo, lo+r.Int64N(150), at)
		if r.IntN(4) == 0 {
			p.Source = collector.SourcePreview
		}
		for i := range p.Messages {
			p.Messages[i].Source = p.Source
		}
		if r.IntN(6) == 0 {
			p.Messages = nil
		}
		p.Loose = r.IntN(6) == 0
		looks = append(looks, look{p, i})
		put1(t, d.Writer(uint64(i+1)), p)
	}
	return looks
}

// TestFold compares every way of reading with the model, over random overlapping
// parts.
func TestFold(t *testing.T) {
	t.Parallel()
	for seed := range uint64(rounds(12)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			r := rand.New(rand.NewPCG(seed, 7))
			written := open(t, t.TempDir())
			looks := inventLooks(t, r, written, 7)
			want := modelFold(looks)
			for name, d := range map[string]*Dataset{"writer's": written, "fresh": open(t, written.Dir)} {
				equal(t, name+" scan", collect(t, d.Scan(ctx, 7)), want)
				checkPages(t, r, d, want)
				checkCounts(t, r, d, looks, want)
			}
		})
	}
}

func checkPages(t *testing.T, r *rand.Rand, d *Dataset, ascending []collector.Message) {
	t.Helper()
	want := slices.Clone(ascending)
	slices.Reverse(want)
	equal(t, "downwards", collect(t, fold.ScanDown[collector.Message](context.Background(), d.Rows, 7)),
		append([]collector.Message(nil), want...))
	for range 6 {
		q := query.Query{ChannelID: 7, Offset: r.IntN(len(want) + 20), Limit: 1 + r.IntN(60)}
		page, err := d.Page(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		from, to := min(q.Offset, len(want)), min(q.Offset+q.Limit, len(want))
		equal(t, fmt.Sprintf("page %+v", q), page.Messages, append([]collector.Message(nil), want[from:to]...))
		equal(t, "total", page.Total, int64(len(want)))
	}
}

func checkCounts(t *testing.T, r *rand.Rand, d *Dataset, looks []look, folded []collector.Message) {
	t.Helper()
	ranges := []collector.Range{{Lo: 1, Hi: 1000}, looks[0].Range}
	for range 6 {
		lo := r.Int64N(400)
		ranges = append(ranges, collector.Range{Lo: lo, Hi: lo + r.Int64N(200)})
	}
	w := d.Writer(1)
	for _, x := range ranges {
		got, err := w.Count(context.Background(), 7, x)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprintf("count of %v", x), got, modelCount(looks, folded, x))
	}
}

// TestTimeline compares pages over all channels with a plain sort, at every
// offset's neighbourhood, where dates do not follow ids and channels interleave.
func TestTimeline(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			r := rand.New(rand.NewPCG(seed, 8))
			d := open(t, t.TempDir())
			var want []collector.Message
			for channelID := range int64(4) {
				for n := range int64(5) {
					at := dayZero.Add(time.Duration(n) * time.Hour)
					p := inventPart(r, channelID+1, 1+n*40, 40+n*40+30*r.Int64N(2), at)
					for i := range p.Messages {
						if r.IntN(20) == 0 { // imported, or all of one minute
							p.Messages[i].Date = dayZero.Add(time.Duration(r.IntN(100)) * time.Minute)
						}
					}
					put1(t, d.Writer(uint64(n+1)), p)
				}
			}
			want = collect(t, d.Scan(ctx, 0))
			slices.SortFunc(want, func(a, b collector.Message) int {
				return cmp.Or(b.Date.Compare(a.Date), cmp.Compare(b.ChannelID, a.ChannelID), cmp.Compare(b.ID, a.ID))
			})
			for offset := 0; offset < len(want)+30; offset += 1 + r.IntN(80) {
				q := query.Query{Offset: offset, Limit: 1 + r.IntN(50)}
				page, err := d.Page(ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				from, to := min(offset, len(want)), min(offset+q.Limit, len(want))
				equal(t, fmt.Sprintf("page %+v", q), page.Messages, append([]collector.Message(nil), want[from:to]...))
				equal(t, "total", page.Total, int64(len(want)))
			}
		})
	}
}

// TestTimelineFollowsTheData: where the rows of blocks stand is kept, and never shown after a
// change: pages are those of a dataset that was opened just now.
func TestTimelineFollowsTheData(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 16))
	d := open(t, t.TempDir())
	same := func(step string) {
		t.Helper()
		fresh := open(t, d.Dir)
		for _, q := range []query.Query{{Limit: 30}, {Offset: 17, Limit: 5}, {Offset: 200, Limit: 50}, {Limit: 30}} {
			got, err := d.Page(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			want, err := fresh.Page(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, fmt.Sprintf("%s: page %+v", step, q), got, want)
		}
	}
	for n := range int64(4) {
		for channel := range int64(3) {
			put1(t, d.Writer(uint64(2*n+1)), inventPart(r, channel+1, 1+n*30, 60+n*30, dayZero.Add(time.Duration(r.IntN(9))*time.Hour)))
			same(fmt.Sprintf("part %d of channel %d", n, channel+1))
		}
		if err := d.Writer(uint64(2*n+2)).Compact(t.Context(), 1+n%3); err != nil {
			t.Fatal(err)
		}
		same(fmt.Sprintf("compacted %d", n))
	}
	if len(d.Moments.All) == 0 {
		t.Error("nothing is kept")
	}
	d.Rest()
	if len(d.Moments.All) != 0 {
		t.Error("a rested dataset keeps moments")
	}
	same("rested")
}
