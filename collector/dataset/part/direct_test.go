package part

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/decode"
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
	options := append(Layout(PartCodec()), parquet.MaxRowsPerRowGroup(groupRows), parquet.PageBufferSize(pageBytes))
	w := parquet.NewGenericWriter[T](&b, options...)
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

func directly[T any](t *testing.T, f *File) rowReader[T] {
	t.Helper()
	d, ok := decode.New[T](f.Parquet)
	if !ok {
		t.Fatalf("%T is not read directly", *new(T))
	}
	return direct[T]{d}
}

func sameRows[T any](t *testing.T, what string, f *File, from, end int64) {
	t.Helper()
	slow, err := newConverted[T](f)
	if err != nil {
		t.Fatal(err)
	}
	quick := directly[T](t, f)
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
	got := rowsOf(t, directly[collector.Message](t, f), 0, 300)
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
	if _, ok := decode.New[IDKind](f.Parquet); ok {
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

// parts opens files for tests.
type parts map[*Part]*File

func (p parts) Open(one *Part) (*File, error) { return p[one], nil }

// TestKept: rows that are read with what is kept are the same, whether that is there or not,
// also of some columns, and while others read; memory stays within its bounds.
func TestKept(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	all := randomMessages(r, 700)
	f := written(t, all, 300, 4000)
	p := &Part{Groups: []rowGroup{{Rows: 300}, {Rows: 300}, {Rows: 100}}}
	want, err := newConverted[collector.Message](f)
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, want, 0, 700)
	for _, most := range []int64{1 << 30, 100_000, 0} {
		kept := decode.NewBlocks(most)
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			for seed := range uint64(4) {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					t.Parallel()
					r := rand.New(rand.NewPCG(seed, 5))
					for range 12 {
						from := r.Int64N(690)
						got, err := ReadRows[collector.Message](p, from, 10, nil, parts{p: f}, kept)
						if err != nil || !reflect.DeepEqual(got, rows[from:from+10]) {
							t.Errorf("rows from %d (-want +got), %v:\n%.2000s", from, err, cmp.Diff(rows[from:from+10], got))
						}
						some, err := ReadRows[collector.Message](p, from, 10, []string{"text", "reactions"}, parts{p: f}, kept)
						if err != nil || some[3].Text != rows[from+3].Text || !reflect.DeepEqual(some[3].Reactions, rows[from+3].Reactions) ||
							some[3].ID != rows[from+3].ID || some[3].Raw != "" {
							t.Errorf("some columns of row %d: %+v, %v", from+3, some[3], err)
						}
					}
				})
			}
		})
		t.Cleanup(func() {
			if n := kept.Bytes(); n > most {
				t.Errorf("%d bytes are kept of at most %d", n, most)
			}
			if kept.Drop(p); kept.Bytes() != 0 {
				t.Errorf("%d bytes are kept of a part that is gone", kept.Bytes())
			}
		})
	}
}

// TestKeptDictionary: a page that is kept holds no more of a dictionary than its own entries,
// of which the bound on memory knows.
func TestKeptDictionary(t *testing.T) {
	all := randomMessages(rand.New(rand.NewPCG(7, 7)), 400)
	for i := range all {
		all[i].MIMEType = fmt.Sprintf("%d/%s", i, strings.Repeat("x", 5000))
	}
	f := written(t, all, 400, 100)
	p, kept := &Part{Groups: []rowGroup{{Rows: 400}}}, decode.NewBlocks(1<<30)
	before := heap()
	for from := int64(0); from < 400; from += 10 { // each opens the file
		rows, err := ReadRows[collector.Message](p, from, 1, []string{"mime_type"}, parts{p: f}, kept)
		if err != nil || rows[0].MIMEType != all[from].MIMEType {
			t.Fatalf("row %d: %.20q, %v", from, rows[0].MIMEType, err)
		}
		rows, err = ReadRows[collector.Message](p, from, 1, []string{"mime_type"}, parts{p: f}, kept)
		if err != nil || rows[0].MIMEType != all[from].MIMEType {
			t.Fatalf("row %d once more: %.20q, %v", from, rows[0].MIMEType, err)
		}
	}
	if grown := heap() - before; grown > 2*kept.Bytes()+4<<20 {
		t.Errorf("memory grew by %d bytes, %d are known to be kept", grown, kept.Bytes())
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestPageAllocations: a page of rows that is kept takes some allocations for each of its
// columns, none for each of its rows or the columns of its file.
func TestPageAllocations(t *testing.T) {
	f := written(t, randomMessages(rand.New(rand.NewPCG(6, 6)), 400), 400, 64<<10)
	p, kept := &Part{Groups: []rowGroup{{Rows: 400}}}, decode.NewBlocks(1<<30)
	read := func(n int64) float64 {
		return testing.AllocsPerRun(20, func() {
			if _, err := ReadRows[collector.Message](p, 50, n, nil, parts{p: f}, kept); err != nil {
				t.Fatal(err)
			}
		})
	}
	few, many := read(50), read(200)
	if t.Logf("%.0f allocations for 50 rows, %.0f for 200", few, many); few > 800 || many > few+50 {
		t.Errorf("%.0f allocations for 50 rows, %.0f for 200", few, many)
	}
}

// readDamaged reads all rows of a file, and tells whether reading panicked.
func readDamaged(r rowReader[collector.Message], n int64) (rows []collector.Message, err error) {
	defer r.close()
	err = collector.Recovered(func() error {
		for at := int64(0); at < n; at += 50 {
			some := make([]collector.Message, min(50, n-at))
			k, err := r.read(some, at)
			if k < len(some) {
				return fmt.Errorf("row %d: %w", at, noRows(err))
			}
			rows = append(rows, some...)
		}
		return nil
	})
	return rows, err
}

// TestDirectDamaged: where bytes of a file are not as they were written, reading fails as it
// does through parquet-go, or gives the same rows; it never panics where that does not.
func TestDirectDamaged(t *testing.T) {
	t.Parallel()
	if checksPointers {
		return // parquet-go's own reading of damaged values ends a process that is built so
	}
	r := rand.New(rand.NewPCG(7, 7))
	f := written(t, randomMessages(r, 200), 150, 2000)
	whole := make([]byte, f.Size())
	if _, err := f.ReadAt(whole, 0); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for range 150 {
		damaged := bytes.Clone(whole)
		for range 1 + r.IntN(3) {
			damaged[4+r.IntN(len(damaged)-12)] ^= 1 << r.IntN(8)
		}
		in, err := parquet.OpenFile(bytes.NewReader(damaged), int64(len(damaged)), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		if err != nil || in.NumRows() != 200 {
			continue
		}
		one := &File{Parquet: in}
		d, ok := decode.New[collector.Message](in)
		slow, errSlow := newConverted[collector.Message](one)
		if !ok || errSlow != nil {
			continue
		}
		want, errWant := readDamaged(slow, 200)
		got, errGot := readDamaged(direct[collector.Message]{d}, 200)
		if errGot != nil {
			failed++
		}
		if errGot != nil && strings.Contains(errGot.Error(), "panic") && (errWant == nil || !strings.Contains(errWant.Error(), "panic")) {
			t.Fatalf("panicked where parquet-go says %v:\n%v", errWant, errGot)
		}
		if errGot == nil && (errWant != nil || !reflect.DeepEqual(want, got)) {
			t.Fatalf("read what parquet-go does not, %v:\n%.1000s", errWant, cmp.Diff(want, got))
		}
	}
	if failed < 20 {
		t.Errorf("only %d readings failed", failed)
	}
}
