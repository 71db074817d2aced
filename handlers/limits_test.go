package handlers_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"telegramtrac/handlers"
)

func wrongCode() url.Values { return url.Values{"code": {"98765"}} }

// knock posts until the answer is 429, and returns how many posts were accepted.
func knock(b *browser, path string, form func() url.Values, most int) int {
	for n := range most {
		if b.post(path, form()).status == http.StatusTooManyRequests {
			return n
		}
	}
	return most
}

func TestSignInIsLimitedByVisitor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials())
	if got := knock(b, "/signin/code", wrongCode, 60); got != 39 {
		t.Errorf("%d codes were taken, want 39 beside the form", got)
	}
	r := b.post("/signin/code", wrongCode())
	r.shows(t, http.StatusTooManyRequests, "Wait some minutes")
	if wait, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || wait < 1 || wait > 1200 {
		t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
	}
	b.get("/").shows(t, 200)
	s.visit(t).post("/signin/credentials", credentials()).shows(t, http.StatusSeeOther)
}

// A visitor with a new cookie each time still counts by network.
func TestSignInIsLimitedByNetwork(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *handlers.Options) { o.TrustProxy = true })
	from := func(address string) int {
		b := s.visit(t).with("X-Forwarded-For", address)
		return b.post("/signin/code", wrongCode()).status
	}
	for range 200 {
		if got := from("203.0.113.7"); got != http.StatusUnprocessableEntity {
			t.Fatalf("status %d", got)
		}
	}
	for address, want := range map[string]int{
		"203.0.113.7": 429, "198.51.100.9, 203.0.113.7": 429, "203.0.113.7:5000": 429, "::ffff:203.0.113.7": 429,
		"203.0.113.8": 422, "203.0.113.7, 198.51.100.9": 422,
	} {
		if got := from(address); got != want {
			t.Errorf("from %s: status %d, want %d", address, got, want)
		}
	}
}

// Some proxies add a line of their own below the client's.
func TestNetworkIsTheLastLine(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *handlers.Options) { o.TrustProxy = true })
	address := s.serve(t)
	status := func(lines ...string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/door", nil)
		if err != nil {
			t.Fatal(err)
		}
		b := s.visit(t)
		form := url.Values{"_csrf": {b.token}}.Encode()
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
		r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {"visitor=" + b.cookie}, "X-Forwarded-For": lines}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for i := range 200 {
		if got := status(fmt.Sprintf("192.0.2.%d", i), "203.0.113.7"); got != http.StatusSeeOther {
			t.Fatalf("status %d", got)
		}
	}
	if got := status("192.0.2.250", "198.51.100.1, 203.0.113.7"); got != http.StatusTooManyRequests {
		t.Errorf("an invented line is believed: status %d", got)
	}
	if got := status("203.0.113.7", "203.0.113.8"); got != http.StatusSeeOther {
		t.Errorf("another network: status %d", got)
	}
}

func TestLookUpsAreLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	form := func() url.Values { return url.Values{"channels": {"@alpha"}} }
	if got := knock(b, "/collections", form, 50); got != 30 {
		t.Errorf("%d collections were taken at once, want 30", got)
	}
	s.signedIn(t).submit("@alpha")
	for _, path := range []string{"/look", "/network/trac"} {
		if got := knock(s.signedIn(t), path, form, 50); got != 30 {
			t.Errorf("%s: %d were taken at once, want 30", path, got)
		}
	}
}

// A visitor with a new cookie each time gets no more look-ups.
func TestLookUpsAreLimitedByNetwork(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *handlers.Options) { o.TrustProxy = true })
	paths := []string{"/look", "/network/trac", "/collections"}
	var b *browser
	from := func(i int, address string) int {
		if i%20 == 0 {
			b = s.signedIn(t)
		}
		return b.with("X-Forwarded-For", address).post(paths[i%len(paths)], url.Values{"channels": {"@alpha"}}).status
	}
	for i := range 200 {
		if got := from(i, "203.0.113.7"); got == http.StatusTooManyRequests {
			t.Fatalf("refused after %d", i)
		}
	}
	for i, path := range paths { // by somebody new
		if got := from(i, "203.0.113.7"); got != http.StatusTooManyRequests {
			t.Errorf("%s: status %d", path, got)
		}
		if got := from(i, "203.0.113.8"); got == http.StatusTooManyRequests {
			t.Errorf("%s from another network: status %d", path, got)
		}
	}
}

// Somebody with a /48 of IPv6 has 65,536 networks.
func TestSignInIsLimitedBySite(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *handlers.Options) { o.TrustProxy = true })
	from := func(address string) int {
		return s.visit(t).with("X-Forwarded-For", address).post("/signin/code", wrongCode()).status
	}
	for i := range 1000 {
		if got := from(fmt.Sprintf("2001:db8:1:%x::1", i)); got != http.StatusUnprocessableEntity {
			t.Fatalf("network %d: status %d", i, got)
		}
	}
	for address, want := range map[string]int{"2001:db8:1:ffff::1": 429, "2001:db8:2::1": 422, "203.0.113.8": 422} {
		if got := from(address); got != want {
			t.Errorf("from %s: status %d, want %d", address, got, want)
		}
	}
}

// A password that everybody shares cannot be guessed from many networks either.
func TestDoorIsLimitedOverall(t *testing.T) {
	t.Parallel()
	s := newSite(t, private, func(o *handlers.Options) { o.TrustProxy = true })
	try := func(i int, password string) int {
		return s.visit(t).with("X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", i/250, i%250)).post("/door",
			url.Values{"password": {password}}).status
	}
	for i := range 500 {
		if got := try(i, "a guess"); got != http.StatusUnprocessableEntity {
			t.Fatalf("guess %d: status %d", i, got)
		}
	}
	if got := try(501, "a house of cards"); got != http.StatusTooManyRequests {
		t.Errorf("after 500 guesses: status %d", got)
	}
}

// Behind a proxy that does not name the client, everybody would share one limit, or have none.
func TestProxyThatSaysNothing(t *testing.T) {
	t.Parallel()
	var log lines
	s := newSite(t, func(o *handlers.Options) {
		o.TrustProxy, o.ClientHeader, o.Logger = true, "Fly-Client-IP", slog.New(slog.NewTextHandler(&log, nil))
	})
	b := &browser{t: t, site: s}
	for _, path := range []string{"/", "/collections", "/privacy"} {
		b.get(path).shows(t, http.StatusBadGateway, "does not say who asks")
	}
	if !strings.Contains(log.String(), "it should send Fly-Client-IP") {
		t.Errorf("the log says\n%s", log.String())
	}
	b.get("/healthz").shows(t, 200)
	b.with("Fly-Client-IP", "203.0.113.7").get("/").shows(t, 200)
	b.with("Fly-Client-IP", " ").get("/").shows(t, http.StatusBadGateway)
}
