package export

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
		p := collector.Part{ChannelID: 1, Source: "telegram", ObservedAt: noon,
			Range: collector.Range{Lo: int64(lo), Hi: int64(min(lo+9_999, n))}}
		for id := p.Range.Hi; id >= p.Range.Lo; id-- {
			text := fmt.Sprintf("Message number %d of many, and some more words to have a length as messages do. ", id)
			p.Messages = append(p.Messages, collector.Message{
				ChannelID: 1, ID: id, Kind: collector.KindMessage, Date: noon, Text: strings.Repeat(text, 3), Views: &id, Source: "telegram",
				Hashtags: []string{"one", "two"},
				Raw:      `{"_":"Message","id":` + fmt.Sprint(id) + `,"date":"2024-03-01T12:00:00+00:00","message":"` + text + `"}`,
			})
		}
		if err := w.PutPart(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	return Data{Meant: Meant{Dataset: d}}
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
	if got := fmt.Sprint(book.GetSheetList()); got != "[messages messages 2 messages 3 about]" {
		t.Errorf("sheets %v", got)
	}
	id := 0
	for i, sheet := range book.GetSheetList()[:3] {
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
}

// TestCutCells: what a cell cannot hold is cut between characters and listed.
func TestCutCells(t *testing.T) {
	var b bytes.Buffer
	book, err := newBook(&b, "long", []string{"short", "text"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	whole, long := strings.Repeat("👋", maxCell/2), strings.Repeat("👋", maxCell/2+100)
	for i, text := range []string{"fits", whole, long} {
		if err := book.add(fmt.Sprint("row ", i), []any{"x", text}); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.close(); err != nil {
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

// TestWorkbookCells: each kind of value comes back as it was, texts that look like
// a code of Excel's, too, and dates before and after Excel's false leap day.
func TestWorkbookCells(t *testing.T) {
	var out bytes.Buffer
	b := newWorkbook(&out)
	at := time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC)
	row := []any{"_x0041_ <&> \"' \t\r\n_x", nil, int64(-1 << 32), int32(7), 0.25, true, false, at,
		time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), "=1+1", " spaces "}
	wide := make([]any, 16_384)
	wide[0], wide[1], wide[2], wide[3] = "_x0041_x0042_", math.NaN(), math.Inf(-1), "__x0041__x005F_x0041_x004_"
	wide[len(wide)-1] = "last"
	if err := errors.Join(b.sheet(`a "hostile" <name>`, layout{header: true}), b.row(row), b.row(wide), b.close()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetList()[0]
	rows, err := f.GetRows(name)
	if err != nil || name != `a "hostile" <name>` {
		t.Fatal(name, err)
	}
	want := []string{"_x0041_ <&> \"' \t\r\n_x", "", "-4294967296", "7", "0.25", "TRUE", "FALSE", "2024-02-29 23:59:58", "1900-01-01 00:00:00",
		"=1+1", " spaces "}
	if diff := cmp.Diff(want, rows[0]); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"_x0041_x0042_", "", "", "__x0041__x005F_x0041_x004_"}, rows[1][:4]); diff != "" {
		t.Errorf("codes and what is no number (-want +got):\n%s", diff)
	}
	if got := rows[1][16_383]; got != "last" {
		t.Errorf("the cell XFD2 holds %q", got)
	}
	if err := newWorkbook(io.Discard).cell(0, 'x'+0i); err == nil {
		t.Error("a cell of a complex number is taken")
	}
}

// TestBooksStartAtOnce: what is written arrives while rows are still added.
func TestBooksStartAtOnce(t *testing.T) {
	var out bytes.Buffer
	b, err := newBook(&out, "messages", []string{"text"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 5000 {
		text := make([]byte, 200)
		rand.Read(text)
		if err := b.add("", []any{hex.EncodeToString(text)}); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() < 500_000 {
		t.Errorf("after 1 MB of rows %d bytes were written", out.Len())
	}
}
