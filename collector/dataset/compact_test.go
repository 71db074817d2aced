package dataset

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/compact"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/dataset/table"
)

// inventAgain makes a part of messages most of which were seen before: the same
// with other counters, edited, edited back, vanished or come back.
func inventAgain(r *rand.Rand, looks []look, channelID, lo, hi int64, at time.Time) collector.Part {
	p := inventPart(r, channelID, lo, hi, at)
	if r.IntN(6) == 0 {
		p.Source = collector.SourcePreview
	}
	for i := range p.Messages {
		m := &p.Messages[i]
		var before []*collector.Message
		for _, l := range looks {
			if o := find(l.Messages, m.ID); o != nil {
				before = append(before, o)
			}
		}
		if len(before) > 0 && r.IntN(4) > 0 {
			old := *before[len(before)-1]
			if r.IntN(4) == 0 {
				old = *before[r.IntN(len(before))]
			}
			old.Views, old.Forwards, old.Reactions, old.Pinned = m.Views, m.Forwards, m.Reactions, m.Pinned
			p.Messages[i] = old
		}
		p.Messages[i].Source = p.Source
	}
	return p
}

// find returns the message with an id. Under the race detector every copy of a
// message is dear: the models point at them.
func find(ms []collector.Message, id int64) *collector.Message {
	for i := range ms {
		if ms[i].ID == id {
			return &ms[i]
		}
	}
	return nil
}

// modelVersions finds earlier wordings by brute force: for every id, every look.
func modelVersions(looks []look) []part.Version {
	byID, past := map[int64][]saying{}, map[int64][]saying{}
	for _, l := range slices.SortedFunc(slices.Values(looks), func(a, b look) int { return cmp.Compare(a.revision, b.revision) }) {
		for i := range l.Messages {
			m := &l.Messages[i]
			to := byID
			whole := func(s saying) bool { return s.Source == collector.SourceTelegram }
			if m.Source == collector.SourcePreview && slices.ContainsFunc(byID[m.ID], whole) {
				to = past
			}
			row := stored(*m, l.ObservedAt)
			to[m.ID] = append(to[m.ID], saying{&row, said(row)})
		}
	}
	var out []part.Version
	for id, seen := range byID {
		if len(past[id]) > 0 {
			out = append(out, modelPast(past[id], seen)...)
			continue
		}
		first := slices.MinFunc(seen, func(a, b saying) int { return a.LastSeenAt.Compare(b.LastSeenAt) }).LastSeenAt
		from := seen[0].LastSeenAt
		for i := 1; i < len(seen); i++ {
			if seen[i].said == seen[i-1].said {
				if seen[i].LastSeenAt.Before(from) {
					from = seen[i].LastSeenAt
				}
				continue
			}
			v := part.Version{Message: *seen[i-1].Message, ObservedFrom: from, ObservedUntil: seen[i-1].LastSeenAt}
			v.FirstSeenAt = first
			out = append(out, v)
			from = seen[i].LastSeenAt
		}
	}
	slices.SortStableFunc(out, func(a, b part.Version) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// saying is an observation of a message and what it is told from others by.
type saying struct {
	*collector.Message
	said string
}

// modelPast finds the earlier wordings of a message of which the web preview told
// after Telegram had.
func modelPast(past, seen []saying) []part.Version {
	slices.SortStableFunc(past, func(a, b saying) int { return a.LastSeenAt.Compare(b.LastSeenAt) })
	type run struct {
		part.Version
		past bool
		said string
	}
	var all []run
	first := past[0].LastSeenAt
	for i, m := range slices.Concat(past, seen) {
		if m.LastSeenAt.Before(first) {
			first = m.LastSeenAt
		}
		next := run{part.Version{Message: *m.Message, ObservedFrom: m.LastSeenAt, ObservedUntil: m.LastSeenAt}, i < len(past), m.said}
		if n := len(all) - 1; n >= 0 && all[n].said == next.said {
			if all[n].ObservedFrom.Before(next.ObservedFrom) {
				next.ObservedFrom = all[n].ObservedFrom
			}
			if all[n].past && all[n].LastSeenAt.After(next.LastSeenAt) {
				next.LastSeenAt, next.ObservedUntil = all[n].LastSeenAt, all[n].LastSeenAt
			}
			all[n] = next
			continue
		}
		all = append(all, next)
	}
	all = all[:len(all)-1]
	var out []part.Version
	n := slices.IndexFunc(append(all, run{}), func(r run) bool { return !r.past })
	late := all[:n]
	for _, r := range all[n:] {
		for len(late) > 0 && !late[0].LastSeenAt.After(r.LastSeenAt) {
			out, late = append(out, late[0].Version), late[1:]
		}
		out = append(out, r.Version)
	}
	for _, r := range late {
		out = append(out, r.Version)
	}
	for i := range out {
		out[i].FirstSeenAt = first
	}
	return out
}

// said prints what a version is told by: everything but what may change without
// an edit.
func said(m collector.Message) string {
	m.Views, m.Forwards, m.Replies, m.Reactions, m.ReactionsTotal, m.PollVoters = nil, nil, nil, nil, nil, nil
	m.FirstSeenAt, m.LastSeenAt, m.GoneAt, m.Raw = time.Time{}, time.Time{}, nil, ""
	m.Pinned, m.NoForwards, m.Restricted, m.Kind, m.Action, m.Date = false, false, false, "", "", time.Time{}
	m.PostAuthor, m.FromType, m.FromID, m.ContactPhone, m.ContactName, m.ContactUserID, m.ViaBotID = "", "", 0, "", "", 0, 0
	m.ForwardFromType, m.ForwardFromID, m.ForwardFromUsername, m.ForwardFromName = "", 0, "", ""
	m.ForwardMessageID, m.ForwardDate, m.ForwardPostAuthor = 0, nil, ""
	m.ReplyToMessageID, m.ReplyToChannelID, m.ReplyToTopID, m.ThreadChannelID, m.ThreadMessageID, m.AlbumID = 0, 0, 0, 0, 0, 0
	m.Domain, m.Links, m.TMeLinks, m.Mentions, m.Hashtags = "", nil, nil, nil, nil
	var texts []string
	for _, p := range m.PollResults {
		texts = append(texts, p.Text)
	}
	m.PollResults = nil
	s := fmt.Sprintf("%q", texts)
	for _, p := range []any{orNull(m.EditDate), orNull(m.FileSize), orNull(m.Duration), orNull(m.Width), orNull(m.Height), orNull(m.Latitude),
		orNull(m.Longitude)} {
		s += fmt.Sprintf(" %v", p)
	}
	m.EditDate, m.FileSize, m.Duration, m.Width, m.Height, m.Latitude, m.Longitude = nil, nil, nil, nil, nil, nil, nil
	return s + fmt.Sprintf(" %+v", m)
}

func readVersions(t *testing.T, d *Dataset) []part.Version {
	t.Helper()
	var b bytes.Buffer
	if err := table.WriteVersions(context.Background(), d.Rows, &b, 0); err != nil {
		t.Fatal(err)
	}
	type times struct {
		ObservedFrom  time.Time `parquet:"observed_from,timestamp(microsecond)"`
		ObservedUntil time.Time `parquet:"observed_until,timestamp(microsecond)"`
	}
	seen, err := parquet.Read[times](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[collector.Message](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var out []part.Version
	for i, m := range rows {
		out = append(out, part.Version{Message: m, ObservedFrom: seen[i].ObservedFrom, ObservedUntil: seen[i].ObservedUntil})
	}
	return out
}

// modelAbsent finds the ids that were looked for by a source that can prove
// absence, and never seen.
func modelAbsent(looks []look, r collector.Range) collector.Ranges {
	var out []collector.Range
	for id := r.Lo; id <= r.Hi; id++ {
		proved, seen := false, false
		for _, l := range looks {
			seen = seen || find(l.Messages, id) != nil
			proved = proved || l.Proves() && l.Range.Contains(id)
		}
		if proved && !seen {
			out = append(out, collector.Range{Lo: id, Hi: id})
		}
	}
	return collector.NewRanges(out...)
}

// model is what looks come to.
type model struct {
	looks    []look
	rows     []collector.Message
	versions []part.Version
}

func newModel(looks []look) model { return model{looks, modelFold(looks), modelVersions(looks)} }

// checkModel compares everything that can be read with the looks.
func checkModel(t *testing.T, r *rand.Rand, d *Dataset, m model) {
	t.Helper()
	ctx := context.Background()
	looks, want := m.looks, m.rows
	equal(t, "scan", collect(t, d.Scan(ctx, 7)), want)
	equal(t, "export", exported(t, d, 7), want)
	equal(t, "versions", readVersions(t, d), m.versions)
	for range 3 {
		id := want[r.IntN(len(want))].ID
		got, err := d.Versions(ctx, 7, id)
		if err != nil {
			t.Fatal(err)
		}
		var one []part.Version
		for i := range m.versions {
			if m.versions[i].ID == id {
				one = append(one, m.versions[i])
			}
		}
		if len(got)+len(one) > 0 {
			equal(t, fmt.Sprintf("versions of %d", id), got, one)
		}
	}
	checkPages(t, r, d, want)
	checkCounts(t, r, d, looks, want)
	w := d.Writer(1)
	for _, x := range []collector.Range{{Lo: 1, Hi: 600}, {Lo: r.Int64N(300), Hi: 300 + r.Int64N(100)}} {
		got, err := w.Absent(ctx, 7, x)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprintf("absent of %v", x), got, modelAbsent(looks, x))
	}
	for _, source := range []string{collector.SourceTelegram, collector.SourcePreview} {
		var rs []collector.Range
		var newest time.Time
		for _, l := range looks {
			if l.Source == source && !l.Loose {
				rs = append(rs, l.Range)
			}
			if l.ObservedAt.After(newest) {
				newest = l.ObservedAt
			}
		}
		got, err := w.Covered(ctx, 7, source)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "covered by "+source, got, collector.NewRanges(rs...))
		s, err := d.Channel(ctx, "7")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "updated", s.Updated, newest)
	}
}

// TestCompactModel looks again and again, compacts now and then, is killed at
// any step of it, and compares everything with the model each time.
func TestCompactModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(rounds(6)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			r := rand.New(rand.NewPCG(seed, 17))
			dir := t.TempDir()
			w := open(t, dir).Writer(1)
			w.LargeRows = []int64{compact.LargeRows, 150}[seed%2]
			var looks []look
			for n := range 9 {
				lo := 1 + r.Int64N(300)
				at := dayZero.Add(time.Duration(r.IntN(1000)) * time.Hour)
				p := inventAgain(r, looks, 7, lo, lo+r.Int64N(150), at)
				p.Loose = r.IntN(6) == 0
				looks = append(looks, look{p, n})
				put1(t, w, p)
				switch r.IntN(4) {
				case 0:
					if err := w.Compact(ctx, 7); err != nil {
						t.Fatal(err)
					}
				case 1:
					compactUpTo(t, r, w)
					large := w.LargeRows
					w = open(t, dir).Writer(uint64(n + 2)) // after the kill
					w.LargeRows = large
				default:
					continue
				}
				checkModel(t, r, datasetOf(w), newModel(looks))
				checkLooks(t, r, w, looks)
				if t.Failed() {
					t.FailNow()
				}
			}
			if err := w.Compact(ctx, 7); err != nil {
				t.Fatal(err)
			}
			checkModel(t, r, open(t, dir), newModel(looks))
		})
	}
}

// checkLooks compares what was looked at since some times with the looks.
func checkLooks(t *testing.T, r *rand.Rand, w *staging.Writer, looks []look) {
	t.Helper()
	for range 5 {
		since := dayZero.Add(time.Duration(r.IntN(1000)) * time.Hour)
		until := dayZero.AddDate(9, 0, 0)
		for _, source := range []string{collector.SourceTelegram, collector.SourcePreview} {
			var want collector.Ranges
			for _, l := range looks {
				if l.Source == source && !l.Loose && !l.ObservedAt.Before(since) && !l.ObservedAt.After(until) {
					want = want.Union(collector.NewRanges(l.Range))
				}
			}
			got, err := w.CoveredBetween(t.Context(), 7, source, since, until)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, fmt.Sprintf("looked at by %s since %v", source, since.Sub(dayZero)), got, want)
		}
	}
}

// compactUpTo does some of the steps of a compaction, as a killed process did.
func compactUpTo(t *testing.T, r *rand.Rand, w *staging.Writer) {
	t.Helper()
	c, err := w.TakeStock(context.Background(), 7)
	if err != nil || c == nil {
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	defer c.Open.Close()
	steps := c.Steps()
	for _, step := range steps[:r.IntN(len(steps)+1)] {
		if err := step(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCompactKilled stops one compaction after each of its steps: what a reader
// sees is the same at every step, in the process and in the next one, and the
// next compaction heals it.
func TestCompactKilled(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := rand.New(rand.NewPCG(3, 18))
	written := t.TempDir() // all looks but the last
	w := open(t, written).Writer(1)
	var looks []look
	for n := range int64(6) {
		lo := 1 + n%4*40
		p := inventAgain(r, looks, 7, lo, lo+60, dayZero.Add(time.Duration(n)*time.Hour))
		looks = append(looks, look{p, int(n)})
		if n < 5 {
			put1(t, w, p)
		}
	}
	m := newModel(looks)
	begun := func(t *testing.T) (*staging.Writer, *compact.Compaction) {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "dataset")
		if err := os.CopyFS(dir, os.DirFS(written)); err != nil {
			t.Fatal(err)
		}
		w := open(t, dir).Writer(2)
		w.LargeRows = 70
		put1(t, w, looks[5].Part)
		c, err := w.TakeStock(ctx, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Outputs) < 2 || len(c.Chosen) < 6 {
			t.Fatalf("%d parts become %d", len(c.Chosen), len(c.Outputs))
		}
		t.Cleanup(c.Open.Close)
		return w, c
	}
	_, c := begun(t)
	for stop := range len(c.Steps()) + 1 {
		t.Run(fmt.Sprint("after step ", stop), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(stop), 18))
			w, c := begun(t)
			for _, step := range c.Steps()[:stop] {
				if err := step(ctx); err != nil {
					t.Fatal(err)
				}
			}
			torn := filepath.Join(w.Dir, c.Folder.Dir, part.PartName(1, c.Revision)+".2"+bucket.TempSuffix)
			if err := os.WriteFile(torn, []byte("PAR1"), 0o600); err != nil { // and killed within the next one
				t.Fatal(err)
			}
			c.Open.Close()
			d := open(t, w.Dir)
			checkModel(t, r, []*Dataset{datasetOf(w), d}[stop%2], m)
			if err := d.Writer(3).Compact(ctx, 7); err != nil {
				t.Fatal(err)
			}
			checkModel(t, r, d, m)
			names, err := os.ReadDir(filepath.Join(w.Dir, c.Folder.Dir))
			if err != nil || len(names) > 4 {
				t.Errorf("after another compaction there are %d files, %v", len(names), err)
			}
		})
	}
}

// plainPart is a part without gaps.
func plainPart(lo, hi int64, day int) collector.Part {
	p := collector.Part{
		ChannelID: 1, Range: collector.Range{Lo: lo, Hi: hi}, Source: collector.SourceTelegram,
		ObservedAt: dayZero.AddDate(0, 0, day),
	}
	for id := hi; id >= lo; id-- {
		p.Messages = append(p.Messages, collector.Message{
			ID: id, Kind: collector.KindMessage, Date: dayZero.Add(time.Duration(id) * time.Second),
			Text: fmt.Sprint("message ", id), Source: collector.SourceTelegram,
		})
	}
	return p
}

func partsOf(t *testing.T, d *Dataset) []*part.Part {
	t.Helper()
	parts, _, err := d.MessageParts.Channel(1).Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// TestCompactTiers: a small tail does not make the large part be written again
// until it is worth it, nothing to do means nothing done, and the cover does not
// grow with the looks.
func TestCompactTiers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	merge := func() {
		t.Helper()
		if err := w.Compact(ctx, 1); err != nil {
			t.Fatal(err)
		}
	}
	for lo := int64(1); lo < 20_000; lo += 1000 {
		put1(t, w, plainPart(lo, lo+999, int(lo/1000)))
	}
	merge()
	parts := partsOf(t, d)
	if len(parts) != 1 || parts[0].Rows != 20_000 || len(parts[0].Covered) != 20 {
		t.Fatalf("got %d parts", len(parts))
	}
	large := parts[0]
	merge()
	equal(t, "paths after nothing changed", partsOf(t, d)[0].Name, large.Name)
	var written, rows int64
	hi := int64(20_000)
	for day := range 30 {
		put1(t, w, plainPart(hi+1, hi+500, 100+day))
		put1(t, w, plainPart(hi-199, hi, 100+day)) // look again
		hi += 500
		before := map[string]bool{}
		for _, p := range partsOf(t, d) {
			before[p.Name] = true
		}
		merge()
		covers := 0
		for _, p := range partsOf(t, d) {
			covers += len(p.Covered)
			if !before[p.Name] {
				written += p.Rows
			}
		}
		if day < 10 && !slices.ContainsFunc(partsOf(t, d), func(p *part.Part) bool { return p.Name == large.Name }) {
			t.Fatalf("the large part was written again on day %d", day)
		}
		if n := len(partsOf(t, d)); n > 9 || covers > 2*compact.MaxLooks {
			t.Fatalf("day %d: %d parts, %d covers", day, n, covers)
		}
	}
	rows = countScan(t, d)
	if rows != hi {
		t.Errorf("got %d rows, want %d", rows, hi)
	}
	if written > 12*hi {
		t.Errorf("%d rows were written for %d", written, hi)
	}
}

// TestCompactSettled: large parts that nothing overlaps are left alone.
func TestCompactSettled(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	w.LargeRows = 4000
	for lo := int64(1); lo < 12_000; lo += 1000 {
		put1(t, w, plainPart(lo, lo+999, 0))
	}
	if err := w.Compact(ctx, 1); err != nil {
		t.Fatal(err)
	}
	first := partsOf(t, d)
	if len(first) != 3 {
		t.Fatalf("got %d parts, want 3", len(first))
	}
	for lo := int64(12_001); lo < 24_000; lo += 1000 {
		put1(t, w, plainPart(lo, lo+999, 1))
	}
	if err := w.Compact(ctx, 1); err != nil {
		t.Fatal(err)
	}
	second := partsOf(t, d)
	if len(second) != 6 {
		t.Fatalf("got %d parts, want 6", len(second))
	}
	for i, p := range first {
		if second[i].Name != p.Name {
			t.Errorf("part %d was written again", i)
		}
	}
	if n := countScan(t, d); n != 24_000 {
		t.Errorf("got %d rows", n)
	}
}

// TestCompactWhileReading compacts in the middle of readings, with all files that
// they have not opened yet gone.
func TestCompactWhileReading(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, other := range map[string]bool{"same dataset": false, "another dataset": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := open(t, dir)
			w := d.Writer(1)
			for lo := int64(1); lo < 3000; lo += 100 {
				put1(t, w, plainPart(lo, lo+99, 0))
			}
			put1(t, w, plainPart(1450, 1700, 1))
			reader := d
			if other {
				reader = open(t, dir)
			}
			next := int64(1)
			for m, err := range reader.Scan(ctx, 1) {
				if err != nil {
					t.Fatal(err)
				}
				if m.ID != next {
					t.Fatalf("got id %d, want %d", m.ID, next)
				}
				if next == 250 || next == 1500 {
					put1(t, w, plainPart(2950+next/100, 3100, 2)) // so that there is something to merge
					if err := w.Compact(ctx, 1); err != nil {
						t.Fatal(err)
					}
				}
				next++
			}
			if next < 3001 {
				t.Errorf("the scan ended at %d", next)
			}
		})
	}
}

// TestExportWhileCompacted compacts while an export is being written, at every
// part of it.
func TestExportWhileCompacted(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d := openGrouped(t, t.TempDir())
	w := d.Writer(1)
	for lo := int64(1); lo < 3000; lo += 10 { // more than may be open at once
		put1(t, w, plainPart(lo, lo+9, 0))
	}
	put1(t, w, plainPart(1450, 1700, 1))
	put1(t, w, plainPart(3001, 3000+fullGroup/2, 1))
	reader := openGrouped(t, d.Dir)
	out := &interrupted{do: func() {
		if err := w.Compact(ctx, 1); err != nil {
			t.Error(err)
		}
	}}
	if err := table.WriteMessages(ctx, reader.Catalog, out, 1); err != nil {
		t.Fatal(err)
	}
	if !out.done {
		t.Fatal("nothing was compacted")
	}
	rows, err := parquet.Read[idOnly](bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range rows {
		if m.ID != int64(i+1) {
			t.Fatalf("row %d has id %d", i, m.ID)
		}
	}
	if len(rows) != 3000+fullGroup/2 {
		t.Errorf("got %d rows", len(rows))
	}
}

// interrupted does something at the first write.
type interrupted struct {
	bytes.Buffer
	do   func()
	done bool
}

func (w *interrupted) Write(b []byte) (int, error) {
	if !w.done {
		w.done = true
		w.do()
	}
	return w.Buffer.Write(b)
}

// TestWriterRewinds: an export whose parts are merged before it opens them goes
// on with the merged part, whatever was gathered or written.
func TestWriterRewinds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	for lo := int64(1); lo < 3000; lo += 10 {
		put1(t, w, plainPart(lo, lo+9, 0))
	}
	var b bytes.Buffer
	out := table.NewMessageWriter(&b, part.ExportCodec(), d.GroupRows)
	defer out.Open.Close()
	p, err := d.Plan(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range p.Segments {
		if i == 20 {
			if err := out.Flush(ctx); err != nil {
				t.Fatal(err)
			}
		}
		runs, err := table.RunsOf(ctx, s, 1, out.Open)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			if err := out.AddRun(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
	}
	out.Open.Close()
	// Three parts of the 280 that are gathered can still be read when the rest vanishes.
	for _, gone := range p.Parts[23:] {
		if err := d.MessageParts.Channel(1).Remove(filepath.Base(gone.Name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Flush(ctx); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
	equal(t, "place", out.At.Id, int64(231))
	put1(t, w, plainPart(1, 3000, 1)) // as the merged part
	out.Rewind()
	again, err := d.PlansOf(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.AddAll(ctx, again); err != nil {
		t.Fatal(err)
	}
	if err := out.Out.Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[collector.Message](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range rows {
		if m.ID != int64(i+1) || m.Text != fmt.Sprint("message ", i+1) {
			t.Fatalf("row %d has id %d", i, m.ID)
		}
	}
	if len(rows) != 3000 {
		t.Errorf("got %d rows", len(rows))
	}
}

// TestCompactBesideReaders has readers of several datasets, one always opened
// anew, count while parts are put and merged: none ever sees less, more or doubles.
func TestCompactBesideReaders(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	d := open(t, dir)
	w := d.Writer(1)
	put1(t, w, plainPart(1, 2000, 0))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 3 {
		readers.Go(func() {
			reader := []*Dataset{d, open(t, dir), nil}[i]
			for reading := true; reading; {
				select {
				case <-done:
					reading = false
				default:
				}
				at := reader
				if at == nil {
					at = open(t, dir)
				}
				if n := countScan(t, at); n != 2000 {
					t.Errorf("reader %d saw %d rows", i, n)
					return
				}
				c, err := at.Total(ctx, 1)
				if err != nil || c.Messages != 2000 {
					t.Errorf("reader %d counted %d, %v", i, c.Messages, err)
					return
				}
			}
		})
	}
	for day := range 6 {
		for n := range int64(6) {
			put1(t, w, plainPart(1+300*n, 300+300*n, day))
		}
		if err := w.Compact(ctx, 1); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
}

// TestCompactStoppedLate: once the merged parts are there, their sources go also when the
// compaction is stopped. Else they would count as used space until the next one.
func TestCompactStoppedLate(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	for n := range int64(4) {
		put1(t, w, plainPart(1+n*10, 10+n*10, 0))
	}
	c, err := w.TakeStock(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Open.Close()
	ctx, stop := context.WithCancel(t.Context())
	steps := c.Steps()
	for i, step := range steps {
		if i == len(steps)-len(c.Chosen) {
			stop()
		}
		if err := step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	equal(t, "parts", len(partsOf(t, d)), 1)
	equal(t, "rows", countScan(t, open(t, d.Dir)), int64(40))
}

// TestCompactReplaced: a holder that was replaced merges nothing.
func TestCompactReplaced(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	frozen := open(t, dir).Writer(1)
	for n := range int64(4) {
		put1(t, frozen, plainPart(1+n*10, 10+n*10, 0))
	}
	put1(t, open(t, dir).Writer(2), plainPart(41, 50, 1))
	if err := frozen.Compact(ctx, 1); !errors.Is(err, compact.ErrReplaced) {
		t.Errorf("got %v, want ErrReplaced", err)
	}
	equal(t, "rows", countScan(t, open(t, dir)), int64(50))
}

// TestCompactGroups: the merged part has full row groups and reads like its
// sources.
func TestCompactGroups(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d := openGrouped(t, t.TempDir())
	w := d.Writer(1)
	const size = fullGroup / 10
	const total = 22 * size
	for lo := int64(1); lo < total; lo += size {
		put1(t, w, plainPart(lo, lo+size-1, 0))
	}
	if err := w.Compact(ctx, 1); err != nil {
		t.Fatal(err)
	}
	parts := partsOf(t, d)
	var got []int64
	for _, g := range parts[0].Groups {
		got = append(got, g.Rows)
	}
	equal(t, "row groups", got, []int64{fullGroup, fullGroup, 2 * size})
	f, err := part.OpenFile(parts[0].In, parts[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !table.Copyable(f.Parquet.Metadata().RowGroups[0], part.MessageSchema()) {
		t.Error("its row groups are not copied as they are")
	}
	equal(t, "rows", countScan(t, d), int64(total))
	for _, offset := range []int{0, 1, 2*size - 1, 2 * size, fullGroup * 3 / 4, 2*size + fullGroup - 10, total - 1} {
		for _, id := range []int64{0, 1} {
			page, err := d.Page(ctx, query.Query{ChannelID: id, Offset: offset, Limit: 30})
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "messages on the page", len(page.Messages), min(30, total-offset))
			for i, m := range page.Messages {
				if want := int64(total - offset - i); m.ID != want || m.Text != fmt.Sprint("message ", want) {
					t.Fatalf("at %d: got id %d, want %d", offset+i, m.ID, want)
				}
			}
		}
	}
}

// TestCompactEmpty merges parts that have no rows: what they cover stays.
func TestCompactEmpty(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	for n := range int64(5) {
		p := plainPart(1+n*20, 10+n*20, int(n)) // with stretches that nobody asked for
		p.Messages = nil
		put1(t, w, p)
	}
	if err := w.Compact(ctx, 1); err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*Dataset{"writer's": d, "fresh": open(t, d.Dir)} {
		if n := len(partsOf(t, d)); n != 1 {
			t.Errorf("%s: %d parts", name, n)
		}
		got, err := d.Writer(1).Count(ctx, 1, collector.Range{Lo: 1, Hi: 100})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name+" count", got, collector.Count{Absent: 50})
		s, err := d.Channel(ctx, "1")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name+" updated", s.Updated, dayZero.AddDate(0, 0, 4))
	}
}

// TestMergeCovered: an id keeps the time of its newest look, and where an older
// part may have a row for it the first one, too, which is met first.
func TestMergeCovered(t *testing.T) {
	at := func(day int) time.Time { return dayZero.AddDate(0, 0, day) }
	end := func(day int) time.Time { return at(day).Add(time.Hour) }
	part1 := func(source string, lo, hi int64, day int) *part.Part {
		p := &part.Part{Covered: []part.Cover{{Source: source, Ranges: collector.Ranges{{Lo: lo, Hi: hi}}, ObservedAt: at(day),
			ProvedAt: end(day), Proven: true}}}
		p.SetExtent()
		return p
	}
	old := &part.Part{Counts: part.Counts{Rows: 1, MinID: 40, MaxID: 60}}
	old.SetExtent()
	chosen := []*part.Part{
		part1(collector.SourceTelegram, 1, 50, 1), part1(collector.SourceTelegram, 45, 100, 2),
		part1(collector.SourcePreview, 30, 50, 4), part1(collector.SourceTelegram, 55, 120, 3),
	}
	newest := []part.Cover{
		{Source: collector.SourceTelegram, Ranges: collector.Ranges{{Lo: 55, Hi: 120}}, ObservedAt: at(3), ProvedAt: end(3), Proven: true},
		{Source: collector.SourceTelegram, Ranges: collector.Ranges{{Lo: 45, Hi: 54}}, ObservedAt: at(2), ProvedAt: end(2), Proven: true},
		{Source: collector.SourceTelegram, Ranges: collector.Ranges{{Lo: 1, Hi: 44}}, ObservedAt: at(1), ProvedAt: end(1), Proven: true},
		{Source: collector.SourcePreview, Ranges: collector.Ranges{{Lo: 30, Hi: 50}}, ObservedAt: at(4), ProvedAt: end(4), Proven: true},
	}
	equal(t, "beside an older part", compact.MergeCovered(chosen, []*part.Part{old}), append([]part.Cover{
		{Source: collector.SourceTelegram, Ranges: collector.Ranges{{Lo: 40, Hi: 50}}, ObservedAt: at(1), ProvedAt: end(1), Proven: true},
		{Source: collector.SourceTelegram, Ranges: collector.Ranges{{Lo: 51, Hi: 60}}, ObservedAt: at(2), ProvedAt: end(2), Proven: true},
	}, newest...))
	equal(t, "alone", compact.MergeCovered(chosen, nil), newest)
	again := &part.Part{Covered: compact.MergeCovered(chosen, []*part.Part{old})}
	again.SetExtent()
	equal(t, "merged again", compact.MergeCovered([]*part.Part{again}, nil), newest)
}

// TestMergeCoveredKeepsFewTimes: of very many looks the beginnings become older,
// never newer, the ends never older, and the newest of all stays known.
func TestMergeCoveredKeepsFewTimes(t *testing.T) {
	const looks = 1000
	at := func(minute int64) time.Time { return dayZero.Add(time.Duration(minute) * time.Minute) }
	var chosen []*part.Part
	for i := int64(1); i <= looks; i++ {
		p := &part.Part{Covered: []part.Cover{{Source: collector.SourceTelegram, Ranges: collector.Ranges{{Lo: i, Hi: i}}, ObservedAt: at(i),
			ProvedAt: at(i + 1), Proven: true}}}
		p.SetExtent()
		chosen = append(chosen, p)
	}
	merged := &part.Part{Covered: compact.MergeCovered(chosen, nil)}
	if n := len(merged.Covered); n > compact.MaxLooks || n < compact.MaxLooks/2 {
		t.Errorf("%d times are kept, want up to %d", n, compact.MaxLooks)
	}
	var all collector.Ranges
	for _, c := range merged.Covered {
		all = all.Union(c.Ranges)
		for _, r := range c.Ranges {
			if c.ObservedAt.After(at(r.Lo)) || c.ObservedAt.Before(at(r.Hi-looks/compact.MaxLooks-1)) {
				t.Errorf("ids %v were looked at %v", r, c.ObservedAt.Sub(dayZero))
			}
			if c.Proved().Before(at(r.Hi+1)) || c.Proved().After(at(r.Lo+looks/compact.MaxLooks+2)) {
				t.Errorf("ids %v were proved at %v", r, c.Proved().Sub(dayZero))
			}
		}
	}
	equal(t, "ids", all, collector.Ranges{{Lo: 1, Hi: looks}})
	equal(t, "newest", merged.ObservedAt(), at(looks))
}
