package dataset

import (
	"context"
	"errors"
	"telegramtrac/collector/dataset/fold"
	"testing"
)

// TestScanDownBlocks: segments of more rows than are held at once, merged ones
// among them.
func TestScanDownBlocks(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	put1(t, w, plainPart(1, 20_000, 0))
	put1(t, w, plainPart(5_000, 18_000, 1))
	next := int64(20_000)
	for m, err := range fold.ScanDown[wordingID](context.Background(), d.Rows, 1) {
		if err != nil {
			t.Fatal(err)
		}
		if m.ID != next {
			t.Fatalf("got id %d, want %d", m.ID, next)
		}
		next--
	}
	if next != 0 {
		t.Errorf("ended before %d", next)
	}
}

type wordingID struct {
	ID   int64  `parquet:"message_id"`
	Text string `parquet:"text"`
}

// TestScanDownWhileCompacted compacts in the middle, with all files that are not
// open yet gone.
func TestScanDownWhileCompacted(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	for lo := int64(1); lo < 3000; lo += 100 {
		put1(t, w, plainPart(lo, lo+99, 0))
	}
	put1(t, w, plainPart(1450, 1700, 1))
	next := int64(3000)
	for m, err := range fold.ScanDown[wordingID](ctx, d.Rows, 1) {
		if err != nil {
			t.Fatal(err)
		}
		if m.ID != next {
			t.Fatalf("got id %d, want %d", m.ID, next)
		}
		if next == 2750 || next == 1500 {
			put1(t, w, plainPart(next-100, next+40, 2)) // so that there is something to merge
			if err := w.Compact(ctx, 1); err != nil {
				t.Fatal(err)
			}
		}
		next--
	}
	if next != 0 {
		t.Errorf("ended before %d", next)
	}
}

func TestScanDownEnds(t *testing.T) {
	d := open(t, t.TempDir())
	put1(t, d.Writer(1), plainPart(1, 9000, 0))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := 0
	var last error
	for _, err := range fold.ScanDown[wordingID](ctx, d.Rows, 1) {
		if last = err; err != nil {
			break
		}
		if seen++; seen == 10 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || seen > fold.BlockRows {
		t.Errorf("got %v after %d rows", last, seen)
	}
	for range fold.ScanDown[wordingID](context.Background(), d.Rows, 1) {
		break // leaves nothing open and yields no more
	}
	for _, err := range fold.ScanDown[wordingID](context.Background(), d.Rows, 99) {
		t.Errorf("an unknown channel yields %v", err)
	}
}
