package dataset

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"telegramtrac/collector"
)

// Every run of values among nulls comes out as it went in, in an independent
// reader, in parts and in exports, also inside lists. parquet-go's own typed
// writes lose nulls: see writeRows.
func TestNullsStayNull(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(11, 12))
	for length := 0; length < 70; length += 1 + length/6 {
		for begin := range min(5, rounds(8)) {
			present := make([]bool, 140)
			for i := range length {
				present[begin*13+i] = true
			}
			checkNulls(t, fmt.Sprintf("%d from %d", length, begin*13), present)
		}
	}
	for n := range rounds(20) {
		present := make([]bool, 500)
		for i := range present {
			present[i] = rng.IntN(4) == 0
		}
		checkNulls(t, fmt.Sprintf("random %d", n), present)
	}
}

func checkNulls(t *testing.T, name string, present []bool) {
	t.Helper()
	d, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var ms []collector.Message
	for i := len(present); i >= 1; i-- {
		m := collector.Message{ChannelID: 7, ID: int64(i), Kind: collector.KindMessage, Date: time.Unix(int64(i), 0), Text: "x", Raw: "{}",
			Source: "telegram"}
		if present[i-1] {
			m.PollID, m.URL, m.AlbumID = int64(i), "https://example.org", 5
		}
		// One entity a position, so that the pattern stands inside the lists too.
		for j := range 3 {
			e := collector.Entity{Type: "MessageEntityTextUrl", Offset: int32(j), Length: 1}
			if present[(i-1+j)%len(present)] {
				e.URL = "https://example.org"
			}
			m.Entities = append(m.Entities, e)
		}
		ms = append(ms, m)
	}
	part := collector.Part{ChannelID: 7, Range: collector.Range{Lo: 1, Hi: int64(len(present))}, Source: "telegram", ObservedAt: time.Now(),
		Messages: ms}
	if err := d.Writer(1).PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	table := arrowTable(t, exportedFile(t, d, 0))
	defer table.Release()
	for row, want := range present {
		for _, column := range []string{"poll_id", "url", "album_id"} {
			if a, i := cell(table, column, row); a.IsNull(i) == want {
				t.Fatalf("%s: %s of row %d is null: %v, want %v", name, column, row, !want, want)
			}
		}
		a, i := cell(table, "entities", row)
		list := a.(*array.List)
		from, _ := list.ValueOffsets(i)
		urls := list.ListValues().(*array.Struct).Field(3)
		for j := range 3 {
			if want := present[(row+j)%len(present)]; urls.IsNull(int(from)+j) == want {
				t.Fatalf("%s: url of entity %d of row %d is null: %v, want %v", name, j, row, !want, want)
			}
		}
	}
}
