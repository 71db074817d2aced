package dataset

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/dataset/table"
)

// addedLater are columns that the test's older program did not have: lists,
// structs in lists, and plain ones, in the middle and at the end.
var addedLater = []string{"reactions", "reactions_total", "forward_post_author", "topic_id", "topic_title", "thread_message_id", "links",
	"poll_results", "latitude", "gone_at",
	"edit_hidden", "rich", "stars", "replies_channel_id"}

// olderType is a row without those columns.
func olderType(row reflect.Type) reflect.Type {
	var fields []reflect.StructField
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("parquet"), ",")
		if !slices.Contains(addedLater, name) {
			fields = append(fields, row.Field(i))
		}
	}
	return reflect.StructOf(fields)
}

// age rewrites a part as a program without the columns would have written it.
func age(t *testing.T, path string) {
	t.Helper()
	f, err := part.OpenFile(bucket.Folder(filepath.Dir(path)), filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	older := olderType(reflect.TypeFor[collector.Message]())
	schema := parquet.SchemaOf(reflect.New(older).Elem().Interface())
	var b bytes.Buffer
	w := parquet.NewWriter(&b, append(part.Layout(part.PartCodec()), schema)...)
	rows, err := part.NewStream[collector.Message](f, 0, f.Parquet.NumRows())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for i := range f.Parquet.NumRows() {
		m, err := rows.At(i)
		if err != nil {
			t.Fatal(err)
		}
		row := reflect.New(older).Elem()
		for j := range older.NumField() {
			row.Field(j).Set(reflect.ValueOf(m).Elem().FieldByName(older.Field(j).Name))
		}
		if _, err := w.WriteRows([]parquet.Row{schema.Deconstruct(nil, row.Interface())}); err != nil {
			t.Fatal(err)
		}
	}
	for _, kv := range f.Parquet.Metadata().KeyValueMetadata {
		w.SetKeyValueMetadata(kv.Key, kv.Value)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// forget takes from a row what an older program did not know.
func forget(m collector.Message) collector.Message {
	v := reflect.ValueOf(&m).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("parquet"), ",")
		if slices.Contains(addedLater, name) {
			v.Field(i).SetZero()
		}
	}
	return m
}

// TestColumnsAddedLater: parts of an older program are read, paged, searched from
// above, written out and merged beside those of a newer one; the columns they
// lack are null.
func TestColumnsAddedLater(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, rows := range []int64{40, 2_000} { // in one block, and in several
		dir := t.TempDir()
		d := open(t, dir)
		w := d.Writer(1)
		r := rand.New(rand.NewPCG(1, uint64(rows)))
		old, young := inventPart(r, 7, 1, rows, dayZero), inventPart(r, 7, rows+1, rows+40, dayZero.AddDate(0, 0, 1))
		old.Source, young.Source = collector.SourceTelegram, collector.SourceTelegram
		put1(t, w, old)
		whole := collect(t, d.Scan(ctx, 7))
		parts, _, err := d.MessageParts.Channel(7).Snapshot(ctx)
		if err != nil || len(parts) != 1 {
			t.Fatalf("%d parts, %v", len(parts), err)
		}
		age(t, filepath.Join(d.Dir, parts[0].Name))
		d = open(t, dir)
		w = d.Writer(2)
		put1(t, w, young)
		var want []collector.Message
		for _, m := range whole {
			want = append(want, forget(m))
		}
		all := collect(t, d.Scan(ctx, 7))
		want = append(want, all[len(want):]...)
		if len(want) < int(rows)/2 || len(all) == len(whole) {
			t.Fatalf("%d rows of %d", len(want), len(all))
		}
		checkOlder(t, d, "as they are", want)
		if err := w.Compact(ctx, 7); err != nil {
			t.Fatal(err)
		}
		checkOlder(t, d, "merged", want)
	}
}

func checkOlder(t *testing.T, d *Dataset, when string, want []collector.Message) {
	t.Helper()
	ctx := context.Background()
	equal(t, when+": scanned", collect(t, d.Scan(ctx, 7)), want)
	var out bytes.Buffer
	if err := table.WriteMessages(ctx, d.Catalog, &out, 7); err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if !parquet.EqualNodes(f.Schema(), parquet.SchemaOf(table.LinkedMessage{})) {
		t.Errorf("%s: the file has other columns than it should", when)
	}
	got, err := parquet.Read[collector.Message](bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, when+": written", len(got), len(want))
	for i := range got {
		if got[i].ID != want[i].ID || got[i].Text != want[i].Text || (got[i].Links == nil) != (want[i].Links == nil) {
			t.Fatalf("%s: row %d is %+v, want %+v", when, i, got[i], want[i])
		}
	}
	page, err := d.Page(ctx, query.Query{ChannelID: 7, Limit: 60})
	if err != nil {
		t.Fatal(err)
	}
	last := slices.Clone(want[max(0, len(want)-60):])
	slices.Reverse(last)
	equal(t, when+": paged", page.Messages, last)
	var down []collector.Message
	for m, err := range fold.ScanDown[collector.Message](ctx, d.Rows, 7) {
		if err != nil {
			t.Fatal(err)
		}
		if down = append(down, *m); len(down) == len(last) {
			break
		}
	}
	equal(t, when+": from above", down, last)
}
