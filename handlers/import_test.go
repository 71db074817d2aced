package handlers_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/quota"
	"telegramtrac/collector/spool"
	"telegramtrac/handlers"
)

// part is a field of a form, or a file if it has a name.
type part struct{ field, name, text string }

// uploadForm writes a form of the given parts.
func uploadForm(parts ...part) (body []byte, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.SetBoundary("b0undary")
	for _, p := range parts {
		fmt.Fprintf(&b, "--b0undary\r\nContent-Disposition: form-data; name=%q", p.field)
		if p.name != "" {
			fmt.Fprintf(&b, "; filename=%q\r\nContent-Type: application/octet-stream", p.name)
		}
		fmt.Fprintf(&b, "\r\n\r\n%s\r\n", p.text)
	}
	fmt.Fprint(&b, "--b0undary--\r\n")
	return b.Bytes(), w.FormDataContentType()
}

func (b *browser) upload(parts ...part) response {
	b.t.Helper()
	return b.uploadTo("/import", parts...)
}

func (b *browser) uploadTo(path string, parts ...part) response {
	b.t.Helper()
	body, contentType := uploadForm(append([]part{{field: "_csrf", text: b.token}}, parts...)...)
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return b.do(r)
}

// uploadSite is a site with a spool that the test can look into.
func uploadSite(t *testing.T, change ...func(*handlers.Options)) (s *site, dir string) {
	dir = filepath.Join(t.TempDir(), "uploads")
	return newSite(t, append(change, func(o *handlers.Options) { o.Spool = spool.Open(dir) })...), dir
}

// spooled lists the files of a spool with their contents.
func spooled(t testing.TB, dir string) (names []string, texts []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		names, texts = append(names, rel), append(texts, string(b))
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return names, texts
}

func TestUpload(t *testing.T) {
	t.Parallel()
	s, dir := uploadSite(t)
	b := s.signedIn(t)
	b.get("/import").shows(t, 200, "Import files that you have already", `name="files"`)
	r := b.upload(part{"personal", "", "1"}, part{"files", "a_messages.json", "{}"}, part{"files", "", ""},
		part{"folder", "export/chats.txt", "x"}, part{"folder", "export/b.json", "[]"})
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/import" {
		t.Errorf("status %d, %v", r.status, r.header)
	}
	got := s.engine.started
	if !got.Personal || len(got.Files) != 2 || got.Files[0] != (collector.ImportFile{Name: "a_messages.json"}) ||
		got.Files[1] != (collector.ImportFile{Name: "export/b.json", Folder: true}) {
		t.Errorf("handed over: %+v", got)
	}
	if _, texts := spooled(t, dir); len(texts) != 2 || texts[0] != "{}" || texts[1] != "[]" {
		t.Errorf("spooled: %q", texts)
	}
	b.get("/import").shows(t, 200, "queued", `hx-trigger="every 1s"`, "a_messages.json")
	b.get("/import/progress").shows(t, 200, `id="import-state"`)
	again := b.upload(part{"files", "a.json", "{}"})
	again.shows(t, http.StatusConflict, "An import is on in this workspace already")
	if names, _ := spooled(t, dir); len(names) != 2 {
		t.Errorf("the second upload was kept: %v", names)
	}
}

func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	s, dir := uploadSite(t)
	b := s.signedIn(t)
	b.upload().shows(t, http.StatusUnprocessableEntity, "Choose at least one file")
	b.with("Accept", "application/json").upload(part{"folder", "photo.jpg", "x"}).shows(t, http.StatusUnprocessableEntity, `"sentences"`)
	body, contentType := uploadForm(part{field: "_csrf", text: b.token}, part{"files", "a.json", "{}"})
	r := httptest.NewRequest(http.MethodPost, "/import", bytes.NewReader(body[:len(body)-20]))
	r.Header.Set("Content-Type", contentType)
	b.do(r).shows(t, http.StatusBadRequest, "The upload broke off before its end")
	if names, _ := spooled(t, dir); len(names) != 0 || s.engine.started.Upload != "" {
		t.Errorf("kept: %v", names)
	}
	off := newSite(t, func(o *handlers.Options) { o.MaxUpload = 0 })
	c := off.signedIn(t)
	c.get("/import").shows(t, http.StatusNotFound, "Files are not imported here")
	c.upload(part{"files", "a.json", "{}"}).shows(t, http.StatusNotFound)
	c.get("/collections/new").lacks(t, "/import")
}

// The token comes before all files; without it no file is stored.
func TestUploadIsTheVisitorsOwn(t *testing.T) {
	t.Parallel()
	s, dir := uploadSite(t)
	b, other := s.signedIn(t), s.signedIn(t)
	token := b.token
	for name, parts := range map[string][]part{
		"none":              {{"files", "a.json", "{}"}},
		"another visitor's": {{"_csrf", "", other.token}, {"files", "a.json", "{}"}},
		"after the files":   {{"files", "a.json", "{}"}, {"_csrf", "", token}},
		"too long":          {{"_csrf", "", token + strings.Repeat("0", 2000)}, {"files", "a.json", "{}"}},
	} {
		body, contentType := uploadForm(parts...)
		r := httptest.NewRequest(http.MethodPost, "/import", bytes.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		if got := b.do(r); got.status != http.StatusForbidden || s.engine.started.Upload != "" {
			t.Errorf("token %s: status %d", name, got.status)
		}
		if names, _ := spooled(t, dir); len(names) != 0 {
			t.Errorf("token %s: kept %v", name, names)
		}
	}
	stranger := s.visit(t)
	if r := stranger.upload(part{"files", "a.json", "{}"}); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Errorf("a stranger's upload: %d", r.status)
	}
	if names, _ := spooled(t, dir); len(names) != 0 {
		t.Errorf("a stranger's upload was kept: %v", names)
	}
}

// send begins a request whose body the test sends in pieces.
func send(t *testing.T, address string, b *browser, length string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(2 * time.Minute))
	fmt.Fprintf(conn, "POST /import HTTP/1.1\r\nHost: x\r\nCookie: visitor=%s\r\nContent-Type: multipart/form-data; "+
		"boundary=b0undary\r\n%s\r\n\r\n", b.cookie, length)
	return conn
}

func answerOn(t *testing.T, conn net.Conn) (status int, body string) {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	if !resp.Close {
		t.Error("the connection stays open, with the rest of the upload in it")
	}
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func TestUploadTooLarge(t *testing.T) {
	t.Parallel()
	s, dir := uploadSite(t)
	b := s.signedIn(t)
	address := s.serve(t)
	// With Content-Length.
	conn := send(t, address, b, fmt.Sprintf("Content-Length: %d", 1<<40))
	start, _ := uploadForm(part{field: "_csrf", text: b.token})
	conn.Write(start[:len(start)-len("--b0undary--\r\n")])
	io.WriteString(conn, "--b0undary\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.json\"\r\n\r\n")
	conn.Write(bytes.Repeat([]byte("x"), 9000)) // the server reads the beginning first
	if status, body := answerOn(t, conn); status != http.StatusRequestEntityTooLarge || !strings.Contains(body, "larger than 1 MB") {
		t.Errorf("status %d: %s", status, body)
	}
	// Without Content-Length.
	conn = send(t, address, b, "Transfer-Encoding: chunked")
	chunk := func(text string) { fmt.Fprintf(conn, "%x\r\n%s\r\n", len(text), text) }
	chunk(string(start[:len(start)-len("--b0undary--\r\n")]))
	chunk("--b0undary\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.json\"\r\n\r\n")
	go func() {
		for range 100 {
			chunk(strings.Repeat("x", 1<<16))
		}
	}()
	if status, _ := answerOn(t, conn); status != http.StatusRequestEntityTooLarge {
		t.Errorf("chunked: status %d", status)
	}
	if names, _ := spooled(t, dir); len(names) != 0 || s.engine.started.Upload != "" {
		t.Errorf("kept: %v", names)
	}
}

// An upload that stalls is ended.
func TestUploadStalls(t *testing.T) {
	s, dir := uploadSite(t, func(o *handlers.Options) { o.ReadTimeout = 300 * time.Millisecond })
	b := s.signedIn(t)
	body, _ := uploadForm(part{field: "_csrf", text: b.token}, part{"files", "a.json", strings.Repeat("x", 20_000)})
	conn := send(t, s.serve(t), b, fmt.Sprintf("Content-Length: %d", len(body)))
	conn.Write(body[:10_000])
	if status, page := answerOn(t, conn); status != http.StatusRequestTimeout || !strings.Contains(page, "stood still") {
		t.Errorf("status %d: %s", status, page)
	}
	if names, _ := spooled(t, dir); len(names) != 0 {
		t.Errorf("kept: %v", names)
	}
}

// An upload that takes longer than the read timeout, but moves, is stored whole.
func TestSlowUploadMayCome(t *testing.T) {
	const span = 400 * time.Millisecond
	s, dir := uploadSite(t, func(o *handlers.Options) { o.ReadTimeout, o.MaxUpload = span, 8<<20 })
	b := s.signedIn(t)
	body, _ := uploadForm(part{field: "_csrf", text: b.token}, part{"files", "a.json", strings.Repeat("x", 4<<20)})
	conn := send(t, s.serve(t), b, fmt.Sprintf("Content-Length: %d", len(body)))
	began := time.Now()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for len(body) > 0 {
		n := min(len(body), 256<<10)
		if _, err := conn.Write(body[:n]); err != nil {
			t.Fatal(err)
		}
		body = body[n:]
		<-tick.C
	}
	if status, page := answerOn(t, conn); status != http.StatusSeeOther {
		t.Errorf("status %d: %s", status, page)
	}
	if took := time.Since(began); took < span {
		t.Errorf("it took %s only: nothing was tried", took)
	}
	if _, texts := spooled(t, dir); len(texts) != 1 || len(texts[0]) != 4<<20 {
		t.Errorf("%d files came", len(texts))
	}
}

func TestOneUploadAtATime(t *testing.T) {
	t.Parallel()
	s, _ := uploadSite(t)
	b := s.signedIn(t)
	address := s.serve(t)
	body, _ := uploadForm(part{field: "_csrf", text: b.token}, part{"files", "a.json", strings.Repeat("x", 20_000)})
	first := send(t, address, b, fmt.Sprintf("Content-Length: %d", len(body)))
	first.Write(body[:15_000])
	for deadline := time.Now().Add(2 * time.Minute); !strings.Contains(b.get("/import/progress").body, "Uploading the files"); {
		if time.Now().After(deadline) {
			t.Fatal("the page does not show the upload")
		}
	}
	b.upload(part{"files", "b.json", "{}"}).shows(t, http.StatusConflict, "An import is on in this workspace already")
	first.Write(body[15_000:])
	if status, page := answerOn(t, first); status != http.StatusSeeOther {
		t.Errorf("the first upload ends with %d: %s", status, page)
	}
}

// A visitor who signs in during an upload is told so, and nothing of it is stored.
func TestUploadWhileSigningIn(t *testing.T) {
	t.Parallel()
	s, dir := uploadSite(t)
	b := s.signedIn(t)
	body, _ := uploadForm(part{field: "_csrf", text: b.token}, part{"files", "a.json", strings.Repeat("x", 20_000)})
	conn := send(t, s.serve(t), b, fmt.Sprintf("Content-Length: %d", len(body)))
	conn.Write(body[:15_000])
	for deadline := time.Now().Add(2 * time.Minute); !strings.Contains(b.get("/import/progress").body, "Uploading the files"); {
		if time.Now().After(deadline) {
			t.Fatal("the page does not show the upload")
		}
	}
	s.engine.mu.Lock()
	for v, w := range s.engine.workspaces {
		w.ID = "w-another"
		s.engine.workspaces[v] = w
	}
	s.engine.mu.Unlock()
	conn.Write(body[15_000:])
	if status, page := answerOn(t, conn); status != http.StatusConflict || !strings.Contains(page, "signed in or out while the files came") {
		t.Errorf("status %d: %s", status, page)
	}
	if names, _ := spooled(t, dir); len(names) != 0 || s.engine.started.Upload != "" {
		t.Errorf("kept: %v", names)
	}
}

// Names of files are shown as text and never used as paths.
func TestUploadNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../../../etc/passwd.json", "/etc/passwd.json", `..\..\x.json`, "a\x00b.json", hostile + ".json",
		strings.Repeat("long/", 1000) + "x.json"} {
		s, dir := uploadSite(t)
		b := s.signedIn(t)
		if r := b.upload(part{"files", name, "{}"}); r.status != http.StatusSeeOther && r.status != http.StatusUnprocessableEntity {
			t.Errorf("%.40q: status %d", name, r.status)
		}
		names, _ := spooled(t, filepath.Dir(dir))
		for _, at := range names {
			if !strings.HasPrefix(at, "uploads/w-") || filepath.Base(at) != "0" {
				t.Errorf("%.40q lies at %s", name, at)
			}
		}
		page := b.get("/import")
		page.lacks(t, "<script>alert", "<img src=x")
		for _, f := range s.engine.started.Files {
			if len(f.Name) > 300 {
				t.Errorf("a name of %d bytes is kept", len(f.Name))
			}
		}
	}
}

// A compressed body could unpack to any size, so it is refused.
func TestPackedBody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	for _, path := range []string{"/collections", "/import"} {
		body, contentType := uploadForm(part{field: "_csrf", text: b.token})
		r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Content-Encoding", "gzip")
		if got := b.do(r); got.status < 400 || got.status >= 500 {
			t.Errorf("%s: status %d", path, got.status)
		}
	}
}

// The result of an import is shown completely, and script in it stays text.
func TestImportResult(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	done := collector.Import{
		ID: "u", State: collector.Done, Files: []collector.ImportFile{{Name: "bundle.zip"}}, LocalDay: true,
		Sum: collector.Imported{New: 3, Newer: 2, Older: 1, Known: 7}, LeftOut: []string{hostile}, LeftOutMore: 1,
		Dropped:  map[string]int{"MessageMediaNovel": 2, "PhotoSize.location": 5},
		Channels: []collector.Imported{{ChannelID: 5, Username: "alpha", Title: hostile, New: 3, Newer: 2, Older: 1, Known: 7}},
		Read:     []collector.ImportedFile{{Name: "bundle.zip/messages.parquet", Kind: "messages.parquet of telegramtrac", Messages: 13}},
	}
	bad := collector.Import{ID: "u", State: collector.Failed, Error: collector.ImportBadFile,
		Fault: &collector.FileError{File: "a.json", Line: 1200, Field: "date", Problem: "there is a text where a number should be"}}
	for _, tt := range []struct {
		now  collector.Import
		want []string
	}{
		{done, []string{"The files were imported", "3 messages are new; 2 took the place of older ones; 1 is older",
			" 2 files or chats were left out, with the reason below.", `<details class="help" open>`, "@alpha", "MessageMediaNovel",
			"messages.parquet of telegramtrac", "times without their zone", `href="/tabs/dataset"`}},
		{collector.Import{ID: "u", State: collector.Done, Sum: collector.Imported{New: 1},
			Apart: []collector.TakenOver{{Username: "quay", Why: collector.ApartUnknown}, {Username: "pier", Why: collector.ApartStrangers},
				{Username: "mole", Why: collector.ApartDiffers, MessageID: 17}}},
			[]string{"@quay by its username alone", "until the channel is collected", "@pier by its", "has none of these messages",
				"Message 17 has another date"}},
		{bad, []string{"The files were not imported", "a.json, line 1\u202f200, field date: there is a text where a number should be.",
			"Nothing of this upload was imported", `name="files"`}},
		{collector.Import{ID: "u", State: collector.Failed, Error: collector.ImportFull}, []string{"nearly full"}},
		{collector.Import{ID: "u", State: collector.Failed, Error: collector.ImportOpenFiles},
			[]string{"too many files open", "Nothing of this upload was imported"}},
		{collector.Import{ID: "u", State: collector.Failed, Error: collector.ImportInterrupted}, []string{"stopped each time"}},
		{collector.Import{ID: "u", State: collector.Failed, Error: collector.ImportReal}, []string{"this workspace is the sandbox"}},
		{collector.Import{ID: "u", State: collector.Done, LeftOut: []string{"a.txt: it is empty"}},
			[]string{"The files have no messages. 1 file or chat was left out"}},
		{collector.Import{ID: "u", State: collector.Canceled}, []string{"was canceled"}},
		{collector.Import{ID: "u", State: collector.Running, Step: collector.ImportReading, Done: 1, Total: 4},
			[]string{"25 %", `max="4"`, "every 1s"}},
		{collector.Import{ID: "u", State: collector.Running, Step: collector.ImportMerging, Done: 1000, Total: 4000},
			[]string{"1\u202f000 of 4\u202f000"}},
		{collector.Import{ID: "u", State: collector.Running, Step: collector.ImportTidying}, []string{"tidying up"}},
	} {
		for v := range s.engine.workspaces {
			s.engine.imports[v] = tt.now
		}
		r := b.get("/import")
		r.shows(t, 200, tt.want...)
		r.lacks(t, "<script>alert", "<img src=x")
	}
}

// TestUploadWhenFull: a workspace that has used up its quota accepts no upload.
func TestUploadWhenFull(t *testing.T) {
	t.Parallel()
	s, dir := uploadSite(t, func(o *handlers.Options) { o.Quota = quota.Allowance{Bytes: 100} })
	b := s.signedIn(t)
	s.fill(t, s.workspace(b))
	b.upload(part{"files", "a.json", "{}"}).shows(t, http.StatusInsufficientStorage, "and may hold 100 bytes",
		"Nothing of this upload was kept.")
	if names, _ := spooled(t, dir); len(names) != 0 || s.engine.started.Upload != "" {
		t.Errorf("kept: %v", names)
	}
}
