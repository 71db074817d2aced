package handlers_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// requested is the list of channels of the only collection.
func requested(t *testing.T, s *site) []string {
	t.Helper()
	w, id := onlyCollection(s)
	c, err := s.engine.Collection(t.Context(), w, id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Requested.Channels
}

var (
	hiddenField = regexp.MustCompile(`<input type="hidden" name="(column|set_aside)" value="([^"]*)">`)
	textField   = regexp.MustCompile(`(?s)<textarea id="(channels|aside)"[^>]*>([^<]*)</textarea>`)
)

// fields are the form's fields about names as a browser would send them again.
func (r response) fields() url.Values {
	out := url.Values{}
	for _, form := range []*regexp.Regexp{hiddenField, textField} {
		for _, m := range form.FindAllStringSubmatch(r.body, -1) {
			out.Add(m[1], strings.ReplaceAll(html.UnescapeString(m[2]), "\n", "\r\n")) // as browsers write lines
		}
	}
	return out
}

func with(v url.Values, field, value string) url.Values {
	v.Set(field, value)
	return v
}

// TestGoOnWithoutSomeNames: two of 300 names are unreadable; one click starts the rest.
func TestGoOnWithoutSomeNames(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	var typed, want []string
	for i := range 298 {
		want = append(want, fmt.Sprintf("@channel_%03d", i))
	}
	typed = append(append(append(typed, want[:100]...), "https://t.me/+AbCd", "abc"), want[100:]...)
	r := b.post("/collections", url.Values{"channels": {strings.Join(typed, "\n")}})
	r.shows(t, 422, "Go on with 298, leave out 2", "https://t.me/&#43;AbCd is an invite link to something private.",
		"“abc” is too short for the name of a channel")
	again := r.fields()
	if diff := cmp.Diff([]string{"https://t.me/+AbCd\r\nabc"}, again["aside"]); diff != "" {
		t.Errorf("set aside (-want +got):\n%s", diff)
	}
	b.post("/collections", again).shows(t, 422, "Go on with 298, leave out 2") // the trac button alone leaves nothing out
	if len(s.engine.collections) != 0 {
		t.Fatal("a collection began without what was set aside, and nobody said so")
	}
	if r := b.post("/collections", with(again, "go_on", "1")); r.status >= 400 {
		t.Fatalf("status %d\n%s", r.status, r.body)
	}
	if diff := cmp.Diff(want, requested(t, s)); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

// TestMended: a name corrected in the field of unreadable names is collected; going on leaves
// out only what was shown as set aside.
func TestMended(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	r := b.post("/collections", url.Values{"channels": {"@omega\nabc\n@dur\u043ev\nEvening Lights"}})
	r.shows(t, 422, "Go on with 1, leave out 3", "“о” (Cyrillic) in it, which only looks like Latin")
	again := r.fields()
	again.Set("aside", "abcd\n@dur\u043ev\n+447700900123")
	r = b.post("/collections", with(again, "go_on", "1"))
	r.shows(t, 422, "Go on with 2, leave out 1", "is a phone number, and no channel has one")
	if r := b.post("/collections", with(r.fields(), "go_on", "1")); r.status >= 400 {
		t.Fatalf("status %d\n%s", r.status, r.body)
	}
	if diff := cmp.Diff([]string{"@omega", "abcd"}, requested(t, s)); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

// TestWordsStayAside: a word that might be a name does not become one when it is sent twice.
func TestWordsStayAside(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	r := b.post("/collections", url.Values{"channels": {"@omega Reuters"}})
	r.shows(t, 422, "“Reuters” reads like words", "Go on with 1, leave out 1")
	b.post("/collections", r.fields()).shows(t, 422, "“Reuters” reads like words")
	if r := b.post("/collections", with(r.fields(), "go_on", "1")); r.status >= 400 {
		t.Fatalf("status %d\n%s", r.status, r.body)
	}
	if diff := cmp.Diff([]string{"@omega"}, requested(t, s)); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

// TestTableOfChannels: the column with names is found in CSV, TSV and Excel files, and in text
// pasted from them.
func TestTableOfChannels(t *testing.T) {
	t.Parallel()
	const tabs = "username\ttitle\tlanguage\nharborlights\tEvening Lights\tNorwegian\nforumharbor\tFisher Forum\tEnglish\n"
	f := excelize.NewFile()
	defer f.Close()
	for i, line := range strings.Split(strings.TrimSpace(tabs), "\n") {
		cells := strings.Split(line, "\t")
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	book, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]part{
		"csv":    {{field: "channels"}, {"batch", "channels.csv", strings.ReplaceAll(tabs, "\t", ",")}},
		"tsv":    {{field: "channels"}, {"batch", "channels.tsv", tabs}},
		"xlsx":   {{field: "channels"}, {"batch", "channels.xlsx", book.String()}},
		"pasted": {{field: "channels", text: tabs}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			if r := s.signedIn(t).uploadTo("/collections", parts...); r.status >= 400 {
				t.Fatalf("status %d\n%s", r.status, r.body)
			}
			if diff := cmp.Diff([]string{"harborlights", "forumharbor"}, requested(t, s)); diff != "" {
				t.Errorf("channels (-want +got):\n%s", diff)
			}
		})
	}
}

// TestColumnIsAskedFor: if two columns may have the names, the person chooses, without sending
// the file again.
func TestColumnIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	r := b.uploadTo("/collections", part{field: "channels", text: "@omega"}, part{"batch", "two.csv", "from,to\n@beta,@gamma\n@delta,\n"})
	r.shows(t, 422, "Choose the column below.", "<bdi>from</bdi>", "in <bdi>two.csv</bdi>", "@beta · @delta", ">@omega</textarea>",
		"None of them")
	again := r.fields()
	b.post("/collections", again).shows(t, 422, "Choose the column below.", "<bdi>to</bdi>")
	b.post("/collections", with(again, "take", "1")).shows(t, 422, "The row of “@delta” has nothing in to.", "Go on with 2, leave out 1")
	if len(s.engine.collections) != 0 {
		t.Fatal("a collection began without a choice")
	}
	if r := b.post("/collections", with(again, "take", "0")); r.status >= 400 {
		t.Fatalf("status %d\n%s", r.status, r.body)
	}
	if diff := cmp.Diff([]string{"@omega", "@beta", "@delta"}, requested(t, s)); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

func TestNoColumn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	r := b.uploadTo("/collections", part{field: "channels"}, part{"batch", "two.csv", "from,to\n@beta,@gamma\n"})
	b.post("/collections", with(r.fields(), "take", "none")).shows(t, 422, "Name at least one channel")
}

// TestListsThatCannotBeRead: for a file that is no list, the page says beside its field what
// it is.
func TestListsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ file, text, want string }{
		"old Excel": {"a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
			"a.xls looks like an old Excel file (.xls) or one with a password. Lists may be text files, CSV, TSV or Excel (.xlsx). Save it as one " +
				"of them."},
		"damaged":  {"a.xlsx", "PK\x03\x04rest", "a.xlsx is damaged and cannot be read. Save it anew, or as CSV."},
		"empty":    {"a.csv", "", "a.csv is empty. Choose another file, or type the names."},
		"no names": {"a.csv", "title,language\nEvening Lights,!!\n", "No column of a.csv holds names of channels, like @name or t.me/name."},
		"bytes":    {"a.bin", "a\x00b", "a.bin is not a list that can be read here."},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			r := s.signedIn(t).uploadTo("/collections", part{field: "channels", text: "@alpha"}, part{"batch", tt.file, tt.text})
			r.shows(t, 422, tt.want, `id="batch-wrong"`, `value="@alpha" checked`)
			if len(s.engine.collections) != 0 {
				t.Error("a collection began without the list")
			}
		})
	}
}

// TestSetAsideJSON: scripts get a sentence for each name that cannot be read.
func TestSetAsideJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := s.signedIn(t).with("Accept", "application/json").post("/collections", url.Values{"channels": {"@alpha\nabc\n1099511627777"}})
	var got struct{ Sentences []string }
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != 422 {
		t.Fatalf("status %d, %v: %s", r.status, err, r.body)
	}
	want := []string{
		"“abc” is too short for the name of a channel: names have 4 to 32 letters, digits or underscores.",
		"1099511627777 is larger than the number of any channel. Write @name or t.me/name.",
	}
	if diff := cmp.Diff(want, got.Sentences); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every reason has a complete sentence.
func TestEveryReasonHasASentence(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	for in, want := range map[string]string{
		"aaaa!":                         "is not the name of a channel. Write",
		strings.Repeat("a", 33):         "is too long for the name",
		"dürov":                         "has “ü” in it, which no name on Telegram has.",
		"1001005640892":                 "With a minus before it, it may be: -1001005640892.",
		"1.00101E+12":                   "has lost digits, as spreadsheets do",
		"tg://user?id=5":                "leads to a person, not to a channel.",
		"https://example.org/a":         "is not an address of Telegram.",
		"t.me/addstickers/x":            "is an address of Telegram, but not of a channel.",
		"https://web.telegram.org/k/#5": "leads to a person, not to a channel.",
	} {
		r := b.post("/collections", url.Values{"channels": {in}})
		r.shows(t, 422, want)
		r.lacks(t, "%!", "EXTRA")
	}
}
