package dataset

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/query"
)

// TestManyReaders: readers of two workspaces at once, with the same channels and ids but other
// messages, get the pages of their own, with the columns that each asks for, where numbers are
// known beside a part and where a part is overruled in its middle.
func TestManyReaders(t *testing.T) {
	t.Parallel()
	shared := NewShared()
	var readers sync.WaitGroup
	for seed := range uint64(2) {
		d, all := derivedWorkspace(t, seed, shared)
		for reader, columns := range [][]string{nil, {"text", "views"}, {"media_type"}} {
			readers.Go(func() {
				for i, q := range questions() {
					if i%3 == reader {
						q.Columns, q.Offset = columns, i
						checkPage(t, d, all, q)
					}
				}
			})
		}
	}
	readers.Wait()
}

// derivedWorkspace has parts with numbers beside them, and another that overrules some of one.
func derivedWorkspace(t *testing.T, seed uint64, shared *Shared) (d *Dataset, all []collector.Message) {
	t.Helper()
	d, err := OpenIn(t.TempDir(), shared)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 9))
	w := d.Writer(1)
	for channel := range int64(3) {
		put1(t, w, inventPart(r, channel+1, 1, 800, dayZero))
		deriveAll(t, d, channel+1)
	}
	put1(t, w, inventPart(r, 1, 100, 200, dayZero.AddDate(0, 0, 1)))
	for m, err := range d.Scan(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, *m)
	}
	return d, all
}

func deriveAll(t *testing.T, d *Dataset, channelID int64) {
	t.Helper()
	p, err := d.Plan(t.Context(), channelID)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range p.Parts {
		if err := derived.Make(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		k := derived.Open(one)
		if _, ok := k.Ints(0, derived.Views); !ok {
			t.Fatal("nothing is known of a part")
		}
		k.Close()
	}
}

func checkPage(t *testing.T, d *Dataset, all []collector.Message, q query.Query) {
	t.Helper()
	want := asked(all, q)
	q.Limit = 20
	got, err := d.Page(t.Context(), q)
	page := want[min(q.Offset, len(want)):min(q.Offset+q.Limit, len(want))]
	if err != nil || got.Total != int64(len(want)) || len(got.Messages) != len(page) {
		t.Errorf("%+v: %d messages of %d, want %d of %d, %v", q, len(got.Messages), got.Total, len(page), len(want), err)
		return
	}
	seen := func(m collector.Message) string { // what any of the columns asked for tell
		out := fmt.Sprint(m.ChannelID, m.ID, m.Date)
		for _, column := range q.Columns {
			switch column {
			case "text":
				out += m.Text
			case "views":
				out += fmt.Sprint(m.Views == nil, m.Views != nil && *m.Views != 0)
			case "media_type":
				out += m.MediaType
			}
		}
		return out
	}
	for i := range page {
		if q.Columns == nil && !gocmp.Equal(page[i], got.Messages[i]) || seen(page[i]) != seen(got.Messages[i]) {
			t.Errorf("%+v: message %d (-want +got):\n%.2000s", q, i, gocmp.Diff(page[i], got.Messages[i]))
			return
		}
	}
}
