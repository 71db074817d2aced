package export

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/export/sheet"
	"telegramtrac/collector/network"
)

var noon = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// hostileTexts are texts that break files.
var hostileTexts = []string{
	"", " ", "\x00", "a\x00b", "\xff\xfe invalid", "half \xed\xa0\x80 a pair", "line\nbreak\r\nand\rmore", `"quoted", 'and' ; tabs` + "\t|",
	`\.`, "'", `"`,
	"=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://example.org\")", "\t=1+1", "_x000D_", "_x0041_", "</t></is></c>", "]]>", "&amp;<b>",
	"\x01\x02\x1b\x7f", "\ufffe\uffff", "\u2028\u2029", "NaN", "null", "1e5", "007", "TRUE",
	"ערבית עברית", "👩‍👩‍👧", "İı", strings.Repeat("é👋", 2048), strings.Repeat("a", 4096),
}

// hostileNames are usernames and titles that break paths.
var hostileNames = []string{"../../etc/passwd", "con", "a/b\\c:d*e?f\"g<h>i|j", "nul\x00", ".", strings.Repeat("x", 300), "Ünïcödé", "same",
	"SAME", ""}

// hostile is a dataset of nothing but bad data.
func hostile(t *testing.T) Data {
	t.Helper()
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := d.Writer(1)
	for i, name := range hostileNames {
		ch := collector.Channel{
			ID: int64(100 + i), Username: name, Usernames: []string{name}, Title: name + "\n| <title>", About: name, Kind: collector.Broadcast,
			Source: "telegram", LastSeenAt: noon, Reference: name,
			Raw: `{"_":"ChatFull","full_chat":{"_":"ChannelFull","pts":7},"chats":[{"_":"Channel","id":` + fmt.Sprint(100+i) + `,"title":` +
				string(sheet.JSON(strings.ToValidUTF8(name, "?"))) + `,"username":null}],"users":[]}`,
			Peers: []collector.Peer{{Type: collector.PeerChannel, ID: int64(100 + i), Username: name, Title: name, Raw: "no JSON"},
				{Type: collector.PeerUser, ID: -5, Title: name}},
		}
		if i%3 == 1 {
			ch.Raw = "{broken"
		}
		if err := w.PutChannel(t.Context(), ch); err != nil {
			t.Fatal(err)
		}
		if err := w.PutPart(t.Context(), hostilePart(ch)); err != nil {
			t.Fatal(err)
		}
		receipt := collector.Receipt{CollectionID: "c\t1\n", Reference: name + "\n", ChannelID: ch.ID, Username: name, Title: ch.Title,
			State: "partial", Error: "flood", Lo: -3, Hi: 99, StartedAt: noon, FinishedAt: noon.Add(time.Hour)}
		if err := w.PutReceipt(t.Context(), receipt); err != nil {
			t.Fatal(err)
		}
	}
	graph := sync.OnceValues(func() (*network.Graph, error) { return network.Build(context.Background(), d) })
	return Data{
		Data:  reading.Data{Dataset: d},
		Graph: func(context.Context) (*network.Graph, error) { return graph() },
		Ties: func(ctx context.Context, w io.Writer) error {
			in, err := network.Read(ctx, d, 0)
			if err != nil {
				return err
			}
			return network.WriteTies(ctx, w, in)
		},
	}
}

func hostilePart(ch collector.Channel) collector.Part {
	p := collector.Part{ChannelID: ch.ID, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: 1, Hi: 99}}
	zero := time.Unix(0, 0).UTC()
	for i, text := range hostileTexts {
		n, f := int64(-1-i), math.Copysign(0, -1)
		p.Messages = append(p.Messages, collector.Message{
			ChannelID: ch.ID, ChannelUsername: ch.Username, ChannelTitle: ch.Title, ID: int64(len(hostileTexts) - i), Kind: collector.KindMessage,
			Date: zero, EditDate: &time.Time{}, Text: text,
			Views: &n, FromType: collector.PeerUser, FromID: -5, FileName: text, MediaType: "MessageMediaContact", ContactName: text,
			ContactUserID: -9, ForwardDate: &zero, ForwardFromName: text, ForwardMessageID: -4,
			Links: []string{text, text}, Entities: []collector.Entity{{Type: text, Offset: -1, Length: -2, URL: text}}, Mentions: []string{text},
			Duration: &f, Latitude: &f,
			TMeLinks: []collector.TMeLink{{Username: text, MessageID: -1}}, Source: "telegram",
			Raw: []string{"", "null", "{", `{"_":"Message","id":5,"peer_id":{"user_id":-5,"channel_id":}}`, `{"_":7}`}[i%5],
		})
	}
	return p
}

// TestHostileData: no file is broken by what it holds, and equal data gives equal
// files. Most of them are looked at
// in the bundle, which has them of the whole and of each channel.
func TestHostileData(t *testing.T) {
	d := hostile(t)
	for _, f := range Files() {
		if f.folder != "" {
			continue
		}
		whole := write(t, f, d)
		readWhole(t, f.Name, whole)
		if !bytes.Equal(whole, write(t, f, d)) {
			t.Errorf("%s differs from time to time", f.Name)
		}
		for i := range 3 {
			one := d
			one.Channel = int64(100 + i)
			readWhole(t, f.Name, write(t, f, one))
		}
	}
}

func write(t *testing.T, f File, d Data) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(t.Context(), &b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readWhole reads a file to its end as its name says.
func readWhole(t *testing.T, name string, file []byte) {
	t.Helper()
	switch path.Ext(name) {
	case ".parquet":
		f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
		if err != nil || f.NumRows() == 0 && path.Base(name) != "versions.parquet" {
			t.Errorf("%s: %v", name, err)
		}
	case ".json", ".ipynb":
		if !json.Valid(file) || !utf8.Valid(file) {
			t.Errorf("%s is no JSON", name)
		}
	case ".csv":
		if bytes.ContainsRune(file, 0) || !utf8.Valid(file) {
			t.Errorf("%s has NULs or invalid UTF-8", name)
		}
		if rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte(byteOrderMark)))).ReadAll(); err != nil || len(rows) < 2 {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	case ".xlsx":
		book, err := excelize.OpenReader(bytes.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		defer book.Close()
		for _, sheet := range book.GetSheetList() {
			if rows, err := book.GetRows(sheet); err != nil || len(rows) < 2 {
				t.Errorf("%s: sheet %s has %d rows, %v", name, sheet, len(rows), err)
			}
		}
	case ".zip":
		readBundle(t, file)
	case ".txt":
		if bytes.ContainsRune(file, 0) || !utf8.Valid(file) {
			t.Errorf("%s has NULs or invalid UTF-8", name)
		}
	}
}

// safePath is what every file system takes.
var safePath = regexp.MustCompile(`^([A-Za-z0-9_]+[A-Za-z0-9_.-]*/)*[A-Za-z0-9_]+[A-Za-z0-9_.-]*$`)

func readBundle(t *testing.T, file []byte) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range r.File {
		// when the collection ended
		if !safePath.MatchString(f.Name) || len(f.Name) > 200 || seen[strings.ToLower(f.Name)] || !f.Modified.Equal(noon.Add(time.Hour)) {
			t.Errorf("the bundle has %q of %v", f.Name, f.Modified)
		}
		seen[strings.ToLower(f.Name)] = true
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		readWhole(t, f.Name, content)
	}
}

// TestTextsComeBack: CSV and XLSX give back what they were given, but for what
// they cannot hold, and nothing becomes a formula.
func TestTextsComeBack(t *testing.T) {
	d := hostile(t)
	d.Channel = 100
	table, err := csv.NewReader(bytes.NewReader(write(t, file(t, "messages.csv"), d))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(write(t, file(t, "messages.xlsx"), d)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	cells, err := book.GetRows("messages", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	column, inSheets := slices.Index(table[0], "text"), slices.Index(cells[0], "text")
	at, _ := excelize.ColumnNumberToName(inSheets + 1)
	for i := range hostileTexts {
		text := strings.ReplaceAll(strings.ToValidUTF8(hostileTexts[len(hostileTexts)-1-i], "\uFFFD"), "\x00", "\uFFFD") // ids ascend
		if got := table[i+1][column]; got != strings.ReplaceAll(text, "\r\n", "\n") {
			t.Errorf("CSV has %q for %q", got, text)
		}
		inSheet := strings.Map(func(r rune) rune { // what XML cannot hold
			if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0xfffe || r == 0xffff {
				return '\uFFFD'
			}
			return r
		}, text)
		got := ""
		if inSheets < len(cells[i+1]) {
			got = cells[i+1][inSheets]
		}
		if normalBreaks(got) != normalBreaks(inSheet) {
			t.Errorf("XLSX has %q for %q", got, inSheet)
		}
		ref := fmt.Sprintf("%s%d", at, i+2)
		if formula, err := book.GetCellFormula("messages", ref); err != nil || formula != "" {
			t.Errorf("XLSX makes a formula of %q: %q, %v", text, formula, err)
		}
	}
}

func normalBreaks(s string) string { return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s) }

func file(t *testing.T, name string) File {
	t.Helper()
	f, ok := Find(name, false)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return f
}

func TestStem(t *testing.T) {
	for name, want := range map[string]string{
		"telegram": "telegram", "Con": "Con_7", "lpt1": "lpt1_7", "": "7", "../x/": "x", "..": "7", "привет": "7", "a b\x00c": "abc",
		strings.Repeat("x", 65): "7",
	} {
		if got := Stem(collector.Channel{ID: 7, Username: name}); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// TestUnknownChannel: files of a channel that is not there are an error.
func TestUnknownChannel(t *testing.T) {
	d := hostile(t)
	d.Channel = 9
	for _, name := range []string{"channel.json", "messages.json", "msgs_dataset.csv", "bundle.zip"} {
		f, _ := Find(name, true)
		if err := f.Write(t.Context(), io.Discard, d); err == nil {
			t.Errorf("%s of an unknown channel is no error", name)
		}
	}
}

// unzipped reads every file of an archive.
func unzipped(t *testing.T, file []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		out[f.Name] = string(content)
	}
	return out
}
