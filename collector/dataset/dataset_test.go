package dataset

import (
	"context"
	"errors"
	"flag"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/dataset/staging"
)

var update = flag.Bool("update", false, "write golden files")

func open(t testing.TB, dir string) *Dataset {
	t.Helper()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// fullGroup is how many rows a full row group has in tests of row groups: enough for
// columns of several pages, a tenth of what the product has in one.
const fullGroup = 10_000

// openGrouped opens a dataset whose row groups have fullGroup rows.
func openGrouped(t testing.TB, dir string) *Dataset {
	t.Helper()
	d := open(t, dir)
	d.GroupRows = fullGroup
	return d
}

func put1(t testing.TB, w *staging.Writer, p collector.Part) {
	t.Helper()
	if err := w.PutPart(context.Background(), p); err != nil {
		t.Fatal(err)
	}
}

func collect(t testing.TB, rows iter.Seq2[*collector.Message, error]) []collector.Message {
	t.Helper()
	var out []collector.Message
	for m, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, *m)
	}
	return out
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if reflect.DeepEqual(want, got) {
		return // the same, and much sooner said
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

func TestSchema(t *testing.T) {
	var b strings.Builder
	for _, s := range []*parquet.Schema{
		part.MessageSchema(), parquet.SchemaOf(collector.Channel{}), parquet.SchemaOf(collector.Peer{}),
		parquet.SchemaOf(collector.Receipt{}), parquet.SchemaOf(part.Version{}),
	} {
		b.WriteString(s.String() + "\n")
	}
	const golden = "testdata/schema.txt"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "schema", b.String(), string(want))
}

func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	d := open(t, t.TempDir())
	w := d.Writer(1)
	var want []collector.Message
	for _, lo := range []int64{1001, 1, 501} {
		p := inventPart(r, 7, lo, lo+499, dayZero)
		put1(t, w, p)
		for _, m := range p.Messages {
			want = append(want, stored(m, dayZero))
		}
	}
	slices.SortFunc(want, func(a, b collector.Message) int { return int(a.ID - b.ID) })
	equal(t, "writer's own scan", collect(t, d.Scan(context.Background(), 7)), want)
	equal(t, "another dataset's scan", collect(t, open(t, d.Dir).Scan(context.Background(), 0)), want)
}

// TestScanColumns reads few columns, in another order than the file's, with and
// without one that the file does not have.
func TestScanColumns(t *testing.T) {
	type few struct {
		ForwardDate *time.Time           `parquet:"forward_date,optional,timestamp(microsecond)"`
		ID          int64                `parquet:"message_id"`
		Reactions   []collector.Reaction `parquet:"reactions,optional,list"`
		Mentions    []string             `parquet:"mentions,optional,list"`
		Action      string               `parquet:"action,optional,dict"`
	}
	type more struct {
		ID       int64    `parquet:"message_id"`
		Mentions []string `parquet:"mentions,optional,list"`
		Unheard  *int64   `parquet:"unheard_of,optional"`
	}
	r := rand.New(rand.NewPCG(2, 1))
	d := open(t, t.TempDir())
	put1(t, d.Writer(1), inventPart(r, 7, 1, 300, dayZero))
	var wantFew []few
	var wantMore []more
	for _, m := range collect(t, d.Scan(context.Background(), 7)) {
		wantFew = append(wantFew, few{m.ForwardDate, m.ID, m.Reactions, m.Mentions, m.Action})
		wantMore = append(wantMore, more{m.ID, m.Mentions, nil})
	}
	if len(wantFew) == 0 {
		t.Fatal("no rows")
	}
	equal(t, "few columns", allColumns[few](t, d), wantFew)
	equal(t, "a missing column", allColumns[more](t, d), wantMore)
}

func allColumns[T any](t *testing.T, d *Dataset) []T {
	t.Helper()
	var out []T
	for v, err := range fold.ScanColumns[T](context.Background(), d.Rows, 0) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, *v)
	}
	return out
}

func TestPutPartRefuses(t *testing.T) {
	w := open(t, t.TempDir()).Writer(1)
	p := collector.Part{ChannelID: 1, Range: collector.Range{Lo: 10, Hi: 20}, ObservedAt: dayZero}
	p.Messages = []collector.Message{{ID: 21}}
	if err := w.PutPart(context.Background(), p); err == nil {
		t.Error("a message beyond the range was taken")
	}
	p.Messages, p.Range.Hi = nil, 9
	if err := w.PutPart(context.Background(), p); err == nil {
		t.Error("an empty range was taken")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p.Range.Hi = 20
	if err := w.PutPart(ctx, p); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v after the context ended", err)
	}
}

func TestDoubleIDInPart(t *testing.T) {
	d := open(t, t.TempDir())
	put1(t, d.Writer(1), collector.Part{
		ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 9}, Source: collector.SourceTelegram, ObservedAt: dayZero,
		Messages: []collector.Message{
			{ID: 5, Text: "first", Kind: collector.KindMessage}, {ID: 5, Text: "again", Kind: collector.KindMessage},
		},
	})
	rows := collect(t, d.Scan(context.Background(), 1))
	if len(rows) != 1 || rows[0].Text != "first" {
		t.Errorf("got %d rows", len(rows))
	}
}

func TestTornParts(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(3, 1))
	for name, harm := range map[string]func(string) error{
		"truncated": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.Truncate(path, info.Size()/2)
		},
		"empty":   func(path string) error { return os.Truncate(path, 0) },
		"zeroes":  func(path string) error { return os.WriteFile(path, make([]byte, 4096), 0o600) },
		"foreign": func(path string) error { return parquet.WriteFile(path, []idOnly{{1}}) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w := open(t, dir).Writer(1)
			put1(t, w, inventPart(r, 1, 1, 100, dayZero))
			put1(t, w, inventPart(r, 1, 101, 200, dayZero))
			parts, err := filepath.Glob(filepath.Join(dir, bucket.MessagesDir, "*", "*101.*"))
			if err != nil || len(parts) != 1 {
				t.Fatalf("found %d parts, %v", len(parts), err)
			}
			if err := harm(parts[0]); err != nil {
				t.Fatal(err)
			}
			d := open(t, dir)
			again := d.Writer(2)
			covered, err := again.Covered(ctx, 1, collector.SourceTelegram)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "covered", covered, collector.Ranges{{Lo: 1, Hi: 100}})
			damaged, err := d.Damaged(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range damaged {
				damaged[i] = bucket.Folder(dir).Path(name)
			}
			equal(t, "damaged", damaged, parts)
			put1(t, again, inventPart(r, 1, 101, 200, dayZero))
			if covered, err = again.Covered(ctx, 1, collector.SourceTelegram); err != nil {
				t.Fatal(err)
			}
			equal(t, "covered after the repair", covered, collector.Ranges{{Lo: 1, Hi: 200}})
		})
	}
}

type idOnly struct {
	ID int64 `parquet:"message_id"`
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	put1(t, open(t, dir).Writer(1), collector.Part{ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 2}})
	folder := filepath.Join(dir, bucket.MessagesDir, "channel_id=1")
	abandoned, living := filepath.Join(folder, "a.parquet.tmp"), filepath.Join(folder, "b.parquet.tmp")
	if err := os.WriteFile(abandoned, []byte("PAR1"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := bucket.CreateTemp(living)
	if err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if _, err := os.Stat(abandoned); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the abandoned file is still there: %v", err)
	}
	if _, err := os.Stat(living); err != nil {
		t.Errorf("the file of a living writer was swept: %v", err)
	}
	f.Close() // as a killed process does
	open(t, dir)
	if _, err := os.Stat(living); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there after its writer ended: %v", err)
	}
}

func TestRevisions(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	put1(t, d.Writer(5), collector.Part{ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 2}})
	frozen := open(t, dir).Writer(7) // has not written when the next holder comes
	for _, tt := range []struct{ lease, major uint64 }{{9, 9}, {9, 18}, {30, 30}, {1, 31}, {0, 32}} {
		w := open(t, dir).Writer(tt.lease)
		if w.Major != tt.major {
			t.Errorf("lease %d: got major %d, want %d", tt.lease, w.Major, tt.major)
		}
		put1(t, w, collector.Part{
			ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 2}, ObservedAt: dayZero,
			Messages: []collector.Message{{ID: 1, Text: "holder"}},
		})
	}
	put1(t, frozen, collector.Part{
		ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 2}, ObservedAt: dayZero,
		Messages: []collector.Message{{ID: 1, Text: "frozen"}},
	})
	for _, m := range collect(t, d.Scan(context.Background(), 1)) {
		if m.Text != "holder" {
			t.Errorf("the late write of a replaced holder won: %q", m.Text)
		}
	}
}

// TestSameLease has two writers under one revision: neither may write over the
// other's parts.
func TestSameLease(t *testing.T) {
	d := open(t, t.TempDir())
	a, b := d.Writer(1), d.Writer(1)
	p := collector.Part{ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 2}, ObservedAt: dayZero}
	put1(t, a, p)
	put1(t, b, p)
	parts, _, err := d.MessageParts.Channel(1).Snapshot(context.Background())
	if err != nil || len(parts) != 2 {
		t.Errorf("got %d parts, %v", len(parts), err)
	}
}

func TestRemove(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	put1(t, d.Writer(1), collector.Part{ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 2}})
	if err := d.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	got, err := d.Totals(ctx)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "totals", got, Totals{})
	if _, err := d.Channel(ctx, "1"); !errors.Is(err, catalog.ErrNoChannel) {
		t.Errorf("got %v, want ErrNoChannel", err)
	}
}

// datasetOf is what a writer reads.
func datasetOf(w *staging.Writer) *Dataset { return &Dataset{query.NewReader(w.Catalog)} }
