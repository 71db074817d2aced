package dataset

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/put"
	"telegramtrac/collector/dataset/table"
)

func inventReceipt(r *rand.Rand, collection, reference string, day int) collector.Receipt {
	var out collector.Receipt
	invent(r, &out)
	out.CollectionID, out.Reference, out.FinishedAt = collection, reference, dayZero.AddDate(0, 0, day)
	return out
}

func TestReceipts(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(1, 20))
	d := open(t, t.TempDir())
	w := d.Writer(1)
	hostile := "https://t.me/../" + phrases[3]
	partial := inventReceipt(r, "c1", "@a", 3)
	done := inventReceipt(r, "c1", "@a", 1) // finished earlier by a clock that jumped
	all := []collector.Receipt{
		inventReceipt(r, "c1", "@b", 2), partial, inventReceipt(r, "c2", "@a", 9), inventReceipt(r, "../x.y", hostile, 5), done,
	}
	for _, x := range all {
		if err := w.PutReceipt(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	want := []collector.Receipt{all[2], all[3], all[0], done}
	for name, d := range map[string]*Dataset{"writer's": d, "fresh": open(t, d.Dir)} {
		got, err := d.Receipts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name+" receipts", got, want)
		var b bytes.Buffer
		if err := table.WriteReceipts(&b, got); err != nil {
			t.Fatal(err)
		}
		rows, err := parquet.Read[collector.Receipt](bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name+" receipts.parquet", rows, want)
	}
	files, err := filepath.Glob(filepath.Join(d.Dir, bucket.ReceiptsDir, "*"+bucket.PartSuffix))
	if err != nil || len(files) != 4 {
		t.Errorf("there are %d files, %v", len(files), err)
	}
	next := open(t, d.Dir).Writer(1)
	again := inventReceipt(r, "c1", "@a", 12)
	if err := next.PutReceipt(ctx, again); err != nil {
		t.Fatal(err)
	}
	got, err := d.Receipts(ctx)
	if err != nil || len(got) != 4 {
		t.Fatalf("got %d receipts, %v", len(got), err)
	}
	equal(t, "receipt by the next holder", got[0], again)
}

// TestReceiptsKilled: both receipts are there when the process ended before the
// earlier one was removed; and none that does not open.
func TestReceiptsKilled(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(2, 20))
	d := open(t, t.TempDir())
	w := d.Writer(1)
	old, now := inventReceipt(r, "c", "@a", 1), inventReceipt(r, "c", "@a", 2)
	if err := w.PutReceipt(ctx, old); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(d.Dir, bucket.ReceiptsDir, "*"+bucket.PartSuffix))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := w.PutReceipt(ctx, now); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(
		d.Dir,
		bucket.ReceiptsDir,
		put.ReceiptName(catalog.ReceiptKey{CollectionID: "c", Reference: "@torn"}, part.Revision{Major: 9, Minor: 9}),
	)
	if err := os.WriteFile(torn, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := open(t, d.Dir)
	got, err := fresh.Receipts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "receipts", got, []collector.Receipt{now})
	damaged, err := fresh.Damaged(ctx)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "damaged", damaged, []string{bucket.ReceiptsDir + "/" + filepath.Base(torn)})
}

// TestSameWording changes one column after the other.
func TestSameWording(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 20))
	var m collector.Message
	for m.Entities == nil || len(m.PollResults) == 0 || m.EditDate == nil || m.Latitude == nil {
		m = inventMessage(r, 1, 1)
	}
	later := m.EditDate.Add(time.Second)
	place, size := *m.Latitude+1, int64(-1)
	for name, tt := range map[string]struct {
		change func(*collector.Message)
		same   bool
	}{
		"nothing":   {func(*collector.Message) {}, true},
		"views":     {func(m *collector.Message) { m.Views = &size }, true},
		"forwards":  {func(m *collector.Message) { m.Forwards = nil }, true},
		"replies":   {func(m *collector.Message) { m.Replies = &size }, true},
		"reactions": {func(m *collector.Message) { m.Reactions, m.ReactionsTotal = nil, nil }, true},
		"pinned":    {func(m *collector.Message) { m.Pinned = !m.Pinned }, true},
		"votes": {func(m *collector.Message) {
			m.PollVoters, m.PollResults = &size, append([]collector.PollResult(nil), m.PollResults...)
			m.PollResults[0].Voters = &size
		}, true},
		"raw":        {func(m *collector.Message) { m.Raw = "{}" }, true},
		"contact":    {func(m *collector.Message) { m.ContactName = "someone" }, true},
		"text":       {func(m *collector.Message) { m.Text += "." }, false},
		"entities":   {func(m *collector.Message) { m.Entities = m.Entities[:0:0] }, len(m.Entities) == 0},
		"edit date":  {func(m *collector.Message) { m.EditDate = &later }, false},
		"no edit":    {func(m *collector.Message) { m.EditDate = nil }, false},
		"media":      {func(m *collector.Message) { m.MediaType += "x" }, false},
		"file":       {func(m *collector.Message) { m.FileSize = &size }, false},
		"photo":      {func(m *collector.Message) { m.PhotoID++ }, false},
		"link":       {func(m *collector.Message) { m.URL += "x" }, false},
		"question":   {func(m *collector.Message) { m.PollQuestion += "x" }, false},
		"no answers": {func(m *collector.Message) { m.PollResults = nil }, false},
		"place":      {func(m *collector.Message) { m.Latitude = &place }, false},
		"source":     {func(m *collector.Message) { m.Source = collector.SourcePreview }, false},
	} {
		other := m
		tt.change(&other)
		if got := fold.SameWording(&m, &other); got != tt.same {
			t.Errorf("%s: got %v, want %v", name, got, tt.same)
		}
	}
}

// What leaves a date behind, or more of the message to read, is no edit.
func TestSameWordingUnseen(t *testing.T) {
	yes, no := true, false
	early, late := time.Unix(1_700_000_000, 0).UTC(), time.Unix(1_700_000_100, 0).UTC()
	row := func(edited *time.Time, hidden *bool, text, rich, raw string) collector.Message {
		return collector.Message{EditDate: edited, EditHidden: hidden, Text: text, Rich: rich, Raw: raw}
	}
	const old, unread = `{"edit_hide":true}`, `{"message":"","rich_message":{"_":"RichMessage"}}`
	for _, tt := range []struct {
		name         string
		older, newer collector.Message
		same         bool
	}{
		{"a reaction came", row(nil, &no, "a", "", ""), row(&late, &yes, "a", "", ""), true},
		{"another came", row(&early, &yes, "a", "", ""), row(&late, &yes, "a", "", ""), true},
		{"a reaction after an edit", row(&early, &no, "a", "", ""), row(&late, &yes, "a", "", ""), true},
		{"an edit", row(&early, &no, "a", "", ""), row(&late, &no, "a", "", ""), false},
		{"a first edit", row(nil, &no, "a", "", ""), row(&late, &no, "a", "", ""), false},
		{"other words, hidden", row(&early, &yes, "a", "", ""), row(&late, &yes, "b", "", ""), false},
		{"rows from before the column", row(nil, nil, "a", "", `{"edit_hide":false}`), row(&late, nil, "a", "", old), true},
		{"seen edits from before the column", row(&early, nil, "a", "", `{"edit_hide":false}`), row(&late, nil, "a", "", `{"edit_hide":false}`),
			false},
		{"read to its end", row(nil, &no, "a", collector.RichPart, ""), row(nil, &no, "a b", collector.RichWhole, ""), true},
		{"read to its end, and edited", row(nil, &no, "a", collector.RichPart, ""), row(&late, &no, "a b", collector.RichWhole, ""), false},
		{"read from its beginning only", row(nil, &no, "a b", collector.RichWhole, ""), row(nil, &no, "a", collector.RichPart, ""), false},
		{"blocks that an earlier version did not read", row(nil, nil, "", "", unread), row(nil, &no, "a b", collector.RichWhole, unread), true},
		{"words taken out", row(nil, nil, "a", "", ""), row(nil, &no, "", "", ""), false},
	} {
		if got := fold.SameWording(&tt.older, &tt.newer); got != tt.same {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.same)
		}
	}
}

// TestAbsent: ranges of all sizes, with and without row groups to read.
func TestAbsent(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	put1(t, w, plainPart(11, 20, 0))
	holes := plainPart(21, 40, 0)
	holes.Messages = holes.Messages[2:15] // 26..38
	put1(t, w, holes)
	empty := plainPart(51, 60, 0)
	empty.Messages = nil
	put1(t, w, empty)
	preview := plainPart(61, 70, 0)
	preview.Source, preview.Messages = collector.SourcePreview, nil
	put1(t, w, preview)
	for _, tt := range []struct {
		in   collector.Range
		want collector.Ranges
	}{
		{collector.Range{Lo: 1, Hi: 100}, collector.Ranges{{Lo: 21, Hi: 25}, {Lo: 39, Hi: 40}, {Lo: 51, Hi: 60}}},
		{collector.Range{Lo: 12, Hi: 20}, nil},
		{collector.Range{Lo: 23, Hi: 39}, collector.Ranges{{Lo: 23, Hi: 25}, {Lo: 39, Hi: 39}}},
		{collector.Range{Lo: 55, Hi: 56}, collector.Ranges{{Lo: 55, Hi: 56}}},
		{collector.Range{Lo: 61, Hi: 70}, nil},
		{collector.Range{Lo: 9, Hi: 8}, nil},
	} {
		got, err := d.Absent(ctx, 1, tt.in)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprint(tt.in), got, tt.want)
	}
}

// TestReceiptsAreKept: a receipt's file is read once, a replaced or long receipt is
// read as it is now, and a rested dataset keeps none.
func TestReceiptsAreKept(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 20))
	d := open(t, t.TempDir())
	w := d.Writer(1)
	long := inventReceipt(r, "c1", "@long", 1)
	for id := range int64(2 * catalog.RangesKept) {
		long.Absent = append(long.Absent, collector.Range{Lo: 10 * id, Hi: 10 * id})
	}
	short := inventReceipt(r, "c1", "@short", 2)
	read := func(kept int, want ...collector.Receipt) {
		t.Helper()
		for range 2 {
			got, err := d.Receipts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "receipts", got, want)
		}
		equal(t, "kept", len(d.ReceiptRows.Rows), kept)
	}
	for _, x := range []collector.Receipt{long, short} {
		if err := w.PutReceipt(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	read(1, short, long)
	short.Messages++
	if err := w.PutReceipt(t.Context(), short); err != nil {
		t.Fatal(err)
	}
	read(2, short, long)
	d.Rest()
	read(1, short, long)
}

// BenchmarkReceipts lists a thousand receipts, as the dataset tab does.
func BenchmarkReceipts(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 20))
	d := open(b, b.TempDir())
	w := d.Writer(1)
	for i := range 1000 {
		if err := w.PutReceipt(b.Context(), inventReceipt(r, "c1", fmt.Sprint("@", i), i)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := d.Receipts(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
