package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"telegramtrac/collector/spool"
	"telegramtrac/handlers"
)

// addresses are pages that take parameters.
var addresses = []string{
	"/", "/collections", "/collections/new", "/import", "/tabs/messages", "/tabs/metadata", "/tabs/dataset", "/tabs/network", "/tabs/options",
	"/charts/messages.json", "/network/graph.json", "/network/timeline.json", "/network/state", "/network/ties", "/network/snowball",
	"/network/price",
	"/files/messages.parquet", "/look/picture/alpha/x",
}

// FuzzQuery: whatever follows an address, the page answers without a failure, and with no more
// than a page.
func FuzzQuery(f *testing.F) {
	for i := range addresses {
		f.Add(uint8(i), "channel=1001&q=a&page=2")
	}
	for i, q := range []string{
		"channel=1001&at=5&whole=1", "q=%22%00%ff&since=2024-02-30", "page=-1", "page=99999999999999999999", "order=views&kind=x&media=%00",
		"columns=text&columns=x&columns=", "since=2024-01-01&until=2023-01-01", "kinds=forward&kinds=x&least=-5&search=%e2%80%ae",
		"key=c1001&key=u&key=%00&last=1e9",
		"a=1;b=2", "%", "q=" + strings.Repeat("%2e", 300), "topic=9223372036854775808", "at=-1&channel=0",
	} {
		f.Add(uint8(4+i%5), q)
	}
	s := newSite(f)
	b := s.signedIn(f)
	b.submit("@alpha @beta")
	f.Fuzz(func(t *testing.T, at uint8, query string) {
		b.t = t
		r := httptest.NewRequest(http.MethodGet, addresses[int(at)%len(addresses)], nil)
		r.URL.RawQuery = query
		if _, err := url.ParseRequestURI(r.URL.RequestURI()); err != nil || strings.ContainsAny(query, " \r\n#\x00") {
			return // no browser sends it, and no server reads it
		}
		r.RequestURI = r.URL.RequestURI()
		got := b.do(r)
		if got.status >= http.StatusInternalServerError || len(got.body) > 2_000_000 {
			t.Errorf("%s: status %d, %d bytes", r.RequestURI, got.status, len(got.body))
		}
	})
}

// FuzzUpload: whatever name and type a browser gives a file, the file is stored in its place
// and shown with a short name.
func FuzzUpload(f *testing.F) {
	f.Add("messages.json", "application/json", "{}")
	f.Add("../../x.json\x00.zip", "text/html; charset=\xff", "PK\x03\x04")
	f.Add("\u202egpj.exe", "", "")
	f.Add("C:\\x\\"+strings.Repeat("a", 5000), "a/b", "\r\n--x--\r\n")
	dir := filepath.Join(f.TempDir(), "uploads")
	s := newSite(f, func(o *handlers.Options) { o.Spool = spool.Open(dir) })
	b := s.signedIn(f)
	f.Fuzz(func(t *testing.T, name, kind, text string) {
		b.t = t
		for _, line := range []string{name, kind} {
			if strings.ContainsAny(line, "\r\n") {
				return // another head
			}
		}
		const end = "0123456789abcdef"
		body := "--" + end + "\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n" + b.token +
			"\r\n--" + end + "\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" + name + "\"\r\nContent-Type: " + kind + "\r\n\r\n" +
			text + "\r\n--" + end + "--\r\n"
		r := httptest.NewRequest(http.MethodPost, "/import", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+end)
		if got := b.do(r); got.status >= http.StatusInternalServerError {
			t.Errorf("%q: status %d", name, got.status)
		}
		names, _ := spooled(t, filepath.Dir(dir))
		for _, at := range names {
			if !strings.HasPrefix(at, "uploads/w-") || filepath.Base(at) != "0" {
				t.Errorf("%q lies at %s", name, at)
			}
		}
		for _, file := range s.engine.started.Files {
			if len(file.Name) > 300 || !utf8.ValidString(file.Name) {
				t.Errorf("the name %q is kept", file.Name)
			}
		}
	})
}
