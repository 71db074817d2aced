package archive_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/archive/input"
)

// readText reads one file and returns its rows.
func readText(t *testing.T, name, text string) (rows []collector.Message, report input.Report, err error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "0")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	report, err = archive.Read(t.Context(), []input.File{{Name: name, Path: path}}, input.Options{Temp: dir},
		func(o collector.Observations) error {
			rows = append(rows, o.Messages...)
			return nil
		})
	return rows, report, err
}

// A text that is too long is cut at 64 KB, between two characters, in the row and in raw, and
// reported; the message and its neighbours are stored.
func TestLongTextsAreCut(t *testing.T) {
	const most = 64 << 10
	for name, text := range map[string]string{
		"plain": strings.Repeat("a", 200_000), "two bytes": strings.Repeat("ж", 100_000), "four bytes": "a" + strings.Repeat("🌊", 50_000),
		"escaped": strings.Repeat(`\u0436`, 100_000), "pairs": "a" + strings.Repeat(`\ud83c\udf0a`, 50_000),
		"quotes":      strings.Repeat(`\"`, 100_000),
		"backslashes": strings.Repeat(`\\`, 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			rows, report, err := readText(t, "x_5.ndjson",
				said(1, 5, "before")+"\n"+strings.Replace(said(2, 5, "TEXT"), "TEXT", text, 1)+"\n"+said(3, 5, "after"))
			if err != nil || len(rows) != 3 || rows[0].Text != "before" || rows[2].Text != "after" {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			m := rows[1]
			if len(m.Text) > most || len(m.Text) < most-8 || !utf8.ValidString(m.Text) || strings.Contains(m.Text, "\uFFFD") {
				t.Errorf("a text of %d bytes, ending in %q", len(m.Text), m.Text[len(m.Text)-8:])
			}
			if len(m.Raw) > 3*most {
				t.Errorf("what is kept of the object has %d bytes", len(m.Raw))
			}
			if got := report.Dropped["the rest of a text over 64 KB"]; got != 1 {
				t.Errorf("told of %d times: %v", got, report.Dropped)
			}
		})
	}
}

// A message with Telegram's greatest length and number of entities is stored whole.
func TestLongestHonestMessage(t *testing.T) {
	text := strings.Repeat("ж", 4096)
	rows, report, err := readText(t, "x_5.ndjson", said(1, 5, text))
	if err != nil || len(rows) != 1 || rows[0].Text != text || len(report.Dropped) != 0 {
		t.Errorf("%d rows, dropped %v, %v", len(rows), report.Dropped, err)
	}
}

// Excessive nesting or lists refuse the file, with a readable reason.
func TestShapesAreBounded(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	with := func(extra string) string { return strings.Replace(said(1, 5, "x"), "{", `{"extra":`+extra+",", 1) }
	for name, tt := range map[string]struct{ file, text, want string }{
		"nested in a message":  {"x_5.ndjson", with(deep(70)), "nested more than 64 deep"},
		"nested, never closed": {"result.json", `{"x":` + strings.Repeat("[", 1<<20), "nested more than 64 deep"},
		"nested beside messages": {"result.json", `{"name":"x","type":"public_channel","id":5,"extra":` + deep(70) + `,"messages":[]}`,
			"nested more than 64 deep"},
		"many values":             {"x_5.ndjson", with("[" + strings.Repeat("0,", 300_000) + "0]"), "more than 200,000 values"},
		"a footer of billions":    {"messages.parquet", "PAR1\x15\x02\x19\xfc\xff\xff\xff\xff\x07\x00\x0a\x00\x00\x00PAR1", "damaged"},
		"a footer without an end": {"messages.parquet", "PAR1\x19\x10\x00\x00\x00PAR1PAR1", "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, _, err := readText(t, tt.file, tt.text)
			fault, ok := errors.AsType[*collector.FileError](err)
			if !ok || !strings.Contains(fault.Problem, tt.want) || len(rows) > 0 {
				t.Errorf("got %v and %d rows, want %q", err, len(rows), tt.want)
			}
		})
	}
}

// Entities beyond a thousand are left out and reported.
func TestManyEntities(t *testing.T) {
	var all []string
	for i := range 1500 {
		all = append(all, fmt.Sprintf(`{"_":"MessageEntityBold","offset":%d,"length":1}`, i))
	}
	text := strings.Replace(said(1, 5, strings.Repeat("x", 2000)), "{", `{"entities":[`+strings.Join(all, ",")+`],`, 1)
	rows, report, err := readText(t, "x_5.ndjson", text)
	if err != nil || len(rows) != 1 || len(rows[0].Entities) != 1000 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if got := report.Dropped["marks in a text beyond the first 1,000"]; got != 500 {
		t.Errorf("told of %d: %v", got, report.Dropped)
	}
}
