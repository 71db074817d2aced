package archive_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/tl/telethon"
)

// TestFixtures: importing the files gives the same rows as collecting them from the sandbox,
// in all columns but source and the times seen. The only difference is an invented title that
// the sandbox gives to forwarded channels which are not in the files.
func TestFixtures(t *testing.T) {
	w, err := world.Load(fixtures(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, pseudonym := range map[string]collector.Pseudonym{"private": hidden, "personal": nil} {
		t.Run(name, func(t *testing.T) {
			want := rowsOf(t, collected(t, w, pseudonym))
			invented := 0
			for i, m := range want {
				// The files' names begin with the collection's: no hints, or for no channel.
				want[i].ChannelUsername, want[i].ChannelTitle = "", ""
				if m.ForwardFromName == fmt.Sprintf("Channel %d", m.ForwardFromID) {
					want[i].ForwardFromName = ""
					invented++
				}
			}
			d := openData(t)
			done := importFiles(t, d, input.Options{Pseudonym: pseudonym}, fixtureFiles(t)...)
			got := rowsOf(t, d)
			nameless := timeless(got)
			for i := range nameless {
				nameless[i].ChannelUsername, nameless[i].ChannelTitle = "", ""
			}
			equal(t, nameless, timeless(want))
			if len(got) != 567 || invented != 5 {
				t.Errorf("%d rows, %d invented titles; want 567 and 5", len(got), invented)
			}
			for _, ch := range done {
				if ch.New != ch.Rows() || ch.New == 0 {
					t.Errorf("imported %+v", ch)
				}
			}
			for _, ch := range importFiles(t, d, input.Options{Pseudonym: pseudonym}, fixtureFiles(t)...) {
				if ch.Known != ch.Rows() {
					t.Errorf("imported again: %+v", ch)
				}
			}
			for _, m := range got {
				if m.Source != collector.SourceTelethon || !m.LastSeenAt.Before(time.Now().AddDate(-1, 0, 0)) && m.Date.Year() < 2025 ||
					m.LastSeenAt.Before(m.Date) {
					t.Fatalf("message %d: source %s, seen at %v", m.ID, m.Source, m.LastSeenAt)
				}
			}
		})
	}
}

// trackerFolder makes the files that telegram-tracker would write for a channel.
func trackerFolder(t *testing.T, w *world.World, ch *world.Channel) map[string]string {
	t.Helper()
	python := telethon.Encoder{Form: telethon.Python}
	var messages, chats []string
	named := map[int64]bool{ch.TL.ID: true}
	for i := ch.Log.Len() - 1; i >= 0; i-- {
		m, err := ch.Log.Message(i)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, string(python.AppendJSON(nil, m)))
		if m, ok := m.(*tg.Message); ok {
			if from, ok := m.FwdFrom.FromID.(*tg.PeerChannel); ok {
				named[from.ChannelID] = true
			}
		}
	}
	for id := range named {
		if c, ok := w.Channel(id); ok {
			chat := c.TL
			if chat.Photo == nil {
				chat.Photo = &tg.ChatPhotoEmpty{}
			}
			chats = append(chats, string(python.AppendJSON(nil, &chat)))
		}
	}
	full := ch.Full
	full.ID, full.ChatPhoto = ch.TL.ID, &tg.PhotoEmpty{}
	chat := ch.TL
	chat.Photo = &tg.ChatPhotoEmpty{}
	name := ch.Name()
	return map[string]string{
		name + "/" + name + "_messages.json": fmt.Sprintf(`{"_": "ChannelMessages", "pts": 1, "count": %d, "messages": [%s], "chats": [%s], "users": []}`,
			len(messages), strings.Join(messages, ", "), strings.Join(chats, ", ")),
		name + "/" + name + ".json": fmt.Sprintf(`{"_": "ChatFull", "full_chat": %s, "chats": [%s], "users": []}`,
			python.AppendJSON(nil, &full), python.AppendJSON(nil, &chat)),
		"msgs_dataset.csv": "signature,channel_id\n",
	}
}

// TestTracker: telegram-tracker's folders give the same rows as collecting the same channels,
// including the names of forwarded channels.
func TestTracker(t *testing.T) {
	w, err := world.Load(fixtures(t))
	if err != nil {
		t.Fatal(err)
	}
	want := rowsOf(t, collected(t, w, hidden))
	contents := map[string]string{}
	for _, ch := range w.Public() {
		for name, text := range trackerFolder(t, w, ch) {
			contents[name] = text
		}
	}
	d := openData(t)
	file := zipped(t, contents)
	importFiles(t, d, input.Options{Pseudonym: hidden}, file)
	equal(t, timeless(rowsOf(t, d)), timeless(want))
	for _, ch := range importFiles(t, d, input.Options{Pseudonym: hidden}, file) {
		if ch.Known != ch.Rows() {
			t.Errorf("imported again: %+v", ch)
		}
	}
	all, err := d.Channels(t.Context())
	if err != nil || len(all) != len(w.Public()) {
		t.Fatalf("%d channels, %v", len(all), err)
	}
	for _, ch := range all {
		if ch.About == "" || ch.Kind != collector.Broadcast || ch.Source != collector.SourceTracker {
			t.Errorf("details: %+v", ch.Channel)
		}
	}
}

const (
	alpha = `{"_":"Message","id":%d,"peer_id":{"_":"PeerChannel","channel_id":%d},"date":"2024-02-02 14:04:44+00:00","message":"%s"}`
	bad   = `{"_":"Message","id":4,"peer_id":{"_":"PeerChannel","channel_id":5},"date":"2024-02-02 14:04:44+00:00","message":"x",%s}`
)

func said(id, channel int64, text string) string { return fmt.Sprintf(alpha, id, channel, text) }

func TestTelethonForms(t *testing.T) {
	one, two := said(1, 5, "one"), said(2, 5, "two")
	for name, text := range map[string]string{
		"lines":         one + "\n" + two + "\n",
		"blank lines":   "\n" + one + "\r\n\r\n" + two,
		"a list":        "[" + one + ",\n" + two + "]",
		"indented":      strings.ReplaceAll(one, ",", ",\n  ") + "\n" + strings.ReplaceAll(two, ",", ",\n"),
		"with a mark":   "\xef\xbb\xbf" + one + "\n" + two,
		"an older one":  strings.ReplaceAll(one+"\n"+two, "peer_id", "to_id"),
		"an empty one":  one + "\n" + two + "\n" + `{"_":"MessageEmpty","id":3}`,
		"a newer empty": one + "\n" + two + "\n" + `{"_":"MessageEmpty","id":3,"peer_id":{"_":"PeerPlanet","planet_id":5}}`,
		"unknown class": one + "\n" + strings.Replace(two, `"message"`, `"media":{"_":"MessageMediaSmell","strength":3},"message"`, 1),
	} {
		rows, report := readAll(t, input.Options{}, map[string]string{"alpha_5.ndjson": text})
		if len(rows) != 2 || rows[0].Text != "one" || rows[1].Text != "two" || rows[0].ChannelID != 5 || rows[0].ChannelUsername != "alpha" {
			t.Errorf("%s: rows %+v", name, rows)
		}
		if want := map[bool]int{true: 1}[name == "unknown class"]; report.Dropped["MessageMediaSmell"] != want {
			t.Errorf("%s: dropped %v", name, report.Dropped)
		}
	}
}

// A username comes from a file's name only where the whole name shows it.
func TestNamesOfFiles(t *testing.T) {
	for name, want := range map[string]string{
		"telegramtips_5.ndjson": "telegramtips", "gull_news_5.ndjson": "gull_news", "gull_news_6.ndjson": "", "x/beta_-1005.jsonl": "beta",
		"alpha_messages.json": "alpha", "alpha.ndjson": "alpha",
		"export_messages_5.ndjson": "", "export.ndjson": "", "messages_5.ndjson": "", "my_messages.ndjson": "", "a_b.ndjson": "",
		"bda-kts_bloomberg.ndjson": "", "2024_alpha.ndjson": "", "alpha_2024-01-01.json": "",
	} {
		rows, _ := readAll(t, input.Options{}, map[string]string{name: said(1, 5, "one")})
		if got := rows[0].ChannelUsername; got != want {
			t.Errorf("%s: username %q, want %q", name, got, want)
		}
	}
	for _, names := range [][2]string{{"alpha_5.json", "alpha_6.json"}, {"alpha.json", "Alpha_6.json"}, {"a/alpha.json", "b/alpha.json"}} {
		rows, _ := readAll(t, input.Options{}, map[string]string{names[0]: said(1, 5, "one"), names[1]: said(1, 6, "one")})
		for _, m := range rows {
			if m.ChannelUsername != "" {
				t.Errorf("%v: channel %d is @%s", names, m.ChannelID, m.ChannelUsername)
			}
		}
	}
}

// The time of a file is the newest date or edit in it.
func TestSeenAt(t *testing.T) {
	text := said(1, 5, "one") + "\n" + strings.Replace(said(2, 5, "two"), `"message"`, `"edit_date":"2024-03-01T00:00:00+00:00","message"`, 1)
	rows, _ := readAll(t, input.Options{}, map[string]string{"a.ndjson": text})
	for _, m := range rows {
		if want := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC); !m.LastSeenAt.Equal(want) {
			t.Errorf("message %d seen at %v, want %v", m.ID, m.LastSeenAt, want)
		}
	}
}

func TestBadFiles(t *testing.T) {
	good := said(1, 5, "one")
	messages := func(list string) string {
		return `{"_":"ChannelMessages","pts":1,"messages":[` + list + `],"chats":[],"users":[]}`
	}
	for _, tt := range []struct {
		name, text string
		line       int64
		field      string
		problem    string
	}{
		{"cut off", good + "\n" + good[:40], 2, "", "ends in the middle"},
		{"no JSON", good + "\n{oops}\n" + good, 2, "", "not JSON"},
		{"cut off in a text", good + "\n" + good[:strings.Index(good, "2024")+3] + "\n" + good, 2, "", "a text does not end on its line"},
		{"a date", good + "\n\n" + strings.Replace(good, "2024-02-02", "yesterday", 1), 3, "date", "yesterday"},
		{"no date", strings.Replace(good, `"date"`, `"old_date"`, 1), 1, "date", "no date"},
		{"an id", strings.Replace(good, `"id":1`, `"id":"one"`, 1), 1, "id", "one"},
		{"id 0", strings.Replace(good, `"id":1`, `"id":0`, 1), 1, "id", "above 0"},
		{"of a person", strings.Replace(good, `"PeerChannel","channel_id"`, `"PeerUser","user_id"`, 1), 0, "", "no channels"},
		{"of nobody", `{"_":"Message","id":1,"date":1,"message":"x"}`, 1, "", ""},
		{"other objects", good + "\n" + `{"_":"PeerUser","user_id":5}`, 2, "", "no message"},
		{"no object", good + "\n7", 2, "", "number"},
		{"a class", strings.Replace(good, "PeerChannel", "PeerPlanet", 1), 1, "", ""},
		{"after the end", "[" + good + "]\nx", 2, "", "after the end"},
		{"tracker cut off", messages(good)[:120], 1, "", "ends in the middle"},
		{"tracker, a message", messages(good + ",\n" + strings.Replace(good, `"id":1`, `"id":{}`, 1)), 2, "id", ""},
		{"tracker, a chat", strings.Replace(messages(good), `"chats":[]`, "\n\"chats\":[{\"_\":\"Channel\",\"id\":\"x\"}]", 1), 2, "id", "x"},
		{"something else", `{"hello":"world"}`, 0, "", "none of the files"},
		{"another class", `{"_":"UserFull"}`, 0, "", "UserFull"},
		{"nothing", "", 0, "", "it is empty"},
		{"a picture", "\x89PNG\r\n", 0, "", "none of the files"},
		{"UTF-16", "\xff\xfe{\x00", 0, "", "UTF-16"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := read(t, input.Options{}, map[string]string{"some.json": tt.text})
			e := fileError(t, err)
			if e.File != "some.json" || e.Line != tt.line || tt.field != "" && e.Field != tt.field ||
				!strings.Contains(e.Problem, tt.problem) && !strings.Contains(e.Field, tt.problem) {
				t.Errorf("got %s, want line %d, field %q, problem with %q", e, tt.line, tt.field, tt.problem)
			}
		})
	}
}

// In a ZIP, other files are left out, but a bad archive fails the whole import.
func TestZIP(t *testing.T) {
	contents := map[string]string{
		"photos/1.jpg": "\xff\xd8\xff", "a/readme.txt": "hello", "a/other.json": `{"hello":1}`, "__MACOSX/a/._x.ndjson": "junk",
		"a/x_alpha_5.ndjson": said(1, 5, "one"), "b.ndjson": said(1, 6, "two"),
	}
	file := zipped(t, contents)
	count := func() (n int, report input.Report, err error) {
		report, err = archive.Read(t.Context(), []input.File{file}, input.Options{Temp: t.TempDir()},
			func(o collector.Observations) error { n += len(o.Messages); return nil })
		return n, report, err
	}
	n, report, err := count()
	if err != nil || n != 2 || !slices.Equal(report.LeftOut,
		[]string{"files.zip/a/other.json: it holds objects with the keys hello", "files.zip/a/readme.txt: it is text without JSON",
			"files.zip/photos/1.jpg: it is a picture or a sound"}) {
		t.Errorf("%d rows, %+v, %v", n, report, err)
	}
	contents["c/c_messages.json"] = `{"_":"ChannelMessages","messages":[` + said(1, 7, "x")
	file = zipped(t, contents)
	if _, _, err := count(); err == nil || fileError(t, err).File != "files.zip/c/c_messages.json" {
		t.Errorf("a bad file in a ZIP: %v", err)
	}
	// Empty and other files are reported and left out; damaged ones are not.
	for name, other := range map[string]string{"c/c_messages.json": "", "c/x_c_5.ndjson": "", "c/d_messages.json": `{"hello":1}`,
		"c/e.json": "[]"} {
		file = zipped(t, map[string]string{name: other, "b.ndjson": said(1, 6, "two")})
		if n, report, err := count(); err != nil || n != 1 || len(report.LeftOut) != 1 ||
			!strings.HasPrefix(report.LeftOut[0], "files.zip/"+name+": ") {
			t.Errorf("%q as %s in a ZIP: %d rows, left out %q, %v", other, name, n, report.LeftOut, err)
		}
	}
	for name, bad := range map[string]string{"c/result.json": "\xff\xfe{\x00", "c/x_c_5.ndjson": "{\"_\":\"Message\","} {
		file = zipped(t, map[string]string{name: bad, "b.ndjson": said(1, 6, "two")})
		if _, _, err := count(); err == nil || fileError(t, err).File != "files.zip/"+name {
			t.Errorf("%q as %s in a ZIP: %v", bad, name, err)
		}
	}
	file = zipped(t, map[string]string{"a.txt": "x"})
	if _, _, err := count(); err == nil || !strings.Contains(err.Error(), "none of the files") {
		t.Errorf("nothing to import: %v", err)
	}
	path := t.TempDir() + "/bad.zip"
	if err := os.WriteFile(path, []byte("PK\x03\x04 broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	file = input.File{Name: "bad.zip", Path: path}
	if _, _, err := count(); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged ZIP: %v", err)
	}
}

// Files in a ZIP are read whatever their names; nothing is written to the paths in those
// names.
func TestZIPNames(t *testing.T) {
	line := `{"_":"Message","id":1,"peer_id":{"_":"PeerChannel","channel_id":5},"date":"2024-02-02T14:04:00+00:00","message":"x"}` + "\n"
	parquet := "PAR1 and nothing of Parquet's"
	folder := t.TempDir()
	temp := filepath.Join(folder, "in", "temp")
	if err := os.MkdirAll(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	file := zipped(t, map[string]string{"../../a_5.ndjson": line, "/etc/b_5.ndjson": line, `..\c_5.ndjson`: line, "../../d.parquet": parquet})
	_, err := archive.Read(t.Context(), []input.File{file}, input.Options{Temp: temp}, func(collector.Observations) error { return nil })
	if e := fileError(t, err); !strings.Contains(e.File, "d.parquet") {
		t.Errorf("error of %q: %v", e.File, err)
	}
	var left []string
	if err := filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if !e.IsDir() {
			left = append(left, path)
		}
		return err
	}); err != nil || len(left) > 0 {
		t.Errorf("files were written: %v, %v", left, err)
	}
}

// ZIP files that unpack to far more than their size are not read to the end, even if there are
// several.
func TestBomb(t *testing.T) {
	value := `"` + strings.Repeat("a", 1<<20) + `",`
	file := zipped(t, map[string]string{"a_messages.json": `{"_":"MessagesSlice","x":[` + strings.Repeat(value, 12) + `""],"messages":[]}`})
	for _, tt := range []struct {
		files  int
		unfold int64
		bomb   bool
	}{{1, 1 << 20, true}, {1, 16 << 20, false}, {3, 16 << 20, true}} {
		var files []input.File
		for n := range tt.files {
			files = append(files, input.File{Name: fmt.Sprint(n, ".zip"), Path: file.Path})
		}
		_, err := archive.Read(t.Context(), files, input.Options{Temp: t.TempDir(), Unfold: tt.unfold},
			func(collector.Observations) error { return nil })
		if !tt.bomb {
			if err != nil {
				t.Errorf("%d files of 12 MB: %v", tt.files, err)
			}
			continue
		}
		if e := fileError(t, err); !strings.Contains(e.Problem, "unfolds to more than") {
			t.Errorf("%d files: error %v", tt.files, err)
		}
	}
}
