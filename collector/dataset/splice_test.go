package dataset

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/table"
)

// partBytes writes a channel as a part: spliced, or encoded anew as exports are.
func partBytes(t *testing.T, d *Dataset, p *fold.Plan, spliced bool) []byte {
	t.Helper()
	var b bytes.Buffer
	out := table.NewMessageWriter(&b, part.PartCodec(), d.GroupRows)
	if spliced {
		var err error
		if out, err = table.NewPartWriter(&b, part.PartCodec(), d.GroupRows); err != nil {
			t.Fatal(err)
		}
	}
	defer out.Open.Close()
	for _, s := range p.Segments {
		open := mend.Files{}
		defer open.Close()
		runs, err := table.RunsOf(t.Context(), s, p.ChannelID, open)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			if err := out.AddRun(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := out.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := part.Close(out.Out, map[string]any{"b": 1, "a": "x"}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// columnsTold is what a file says of its columns, apart from where and how long they are.
func columnsTold(f *parquet.File) (out []string) {
	for _, g := range f.Metadata().RowGroups {
		out = append(out, fmt.Sprint(g.NumRows, g.SortingColumns))
		for _, c := range g.Columns {
			m := c.MetaData
			out = append(out, fmt.Sprintln(m.PathInSchema, m.Type, m.Encoding, m.Codec, m.NumValues, m.Statistics.NullCount,
				m.Statistics.MinValue, m.Statistics.MaxValue, m.SizeStatistics))
		}
	}
	return out
}

// TestSplicedIsWhatIsEncoded: a part of the pages of others has the same values in every
// column, and says the same of them, as one that is encoded anew: of parts with many rows
// and few, beside rows that are merged, and read from any row on.
func TestSplicedIsWhatIsEncoded(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	r := rand.New(rand.NewPCG(7, 8))
	lo := int64(1)
	for i, n := range []int64{700, 900, 3, 5, 8, 1400, 4, 650, 12, 30} {
		p := inventPart(r, 1, lo, lo+n-1, dayZero)
		if i == 1 {
			p.Messages[3].Text, p.Messages[4].Text = strings.Repeat("long ", 400_000), ""
		}
		put1(t, w, p)
		lo += n
	}
	for _, groupRows := range []int64{part.GroupRows, 2000, part.GroupRows} {
		if d.GroupRows < groupRows { // the last time: rows that are merged
			put1(t, w, inventPart(r, 1, lo-20, lo+40, dayZero.AddDate(0, 0, 1)))
		}
		d.GroupRows = groupRows
		p, err := d.Plan(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		a, b := partBytes(t, d, p, false), partBytes(t, d, p, true)
		slow, err := parquet.OpenFile(bytes.NewReader(a), int64(len(a)))
		if err != nil {
			t.Fatal(err)
		}
		quick, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "schema", quick.Schema().String(), slow.Schema().String())
		equal(t, "metadata", quick.Metadata().KeyValueMetadata, slow.Metadata().KeyValueMetadata)
		equal(t, "columns", columnsTold(quick), columnsTold(slow))
		sameRows(t, quick, slow, 0)
		for _, from := range []int64{1, 699, 700, 1601, 1607, 2500, slow.NumRows() - 1} {
			sameRows(t, quick, slow, from)
		}
		t.Logf("row groups of %d: %d bytes spliced, %d encoded", groupRows, len(b), len(a))
	}
}

// sameRows compares files row by row, from one on.
func sameRows(t *testing.T, a, b *parquet.File, from int64) {
	t.Helper()
	read := func(f *parquet.File) (out []collector.Message) {
		r := parquet.NewGenericReader[collector.Message](f)
		defer r.Close()
		if err := r.SeekToRow(from); err != nil {
			t.Fatal(err)
		}
		n := f.NumRows() - from
		if from > 0 {
			n = min(n, 60)
		}
		out = make([]collector.Message, n)
		for at := 0; at < len(out); {
			k, err := r.Read(out[at:])
			if k == 0 {
				t.Fatal(from, at, err)
			}
			if at += k; err != nil && err != io.EOF {
				t.Fatal(err)
			}
		}
		return out
	}
	equal(t, fmt.Sprint("rows from ", from), read(a), read(b))
}
