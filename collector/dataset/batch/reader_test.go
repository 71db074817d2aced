package batch

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/part"
)

// some fills a value with something, often with nothing.
func some(r *rand.Rand, v reflect.Value, often int) {
	if r.IntN(100) >= often {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		some(r, v.Elem(), 80)
	case reflect.String:
		v.SetString(strings.Repeat(string(rune('a'+r.IntN(900))), r.IntN(30)))
	case reflect.Int64, reflect.Int32:
		v.SetInt(r.Int64N(5) - 2)
	case reflect.Float64:
		v.SetFloat(float64(r.IntN(9)) / 4)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		n := r.IntN(5)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			some(r, v.Index(i), 80)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.UnixMicro(r.Int64N(1e15)).UTC()))
			return
		}
		for i := range v.NumField() {
			some(r, v.Field(i), 60)
		}
	}
}

// messages are rows of which each column has another share of nulls, some none and some all.
func messages(r *rand.Rand, n int) []collector.Message {
	out := make([]collector.Message, n)
	for i := range out {
		row := reflect.ValueOf(&out[i]).Elem()
		for f := range row.NumField() {
			some(r, row.Field(f), f*37%130-15)
		}
		m := &out[i]
		m.ChannelID, m.ID = 7, int64(i+1)
		for _, at := range []*time.Time{&m.Date, &m.FirstSeenAt, &m.LastSeenAt} {
			*at = time.UnixMicro(int64(i) * 1e6).UTC()
		}
		if i%997 == 3 {
			m.Text = strings.Repeat("long ", 60_000)
		}
	}
	return out
}

// file is rows as a file, opened.
func file[T any](t testing.TB, rows []T, options ...parquet.WriterOption) *part.File {
	t.Helper()
	var b bytes.Buffer
	w := part.NewWriter[T](&b, part.PartCodec(), options...)
	if err := part.Write(w, rows, nil); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rows.parquet"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := part.OpenFile(bucket.Folder(dir), "rows.parquet")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// few are some columns, of another type than all.
type few struct {
	ID       int64                  `parquet:"message_id"`
	Kind     string                 `parquet:"kind,dict"`
	Date     int64                  `parquet:"date,timestamp(microsecond)"`
	Views    *int64                 `parquet:"views,optional"`
	Gone     *time.Time             `parquet:"gone_at,optional,timestamp(microsecond)"`
	Mentions []string               `parquet:"mentions,optional,list"`
	Results  []collector.PollResult `parquet:"poll_results,optional,list"`
	Pinned   bool                   `parquet:"pinned"`
	Raw      string                 `parquet:"raw"`
}

// same compares rows with those that a stream reads one by one, read from many places on.
func same[T any](t *testing.T, f *part.File, r *rand.Rand, wantSlow bool) {
	t.Helper()
	want := make([]T, f.Parquet.NumRows())
	s, err := part.NewStream[T](f, 0, int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range want {
		v, err := s.At(int64(i))
		if err != nil {
			t.Fatal(err)
		}
		want[i] = *v
	}
	b, err := New[T](f)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if (b.slow != nil) != wantSlow {
		t.Fatalf("slow: %v", b.slow != nil)
	}
	compare := func(from, n int) {
		t.Helper()
		got := make([]T, n)
		for done := 0; done < n; {
			k, err := b.Read(got[done:], 1+r.IntN(100_000))
			if err != nil {
				t.Fatalf("read %d rows from %d: %v", n, from, err)
			}
			done += k
		}
		for i := range got {
			if !reflect.DeepEqual(got[i], want[from+i]) {
				t.Fatalf("row %d:\n got %+v\nwant %+v", from+i, got[i], want[from+i])
			}
		}
	}
	for at := 0; at < len(want); {
		n := min(1+r.IntN(700), len(want)-at)
		compare(at, n)
		at += n
	}
	for range 40 {
		from := r.IntN(len(want))
		if err := b.GoTo(int64(from)); err != nil {
			t.Fatal(err)
		}
		n := min(1+r.IntN(300), len(want)-from)
		compare(from, n)
		compare(from+n, min(5, len(want)-from-n))
	}
	if err := b.GoTo(int64(len(want))); err != nil {
		t.Error(err)
	}
	if _, err := b.Read(make([]T, 1), 1); err == nil {
		t.Error("a row was read that is not there")
	}
}

// TestSameRows: rows are those that parquet-go reads by reflection.
func TestSameRows(t *testing.T) {
	for seed, groups := range []int64{100_000, 700, 64} {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		rows := messages(r, 2500)
		f := file(t, rows, parquet.MaxRowsPerRowGroup(groups), parquet.PageBufferSize(4096))
		same[collector.Message](t, f, r, false)
		same[few](t, f, r, false)
	}
	r := rand.New(rand.NewPCG(9, 1))
	same[collector.Message](t, file(t, make([]collector.Message, 3)), r, false)
}

// TestOlderRows: columns that a file has not are null.
func TestOlderRows(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	var rows []few
	for range 900 {
		var row few
		some(r, reflect.ValueOf(&row).Elem(), 100)
		rows = append(rows, row)
	}
	f := file(t, rows, parquet.PageBufferSize(2048))
	type added struct {
		ID        int64                `parquet:"message_id"`
		Title     string               `parquet:"topic_title,optional"`
		Reactions []collector.Reaction `parquet:"reactions,optional,list"`
		Mentions  []string             `parquet:"mentions,optional,list"`
		Latitude  *float64             `parquet:"latitude,optional"`
		Pinned    bool                 `parquet:"pinned"`
		Stars     *int64               `parquet:"stars,optional"`
	}
	same[added](t, f, r, false)
	type other struct { // columns of other types than the file's are read by parquet-go
		ID   int64  `parquet:"message_id"`
		Raw  string `parquet:"raw,optional"`
		Kind string `parquet:"kind,dict"`
	}
	same[other](t, f, r, true)
}

// TestChosenColumns: only the named columns are read.
func TestChosenColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	rows := messages(r, 300)
	b, err := New[collector.Message](file(t, rows), "message_id", "text", "hashtags")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	got := make([]collector.Message, len(rows))
	if n, err := b.Read(got, 1<<30); err != nil || n != len(got) {
		t.Fatal(n, err)
	}
	for i, m := range got {
		if want := (collector.Message{ID: rows[i].ID, Text: rows[i].Text, Hashtags: rows[i].Hashtags}); !reflect.DeepEqual(m, want) {
			t.Fatalf("row %d: %+v, want %+v", i, m, want)
		}
	}
}

// TestDamagedPages: bytes that are others do not end the program: rows are read as they were
// written, or an error says that they are not.
func TestDamagedPages(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	var b bytes.Buffer
	w := part.NewWriter[collector.Message](&b, part.PartCodec(), parquet.PageBufferSize(4096))
	if err := part.Write(w, messages(r, 400), nil); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "whole.parquet"), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	want := readDamaged(t, dir, "whole.parquet")
	if len(want) != 400 {
		t.Fatalf("%d rows", len(want))
	}
	read := 0
	for n := range 150 {
		damaged := slices.Clone(whole)
		for range 1 + r.IntN(3) {
			damaged[4+r.IntN(len(damaged)*3/4)] ^= byte(1 << r.IntN(8))
		}
		name := fmt.Sprintf("%d.parquet", n)
		if err := os.WriteFile(filepath.Join(dir, name), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if rows := readDamaged(t, dir, name); rows != nil {
			if read++; !reflect.DeepEqual(rows, want) {
				t.Errorf("%s: rows are others than were written", name)
			}
		}
	}
	if read == 0 || read == 150 {
		t.Errorf("%d of 150 were read", read)
	}
}

// readDamaged returns the rows of a file, nil where an error says that it is damaged.
func readDamaged(t *testing.T, dir, name string) (rows []collector.Message) {
	t.Helper()
	f, err := part.OpenFile(bucket.Folder(dir), name)
	if err != nil {
		return nil
	}
	defer f.Close()
	err = collector.Recovered(func() error {
		b, err := New[collector.Message](f)
		if err != nil {
			return err
		}
		defer b.Close()
		all := make([]collector.Message, f.Parquet.NumRows())
		n, err := b.Read(all, 1<<30)
		rows = all[:n]
		return err
	})
	if err != nil && strings.HasPrefix(err.Error(), "panic") && !strings.Contains(err.Error(), "parquet-go@") {
		t.Errorf("%s: %v", name, err)
	}
	if err != nil {
		return nil
	}
	return rows
}

// BenchmarkRead reads whole messages.
func BenchmarkRead(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	f := file(b, messages(r, 20_000))
	b.Run("batch", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			one, err := New[collector.Message](f)
			if err != nil {
				b.Fatal(err)
			}
			for done := 0; done < 20_000; {
				n, err := one.Read(make([]collector.Message, 1000), 1<<20)
				if err != nil {
					b.Fatal(err)
				}
				done += n
			}
			one.Close()
		}
	})
	b.Run("stream", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s, err := part.NewStream[collector.Message](f, 0, 20_000)
			if err != nil {
				b.Fatal(err)
			}
			for i := range 20_000 {
				if _, err := s.At(int64(i)); err != nil {
					b.Fatal(err)
				}
			}
			s.Close()
		}
	})
}

// TestLargeTexts: however many rows are asked for, those with large texts come few at a time.
func TestLargeTexts(t *testing.T) {
	rows := make([]collector.Message, 600)
	for i := range rows {
		if rows[i].ID = int64(i); i >= 200 {
			rows[i].Text, rows[i].Raw = strings.Repeat("x", 50_000), strings.Repeat("y", 20_000)
		}
	}
	b, err := New[collector.Message](file(t, rows))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for at := 0; at < len(rows); {
		got := make([]collector.Message, 1000)
		n, err := b.Read(got, 500_000)
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for i, m := range got[:n] {
			if size += len(m.Text); m.ID != int64(at+i) || m.Text != rows[at+i].Text || m.Raw != rows[at+i].Raw {
				t.Fatalf("row %d is message %d", at+i, m.ID)
			}
		}
		if size > 500_000 || at == 0 && n < 200 {
			t.Errorf("%d rows of %d bytes at once", n, size)
		}
		at += n
	}
}
