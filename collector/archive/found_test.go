package archive_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/network"
)

// found returns inputs that this package once read wrongly, by name. It skips the test if they
// are missing: they are not part of the repository.
func found(t testing.TB, names ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range names {
		b, err := os.ReadFile(collectortest.Fixtures(t, "found", "imports", name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(b)
	}
	return out
}

func byID(rows []collector.Message) map[int64]collector.Message {
	out := map[int64]collector.Message{}
	for _, m := range rows {
		out[m.ID] = m
	}
	return out
}

func number(n int64) *int64 { return &n }

func TestFoundOldTelethon(t *testing.T) {
	rows, report := readAll(t, input.Options{}, found(t, "3-telethon-2019.ndjson"))
	m := byID(rows)
	type told struct {
		From, ForwardFrom, ForwardMessage, Reply int64
		FromType, ForwardType                    string
		Views, Forwards                          *int64
	}
	want := map[int64]told{
		5: {From: 4242, FromType: "user", ForwardFrom: 1300000005, ForwardType: "channel", ForwardMessage: 17, Views: number(120)},
		6: {From: 4243, FromType: "user", Reply: 5},
		7: {From: 4243, FromType: "user", ForwardFrom: 4299, ForwardType: "user", Views: number(3)},
	}
	got := map[int64]told{}
	for id, r := range m {
		got[id] = told{r.FromID, r.ForwardFromID, r.ForwardMessageID, r.ReplyToMessageID, r.FromType, r.ForwardFromType, r.Views, r.Forwards}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(report.Dropped) > 0 {
		t.Errorf("dropped %v", report.Dropped)
	}
}

func TestFoundPollAndReaction(t *testing.T) {
	rows, _ := readAll(t, input.Options{}, found(t, "2-poll-bytes-as-list.json"))
	want := []collector.PollResult{{Text: "North", Voters: number(9), Correct: true}, {Text: "South", Voters: number(2)}}
	if diff := cmp.Diff(want, rows[0].PollResults); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	rows, _ = readAll(t, input.Options{}, found(t, "6-reaction-as-string.ndjson"))
	if diff := cmp.Diff([]collector.Reaction{{Emoji: "👍", Count: 3}}, rows[0].Reactions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Fields of a later layer are reported and no row is lost.
func TestFoundFuture(t *testing.T) {
	for name, want := range map[string]int{"telethon_future.ndjson": 3, "telethon_future2.ndjson": 4} {
		rows, report := readAll(t, input.Options{}, found(t, name))
		if len(rows) != want || report.Dropped["MessageMediaHologram"] != 1 || report.Dropped["Message.new_flag"] != 1 {
			t.Errorf("%s: %d rows, dropped %v", name, len(rows), report.Dropped)
		}
		m := byID(rows)
		if m[2].MediaType != "MessageMediaHologram" ||
			want == 4 && (m[4].Action != "MessageActionTeleport" || !strings.Contains(m[4].Raw, "Teleport")) {
			t.Errorf("%s: media %q, action %q", name, m[2].MediaType, m[4].Action)
		}
	}
}

// An unreadable value is dropped; an unreadable value that a message requires refuses the
// file.
func TestBadValues(t *testing.T) {
	text := "[" + strings.Join([]string{said(1, 5, "one"),
		strings.Replace(said(2, 5, "two"), `"message"`, `"views":"many","replies":{"_":"MessageReplies","replies":"x","replies_pts":1},"message"`,
			1)}, ",") + "]"
	rows, report := readAll(t, input.Options{}, map[string]string{"x.json": text})
	if len(rows) != 2 || rows[1].Views != nil || rows[1].Replies != nil {
		t.Errorf("rows %+v", rows)
	}
	if diff := cmp.Diff(map[string]int{"Message.views": 1, "Message.replies": 1}, report.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

func TestFoundButton(t *testing.T) {
	rows, _ := readAll(t, input.Options{Pseudonym: hidden}, found(t, "7-inline-button.ndjson"))
	if !strings.Contains(rows[0].Raw, "https://shop.example/x") || !strings.Contains(rows[0].Raw, "Shop") {
		t.Errorf("raw: %s", rows[0].Raw)
	}
	if diff := cmp.Diff([]string{"https://shop.example/x"}, rows[0].Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

// A part of a file's name does not become a username, so there is no edge to a channel that
// only the file's name mentions.
func TestFoundUsernames(t *testing.T) {
	files := found(t, "1-username-from-filename/gull_news_1700000030.ndjson", "1-username-from-filename/harbour_1700000031.ndjson")
	rows, _ := readAll(t, input.Options{}, files)
	for _, m := range rows {
		if want := map[int64]string{1700000030: "gull_news", 1700000031: "harbour"}[m.ChannelID]; m.ChannelUsername != want {
			t.Errorf("channel %d: username %q, want %q", m.ChannelID, m.ChannelUsername, want)
		}
	}
	d := openData(t)
	var named []input.File
	for name := range files {
		named = append(named, input.File{Name: filepath.Base(name), Path: collectortest.Fixtures(t, "found", "imports", name)})
	}
	importFiles(t, d, input.Options{}, named...)
	g, err := network.Build(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range g.Edges {
		if e.Source == "1700000031" && (e.Target == "1700000030" || e.Target != "@news") {
			t.Errorf("an edge from %s to %s", e.Source, e.Target)
		}
	}
}

// Exports of Telegram Desktop before mid-2021 have numbers for peers, which are decoded;
// together with another tool's file of the same channel, they give one channel.
func TestFoundDesktopNumbers(t *testing.T) {
	rows, _ := readAll(t, input.Options{}, found(t, "4-desktop-2021-numeric-ids.json"))
	m := byID(rows)
	for id, want := range map[int64][3]any{1: {int64(1700000000), "channel", int64(1700000000)}, 2: {int64(1700000000), "user", int64(500123)},
		3: {int64(1700000000), "channel", int64(1700000001)}} {
		if got := [3]any{m[id].ChannelID, m[id].FromType, m[id].FromID}; got != want {
			t.Errorf("message %d: got %v, want %v", id, got, want)
		}
	}
	d := openData(t)
	var files []input.File
	for name := range found(t, "4-desktop-2021-numeric-ids.json", "4b-telethon-same-channel_1700000000.ndjson") {
		files = append(files, input.File{Name: name, Path: collectortest.Fixtures(t, "found", "imports", name)})
	}
	done := importFiles(t, d, input.Options{}, files...)
	if got := rowsOf(t, d); len(got) != 3 || len(done) != 1 {
		t.Errorf("%d rows of %d channels, want 3 of 1", len(got), len(done))
	}
}

func TestFoundDesktopNew(t *testing.T) {
	rows, report := readAll(t, input.Options{Pseudonym: hidden}, found(t, "5-desktop-forward-without-id.json"))
	m := byID(rows)
	if !collector.HidesOrigin(m[2].Raw) || collector.HidesOrigin(m[1].Raw) {
		t.Errorf("forwards: %s\n%s", m[2].Raw, m[1].Raw)
	}
	if got, want := m[3].MediaType, "MessageMediaToDo"; got != want {
		t.Errorf("media: got %q, want %q", got, want)
	}
	for id, want := range map[int64]string{4: "MessageActionTodoCompletions", 5: "MessageActionPaidMessagesPrice",
		6: "MessageActionSuggestedPostSuccess"} {
		if m[id].Action != want {
			t.Errorf("message %d: action %q, want %q", id, m[id].Action, want)
		}
	}
	for id, want := range map[int64]string{3: "Paint the pier", 7: `"winners_count":2`, 8: "https://gulls.example/"} {
		if !strings.Contains(m[id].Raw, want) {
			t.Errorf("message %d: raw has no %s: %s", id, want, m[id].Raw)
		}
	}
	if strings.Contains(m[7].Raw, `"winners":`) {
		t.Errorf("raw names winners: %s", m[7].Raw)
	}
	if diff := cmp.Diff([]string{"https://gulls.example/"}, m[8].Links); diff != "" || len(report.Dropped) > 0 {
		t.Errorf("links (-want +got):\n%s%v", diff, report.Dropped)
	}

	rows, report = readAll(t, input.Options{}, found(t, "desktop_new.json"))
	m = byID(rows)
	what := map[int64]string{}
	for id, row := range m {
		what[id] = row.MediaType + row.Action
	}
	want := map[int64]string{1: "MessageMediaToDo", 2: "MessageActionTodoCompletions", 3: "MessageActionSuggestedPostApproval",
		4: "MessageActionPaidMessagesPrice",
		5: "MessageMediaPhoto", 6: "", 7: "", 8: "", 9: "", 10: "MessageMediaContact", 11: ""}
	if diff := cmp.Diff(want, what); diff != "" || len(report.Dropped) > 0 {
		t.Errorf("(-want +got):\n%s%v", diff, report.Dropped)
	}
	if diff := cmp.Diff([]collector.Reaction{{Emoji: "👍", Count: 2}}, m[7].Reactions); diff != "" || *m[7].Stars != 70 {
		t.Errorf("reactions (-want +got):\n%s", diff)
	}
	if m[8].ForwardFromID != 1500000077 || m[9].Text != "via bot" || m[6].Text != "🌊 sea" || *m[5].Width != 5 {
		t.Errorf("rows %+v", rows)
	}
	if diff := cmp.Diff([]collector.TMeLink{{Username: "otherquay", MessageID: 5}}, m[11].TMeLinks); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

// Files of more tools are read, and a file's name does not become a username.
func TestFoundTools(t *testing.T) {
	for name, want := range map[string]struct {
		rows     int
		kind     string
		username string
		id       int64
	}{
		"4cat.ndjson":                 {3, "4CAT's Telegram messages", "quaynotes", 1500000011},
		"telethon_byindex.json":       {3, "Telethon messages by number", "", 1500000011},
		"telethon_defaultstr.json":    {3, "Telethon messages", "", 1500000011},
		"pyrogram.json":               {3, "Pyrogram messages", "quaynotes", 1500000011},
		"11-pyrogram.json":            {1, "Pyrogram messages", "harbour", 1700000040},
		"snscrape.jsonl":              {1, "snscrape's Telegram posts", "quaynotes", collector.MadeID("QuayNotes")},
		"6-reaction-as-string.ndjson": {1, "Telethon messages", "", 1700000002},
	} {
		for _, pseudonym := range []collector.Pseudonym{nil, hidden} {
			rows, report := readAll(t, input.Options{Pseudonym: pseudonym}, found(t, name))
			if len(rows) != want.rows || report.Files[0].Kind != want.kind {
				t.Errorf("%s: %d rows, %+v", name, len(rows), report.Files)
				continue
			}
			for _, m := range rows {
				if m.ChannelUsername != want.username || m.ChannelID != want.id || m.FromID != 0 || m.Date.Year() < 2022 {
					t.Errorf("%s: @%s %d, from %d, %v", name, m.ChannelUsername, m.ChannelID, m.FromID, m.Date)
				}
			}
			if name != "6-reaction-as-string.ndjson" && len(report.Dropped) > 0 {
				t.Errorf("%s: dropped %v", name, report.Dropped)
			}
		}
	}
}

// Unknown files get one sentence that says what they look like and what is accepted, without
// Go's own words.
func TestFoundRefused(t *testing.T) {
	files := found(t, "12-list-of-texts.json")
	files["x.html"] = "<!DOCTYPE html><html><title>Exported Data</title>"
	files["b.json"] = `{"message_id":1,"chat":{"id":5},"text":"x"}`
	files["c.json"], files["d.csv"], files["e.json"] = `{"nodes":[],"edges":[]}`, "id,text\n", `{"a":1,"b":2}`
	for name, want := range map[string]string{
		"12-list-of-texts.json": "a list that holds texts", "x.html": "format JSON", "b.json": "bot interface", "c.json": "a graph",
		"d.csv": "a table", "e.json": "the keys a, b",
	} {
		_, _, err := read(t, input.Options{}, map[string]string{name: files[name]})
		e := fileError(t, err)
		if !strings.Contains(e.Problem, want) || !strings.HasPrefix(e.Problem, "it is none of the files that can be imported") ||
			name != "x.html" && !strings.Contains(e.Problem, "4CAT") {
			t.Errorf("%s: %s", name, e.Problem)
		}
	}
	rows, report := readAll(t, input.Options{},
		map[string]string{"a.json": said(1, 5, "one"), "empty.json": "", "list.json": "[]", "table.csv": "a,b\n"})
	if len(rows) != 1 || len(report.LeftOut) != 3 || !strings.Contains(report.LeftOut[0], "it is empty") ||
		!strings.Contains(report.LeftOut[1], "empty list") {
		t.Errorf("%d rows, left out %q", len(rows), report.LeftOut)
	}
	_, _, err := read(t, input.Options{}, map[string]string{"a.json": said(1, 5, "one"), "b.json": said(1, 5, "one")[:50]})
	if e := fileError(t, err); e.File != "b.json" || e.Line != 1 {
		t.Errorf("got %s", e)
	}
}
