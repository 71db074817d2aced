package dataset

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
)

// TestColumnsAsByReflection: rows written column by column are to the byte what the
// same rows are that parquet-go takes apart by reflection, however many there are in a
// row group, and also where values are odd.
func TestColumnsAsByReflection(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 1))
	for _, groupRows := range []int64{7, 32, 33, part.GroupRows} {
		for _, n := range []int{0, 1, 31, 32, 33, 65, 100} {
			rows := make([]collector.Message, n)
			for i := range rows {
				rows[i] = oddMessage(r)
			}
			sameFile(t, rows, groupRows)
		}
	}
}

// TestColumnsOfEachField: a row that has but one field has it in both ways, so a field
// that is left out of the columns, or is in two, is found.
func TestColumnsOfEachField(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 2))
	for i := range reflect.TypeFor[collector.Message]().NumField() {
		rows := make([]collector.Message, 40)
		for n := range rows {
			inventValue(r, reflect.ValueOf(&rows[n]).Elem().Field(i))
		}
		sameFile(t, rows, part.GroupRows)
	}
}

// TestColumnsOfLongTexts: pages end where they did, and a text of 2 MB is one.
func TestColumnsOfLongTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 3))
	rows := make([]collector.Message, 150)
	for i := range rows {
		rows[i] = oddMessage(r)
		rows[i].Raw = strings.Repeat(phrases[i%len(phrases)], r.IntN(1000))
	}
	rows[70].Text, rows[71].Raw = strings.Repeat("x", 2<<20), strings.Repeat("привет ", 300_000)
	sameFile(t, rows, part.GroupRows)
}

// TestColumnsAgain: a writer that is used again remembers nothing, also of a file that
// was not ended.
func TestColumnsAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 4))
	var b bytes.Buffer
	w := part.NewMessageWriter(&b, part.PartCodec(), 50)
	for n := range 20 {
		rows := make([]collector.Message, 1+r.IntN(120))
		for i := range rows {
			rows[i] = oddMessage(r)
		}
		b.Reset()
		w.Reset(&b)
		if err := w.Write(part.Pointers(rows)); err != nil {
			t.Fatal(err)
		}
		if n%3 == 0 {
			continue
		}
		if err := w.End(map[string]any{"key": len(rows)}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), byReflection(t, rows, 50)) {
			t.Fatalf("file %d is another one", n)
		}
	}
}

// FuzzColumns is TestColumnsAsByReflection over texts that nobody would think of.
func FuzzColumns(f *testing.F) {
	f.Add(uint64(1), uint8(3), "text", int64(0))
	f.Add(uint64(2), uint8(40), "\xff\x00", int64(-1))
	f.Fuzz(func(t *testing.T, seed uint64, n uint8, text string, number int64) {
		r := rand.New(rand.NewPCG(seed, 5))
		rows := make([]collector.Message, n)
		for i := range rows {
			rows[i] = oddMessage(r)
			rows[i].Text, rows[i].Links, rows[i].Views, rows[i].AlbumID = text, []string{text, ""}, &number, number
		}
		sameFile(t, rows, int64(1+seed%100))
	})
}

// oddMessage invents a message of which half of the fields are at the ends of what
// they may be: nothing, 0 behind a pointer, a list without elements, no valid UTF-8.
func oddMessage(r *rand.Rand) (m collector.Message) {
	invent(r, &m)
	v := reflect.ValueOf(&m).Elem()
	for i := range v.NumField() {
		if r.IntN(2) == 0 {
			makeOdd(r, v.Field(i))
		}
	}
	return m
}

func makeOdd(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString([]string{"", "\x00", "\xff\xfe", "a\xc3"}[r.IntN(4)])
	case reflect.Int64:
		v.SetInt([]int64{0, -1, math.MaxInt64, math.MinInt64}[r.IntN(4)])
	case reflect.Int32:
		v.SetInt([]int64{0, -1, math.MaxInt32, math.MinInt32}[r.IntN(4)])
	case reflect.Float64:
		v.SetFloat([]float64{0, math.Copysign(0, -1), math.Inf(1), -1}[r.IntN(4)])
	case reflect.Bool:
		v.SetBool(false)
	case reflect.Pointer:
		v.SetZero()
		if r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			makeOdd(r, v.Elem())
		}
	case reflect.Slice:
		makeOddList(r, v)
	case reflect.Struct:
		if v.Type() == part.TimeType {
			v.Set(reflect.ValueOf([]time.Time{{}, time.Unix(-1, 1), time.Unix(1<<33, 999)}[r.IntN(3)]))
			return
		}
		for i := range v.NumField() {
			makeOdd(r, v.Field(i))
		}
	}
}

func makeOddList(r *rand.Rand, v reflect.Value) {
	v.SetZero()
	if n := r.IntN(6); n > 0 {
		v.Set(reflect.MakeSlice(v.Type(), n-1, n))
	}
	for i := range v.Len() {
		makeOdd(r, v.Index(i))
	}
}

func sameFile(t *testing.T, rows []collector.Message, groupRows int64) {
	t.Helper()
	var b bytes.Buffer
	w := part.NewMessageWriter(&b, part.PartCodec(), groupRows)
	if err := w.Write(part.Pointers(rows)); err != nil {
		t.Fatal(err)
	}
	if err := w.End(map[string]any{"key": len(rows)}); err != nil {
		t.Fatal(err)
	}
	want := byReflection(t, rows, groupRows)
	if bytes.Equal(b.Bytes(), want) {
		return
	}
	got, err := parquet.Read[collector.Message](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatalf("%d rows in groups of %d: %v", len(rows), groupRows, err)
	}
	slow, err := parquet.Read[collector.Message](bytes.NewReader(want), int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "rows", got, slow)
	t.Fatalf("%d rows in groups of %d: other bytes of the same rows", len(rows), groupRows)
}

func byReflection(t *testing.T, rows []collector.Message, groupRows int64) []byte {
	t.Helper()
	var b bytes.Buffer
	out := part.NewWriter[collector.Message](&b, part.PartCodec(), parquet.MaxRowsPerRowGroup(groupRows))
	metadata := map[string]any{"key": len(rows)}
	if err := part.Write(out, rows, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
