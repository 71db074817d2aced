package handlers_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/handlers"
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/", "/healthz", "/nothing"} {
		r := s.visit(t).get(path)
		if got := r.header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'self'") || strings.Contains(got, "unsafe") ||
			!strings.Contains(got, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, got)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Referrer-Policy": "same-origin", "X-Frame-Options": "DENY"} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	cookie := func(s *site, forwarded string) string {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Forwarded-Proto", forwarded)
		r.Header.Set("X-Forwarded-For", "192.0.2.1")
		resp, err := s.Test(r)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Header.Get("Set-Cookie")
	}
	s := newSite(t)
	got := cookie(s, "https")
	if !strings.Contains(got, "HttpOnly") || !strings.Contains(got, "SameSite=Lax") || !strings.Contains(strings.ToLower(got), "path=/") ||
		strings.Contains(strings.ToLower(got), "secure") {
		t.Errorf("cookie: %q", got)
	}
	if got == cookie(s, "https") {
		t.Error("two visitors have the same cookie")
	}
	trusting := newSite(t, func(o *handlers.Options) { o.TrustProxy = true })
	for _, scheme := range []string{"https", "https, http", "HTTPS"} {
		if got := cookie(trusting, scheme); !strings.Contains(strings.ToLower(got), "secure") || !strings.HasPrefix(got, "__Host-visitor=") {
			t.Errorf("over %s: %q", scheme, got)
		}
	}
	// Over TLS a cookie that another host can set is ignored.
	planted := newSite(t, func(o *handlers.Options) { o.TrustProxy = true }).visit(t)
	before := planted.cookie
	planted.with("X-Forwarded-Proto", "https").get("/").lacks(t, planted.token)
	if planted.cookie != before {
		t.Error("the planted cookie was taken up")
	}
	if got := cookie(trusting, "http"); strings.Contains(strings.ToLower(got), "secure") {
		t.Errorf("without TLS: %q", got)
	}
}

func TestHSTS(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *handlers.Options) { o.TrustProxy = true })
	for scheme, want := range map[string]string{"https": "max-age=31536000", "https, http": "max-age=31536000", "http": ""} {
		if got := s.visit(t).with("X-Forwarded-Proto", scheme).get("/").header.Get("Strict-Transport-Security"); got != want {
			t.Errorf("over %s: %q, want %q", scheme, got, want)
		}
	}
	if got := newSite(t).visit(t).with("X-Forwarded-Proto", "https").get("/").header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("a header that anybody can send was believed: %q", got)
	}
}

// posts are all routes that change something, according to the router.
func posts(s *site) []string {
	var out []string
	for _, path := range s.Posts() {
		out = append(out, strings.ReplaceAll(path, ":id", "c001"))
	}
	return out
}

func TestForgedForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	other := s.signedIn(t)
	b := s.signedIn(t)
	b.submit("@alpha")
	before := len(s.engine.calls)
	all := posts(s)
	if len(all) < 18 || !slices.Contains(all, "/collections/c001/pause") || !slices.Contains(all, "/network/trac") {
		t.Errorf("the routes are %v", all)
	}
	for _, path := range all {
		for name, token := range map[string]string{"none": "", "another visitor's": other.token, "nonsense": "0"} {
			r := b.post(path, url.Values{"_csrf": {token}, "channels": {"@gamma"}})
			r.shows(t, http.StatusForbidden, "This form is too old")
			if len(s.engine.calls) != before {
				t.Errorf("%s with token %s: something was done", path, name)
			}
		}
	}
	w, id := onlyCollection(s)
	if c := s.engine.find(w, id); c.State != "queued" || len(s.engine.collections[w]) != 1 {
		t.Errorf("the collection changed: %+v", c)
	}
}

func TestTokenSurvivesRestart(t *testing.T) {
	t.Parallel()
	b := newSite(t).visit(t)
	b.site = newSite(t) // the same secret
	b.post("/signin/credentials", credentials()).shows(t, http.StatusSeeOther)
}

// TestApart: two visitors never see each other's collections, data, files or
// sockets.
func TestApart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, stranger := s.signedIn(t), s.signedIn(t)
	id := owner.submit("@alpha")
	w, _ := onlyCollection(s)
	s.fill(t, w)

	owner.get("/tabs/messages").shows(t, 200, "Alpha News")
	for _, path := range []string{"/tabs/messages", "/tabs/metadata", "/tabs/dataset", "/collections", "/"} {
		r := stranger.get(path)
		r.shows(t, 200)
		r.lacks(t, "Alpha News · ", "Daily news.", id, "Message number")
	}
	for _, path := range []string{"/collections/" + id, "/collections/new?from=" + id, "/files/channels/alpha/channel.json",
		"/files/channels/1001/messages.parquet", "/tabs/messages?channel=1001"} {
		if r := stranger.get(path); r.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, r.status)
		}
	}
	for _, path := range []string{"/pause", "/resume", "/cancel"} {
		if r := stranger.post("/collections/"+id+path, nil); r.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, r.status)
		}
	}
	address := s.serve(t)
	until(t, owner.listen(address, id), "@alpha")
	if conn, resp, err := stranger.dial(address, id); err == nil {
		conn.Close()
		t.Error("a stranger listens")
	} else if resp == nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("the socket: response %v", resp)
	}
	if s.engine.find(w, id).State != "queued" {
		t.Error("a stranger changed the collection")
	}
	if a, b := owner.get("/files/messages.parquet"), stranger.get("/files/messages.parquet"); len(a.body) <= len(b.body) {
		t.Errorf("the stranger's file has %d bytes, the owner's %d", len(b.body), len(a.body))
	}
}

func TestStrangersAreSentToTheBeginning(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	for _, path := range []string{"/collections", "/collections/new", "/collections/x", "/tabs/messages", "/tabs/options",
		"/files/messages.parquet", "/files/channels/1/channel.json"} {
		if r := b.get(path); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
			t.Errorf("%s: status %d to %q", path, r.status, r.header.Get("Location"))
		}
		if r := b.swapping("look").get(path); r.header.Get("HX-Redirect") != "/" {
			t.Errorf("%s by htmx: status %d, HX-Redirect %q", path, r.status, r.header.Get("HX-Redirect"))
		}
	}
}

func TestTooMuch(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	form := "_csrf=" + b.token + "&channels=" + strings.Repeat("a", 2<<20)
	address := s.serve(t)
	for name, length := range map[string]int64{"says so": int64(len(form)), "does not say": -1} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/collections",
			io.NopCloser(strings.NewReader(form)))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length // -1: unknown: chunked
		r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {"visitor=" + b.cookie}}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "That is too much at once") {
			t.Errorf("%s: status %d, %v", name, resp.StatusCode, err)
		}
	}
	if len(s.engine.collections) != 0 {
		t.Error("something began")
	}
}

// TestLogs: what people type and look at is not logged.
func TestLogs(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	s := newSite(t, func(o *handlers.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b := s.signedIn(t)
	b.submit("@alpha")
	b.get("/tabs/messages?channel=secretquery")
	b.get("/tabs/dataset")
	log := lines.String()
	if !strings.Contains(log, "path=/tabs/messages") || !strings.Contains(log, "status=404") {
		t.Errorf("requests are not logged:\n%s", log)
	}
	for _, secret := range []string{"secretquery", "9996620001", "22222", sandboxInfo.APIHash, b.cookie, b.token, "_csrf"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q:\n%s", secret, log)
		}
	}
}

// TestLogLevels: only failures of this program are logged as errors.
func TestLogLevels(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	s := newSite(t, func(o *handlers.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelInfo}))
	})
	b := s.signedIn(t)
	b.get("/nowhere")
	b.get("/tabs/messages")
	if lines.Len() > 0 {
		t.Errorf("loud about nothing:\n%s", lines.String())
	}
	s.engine.failing("SignOut", collector.Errorf(collector.Internal, "broken"))
	b.post("/signout", nil)
	if !strings.Contains(lines.String(), "level=ERROR msg=request ") {
		t.Errorf("a failure is not logged:\n%s", lines.String())
	}
	lines.Reset()
	s.engine.failing("SignOut", &collector.Error{Kind: collector.Network})
	b.post("/signout", nil)
	if !strings.Contains(lines.String(), "level=WARN msg=request ") {
		t.Errorf("no warning:\n%s", lines.String())
	}
}

// A running process is not enough to be ready: its records must be readable, accounts held,
// and the disk writable.
func TestHealthIsReadiness(t *testing.T) {
	t.Parallel()
	now := noon
	var disk error
	s := newSite(t, func(o *handlers.Options) {
		o.Now = func() time.Time { return now }
		o.Ready = func(context.Context) error { return disk }
	})
	b := s.visit(t)
	health := func(status int, text string) {
		t.Helper()
		now = now.Add(2 * time.Second)
		b.get("/healthz").shows(t, status, text)
	}
	health(200, "ok")
	for _, method := range []string{"workspace", "Alive"} {
		s.engine.failing(method, errors.New("it is gone"))
		health(http.StatusServiceUnavailable, "not ready")
		s.engine.failing(method, nil)
		health(200, "ok")
	}
	disk = errors.New("read-only file system at /secret/path")
	health(http.StatusServiceUnavailable, "not ready")
	b.get("/healthz").lacks(t, "secret")
	disk = nil
	b.get("/healthz").shows(t, http.StatusServiceUnavailable) // asked a moment ago
	health(200, "ok")
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	health(http.StatusServiceUnavailable, "stopping")
}

// The id in the log is the answer's, and never what a visitor sends.
func TestRequestID(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	s := newSite(t, func(o *handlers.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b := s.visit(t).with("X-Request-ID", "invented")
	first, second := b.get("/").header.Get("X-Request-ID"), b.get("/").header.Get("X-Request-ID")
	if len(first) != 16 || first == second || !strings.Contains(lines.String(), "request_id="+second) ||
		strings.Contains(lines.String(), "invented") {
		t.Errorf("ids %q and %q; log:\n%s", first, second, lines.String())
	}
}

func TestStatic(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := s.visit(t).get("/").body
	at := strings.Index(page, "/static/")
	address := page[at : at+strings.IndexByte(page[at:], '"')]
	r := s.visit(t).get(address)
	r.shows(t, 200, "<svg")
	if got := r.header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("Cache-Control %q", got)
	}
	if r.header.Get("Set-Cookie") != "" {
		t.Error("a static file sets a cookie")
	}
	s.visit(t).get("/static/000000000000/app.css").shows(t, 404)
	s.visit(t).get("/static/../handlers.go").shows(t, 404)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	if _, err := handlers.New(handlers.Options{}); err == nil {
		t.Error("a page without an engine was made")
	}
}
