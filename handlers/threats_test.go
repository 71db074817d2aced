package handlers_test

import (
	"archive/zip"
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/handlers"
)

// TestThreats: each line of the table of threats names tests that exist.
func TestThreats(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("THREATS.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(\\.{0,2}[a-z/]*) (Test\\w+)`")
	lines := 0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| what") {
			continue
		}
		lines++
		tests := named.FindAllStringSubmatch(line, -1)
		if len(tests) == 0 {
			t.Errorf("no test in the line %s", line)
		}
		for _, m := range tests {
			if !hasTest(t, m[1], m[2]) {
				t.Errorf("there is no %s in %s", m[2], m[1])
			}
		}
	}
	if lines < 15 {
		t.Errorf("the table has %d lines", lines)
	}
}

// hasTest reports whether a folder has a test with a name.
func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(path string) bool {
		text, err := os.ReadFile(path)
		return err == nil && strings.Contains(string(text), "\nfunc "+name+"(")
	})
}

func TestGuessedIDs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, b := s.signedIn(t), s.signedIn(t)
	id := owner.submit("@alpha")
	w, _ := onlyCollection(s)
	for _, guess := range []string{id, "c002", "x", "%2e%2e", "..%2f" + id, w + "." + id, "want." + w + "." + id, "*", "%3e",
		strings.Repeat("a", 2000)} {
		r := b.get("/collections/" + guess)
		r.shows(t, http.StatusNotFound)
		r.lacks(t, "@alpha")
		if r := b.post("/collections/"+guess+"/cancel", nil); r.status != http.StatusNotFound {
			t.Errorf("cancel %.30s: status %d", guess, r.status)
		}
	}
	if s.engine.find(w, id).State != collector.Queued {
		t.Error("a guess changed the collection")
	}
}

// A form of a page that was opened before signing in is refused: its token belongs to the old
// cookie.
func TestStaleToken(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	stale := b.token
	b.post("/signin/credentials", credentials())
	b.post("/signin/code", url.Values{"code": {"22222"}})
	b.post("/collections", url.Values{"_csrf": {stale}, "channels": {"@alpha"}}).shows(t, http.StatusForbidden, "This form is too old")
}

func TestPathTraversal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	for _, path := range []string{
		"/files/..%2f..%2fsecret.key", "/files/../../secret.key", "/files/%2e%2e%2fidentity.sealed", "/files/messages.parquet%00.txt",
		"/files/channels/..%2f..%2f/messages.parquet", "/files/channels/%2e%2e/channel.json", "/files/channels/1/..%2f..%2fsecret.key",
		"/static/..%2f..%2fgo.mod", "/static/%2e%2e/app.css",
	} {
		if r := b.get(path); r.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, r.status)
		}
	}
}

func TestOpenRedirects(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, b := range []*browser{s.visit(t), s.signedIn(t)} {
		for _, path := range []string{"//evil.example", "//evil.example/..", "/%2f%2fevil.example", "/\\evil.example",
			"/?next=https://evil.example", "/collections?next=//evil.example"} {
			r := b.get(path)
			for _, name := range []string{"Location", "HX-Redirect", "Refresh"} {
				if strings.Contains(r.header.Get(name), "evil") {
					t.Errorf("%s: %s %q", path, name, r.header.Get(name))
				}
			}
		}
	}
}

// A channel's name cannot add a header to the answer, nor change the folder of its file.
func TestHostileFileNames(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	b.submit("@alpha")
	w, _ := onlyCollection(s)
	d, err := s.dataset(t.TempDir(), w)
	if err != nil {
		t.Fatal(err)
	}
	for id, name := range map[int64]string{1: "a\"\r\nX-Evil: 1\r\n\r\n<script>", 2: "../../etc/passwd", 3: "\u202egpj.exe",
		4: "=cmd|' /C calc'!A0"} {
		ch := collector.Channel{ID: id, Username: name, Title: name, Kind: collector.Broadcast, Source: "telegram", FirstSeenAt: noon,
			LastSeenAt: noon, Raw: "{}"}
		if err := d.Writer(1).PutChannel(t.Context(), ch); err != nil {
			t.Fatal(err)
		}
	}
	clean := regexp.MustCompile(`^attachment; filename="[A-Za-z0-9_]+\.json"$`)
	for _, id := range []string{"1", "2", "3", "4"} {
		r := b.get("/files/channels/" + id + "/channel.json")
		r.shows(t, 200)
		if got := r.header.Get("Content-Disposition"); !clean.MatchString(got) || r.header.Get("X-Evil") != "" {
			t.Errorf("channel %s: %q, X-Evil %q", id, got, r.header.Get("X-Evil"))
		}
	}
}

// Script in texts, titles and usernames stays text in every view.
func TestStoredScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	s.fill(t, w)
	s.engine.change(w, id, 0, func(c *collector.Collection) {
		c.Channels[0].Title, c.Channels[0].Username, c.Channels[0].Reference = hostile, hostile, hostile
	})
	seen := false
	for _, path := range []string{"/", "/collections", "/collections/" + id, "/collections/new?from=" + id, "/tabs/messages",
		"/tabs/messages?channel=1003", "/tabs/metadata", "/tabs/metadata?channel=1003", "/tabs/dataset", "/tabs/network", "/tabs/options",
		"/network/ties?from=1003&to=1001", "/network/snowball", "/network/price?key=named_1", "/network/state", "/charts/messages.svg",
		"/files/network.svg"} {
		r := b.get(path)
		if strings.HasPrefix(path, "/network/ties") || strings.HasPrefix(path, "/network/state") || strings.HasPrefix(path, "/charts/") {
			if r.status >= 500 {
				t.Errorf("%s: status %d", path, r.status)
			}
		} else {
			r.shows(t, 200)
		}
		r.lacks(t, "<script>alert", "<img src=x", "javascript:alert")
		seen = seen || strings.Contains(r.body, "&lt;script&gt;alert")
	}
	if !seen {
		t.Error("the hostile text was in no view")
	}
	pushed := until(t, b.listen(s.serve(t), id), "channel-row")
	if strings.Contains(pushed, "<script>alert") || strings.Contains(pushed, "<img src=x") ||
		!strings.Contains(pushed, "&lt;script&gt;alert") {
		t.Errorf("the websocket sends\n%s", pushed)
	}
}

// Data files are sent as downloads, never opened as a page of this site.
func TestFilesAreNoPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	s.fill(t, s.workspace(b))
	for _, name := range []string{"messages.csv", "network.svg", "graph.gexf", "graph.json", "bundle.zip"} {
		r := b.get("/files/" + name)
		r.shows(t, 200)
		if !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment;") || r.header.Get("X-Content-Type-Options") != "nosniff" ||
			strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %v", name, r.header)
		}
	}
}

// Names in the bundle stay within the folder where it is unpacked, and are valid on every
// system, whatever channels are called.
func TestZipNames(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	d, err := s.dataset(t.TempDir(), s.workspace(b))
	if err != nil {
		t.Fatal(err)
	}
	for id, name := range map[int64]string{1: "../../etc/passwd", 2: "c:\\windows\\x", 3: "con", 4: "same", 5: "SAME", 6: "a\r\nb\x00c",
		7: "\u202egpj.exe", 8: strings.Repeat("x", 300), 9: "/etc/cron.d/x"} {
		ch := collector.Channel{ID: id, Username: name, Title: name, Kind: collector.Broadcast, Source: "telegram", FirstSeenAt: noon,
			LastSeenAt: noon, Raw: "{}"}
		if err := d.Writer(1).PutChannel(t.Context(), ch); err != nil {
			t.Fatal(err)
		}
	}
	body := b.get("/files/bundle.zip").body
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	clean := regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`)
	seen := map[string]bool{}
	for _, f := range z.File {
		name := strings.TrimSuffix(f.Name, "/")
		lower := strings.ToLower(name)
		if !clean.MatchString(name) || !filepath.IsLocal(name) || strings.Contains(name, "..") || len(name) > 200 || seen[lower] ||
			strings.Contains(lower, "/con.") {
			t.Errorf("%q", f.Name)
		}
		seen[lower] = true
	}
	if len(z.File) < 10 {
		t.Errorf("%d files", len(z.File))
	}
}

// The server does not wait for a body that does not arrive.
func TestSlowBody(t *testing.T) {
	s := newSite(t, func(o *handlers.Options) { o.ReadTimeout = 50 * time.Millisecond })
	conn, err := net.Dial("tcp", s.serve(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST /signin/credentials HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "+
		"100\r\n\r\n_csrf=")
	conn.SetReadDeadline(time.Now().Add(2 * time.Minute))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatal("the server waits for the rest")
	}
	if err == nil && resp.StatusCode < 400 {
		t.Errorf("status %d", resp.StatusCode)
	}
	if len(s.engine.calls) != 0 {
		t.Errorf("something was done: %v", s.engine.calls)
	}
}

// TestNamesThatLie: invisible characters and direction marks are made visible in every name on
// every page.
func TestNamesThatLie(t *testing.T) {
	t.Parallel()
	const file, title, author = "evil\u202efdp.967.exe", "Alpha\u202e\u200b", "\u200fann\u2066"
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	s.fill(t, w)
	d, err := s.dataset("", w)
	if err != nil {
		t.Fatal(err)
	}
	ch := collector.Channel{ID: 1009, Username: "lies", Title: title, Kind: "broadcast"}
	m := collector.Message{
		ChannelID: 1009, ChannelUsername: "lies", ChannelTitle: title, ID: 1, Date: noon, Kind: collector.KindMessage, PostAuthor: author,
		MediaType: "MessageMediaDocument", FileName: file,
		ForwardFromType: collector.PeerUser, ForwardFromName: title, Text: "see example.org/\u202egpj",
		Entities: []collector.Entity{{Type: "MessageEntityUrl", Offset: 4, Length: 16}},
		URL:      "https://example.org/", Domain: "example\u200b.org", URLTitle: title,
	}
	writer := d.Writer(2)
	if err := errors.Join(writer.PutChannel(t.Context(), ch), writer.PutPart(t.Context(), collector.Part{
		ChannelID: 1009, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: 1, Hi: 1}, Messages: []collector.Message{m},
	})); err != nil {
		t.Fatal(err)
	}
	s.engine.change(w, id, 0, func(c *collector.Collection) { c.Channels[0].Title = title })
	words := regexp.MustCompile(`>[^<]*[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{200b}\x{200f}][^<]*<`)
	for _, path := range []string{"/", "/collections", "/collections/" + id, "/tabs/messages", "/tabs/messages?channel=1009",
		"/tabs/metadata?channel=1009", "/tabs/dataset?channel=1009", "/tabs/dataset", "/tabs/options", "/tabs/network"} {
		r := b.get(path)
		r.shows(t, 200)
		if found := words.FindString(r.body); found != "" {
			t.Errorf("%s has %+q", path, found)
		}
	}
	page := b.get("/tabs/messages?channel=1009")
	page.body = strings.ReplaceAll(page.body, "U&#43;", "U+")
	page.shows(t, 200, "<bdi>evil[U+202E]fdp.967.exe</bdi>", "[U+200F]ann[U+2066]", "Alpha[U+202E][U+200B]", ">example.org/[U+202E]gpj</a>",
		"example[U+200B].org")
	for _, name := range []string{"channel.json", "messages.csv"} {
		if got := b.get("/files/channels/1009/" +
			name).header.Get("Content-Disposition"); !regexp.MustCompile(`^attachment; filename="[A-Za-z0-9_.-]+"$`).MatchString(got) {
			t.Errorf("the file is named by %+q", got)
		}
	}
	if pushed := until(t, b.listen(s.serve(t), id), "channel-row"); words.MatchString(pushed) ||
		!strings.Contains(pushed, "Alpha[U&#43;202E]") {
		t.Errorf("the websocket sends %+q", pushed)
	}
}
