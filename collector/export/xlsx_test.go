package export

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
)

// numbered is a dataset of so many messages of one channel.
func numbered(t testing.TB, n int) Data {
	t.Helper()
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := d.Writer(1)
	for lo := 1; lo <= n; lo += 10_000 {
		p := collector.Part{ChannelID: 1, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: int64(lo), Hi: int64(min(lo+9_999, n))}}
		for id := p.Range.Hi; id >= p.Range.Lo; id-- {
			text := fmt.Sprintf("Message number %d of many, and some more words to have a length as messages do. ", id)
			p.Messages = append(p.Messages, collector.Message{
				ChannelID: 1, ID: id, Kind: collector.KindMessage, Date: noon, Text: strings.Repeat(text, 3), Views: &id, Source: "telegram", Hashtags: []string{"one", "two"},
				Raw: `{"_":"Message","id":` + fmt.Sprint(id) + `,"date":"2024-03-01T12:00:00+00:00","message":"` + text + `"}`,
			})
		}
		if err := w.PutPart(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	return Data{Dataset: d}
}

// TestSheetsAreSplit: rows beyond a sheet's limit go on in the next one.
func TestSheetsAreSplit(t *testing.T) {
	var b bytes.Buffer
	if err := writeMessagesBook(t.Context(), &b, numbered(t, 25), 11); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if got := fmt.Sprint(book.GetSheetList()); got != "[messages messages 2 messages 3]" {
		t.Errorf("sheets %v", got)
	}
	id := 0
	for i, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil || len(rows) != []int{11, 11, 6}[i] || rows[0][3] != "message_id" {
			t.Fatalf("sheet %s: %d rows, %v", sheet, len(rows), err)
		}
		for _, row := range rows[1:] {
			if id++; row[3] != fmt.Sprint(id) {
				t.Errorf("sheet %s: message %s, want %d", sheet, row[3], id)
			}
		}
	}
	if kind, err := book.GetCellType("messages", "D2"); err != nil || kind != excelize.CellTypeInlineString {
		t.Errorf("an id is of type %v, want text; %v", kind, err)
	}
}

// TestCutCells: what a cell cannot hold is cut between characters and listed.
func TestCutCells(t *testing.T) {
	book, err := newBook("long", []string{"short", "text"})
	if err != nil {
		t.Fatal(err)
	}
	defer book.close()
	whole, long := strings.Repeat("👋", maxCell/2), strings.Repeat("👋", maxCell/2+100)
	for i, text := range []string{"fits", whole, long} {
		if err := book.add(fmt.Sprint("row ", i), []any{"x", text}); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.write(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("long")
	if err != nil || rows[2][1] != whole || rows[3][1] != whole {
		t.Errorf("cells of %d and %d characters, %v", len(rows[2][1])/4, len(rows[3][1])/4, err)
	}
	cuts, err := f.GetRows("cut cells")
	if err != nil || len(cuts) != 3 || !strings.HasPrefix(cuts[0][0], "1 cells held more") || fmt.Sprint(cuts[2]) != "[row 2 text 32966]" {
		t.Errorf("cut cells: %v, %v", cuts, err)
	}
}

func BenchmarkFiles(b *testing.B) {
	const rows = 20_000
	d := numbered(b, rows)
	for _, f := range Files() {
		if !f.ForAll() || d.Graph == nil && (f.Name == "graph.json" || f.Name == bundleName) {
			continue
		}
		b.Run(f.Name, func(b *testing.B) {
			for b.Loop() {
				var n countingWriter
				n.w = new(discard)
				if err := f.Write(b.Context(), &n, d); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(n.n)
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

type discard struct{}

func (*discard) Write(p []byte) (int, error) { return len(p), nil }
