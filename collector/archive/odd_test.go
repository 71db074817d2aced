package archive_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/archive/input"
)

// goWords are words of Go's own errors, which must not reach people.
var goWords = regexp.MustCompile(`[Uu]nmarshal|cannot|invalid|unexpected|EOF|json:|parquet:|zip:|flate|struct|Go value|\bint64\b|\bnil\b|magic|depth`)

// TestOddFiles: a file given alone gets one sentence for people that says what it looks like,
// and the line of any damage.
func TestOddFiles(t *testing.T) {
	one := said(1, 5, "one")
	desktop := func(rest string) string { return `{"name":"x","type":"public_channel","id":5,"messages":` + rest + `}` }
	for _, tt := range []struct {
		name, text string
		line       int64
		want       string
	}{
		{"empty.json", "", 0, "it is empty"},
		{"blank.json", "  \n\t", 0, "it is empty"},
		{"list.json", "[]", 0, "an empty list"},
		{"nulls.json", "[null,null]", 0, "without anything in it"},
		{"object.json", "{}", 0, "an object without anything in it"},
		{"null.json", "null", 0, "a single value"},
		{"text.json", `"hello"`, 0, "a single value"},
		{"words.txt", "Just some words\nof a person", 0, "text without JSON"},
		{"half.json", one[:60], 1, "ends in the middle"},
		{"half_list.json", "[" + one + ",", 1, "ends in the middle"},
		{"comma.ndjson", one + ",\n" + one, 1, "there is ',' where it"},
		{"junk.ndjson", one + "\nnonsense\n" + one, 2, "not JSON"},
		{"nan.json", strings.Replace(one, `"message"`, `"views":NaN,"message"`, 1), 1, "not JSON"},
		{"python.json", strings.ReplaceAll(one, `"`, `'`), 0, "what Python prints"},
		{"repr.txt", "Message(id=1, peer_id=PeerChannel(channel_id=5))", 0, "what Python prints"},
		{"utf16.json", "\xff\xfe{\x00", 0, "UTF-16"},
		{"a.json.gz", "\x1f\x8b\x08\x00abc", 0, "unpack it first"},
		{"a.jpg", "\xff\xd8\xff\xe0\x00\x10JFIF", 0, "a picture"},
		{"a.pdf", "%PDF-1.4", 0, "a PDF"},
		{"a.db", "SQLite format 3\x00", 0, "a database"},
		{"a.bin", "\x00\x01\x02", 0, "no text"},
		{"a.csv", "id,text\n", 0, "a table"},
		{"a.html", "<html><body>", 0, "format JSON"},
		{"no_date.json", `{"_":"Message","id":1,"peer_id":{"_":"PeerChannel","channel_id":5},"message":"x"}`, 1, "has no date"},
		{"bad_date.json", strings.Replace(one, "2024-02-02 14:04:44+00:00", "yesterday", 1), 1, "is not a date"},
		{"no_id.json", strings.Replace(one, `"id":1,`, ``, 1), 1, "an id above 0"},
		{"no_peer.json", `{"_":"Message","id":1,"date":1700000000,"message":"x"}`, 1, "it is missing"},
		{"big_id.json", strings.Replace(one, `"id":1,`, `"id":99999999999999999999999,`, 1), 1, "not a whole number"},
		{"lists.json", `[[` + one + `]]`, 0, "a list that holds lists"},
		{"mixed.json", `[` + one + `,"text",5]`, 1, "a text where an object should be"},
		{"person.json", strings.Replace(one, `"PeerChannel","channel_id"`, `"PeerUser","user_id"`, 1), 0, "chats that are no channels"},
		{"pyrogram.json", `[{"_":"Message","id":1,"chat":{"id":5,"type":"ChatType.PRIVATE"},"date":"2023-01-01 10:00:00"}]`, 0,
			"chats that are no channels"},
		{"users.json", `[{"_":"User","id":5,"first_name":"x"}]`, 0, `it holds "User"`},
		{"bot.json", `{"ok":true,"result":[{"update_id":1}]}`, 0, "bot interface"},
		{"gramjs.json", `[{"className":"Message","id":1}]`, 0, "GramJS"},
		{"tweets.jsonl", `{"_type":"snscrape.modules.twitter.Tweet","url":"x"}`, 0, "twitter"},
		{"post.jsonl", `{"_type":"snscrape.modules.telegram.TelegramPost","url":"x","date":"y"}`, 1, "no address of a message"},
		{"error.json", `{"detail":"Not found"}`, 0, "the keys detail"},
		{"result.json", `{"name":"Ann","type":"personal_chat","id":5,"messages":[]}`, 0, `export of "Ann"`},
		{"result.json", `{"name":"x","type":"public_channel","messages":[]}`, 1, "no id of the chat"},
		{"result.json", desktop(`{}`), 1, `"[" should be`},
		{"result.json", desktop(`[{"id":1,"type":"message","date":"x","text":"x"}]`), 1, "is not a date"},
		{"tdl.json", `{"id":5,"messages":[{"id":1,"type":"message","file":"x"}]}`, 1, "--with-content"},
		{"tdl.json", `{"id":5,"messages":[{"id":1,"date":1,"raw":{"PeerID":{"UserID":5}}}]}`, 0, "chats that are no channels"},
		{"numberless.json", `{"messages":[{"text":"hi"}]}`, 0, "messages without a number"},
		{"messages.parquet", "PAR1 nonsense", 0, "Parquet file is damaged"},
		{"a.zip", "PK\x03\x04 nonsense", 0, "damaged"},
		{"deep.json", strings.Replace(one, `"message"`, `"media":`+strings.Repeat(`{"a":`, 11000)+"1"+strings.Repeat("}", 11000)+`,"message"`, 1),
			1, "too deep"},
	} {
		_, _, err := read(t, input.Options{}, map[string]string{tt.name: tt.text})
		e := fileError(t, err)
		if e.File != tt.name || e.Line != tt.line || !strings.Contains(e.Problem, tt.want) {
			t.Errorf("%s: got %s, want line %d and %q", tt.name, e, tt.line, tt.want)
		}
		said := strings.NewReplacer("where it cannot be", "", "that can be imported", "", "cannot be unpacked", "").Replace(e.Problem)
		if found := goWords.FindString(said); found != "" {
			t.Errorf("%s: %q is a programmer's word: %s", tt.name, found, e.Problem)
		}
		if len(e.Problem) > 300 {
			t.Errorf("%s: %d bytes are more than the page shows: %s", tt.name, len(e.Problem), e.Problem)
		}
	}
}

// Valid files without a channel are left out among others, and so are, among messages of
// channels, those of other chats and null.
func TestOtherChats(t *testing.T) {
	person := strings.Replace(said(2, 5, "two"), `"PeerChannel","channel_id"`, `"PeerUser","user_id"`, 1)
	group := strings.Replace(said(3, 5, "three"), `"PeerChannel","channel_id"`, `"PeerChat","chat_id"`, 1)
	pyro := `[{"_":"Message","id":1,"chat":{"id":5,"type":"ChatType.PRIVATE"},"date":"2023-01-01 10:00:00"},{"_":"Message","id":2,"chat":{"id":-1001700000100},"date":"2023-01-01 10:00:00"}]`
	rows, report := readAll(t, input.Options{}, map[string]string{
		"a.json": "[null," + said(1, 5, "one") + "," + person + ",null]", "b.ndjson": person + "\n" + group, "c.json": pyro,
		"all.json":    `{"about":"x","chats":{"list":[{"name":"Bob","type":"personal_chat","id":6,"messages":[]}]}}`,
		"result.json": `{"name":"Ann","type":"personal_chat","id":5,"messages":[{"id":1,"type":"message","date":"2023-01-01T10:00:00","text":"x"}]}`,
	})
	left := strings.Join(report.LeftOut, "; ")
	if len(rows) != 2 || len(report.LeftOut) != 4 || !strings.Contains(left, "b.ndjson: its messages are of chats") ||
		!strings.Contains(left, `"Ann"`) ||
		!strings.Contains(left, `all.json: "Bob"`) || !strings.Contains(left, "all.json: it is an export of a whole account") {
		t.Errorf("%d rows, left out %q", len(rows), report.LeftOut)
	}
	if diff := cmp.Diff(map[string]int{"messages of chats that are no channels": 2}, report.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

// A value of an unexpected form is dropped; its message is not.
func TestLooseValues(t *testing.T) {
	for name, tt := range map[string]struct {
		text    string
		dropped []string
	}{
		"result.json": {desktopChat("public_channel",
			`{"id":1,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","text":"low","photo":"a.jpg","width":"wide","height":5,"poll":7,"reactions":{"new":1}}`), []string{"poll", "reactions", "width"}},
		"tdl.json":      {`{"id":5,"messages":[{"id":1,"date":1709294400,"text":"low","file":7,"raw":{"Flags":0,"ID":1,"Date":1709294400,"Message":"low","Media":"new","Views":"many"}}]}`, []string{"Media", "Views", "file"}},
		"pyrogram.json": {`[{"_":"Message","id":1,"date":1709294400,"chat":{"id":-1001700000100},"text":"low","views":"many","poll":[],"photo":{"width":3}}]`, []string{"poll", "views"}},
		"posts.jsonl":   {`{"_type":"snscrape.modules.telegram.TelegramPost","url":"https://t.me/s/quay/1","date":"2024-03-01T14:00:00+00:00","content":"low","outlinks":"none","linkPreview":5}`, []string{"linkPreview", "outlinks"}},
	} {
		rows, report := readAll(t, input.Options{}, map[string]string{name: tt.text})
		want := map[string]int{}
		for _, key := range tt.dropped {
			want[key] = 1
		}
		if diff := cmp.Diff(want, report.Dropped); diff != "" {
			t.Errorf("%s: dropped (-want +got):\n%s", name, diff)
		}
		if len(rows) != 1 || rows[0].Text != "low" || rows[0].Views != nil || rows[0].Kind != collector.KindMessage {
			t.Errorf("%s: rows %+v", name, rows)
		}
	}
}

// A folder or ZIP of web pages from Telegram Desktop is refused with instructions, whatever
// else is in it.
func TestPagesOfDesktop(t *testing.T) {
	file := zipped(t, map[string]string{"css/style.css": "body{}", "images/back.png": "\x89PNG", "js/script.js": "{ no JSON",
		"messages.html": "<!DOCTYPE html>\n<html>"})
	_, err := archive.Read(t.Context(), []input.File{file}, input.Options{Temp: t.TempDir()},
		func(collector.Observations) error { return nil })
	if e := fileError(t, err); e.File != "files.zip/messages.html" || !strings.Contains(e.Problem, "format JSON") {
		t.Errorf("got %s", e)
	}
}

// A field of a later layer that a message leaves empty does not count as dropped.
func TestNothingIsNotCounted(t *testing.T) {
	text := strings.Replace(said(1, 5, "one"), `"message"`,
		`"new":null,"newer":[],"newest":false,"media":{"_":"MessageMediaUnsupported","extra":null},"message"`, 1)
	if _, report := readAll(t, input.Options{}, map[string]string{"a.json": text}); len(report.Dropped) > 0 {
		t.Errorf("dropped %v", report.Dropped)
	}
}
