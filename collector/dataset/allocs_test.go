package dataset

import (
	"io"
	"math/rand/v2"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
)

// TestWritingAllocatesLittle: a writer that is used again takes next to nothing a row.
// What a file takes is its footer's; a row that was taken apart by reflection took 17
// allocations of 6 KB.
func TestWritingAllocatesLittle(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	r := rand.New(rand.NewPCG(16, 7))
	rows := make([]collector.Message, 1000)
	for i := range rows {
		rows[i] = benchMessage(r, 1, int64(i+1))
	}
	pointers := part.Pointers(rows)
	w := part.NewMessageWriter(io.Discard, part.PartCodec(), part.GroupRows)
	perFile := testing.AllocsPerRun(5, func() {
		w.Reset(io.Discard)
		if err := w.Write(pointers); err != nil {
			t.Fatal(err)
		}
		if err := w.End(nil); err != nil {
			t.Fatal(err)
		}
	})
	if perFile > 1500 {
		t.Errorf("a file of %d rows took %.0f allocations", len(rows), perFile)
	}
	t.Logf("%.0f allocations for %d rows", perFile, len(rows))
}
