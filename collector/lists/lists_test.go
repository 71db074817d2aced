package lists_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/lists"
)

// print formats a list for comparison: one name per line, what is set aside with its reason,
// and the columns to choose from.
func print(l lists.List) string {
	var out strings.Builder
	for _, name := range l.Names {
		fmt.Fprintln(&out, name)
	}
	for _, a := range l.Aside {
		why := "no reason"
		if m, ok := errors.AsType[*collector.Misnamed](a.Err); ok {
			why = string(m.Why)
		}
		fmt.Fprintf(&out, "aside %s: %s\n", a.Written, why)
	}
	for _, c := range l.Columns {
		fmt.Fprintf(&out, "column %s %s %d of %d\n", c.File, c.Header, c.Likely, len(c.Cells))
	}
	return out.String()
}

func TestText(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"separators": {"@alpha; t.me/beta، gamma\r\n\ufeff@ALPHA\n https://t.me/s/alpha/5  ??? ;;???",
			"@alpha\nt.me/beta\ngamma\naside ???: no_name\n"},
		"one a line":           {"harborlights\nforumharbor\n\n", "harborlights\nforumharbor\n"},
		"blanks between marks": {"@alpha @beta t.me/gamma -1001005640892", "@alpha\n@beta\nt.me/gamma\n-1001005640892\n"},
		"numbers":              {"1003 1004", "1003\n1004\n"},
		"a title behind": {"@alpha Evening Lights\n@beta - Fisher Forum, English",
			"@alpha\n@beta\naside Evening Lights: words\naside - Fisher Forum: words\naside English: words\n"},
		"a note behind":   {"t.me/beta #not_a_note", "t.me/beta\naside #not_a_note: words\n"},
		"prose":           {"My favourite channels\n@alpha", "@alpha\naside My favourite channels: words\n"},
		"a count behind":  {"@alpha 1200 readers", "@alpha\naside 1200 readers: words\n"},
		"a phone number":  {"@alpha\n+44 7700 900123", "@alpha\naside +44 7700 900123: phone_number\n"},
		"a minus":         {"−1001005640892", "-1001005640892\n"},
		"invisible marks": {"\u200b@alpha\u200b\n\u2066beta\u2069", "@alpha\nbeta\n"},
		"doubles":         {"@alpha, t.me/Alpha, ALPHA", "@alpha\n"},
		"pasted from a table": {"username\ttitle\tlanguage\nharborlights\tEvening\tNorwegian\nforumharbor\tFisher\tEnglish",
			"harborlights\nforumharbor\n"},
		"pasted without header": {"Evening Lights\t@alpha\tNorwegian\nFisher\t@beta\tEnglish\n", "@alpha\n@beta\n"},
		"a link of messages":    {"https://t.me/alpha/14-16", "https://t.me/alpha/14-16\n"},
		"bars":                  {"@alpha|@beta", "@alpha\n@beta\n"},
		"nothing":               {" \n ; , \u200b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, print(lists.Text(tt.text).Once())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFile(t *testing.T) {
	for name, tt := range map[string]struct{ file, text, want string }{
		"found": {"channels.csv", "username,title,language\nharborlights,Evening Lights,Norwegian\nforumharbor,Fisher Forum,English\n",
			"harborlights\nforumharbor\n"},
		"semicolons":         {"a.csv", "Titel;Benutzername\nEvening;harborlights\nFisher;forumharbor", "harborlights\nforumharbor\n"},
		"sep":                {"a.csv", "sep=;\ntitle;username\nEvening;harborlights\n", "harborlights\n"},
		"quoted":             {"a.csv", "title,link\n\"Lights, \"\"evening\"\"\",https://t.me/harborlights\n", "https://t.me/harborlights\n"},
		"tabs":               {"a.tsv", "title\tlink\nEvening Lights\tt.me/harborlights\n", "t.me/harborlights\n"},
		"text that is one":   {"list.txt", "username,language\nharborlights,Norwegian\n", "harborlights\n"},
		"one column":         {"a.csv", "harborlights\nforumharbor\n", "harborlights\nforumharbor\n"},
		"one column, titled": {"a.csv", "username\nharborlights\nforumharbor\n", "harborlights\nforumharbor\n"},
		"a title that nobody knows": {"a.csv", "Liste\n@alpha\n@beta\n",
			"@alpha\n@beta\n"},
		"a row of names": {"a.csv", "@alpha,@beta,@gamma\n", "@alpha\n@beta\n@gamma\n"},
		"rows of names":  {"a.csv", "@alpha,@beta\n@gamma\n", "@alpha\n@beta\n@gamma\n"},
		"links beside names": {"a.csv", "username,link\nalpha,https://t.me/alpha\n,https://t.me/beta\ngamma,\n",
			"alpha\nhttps://t.me/beta\ngamma\n"},
		"by marks alone":       {"a.csv", "Norwegian,@alpha\nEnglish,@beta\nDanish,gamma\n", "@alpha\n@beta\naside gamma: words\n"},
		"names, and one wrong": {"a.csv", "username,title\nalpha,Evening\nabc,Fisher\n", "alpha\naside abc: too_short\n"},
		"a row without a name": {"a.csv", "title,username\nEvening Lights,\nFisher,beta\n", "beta\naside Evening Lights: nothing_there\n"},
		"numbers of channels":  {"a.csv", "id,members\n1005640892,1200\n1005640893,15000\n", "1005640892\n1005640893\n"},
		"numbers beside names": {"a.csv", "id,username,members\n1005640892,alpha,1200\n", "alpha\n"},
		"a number cut short":   {"a.csv", "id,members\n1.00101E+12,1200\n1005640893,15000\n", "1005640893\naside 1.00101E+12: cut_short\n"},
		"two that may be it":   {"a.csv", "from,to\n@alpha,@beta\n@gamma,@delta\n", "column a.csv from 2 of 2\ncolumn a.csv to 2 of 2\n"},
		"links of two":         {"a.csv", "link,forwarded\nt.me/alpha,t.me/beta\n", "column a.csv link 1 of 1\ncolumn a.csv forwarded 1 of 1\n"},
		"bare words, untitled": {"a.csv", "harborlights,Norwegian\nforumharbor,English\n",
			"column a.csv column A 2 of 2\ncolumn a.csv column B 2 of 2\n"},
		"titles that are names": {"a.csv", "name,channel\nReuters,harborlights\nBerlin,forumharbor\n",
			"column a.csv name 2 of 2\ncolumn a.csv channel 2 of 2\n"},
		"notes":       {"list.txt", "\ufeff# my list, of names\r\n@alpha\r\n  # @gamma\n\nt.me/beta", "@alpha\nt.me/beta\n"},
		"title above": {"a.csv", "Channels of 2024,\n,\nusername,title\nharborlights,Evening\n", "harborlights\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := lists.File(tt.file, []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, print(got.Once())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFound reads the lists that were once read wrong.
func TestFound(t *testing.T) {
	b, err := os.ReadFile(collectortest.Fixtures(t, "found", "lists", "channels.csv"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := lists.File("channels.csv", b)
	if err != nil || print(got) != "harborlights\nforumharbor\n" {
		t.Errorf("got %s, %v; want two channels", print(got), err)
	}
}

// TestUnicodeText: Excel's "Unicode text" is UTF-16 with tabs.
func TestUnicodeText(t *testing.T) {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune("title\tusername\r\nВечер\tharborlights\r\n")) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	got, err := lists.File("a.txt", b)
	if err != nil || print(got) != "harborlights\n" {
		t.Errorf("got %s, %v", print(got), err)
	}
}

// workbook makes an Excel workbook, sheet by sheet.
func workbook(t testing.TB, sheets map[string][][]any, order ...string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, name := range order {
		if i == 0 {
			if err := f.SetSheetName("Sheet1", name); err != nil {
				t.Fatal(err)
			}
		} else if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for r, row := range sheets[name] {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", r+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWorkbook(t *testing.T) {
	names := [][]any{{"Title", "Username"}, {"Evening Lights", "harborlights"}, {nil, nil}, {"Fisher Forum", "forumharbor"}}
	for name, tt := range map[string]struct {
		sheets map[string][][]any
		order  []string
		want   string
	}{
		"names": {map[string][][]any{"List": names}, []string{"List"}, "harborlights\nforumharbor\n"},
		"numbers": {map[string][][]any{"List": {{"channel_id", "members"}, {-1001005640892, 12}, {float64(1005640893), 5}}}, []string{"List"},
			"-1001005640892\n1005640893\n"},
		"written": {map[string][][]any{"List": {{"channel_id", "members"}, {"1.005640892E9", 12}, {"1005640893.0", 5}, {"-1.00101E+12", 5}}},
			[]string{"List"}, "1005640892\n1005640893\naside -1.00101E+12: cut_short\n"},
		"a readme": {map[string][][]any{"Read me": {{"Made in May."}}, "List": names}, []string{"Read me", "List"},
			"harborlights\nforumharbor\n"},
		"two sheets": {map[string][][]any{"May": names, "June": {{"username"}, {"gulls"}}}, []string{"May", "June"},
			"column a.xlsx, May Username 2 of 2\ncolumn a.xlsx, June username 1 of 1\n"},
		"a far cell": {map[string][][]any{"List": {append([]any{"@alpha"}, append(make([]any, 16000), "x")...)}}, []string{"List"}, "@alpha\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := lists.File("a.xlsx", workbook(t, tt.sheets, tt.order...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, print(got.Once())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// packed is a ZIP file with parts of a given size, all zeros.
func packed(t testing.TB, parts map[string]int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, size := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnreadable(t *testing.T) {
	whole := workbook(t, map[string][][]any{"List": {{"username"}, {"alpha"}}}, "List")
	for name, tt := range map[string]struct {
		b     []byte
		why   lists.Trouble
		looks string
	}{
		"empty":       {nil, lists.Empty, ""},
		"blank":       {[]byte(" \n\ufeff\n"), lists.Empty, ""},
		"notes only":  {[]byte("# nothing\n"), lists.Empty, ""},
		"old Excel":   {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), lists.OtherFile, "an old Excel file (.xls) or one with a password"},
		"PDF":         {[]byte("%PDF-1.7"), lists.OtherFile, "a PDF"},
		"a picture":   {[]byte("\x89PNG\r\n"), lists.OtherFile, "a picture"},
		"a web page":  {[]byte("<!doctype HTML><p>@alpha"), lists.OtherFile, "a web page"},
		"bytes":       {[]byte("a\x00b"), lists.OtherFile, ""},
		"a ZIP":       {packed(t, map[string]int{"a": 1}), lists.OtherFile, "a ZIP file"},
		"LibreOffice": {packed(t, map[string]int{"content.xml": 1}), lists.OtherFile, "a LibreOffice file"},
		"Word":        {packed(t, map[string]int{"word/document.xml": 1}), lists.OtherFile, "a Word file"},
		"a bomb":      {packed(t, map[string]int{"xl/workbook.xml": 1, "xl/sharedStrings.xml": 17 << 20}), lists.TooBig, ""},
		"cut":         {whole[:len(whole)/2], lists.Damaged, ""},
		"no XML":      {packed(t, map[string]int{"xl/workbook.xml": 10, "[Content_Types].xml": 10}), lists.Damaged, ""},
		"no sheet":    {workbook(t, nil, "List"), lists.Empty, ""},
		"no column":   {[]byte("title,language\nEvening Lights,!!\n"), lists.NoColumn, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := lists.File("a.csv", tt.b)
			got, ok := errors.AsType[*lists.Unreadable](err)
			if !ok || got.Why != tt.why || got.Looks != tt.looks {
				t.Errorf("got %+v, want %s %q", err, tt.why, tt.looks)
			}
		})
	}
}

// TestTake: a chosen column loses no row.
func TestTake(t *testing.T) {
	l, err := lists.File("a.csv", []byte("name,channel\nReuters,harborlights\nBerlin,\nOslo,\"gulls, terns\"\n"))
	if err != nil || len(l.Columns) != 2 {
		t.Fatalf("%+v, %v", l, err)
	}
	if diff := cmp.Diff("harborlights\ngulls\nterns\naside Berlin: nothing_there\n", print(l.Columns[1].Take())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzFile(f *testing.F) {
	f.Add("a.csv", []byte("username,title\nharborlights,Evening Lights\n"))
	f.Add("a.tsv", []byte("a\tb\n@alpha\t@beta\n"))
	f.Add("a.txt", []byte("@alpha Evening; t.me/beta\n# note\n+44 7700 900123"))
	f.Add("a.csv", []byte("sep=;\n\"a;b\";c"))
	f.Add("a.xlsx", workbook(f, map[string][][]any{"List": {{"username", "id"}, {"alpha", 1005640892}}}, "List"))
	f.Add("a.txt", []byte{0xff, 0xfe, 'a', 0, '\n'})
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		l, err := lists.File(name, b)
		if _, ok := errors.AsType[*lists.Unreadable](err); err != nil && !ok {
			t.Fatalf("an error of another kind: %v", err)
		}
		for _, c := range l.Columns {
			l.Add(c.Take())
		}
		for _, got := range l.Once().Names {
			if ref, err := collector.ParseReference(got); err != nil || collector.Clean(got) != got {
				t.Errorf("%q is taken for a name: %v, %v", got, ref, err)
			}
		}
		for _, a := range l.Aside {
			if a.Err == nil || strings.ContainsAny(a.Written, "\r\n") {
				t.Errorf("%q is set aside with %v", a.Written, a.Err)
			}
		}
	})
}
