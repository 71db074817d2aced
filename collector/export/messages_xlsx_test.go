package export

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/export/sheet"
)

// listed is a dataset of one channel with a message of each kind of cell.
func listed(t *testing.T) Data {
	t.Helper()
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := d.Writer(1)
	ch := collector.Channel{ID: 1_400_000_001, Username: "harbour_new", Title: "Harbour", Kind: collector.Broadcast, Source: "telegram",
		LastSeenAt: noon, Raw: "{}"}
	if err := w.PutChannel(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	views, seconds, lat := int64(1200), 3.5, 51.5
	p := collector.Part{ChannelID: ch.ID, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: 1, Hi: 3},
		Messages: []collector.Message{
			{ID: 3, Text: "=1+1", DocumentID: 1<<63 - 1, FromType: collector.PeerUser, FromID: 999_999_999_999_999},
			{ID: 2, Text: "@harbour", DocumentID: 1_000_000_000_000_000, FromType: collector.PeerUser, FromID: 4_611_686_018_427_387_904},
			{ID: 1, Text: "semi;colon, comma\tand tab", Views: &views, Hashtags: []string{"one", "two"}, Mentions: []string{"a", "b"},
				Links: []string{"https://a.example/x,y"}, Duration: &seconds, Latitude: &lat, Longitude: &lat},
		}}
	for i := range p.Messages {
		m := &p.Messages[i]
		m.ChannelID, m.ChannelUsername, m.ChannelTitle, m.Kind, m.Date, m.Source = ch.ID, "harbour_old", "Harbour", collector.KindMessage, noon,
			"telegram"
	}
	if err := w.PutPart(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return Data{Data: reading.Data{Dataset: d}}
}

func openBook(t *testing.T, file []byte) *excelize.File {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	return book
}

// TestMessagesBook: a workbook as a person would lay it out.
func TestMessagesBook(t *testing.T) {
	book := openBook(t, write(t, file(t, "messages.xlsx"), listed(t)))
	rows, err := book.GetRows("messages")
	if err != nil || len(rows) != 4 || len(rows[0]) > firstCount {
		t.Fatalf("%d rows, %d columns, %v", len(rows), len(rows[0]), err)
	}
	cell := func(column string, row int) string { // as excelize calls it
		name, err := excelize.CoordinatesToCellName(slices.Index(rows[0], column)+1, row)
		if err != nil {
			t.Fatalf("%s: %v", column, err)
		}
		return name
	}
	for _, want := range []struct {
		column string
		row    int
		kind   excelize.CellType
		shown  string
	}{
		{"date", 2, excelize.CellTypeUnset, "2024-03-01 12:00:00"}, // a number with a format
		{"message_id", 2, excelize.CellTypeUnset, "1"},
		{"channel_id", 2, excelize.CellTypeUnset, "1400000001"},
		{"views", 2, excelize.CellTypeUnset, "1200"},
		{"hashtags", 2, excelize.CellTypeInlineString, "one, two"},
		{"channel_username", 2, excelize.CellTypeInlineString, "harbour_old"},
		{"link", 2, excelize.CellTypeInlineString, "https://t.me/harbour_new/1"},
		{"text", 4, excelize.CellTypeInlineString, "=1+1"},
		{"text", 3, excelize.CellTypeInlineString, "@harbour"},
	} {
		at := cell(want.column, want.row)
		kind, err := book.GetCellType("messages", at)
		shown, wrong := book.GetCellValue("messages", at)
		if err != nil || wrong != nil || kind != want.kind || shown != want.shown {
			t.Errorf("%s: got %q of type %v, want %q of type %v; %v %v", at, shown, kind, want.shown, want.kind, err, wrong)
		}
		if formula, err := book.GetCellFormula("messages", at); formula != "" || err != nil {
			t.Errorf("%s has the formula %q, %v", at, formula, err)
		}
	}
	if is, target, err := book.GetCellHyperLink("messages", cell("link", 3)); err != nil || !is || target != "https://t.me/harbour_new/2" {
		t.Errorf("link leads to %q, %v", target, err)
	}
	if width, err := book.GetColWidth("messages", strings.TrimRight(cell("text", 1), "1")); err != nil || width != 80 {
		t.Errorf("text is %v wide, %v", width, err)
	}
	panes, err := book.GetPanes("messages")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	var filtered []string
	for _, name := range book.GetDefinedName() {
		filtered = append(filtered, name.Name+" "+name.RefersTo)
	}
	last, _ := excelize.ColumnNumberToName(len(rows[0]))
	if diff := cmp.Diff([]string{"_xlnm._FilterDatabase 'messages'!$A$1:$" + last + "$4"}, filtered); diff != "" {
		t.Errorf("filters (-want +got):\n%s", diff)
	}
	about, err := book.GetRows("about")
	if err != nil || len(about) != 6+len(rows[0]) || about[6][0] != rows[0][0] || len(about[6]) != 2 {
		t.Errorf("about: %v, %v", about, err)
	}
}

// TestAllColumns: on request a workbook has the columns of messages.csv; ids that a
// sheet's numbers keep are numbers, others texts.
func TestAllColumns(t *testing.T) {
	d := listed(t)
	heading, _ := collectortest.Table(t, write(t, file(t, "messages.csv"), d))
	d.Options.AllColumns = true
	book := openBook(t, write(t, file(t, "messages.xlsx"), d))
	rows, err := book.GetRows("messages", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(heading, rows[0]); diff != "" {
		t.Errorf("columns (-CSV +XLSX):\n%s", diff)
	}
	for _, want := range []struct {
		column, value string
		row           int
		kind          excelize.CellType
	}{
		{"from_id", "999999999999999", 4, excelize.CellTypeUnset},
		{"from_id", "4611686018427387904", 3, excelize.CellTypeInlineString},
		{"document_id", "1000000000000000", 3, excelize.CellTypeInlineString},
		{"document_id", "9223372036854775807", 4, excelize.CellTypeInlineString},
		{"links", `["https://a.example/x,y"]`, 2, excelize.CellTypeInlineString},
	} {
		at, _ := excelize.CoordinatesToCellName(slices.Index(heading, want.column)+1, want.row)
		kind, err := book.GetCellType("messages", at)
		got, wrong := book.GetCellValue("messages", at, excelize.Options{RawCellValue: true})
		if err != nil || wrong != nil || kind != want.kind || got != want.value {
			t.Errorf("%s: got %s of type %v, want %s of type %v; %v %v", want.column, got, kind, want.value, want.kind, err, wrong)
		}
	}
}

// TestExcelCSV: CSV that a double click opens as it is meant.
func TestExcelCSV(t *testing.T) {
	for separator, want := range map[string][3]string{
		"":          {",", `"semi;colon, comma	and tab"`, "51.5"},
		"comma":     {",", `"semi;colon, comma	and tab"`, "51.5"},
		"semicolon": {";", `"semi;colon, comma	and tab"`, "51,5"},
		"tab":       {"\t", `"semi;colon, comma	and tab"`, "51.5"},
	} {
		d := listed(t)
		var err error
		if d.Options, err = ParseOptions(separator, ""); err != nil {
			t.Fatal(err)
		}
		got := string(write(t, file(t, "messages_excel.csv"), d))
		head, rest, _ := strings.Cut(got, "\n")
		if !strings.HasPrefix(head, "\xEF\xBB\xBF"+strings.Join([]string{"channel_id", "channel_username", "channel_title"}, want[0])) {
			t.Errorf("%s: begins with %q", separator, head[:60])
		}
		names := strings.Split(strings.TrimPrefix(head, byteOrderMark), want[0])
		for _, piece := range []string{want[1], want[0] + want[2] + want[0], "'=1+1", "'@harbour", "2024-03-01 12:00:00", "'9223372036854775807",
			want[0] + "999999999999999" + want[0], "https://t.me/harbour_new/3\n"} {
			if !strings.Contains(rest, piece) {
				t.Errorf("%s: there is no %q", separator, piece)
			}
		}
		if names[len(names)-1] != "link" || slices.Contains(names, "raw") {
			t.Errorf("%s: columns %v", separator, names)
		}
	}
	if _, err := ParseOptions("pipe", ""); err != ErrOptions {
		t.Errorf("an unknown separator: %v", err)
	}
	if o, err := ParseOptions("", "all"); err != nil || !o.AllColumns {
		t.Errorf("all columns: %+v, %v", o, err)
	}
}

// TestExcelText: what Excel would calculate, round or spill over rows is kept from it.
func TestExcelText(t *testing.T) {
	long := strings.Repeat("é", sheet.MaxCell+1)
	for _, tt := range []struct {
		value any
		want  string
	}{
		{nil, ""}, {"", ""}, {"plain", "plain"}, {"a=1", "a=1"}, {" =1", " =1"},
		{"=1+1", "'=1+1"}, {"+49 170", "'+49 170"}, {"-1", "'-1"}, {"@a", "'@a"}, {"\t=1", "'\t=1"}, {"\r=1", "'\r=1"},
		{"007", "'007"}, {"1e5", "'1e5"}, {"12", "12"}, {"1.50", "'1.50"}, {"1234567890123456", "'1234567890123456"}, {"12 apples", "12 apples"},
		{"1-2", "'1-2"}, {"3/4", "'3/4"}, {"12:30", "'12:30"}, {"1.5", "'1.5"}, {"24%", "'24%"}, {"2022-02-24", "'2022-02-24"},
		{"1,000", "'1,000"}, {"3-4 of them", "3-4 of them"},
		{int64(-5), "-5"}, {int64(999_999_999_999_999), "999999999999999"}, {int64(1e15), "'1000000000000000"}, {int32(7), "7"},
		{true, "TRUE"}, {0.5, "0,5"}, {time.Date(2024, 2, 29, 1, 2, 3, 0, time.UTC), "2024-02-29 01:02:03"},
		{strings.Repeat("é", sheet.MaxCell), strings.Repeat("é", sheet.MaxCell)},
		{long, strings.Repeat("é", sheet.MaxCell-len(cutMark)) + cutMark},
	} {
		if got := excelText(tt.value, true); got != tt.want {
			t.Errorf("%.20v: got %.60q, want %.60q", tt.value, got, tt.want)
		}
	}
}
