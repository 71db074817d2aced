package dataset

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
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

// TestSplicedAgainAndAgain compacts parts of all sizes, those of earlier versions among
// them, and what came of it once more: every row stays as it is, and where pages are, and
// what they hold, is told as it is.
func TestSplicedAgainAndAgain(t *testing.T) {
	t.Parallel()
	for seed := range uint64(rounds(4)) {
		r := rand.New(rand.NewPCG(seed, 1))
		d := open(t, t.TempDir())
		d.GroupRows = []int64{1000, 1700, 3000, part.GroupRows}[seed%4]
		w := d.Writer(1)
		w.LargeRows = 4000
		lo := int64(1)
		for range 3 {
			for range 4 + r.IntN(6) {
				n := []int64{1, 2, 40, 499, 500, 501, 999, 1000}[r.IntN(8)]
				p := inventPart(r, 1, lo, lo+n-1, dayZero)
				if r.IntN(3) == 0 {
					bare(p) // many columns are null from end to end
				}
				put1(t, w, p)
				lo += n
			}
			if parts := partsOf(t, d); r.IntN(2) == 0 {
				withoutChecks(t, d.Dir+"/"+parts[r.IntN(len(parts))].Name)
				d = open(t, d.Dir)
				d.GroupRows = []int64{1000, 1700, 3000, part.GroupRows}[seed%4]
				w = d.Writer(w.Major + 1)
				w.LargeRows = 4000
			}
			want := collect(t, d.Scan(t.Context(), 1))
			if err := w.Compact(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			var got []collector.Message
			for _, p := range partsOf(t, open(t, d.Dir)) {
				got = append(got, pagesAreWhatIsTold(t, p)...)
			}
			slices.SortStableFunc(got, func(a, b collector.Message) int { return int(a.ID - b.ID) })
			equal(t, fmt.Sprint("messages, seed ", seed), got, want)
			equal(t, "messages that are served", collect(t, open(t, d.Dir).Scan(t.Context(), 1)), want)
		}
	}
}

// bare leaves of messages what all of them have.
func bare(p collector.Part) {
	for i, m := range p.Messages {
		p.Messages[i] = collector.Message{ID: m.ID, Kind: m.Kind, Date: m.Date, Source: m.Source}
	}
}

// pagesAreWhatIsTold compares a part's pages with its indexes and its footer, and returns
// its rows.
func pagesAreWhatIsTold(t *testing.T, p *part.Part) []collector.Message {
	t.Helper()
	f, err := part.OpenFile(p.In, p.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, g := range f.Parquet.RowGroups() {
		meta := f.Parquet.Metadata().RowGroups[i]
		for column, chunk := range g.ColumnChunks() {
			file := chunk.(*parquet.FileColumnChunk)
			offsets, err := file.OffsetIndex()
			if err != nil {
				t.Fatal(err)
			}
			columns, err := file.ColumnIndex()
			if err != nil {
				t.Fatal(err)
			}
			of := fmt.Sprintf("%s, row group %d, column %d", p.Name, i, column)
			pages := chunk.Pages()
			var rows, nulls, values int64
			at := meta.Columns[column].MetaData.DataPageOffset
			for n := range offsets.NumPages() {
				page, err := pages.ReadPage()
				if err != nil {
					t.Fatal(of, err)
				}
				lo, hi, some := page.Bounds()
				if offsets.FirstRowIndex(n) != rows || offsets.Offset(n) != at ||
					columns.NullPage(n) == some || columns.NullCount(n) != page.NumNulls() ||
					some && (chunk.Type().Compare(columns.MinValue(n), lo) > 0 || chunk.Type().Compare(columns.MaxValue(n), hi) < 0) {
					t.Errorf("%s, page %d: row %d at %d is told as %d at %d, %d nulls as %d", of, n, rows, at,
						offsets.FirstRowIndex(n), offsets.Offset(n), page.NumNulls(), columns.NullCount(n))
				}
				if least, most, ok := file.Bounds(); some && (!ok || chunk.Type().Compare(least, lo) > 0 || chunk.Type().Compare(most, hi) < 0) {
					t.Errorf("%s, page %d has %v to %v, the footer tells %v to %v", of, n, lo, hi, least, most)
				}
				rows, nulls, values, at = rows+page.NumRows(), nulls+page.NumNulls(), values+page.NumValues(), at+offsets.CompressedPageSize(n)
				parquet.Release(page)
			}
			if _, err := pages.ReadPage(); err != io.EOF {
				t.Errorf("%s has more pages: %v", of, err)
			}
			pages.Close()
			m := meta.Columns[column].MetaData
			equal(t, of, []int64{rows, nulls, values}, []int64{g.NumRows(), m.Statistics.NullCount, m.NumValues})
		}
	}
	r := parquet.NewGenericReader[collector.Message](f.Parquet)
	defer r.Close()
	out := make([]collector.Message, f.Parquet.NumRows())
	for at := 0; at < len(out); {
		n, err := r.Read(out[at:])
		if at += n; err != nil && err != io.EOF || n == 0 {
			t.Fatal(err)
		}
	}
	return out
}

// TestDamagedBetween: what is damaged on the disk after a part was looked through is
// not copied into a merged one as if it were whole: it is mended, and what is lost is asked
// for again.
func TestDamagedBetween(t *testing.T) {
	t.Parallel()
	for _, column := range []string{"text", "views", "kind", "raw"} {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(5, 6))
			d := open(t, t.TempDir())
			w := d.Writer(1)
			for n := range int64(3) {
				put1(t, w, inventPart(r, 1, 1+600*n, 600+600*n, dayZero))
			}
			want := map[int64]string{}
			for _, m := range collect(t, d.Scan(t.Context(), 1)) { // looks the parts through
				want[m.ID] = m.Text
			}
			before, err := w.Covered(t.Context(), 1, collector.SourceTelegram)
			if err != nil {
				t.Fatal(err)
			}
			harmColumn(t, d, partsOf(t, d)[1], column)
			if err := w.Compact(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			fresh := open(t, d.Dir)
			for _, p := range partsOf(t, fresh) {
				pagesAreWhatIsTold(t, p)
			}
			for _, m := range collect(t, fresh.Scan(t.Context(), 1)) {
				if text, ok := want[m.ID]; !ok || text != m.Text {
					t.Errorf("%d is served twice or wrong", m.ID)
				}
				delete(want, m.ID)
			}
			covered, err := fresh.Writer(2).Covered(t.Context(), 1, collector.SourceTelegram)
			if err != nil {
				t.Fatal(err)
			}
			if len(want) == 0 || len(want) > 600 {
				t.Errorf("one byte costs %d rows", len(want))
			}
			for id := range want {
				if !before.Contain(id) || covered.Contain(id) {
					t.Errorf("%d is lost, and nobody asks for it again", id)
				}
			}
		})
	}
}

// harmColumn changes a byte of a page of a column.
func harmColumn(t *testing.T, d *Dataset, p *part.Part, column string) {
	t.Helper()
	f, err := part.OpenFile(p.In, p.Name)
	if err != nil {
		t.Fatal(err)
	}
	leaf, ok := f.Parquet.Schema().Lookup(column)
	if !ok {
		t.Fatal("no such column")
	}
	at := f.Parquet.Metadata().RowGroups[0].Columns[leaf.ColumnIndex].MetaData
	f.Close()
	b, err := os.ReadFile(d.Dir + "/" + p.Name)
	if err != nil {
		t.Fatal(err)
	}
	from := at.DataPageOffset
	if at.DictionaryPageOffset > 0 {
		from = at.DictionaryPageOffset
	}
	b[from+at.TotalCompressedSize/2] ^= 1
	if err := os.WriteFile(d.Dir+"/"+p.Name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
