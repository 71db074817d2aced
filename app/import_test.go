package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/sandbox"
)

// toImport goes on without an account, in the real web preview's workspace.
func (v *visitor) toImport() {
	v.t.Helper()
	if status, at, body := v.post("/", "/signin/credentials",
		url.Values{"source": {"preview"}, "then": {"import"}}); status != http.StatusOK || at != "/import" {
		v.t.Fatalf("going on without an account leads to %s with %d:\n%s", at, status, body)
	}
}

// upload posts files to the import's form as a browser does.
func (v *visitor) upload(personal bool, files map[string][]byte) (status int, body string) {
	v.t.Helper()
	_, html := v.get("/import")
	token := csrfField.FindStringSubmatch(html)
	if token == nil {
		v.t.Fatalf("no form on /import:\n%s", html)
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	fields := [][2]string{{"_csrf", token[1]}}
	if personal {
		fields = append(fields, [2]string{"personal", "1"})
	}
	for _, f := range fields {
		if err := form.WriteField(f[0], f[1]); err != nil {
			v.t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		part, err := form.CreateFormFile("files", name)
		if err == nil {
			_, err = part.Write(files[name])
		}
		if err != nil {
			v.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		v.t.Fatal(err)
	}
	resp, err := v.client.Post(v.base+"/import", form.FormDataContentType(), &b)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, string(page)
}

var offered = regexp.MustCompile(`name="channels" value="(@[A-Za-z0-9_]+)"`)

// importState asks how far the import is.
func (v *visitor) importState() (out collector.Import) {
	v.t.Helper()
	req, err := http.NewRequest(http.MethodGet, v.base+"/import", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		v.t.Fatal(err)
	}
	return out
}

// importEnd waits for the import's end.
func (v *visitor) importEnd() collector.Import {
	v.t.Helper()
	for range 20_000 {
		if now := v.importState(); now.ID == "" || now.State.Final() {
			return now
		}
		time.Sleep(20 * time.Millisecond) // between two looks, as the page does
	}
	v.t.Fatal("the import does not end")
	return collector.Import{}
}

// imports uploads files and waits until they are in the dataset.
func (v *visitor) imports(personal bool, files map[string][]byte) collector.Import {
	v.t.Helper()
	if status, body := v.upload(personal, files); status != http.StatusOK {
		v.t.Fatalf("the upload ends with %d:\n%s", status, body)
	}
	now := v.importEnd()
	if now.State != collector.Done {
		v.t.Fatalf("the import ended as %s: %s %v", now.State, now.Error, now.Fault)
	}
	return now
}

// seenAnyhow are rows without their source and the times they were seen.
func seenAnyhow(all []collector.Message) []collector.Message {
	out := slices.Clone(all)
	for i := range out {
		m := &out[i]
		m.Source, m.FirstSeenAt, m.LastSeenAt, m.GoneAt = "", time.Time{}, time.Time{}, nil
	}
	return out
}

// The bundle of a workspace is imported into another sandbox workspace, through
// the form, to equal rows; twice changes nothing.
func TestImportOwnBundle(t *testing.T) {
	t.Parallel()
	base := startProgram(t)
	v := newVisitor(t, base)
	v.signIn(sandbox.Phones()[1])
	v.done(url.Values{"channels": {"@sable_notes\n@samudra_vani"}, "personal": {"1"}})
	want := rows(t, v.download("messages.parquet"))
	bundle := v.download("bundle.zip")

	other := newVisitor(t, base)
	other.signIn(sandbox.Phones()[1])
	first := other.imports(true, map[string][]byte{"bundle.zip": bundle})
	if first.Sum.New != int64(len(want)) || len(first.Channels) != 2 {
		t.Errorf("imported %+v; want %d new messages of 2 channels", first.Sum, len(want))
	}
	if diff := cmp.Diff(want, rows(t, other.download("messages.parquet"))); diff != "" {
		t.Errorf("imported rows (-want +got):\n%.3000s", diff)
	}
	for _, name := range []string{"channels.parquet", "receipts.parquet", "versions.parquet"} {
		if got, want := len(other.download(name)), len(v.download(name)); got == 0 || want == 0 {
			t.Errorf("%s: %d bytes, collected %d", name, got, want)
		}
	}
	if status, page := other.get("/"); status != http.StatusOK || !strings.Contains(page, "What this workspace has imported") {
		t.Errorf("the first page of a workspace that has only imported: %d\n%s", status, page)
	}
	if _, page := other.get("/tabs/messages"); !strings.Contains(page, "sable_notes") {
		t.Error("the tab does not show the imported channel")
	}
	second := other.imports(true, map[string][]byte{"bundle.zip": bundle})
	if second.Sum != (collector.Imported{Known: int64(len(want))}) {
		t.Errorf("imported twice: %+v", second.Sum)
	}
	if !strings.Contains(page(other, "/import"), "Nothing changed") {
		t.Error("the page does not say that nothing changed")
	}
	// Collecting after an import fetches what it lacks and keeps what is there.
	c := other.done(url.Values{"channels": {"@sable_notes\n@tamar_harbor"}})
	if c.State != collector.Done || c.Channels[1].New == 0 {
		t.Errorf("collecting after an import: %+v", c)
	}
	if got := rows(t, other.download("messages.parquet")); len(got) != len(want)+int(c.Channels[1].New) {
		t.Errorf("%d rows after collecting, want %d", len(got), len(want)+int(c.Channels[1].New))
	}
}

func page(v *visitor, path string) string {
	_, body := v.get(path)
	return body
}

// telegram-tracker's files of this product's own are imported to equal rows.
func TestImportTrackerExport(t *testing.T) {
	t.Parallel()
	base := startProgram(t)
	v := newVisitor(t, base)
	v.signIn(sandbox.Phones()[1])
	v.done(url.Values{"channels": {"@sable_notes"}, "personal": {"1"}})
	want := rows(t, v.download("messages.parquet"))
	files := map[string][]byte{
		"sable_notes_messages.json": v.download("channels/sable_notes/messages.json"),
		"sable_notes.json":          v.download("channels/sable_notes/channel.json"),
	}
	other := newVisitor(t, base)
	other.signIn(sandbox.Phones()[1])
	done := other.imports(true, files)
	if len(done.Read) != 2 {
		t.Errorf("read %+v", done.Read)
	}
	if diff := cmp.Diff(seenAnyhow(want), seenAnyhow(rows(t, other.download("messages.parquet")))); diff != "" {
		t.Errorf("imported rows (-want +got):\n%.3000s", diff)
	}
	// The same messages from the bundle were seen later: they take the place of
	// these, once.
	bundle := map[string][]byte{"bundle.zip": v.download("bundle.zip")}
	if got := other.imports(true, bundle).Sum; got.Newer != int64(len(want)) {
		t.Errorf("the bundle after telegram-tracker's file: %+v", got)
	}
	for _, again := range []map[string][]byte{bundle, files, bundle} {
		if got := other.imports(true, again).Sum; got != (collector.Imported{Known: int64(len(want))}) {
			t.Errorf("imported again: %+v", got)
		}
	}
}

// Files of Telethon give the rows that collecting the same channels gives, and
// what an account collects later becomes the message.
func TestImportTelethonEqualsCollecting(t *testing.T) {
	t.Parallel()
	dir, err := filepath.Abs("../../shared/fixtures/telethon")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the fixtures are not here")
	}
	base := startProgram(t, "--sandbox-world", dir)
	v := newVisitor(t, base)
	v.signIn(sandbox.Phones()[1])
	var names []string
	files := map[string][]byte{}
	paths, err := filepath.Glob(filepath.Join(dir, "*json*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = b
	}
	body := page(v, "/collections/new")
	for _, m := range offered.FindAllStringSubmatch(body, -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 {
		t.Fatalf("the sandbox offers no channel:\n%s", body)
	}
	v.done(url.Values{"channels": names, "personal": {"1"}})
	want := rows(t, v.download("messages.parquet"))

	other := newVisitor(t, base)
	other.signIn(sandbox.Phones()[1])
	done := other.imports(true, files)
	got := rows(t, other.download("messages.parquet"))
	if len(want) == 0 || len(got) != len(want) {
		t.Fatalf("%d rows imported, %d collected; %+v", len(got), len(want), done.Sum)
	}
	// The sandbox gives names to the channels; the files have them in theirs.
	if diff := cmp.Diff(unnamed(seenAnyhow(want)), unnamed(seenAnyhow(got))); diff != "" {
		t.Errorf("imported rows (-collected +imported):\n%.4000s", diff)
	}
	c := other.done(url.Values{"channels": names[:1], "personal": {"1"}})
	for _, m := range rows(t, other.download("messages.parquet")) {
		if m.ChannelID == c.Channels[0].ChannelID && m.Source != collector.SourceSandbox {
			t.Errorf("message %d is still the file's after collecting: source %s", m.ID, m.Source)
			break
		}
	}
}

// unnamed are rows without what channels are called where nobody knows it.
func unnamed(all []collector.Message) []collector.Message {
	for i := range all {
		m := &all[i]
		m.ChannelUsername, m.ChannelTitle = "", "" // the files' names begin with the collection's
		if m.ForwardFromName == fmt.Sprintf("Channel %d", m.ForwardFromID) {
			m.ForwardFromName = "" // the sandbox calls those so that the files do not name
		}
	}
	return all
}

// A file that is bad in one place imports nothing, and the page says where.
func TestImportHalfBad(t *testing.T) {
	t.Parallel()
	base := startProgram(t)
	v := newVisitor(t, base)
	v.toImport()
	good := telethonLine(5, 1, "good")
	for name, tt := range map[string]struct {
		files map[string][]byte
		want  []string
	}{
		"a field": {map[string][]byte{"a_5.ndjson": []byte(good + strings.Replace(telethonLine(5, 2, "x"), `"id":2`, `"id":"two"`, 1))},
			[]string{"a_5.ndjson, line 2", "field id", "Nothing of this upload was imported"}},
		"another file": {map[string][]byte{"a_5.ndjson": []byte(good), "b_6.ndjson": []byte(telethonLine(6, 1, "y") + "{\"_\": \"Message\",")},
			[]string{"b_6.ndjson, line 2", "Nothing of this upload was imported"}},
		"no archive": {map[string][]byte{"notes.txt": []byte("hello")}, []string{"notes.txt", "none of the files that can be imported"}},
	} {
		t.Run(name, func(t *testing.T) {
			if status, body := v.upload(false, tt.files); status != http.StatusOK {
				t.Fatalf("status %d:\n%s", status, body)
			}
			end := v.importEnd()
			if end.State != collector.Failed || end.Error != collector.ImportBadFile {
				t.Errorf("it ended as %s, %s, %v", end.State, end.Error, end.Fault)
			}
			html := page(v, "/import")
			for _, want := range tt.want {
				if !strings.Contains(html, want) {
					t.Errorf("the page does not say %q:\n%s", want, html)
				}
			}
			if status, body := v.get("/files/messages.parquet"); status == http.StatusOK && len(rows(t, []byte(body))) > 0 {
				t.Error("something was imported")
			}
		})
	}
	if status, body := v.upload(false, map[string][]byte{"a_5.ndjson": []byte(good), "notes.txt": []byte("hello")}); status != http.StatusOK {
		t.Fatalf("status %d:\n%s", status, body)
	}
	if end := v.importEnd(); end.State != collector.Done || !strings.Contains(page(v, "/import"), "notes.txt") {
		t.Errorf("with a file that is no archive it ended as %s, %v, or the page does not name that file", end.State, end.Fault)
	}
}

// telethonLine is one message as Telethon writes it.
func telethonLine(channel, id int64, text string) string {
	return fmt.Sprintf(`{"_":"Message","id":%d,"peer_id":{"_":"PeerChannel","channel_id":%d},"from_id":{"_":"PeerUser","user_id":777000111},"date":"2024-02-02T14:04:00+00:00","message":%q}`+"\n", id, channel, text)
}

// People who wrote become numbers, unless the form says otherwise.
func TestImportIsPrivate(t *testing.T) {
	t.Parallel()
	base := startProgram(t)
	for _, personal := range []bool{false, true} {
		v := newVisitor(t, base)
		v.toImport()
		v.imports(personal, map[string][]byte{"x.ndjson": []byte(telethonLine(5, 1, "hello"))})
		got := rows(t, v.download("messages.parquet"))
		if len(got) != 1 || (got[0].FromID == 777000111) != personal || strings.Contains(got[0].Raw, "777000111") != personal {
			t.Errorf("personal %v: %+v", personal, got)
		}
	}
}

// What is invented does not come into workspaces for real channels, nor does
// what Telegram itself said come into the sandbox.
func TestImportDoesNotMix(t *testing.T) {
	t.Parallel()
	base := startProgram(t)
	v := newVisitor(t, base)
	v.signIn(sandbox.Phones()[1])
	v.done(url.Values{"channels": {"@one_bottle"}})
	exports := map[string][]byte{"bundle.zip": v.download("bundle.zip"),
		"one_bottle_messages.json": v.download("channels/one_bottle/messages.json")}

	other := newVisitor(t, base)
	other.toImport()
	for name, file := range exports {
		other.upload(false, map[string][]byte{name: file})
		if end := other.importEnd(); end.Error != collector.ImportInvented {
			t.Errorf("%s of the sandbox in a real workspace: %s %s", name, end.State, end.Error)
		}
	}
	if status, body := other.get("/files/messages.parquet"); status == http.StatusOK && len(rows(t, []byte(body))) > 0 {
		t.Error("something was imported")
	}
	if !strings.Contains(page(other, "/import"), "which are invented") {
		t.Error("the page does not say why")
	}
}

// Messages of Telegram Desktop and tdl, whose objects are not Telegram's own, are
// exported as telegram-tracker writes them, and import again.
func TestImportDesktopAndExport(t *testing.T) {
	t.Parallel()
	base := startProgram(t)
	desktop := `{"name":"Harbour","type":"public_channel","id":5,"messages":[{"id":1,"type":"message","date":"2024-02-02T14:04:00","date_unixtime":"1706882640","from":"Harbour","from_id":"channel5","text":["hello ",{"type":"bold","text":"there"}]},{"id":2,"type":"service","date":"2024-02-02T14:05:00","date_unixtime":"1706882700","actor":"Harbour","actor_id":"channel5","action":"pin_message","message_id":1,"text":""}]}`
	tdl := `{"id":5,"messages":[{"id":1,"type":"message","file":"","date":1706882640,"text":"hello there","raw":{"ID":1,"PeerID":{"ChannelID":5},"Date":1706882640,"Message":"hello there"}}]}`
	for name, file := range map[string]string{"result.json": desktop, "tdl-export.json": tdl} {
		t.Run(name, func(t *testing.T) {
			v := newVisitor(t, base)
			v.toImport()
			v.imports(false, map[string][]byte{name: []byte(file)})
			want := rows(t, v.download("messages.parquet"))
			if len(want) == 0 || want[0].Text != "hello there" {
				t.Fatalf("imported: %+v", want)
			}
			var out struct {
				Messages []struct {
					Class   string `json:"_"`
					ID      int64
					Message string
				}
			}
			export := v.download("channels/5/messages.json")
			if err := json.Unmarshal(export, &out); err != nil {
				t.Fatal(err)
			}
			if len(out.Messages) != len(want) || out.Messages[len(out.Messages)-1].Class == "" {
				t.Errorf("exported: %s", export)
			}
			for _, file := range []string{"channels/5/channel.json", "msgs_dataset.csv", "messages.csv", "graph.json", "bundle.zip"} {
				if len(v.download(file)) == 0 {
					t.Errorf("%s is empty", file)
				}
			}
			again := newVisitor(t, base)
			again.toImport()
			again.imports(false, map[string][]byte{"harbour_messages.json": export})
			got := rows(t, again.download("messages.parquet"))
			if len(got) != len(want) || got[0].Text != want[0].Text || !got[0].Date.Equal(want[0].Date) {
				t.Errorf("imported again: %+v", got)
			}
		})
	}
}
