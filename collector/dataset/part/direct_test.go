package part

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
)

// randomRow fills a struct with all that its columns can have: nulls, empty lists, empty,
// long and broken texts.
func randomRow(r *rand.Rand, v reflect.Value) {
	if v.Type() == TimeType {
		v.Set(reflect.ValueOf(time.UnixMicro(r.Int64N(1 << 52)).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if !strings.Contains(v.Type().Field(i).Tag.Get("parquet"), "optional") || r.IntN(3) > 0 {
				randomRow(r, v.Field(i))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		randomRow(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 4))
		for i := range v.Len() {
			randomRow(r, v.Index(i))
		}
	case reflect.String:
		v.SetString([]string{"", "a", "Паром", "e\u0301\x00", strings.Repeat("long ", r.IntN(400))}[r.IntN(5)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int64, reflect.Int32:
		v.SetInt(r.Int64N(1<<31) * int64(r.IntN(2)))
	case reflect.Float64:
		v.SetFloat(r.NormFloat64())
	}
}

// written is a file of rows in groups of groupRows and pages of about pageBytes.
func written[T any](t testing.TB, rows []T, groupRows int64, pageBytes int) *File {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, append(Layout(PartCodec()), parquet.MaxRowsPerRowGroup(groupRows), parquet.PageBufferSize(pageBytes))...)
	if err := Write(w, rows, nil); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.parquet"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(bucket.Folder(dir), "a.parquet")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func randomMessages(r *rand.Rand, n int) []collector.Message {
	out := make([]collector.Message, n)
	empty := r.IntN(2) == 0 // some columns are null from end to end
	for i := range out {
		randomRow(r, reflect.ValueOf(&out[i]).Elem())
		out[i].ID, out[i].Kind = int64(i+1), []string{collector.KindMessage, collector.KindService}[r.IntN(2)]
		if empty {
			out[i].PollResults, out[i].TMeLinks, out[i].Views, out[i].FileName, out[i].Latitude = nil, nil, nil, "", nil
		}
	}
	Clean(pointersTo(out)...)
	return out
}

func pointersTo[T any](rows []T) (out []*T) {
	for i := range rows {
		out = append(out, &rows[i])
	}
	return out
}

// rowsOf reads rows from..end-1 with a reader, a few at a time.
func rowsOf[T any](t *testing.T, r rowReader[T], from, end int64) []T {
	t.Helper()
	defer r.close()
	if from > 0 {
		if err := r.seek(from); err != nil {
			t.Fatal(err)
		}
	}
	var out []T
	buf := make([]T, 37)
	for from < end {
		clear(buf)
		n, err := r.read(buf[:min(37, end-from)], from)
		if n == 0 {
			t.Fatal(err)
		}
		out, from = append(out, buf[:n]...), from+int64(n)
	}
	return out
}

func sameRows[T any](t *testing.T, what string, f *File, from, end int64) {
	t.Helper()
	slow, err := newConverted[T](f)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := shapeIn[T](f.Parquet)
	if !ok {
		t.Fatalf("%s: %T is not read directly", what, *new(T))
	}
	quick := &direct[T]{reader: reader{source: newStreamed(f), fillers: s.fillers(nil)}}
	want, got := rowsOf(t, slow, from, end), rowsOf(t, quick, from, end)
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("%s (-slow +quick):\n%.3000s", what, cmp.Diff(want, got))
	}
}

// someColumns is a row of few columns, in other types.
type someColumns struct {
	ID        int64                  `parquet:"message_id"`
	Date      int64                  `parquet:"date,timestamp(microsecond)"`
	Kind      string                 `parquet:"kind,dict"`
	Media     *string                `parquet:"media_type,optional,dict"`
	Forwarded *int64                 `parquet:"forward_date,optional,timestamp(microsecond)"`
	Links     []string               `parquet:"links,optional,list"`
	Results   []collector.PollResult `parquet:"poll_results,optional,list"`
	Pinned    bool                   `parquet:"pinned"`
}

// TestDirect: rows read page by page are those that parquet-go makes, in files of many row
// groups and pages, from any row on, of all columns and of some.
func TestDirect(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 3))
		n := 1 + r.IntN(900)
		group, page := int64(1+r.IntN(400)), 200<<r.IntN(11)
		f := written(t, randomMessages(r, n), group, page)
		for range 4 {
			from := r.Int64N(int64(n))
			end := from + 1 + r.Int64N(int64(n)-from)
			what := fmt.Sprintf("seed %d, %d rows in groups of %d, pages of %d, rows %d to %d", seed, n, group, page, from, end)
			sameRows[collector.Message](t, what, f, from, end)
			sameRows[someColumns](t, what, f, from, end)
			sameRows[IDKind](t, what, f, from, end)
		}
	}
}

// TestDirectOlder: a file that lacks columns has nulls in their place.
func TestDirectOlder(t *testing.T) {
	t.Parallel()
	rows := make([]someColumns, 300)
	r := rand.New(rand.NewPCG(8, 8))
	for i := range rows {
		randomRow(r, reflect.ValueOf(&rows[i]).Elem())
	}
	f := written(t, rows, 100, 500)
	s, ok := shapeIn[collector.Message](f.Parquet)
	if !ok {
		t.Fatal("messages are not read directly")
	}
	got := rowsOf(t, &direct[collector.Message]{reader: reader{source: newStreamed(f), fillers: s.fillers(nil)}}, 0, 300)
	for i, m := range got {
		want := collector.Message{ID: rows[i].ID, Date: time.UnixMicro(rows[i].Date).UTC(), Kind: rows[i].Kind, Links: rows[i].Links,
			PollResults: rows[i].Results, Pinned: rows[i].Pinned}
		if rows[i].Media != nil {
			want.MediaType = *rows[i].Media
		}
		if rows[i].Forwarded != nil {
			at := time.UnixMicro(*rows[i].Forwarded).UTC()
			want.ForwardDate = &at
		}
		if diff := cmp.Diff(want, m); diff != "" {
			t.Fatalf("row %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestOtherForms: where a file has a column in another form, parquet-go converts it.
func TestOtherForms(t *testing.T) {
	t.Parallel()
	type other struct {
		ID   int32  `parquet:"message_id"`
		Kind string `parquet:"kind,optional"`
	}
	f := written(t, []other{{1, "message"}, {2, ""}}, 10, 1000)
	if _, ok := shapeIn[IDKind](f.Parquet); ok {
		t.Error("columns of another form are read directly")
	}
	s, err := NewStream[IDKind](f, 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if v, err := s.At(0); err != nil || *v != (IDKind{1, "message"}) {
		t.Fatal(v, err)
	}
}
