package export

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/export/reading"
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
	return Data{Data: reading.Data{Dataset: d}}
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
