package dataset

import (
	"context"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/put"
)

// partOf is a part of some ids, newest first, of which some cannot be read.
func partOf(day int, r collector.Range, unread collector.Ranges, ids ...int64) collector.Part {
	at := dayZero.AddDate(0, 0, day)
	p := collector.Part{ChannelID: 1, Range: r, Source: collector.SourceTelegram, ObservedAt: at, ProvedAt: at}
	for _, id := range ids {
		m := collector.Message{ChannelID: 1, ID: id, Kind: collector.KindMessage, Date: at, Text: "said", Raw: "{}", Source: p.Source}
		if unread.Contain(id) {
			m = collector.NewUnreadable(1, id, at, 229, "unknown class 0x7e57ab1e")
			m.Source = p.Source
		}
		p.Messages = append(p.Messages, m)
	}
	return p
}

// TestUnreadable: messages that cannot be read are counted by themselves, are not
// absent, survive compaction, and give way to what is read of them later.
func TestUnreadable(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	r := collector.Range{Lo: 1, Hi: 10}
	put1(t, w, partOf(0, r, collector.Ranges{{Lo: 4, Hi: 5}}, 9, 8, 5, 4, 2))
	check := func(what string, want collector.Count, unread ...int64) {
		t.Helper()
		got, err := w.Count(ctx, 1, r)
		if err != nil || got != want {
			t.Errorf("%s: counts %+v, %v; want %+v", what, got, err, want)
		}
		if part, err := w.Count(ctx, 1, collector.Range{Lo: 3, Hi: 8}); err != nil || part.Unreadable != want.Unreadable {
			t.Errorf("%s: counts within %+v, %v", what, part, err)
		}
		rows, err := w.Unreadable(ctx, 1, r)
		var ids []int64
		for _, m := range rows {
			ids = append(ids, m.ID)
		}
		if err != nil {
			t.Error(err)
		}
		equal(t, what+": unreadable", ids, unread)
	}
	check("at first", collector.Count{Messages: 3, Unreadable: 2, Absent: 5}, 4, 5)
	if err := w.Compact(ctx, 1); err != nil {
		t.Fatal(err)
	}
	check("compacted", collector.Count{Messages: 3, Unreadable: 2, Absent: 5}, 4, 5)
	if total, err := d.Totals(ctx); err != nil || total.Rows != 5 || total.Unreadable != 2 {
		t.Errorf("totals %+v, %v", total, err)
	}

	// 5 can be read now, and 8 cannot any more: what was known of it stays.
	p := partOf(1, r, collector.Ranges{{Lo: 8, Hi: 8}}, 8, 5)
	p.Covered = collector.Ranges{{Lo: 5, Hi: 5}, {Lo: 8, Hi: 8}}
	put1(t, w, p)
	check("asked again", collector.Count{Messages: 4, Unreadable: 1, Absent: 5}, 4)
	if gone, err := w.Vanished(ctx, 1, r); err != nil || len(gone) > 0 {
		t.Errorf("vanished: %v, %v", gone, err)
	}
	if err := w.Compact(ctx, 1); err != nil {
		t.Fatal(err)
	}
	check("compacted again", collector.Count{Messages: 4, Unreadable: 1, Absent: 5}, 4)
	for m, err := range d.Scan(ctx, 1) {
		if err != nil || m.ID == 8 && m.Text != "said" {
			t.Errorf("message %d: %+v, %v", m.ID, m, err)
		}
	}
}

// TestUnproven: what parts of earlier versions took for proof is told apart, and is
// proven when the ids are asked for.
func TestUnproven(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	r := collector.Range{Lo: 1, Hi: 20}
	old := partOf(0, collector.Range{Lo: 1, Hi: 10}, nil, 9, 8)
	rows, err := put.PartRows(old)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.PutRows(1, 1, rows,
		part.Cover{Source: old.Source, Ranges: collector.NewRanges(old.Range), ObservedAt: old.ObservedAt}); err != nil {
		t.Fatal(err)
	}
	put1(t, w, partOf(0, collector.Range{Lo: 11, Hi: 20}, nil, 20, 11))
	for _, what := range []string{"as written", "compacted"} {
		got, err := w.Count(ctx, 1, r)
		if want := (collector.Count{Messages: 4, Absent: 16, Unproven: 8}); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", what, got, err, want)
		}
		if covered, err := w.Covered(ctx, 1, old.Source); err != nil || covered.Len() != 20 {
			t.Errorf("%s: covered %v, %v", what, covered, err)
		}
		if err := w.Compact(ctx, 1); err != nil {
			t.Fatal(err)
		}
	}
	asked := partOf(1, collector.Range{Lo: 1, Hi: 7}, nil, 3)
	asked.Covered = collector.Ranges{{Lo: 1, Hi: 5}, {Lo: 7, Hi: 7}}
	put1(t, w, asked)
	got, err := w.Count(ctx, 1, r)
	if want := (collector.Count{Messages: 5, Absent: 15, Unproven: 2}); err != nil || got != want { // 6 and 10
		t.Errorf("after asking: %+v, %v; want %+v", got, err, want)
	}
}

// TestUnprovenGone: that a message is gone, as a version said that took an empty answer
// for proof, is unproven; and a look that proves it says since when.
func TestUnprovenGone(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	r := collector.Range{Lo: 1, Hi: 10}
	earlier := func(n int, ids ...int64) {
		t.Helper()
		p := partOf(n, r, nil, ids...)
		rows, err := put.PartRows(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.PutRows(1, 1, rows, part.Cover{Source: p.Source, Ranges: collector.NewRanges(r), ObservedAt: p.ObservedAt}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, unproven int64, gone map[int64]time.Time) {
		t.Helper()
		got, err := w.Count(ctx, 1, r)
		if err != nil || got.Unproven != unproven || got.Messages != 3 {
			t.Errorf("%s: %+v, %v; want %d unproven", what, got, err, unproven)
		}
		at := map[int64]time.Time{}
		for m, err := range d.Scan(ctx, 1) {
			if err != nil {
				t.Fatal(err)
			}
			if m.GoneAt != nil {
				at[m.ID] = *m.GoneAt
			}
		}
		equal(t, what, at, gone)
	}
	earlier(0, 9, 8, 5)
	earlier(1, 9) // 8 and 5 were not shown
	at := func(n int) time.Time { return partOf(n, r, nil).ObservedAt }
	check("an earlier version", 9, map[int64]time.Time{8: at(1), 5: at(1)})
	asked := partOf(2, r, nil, 8)
	asked.Covered = collector.Ranges{{Lo: 1, Hi: 8}, {Lo: 10, Hi: 10}}
	put1(t, w, asked)
	for _, what := range []string{"as written", "compacted"} {
		check(what, 0, map[int64]time.Time{5: at(2)})
		if err := w.Compact(ctx, 1); err != nil {
			t.Fatal(err)
		}
	}
}

// TestVanished lists the messages that a later look did not find, before and after
// compaction, and not those that were found again.
func TestVanished(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	r := collector.Range{Lo: 1, Hi: 10}
	put1(t, w, partOf(0, r, nil, 10, 9, 5, 4, 1))
	put1(t, w, partOf(1, r, nil, 10, 4, 1))
	for _, what := range []string{"as written", "compacted"} {
		gone, err := w.Vanished(ctx, 1, r)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, what, gone, collector.Ranges{{Lo: 5, Hi: 5}, {Lo: 9, Hi: 9}})
		if err := w.Compact(ctx, 1); err != nil {
			t.Fatal(err)
		}
	}
	put1(t, w, partOf(2, collector.Range{Lo: 9, Hi: 9}, nil, 9))
	gone, err := w.Vanished(ctx, 1, r)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "found again", gone, collector.Ranges{{Lo: 5, Hi: 5}})
}

// TestUnreadableInFiles: a message that could not be read has no wording among the
// versions, gives way to what a file has of it, and never takes its place.
func TestUnreadableInFiles(t *testing.T) {
	unreadable := func(id int64) collector.Message {
		m := collector.NewUnreadable(7, id, at(0), 229, "unknown class 0x7e57ab1e")
		m.Source = collector.SourceTelegram
		return m
	}
	said := func(id int64) collector.Message { return note(collector.SourceTelegram, id, "said") }
	for name, files := range map[string][]collector.Observations{
		"read, then not":       {archived(1, said(5)), archived(2, unreadable(5))},
		"not read, then read":  {archived(1, unreadable(5)), archived(2, said(5))},
		"read before, older":   {archived(2, unreadable(5)), archived(1, said(5))},
		"not read, older":      {archived(2, said(5)), archived(1, unreadable(5))},
		"of the same moment":   {archived(1, unreadable(5)), archived(1, said(5))},
		"the same, other way":  {archived(1, said(5)), archived(1, unreadable(5))},
		"in one file together": {archived(1, said(5), unreadable(5))},
	} {
		d := open(t, t.TempDir())
		w := d.Writer(1)
		for i, o := range files {
			importAll(t, w, at(9+i), o)
		}
		rows := collect(t, d.Scan(t.Context(), 7))
		if len(rows) != 1 || rows[0].Text != "said" || rows[0].Kind != collector.KindMessage {
			t.Errorf("%s: %+v", name, rows)
		}
		if vs := readVersions(t, d); len(vs) > 0 {
			t.Errorf("%s: versions %+v", name, vs)
		}
	}
}
