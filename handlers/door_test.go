package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"telegramtrac/handlers"
)

func private(o *handlers.Options) { o.AccessPassword = "a house of cards" }

func TestDoor(t *testing.T) {
	t.Parallel()
	s := newSite(t, private)
	b := s.visit(t)
	for _, path := range []string{"/", "/collections", "/tabs/messages", "/files/messages.parquet", "/help/credentials",
		"/ws/collections/c001", "/nowhere"} {
		r := b.get(path)
		r.shows(t, http.StatusUnauthorized, "asks for a password")
		r.lacks(t, "sandbox", "9996620001")
	}
	b.post("/signin/credentials", credentials()).shows(t, http.StatusUnauthorized)
	if len(s.engine.calls) != 0 {
		t.Errorf("something was done: %v", s.engine.calls)
	}
	b.get("/healthz").shows(t, 200, "ok")
	b.get("/privacy").shows(t, 200, "What is kept")

	wrong := b.post("/door", url.Values{"password": {"a house of card"}})
	wrong.shows(t, http.StatusUnprocessableEntity, "That is not the password of this place.", `id="password-wrong"`)
	wrong.lacks(t, "a house of card\"")
	right := b.post("/door", url.Values{"password": {"a house of cards"}, "next": {"https://evil.example"}})
	if right.status != http.StatusSeeOther || right.header.Get("Location") != "/" {
		t.Fatalf("status %d to %q", right.status, right.header.Get("Location"))
	}
	set := right.header.Get("Set-Cookie")
	if !strings.Contains(set, "HttpOnly") || strings.Contains(set, "cards") {
		t.Errorf("cookie %q", set)
	}
	key, _, _ := strings.Cut(set, ";")
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", key)
	b.do(r).shows(t, 200, "Try it in the sandbox")

	s = newSite(t, func(o *handlers.Options) { o.AccessPassword = "another password" })
	b.site = s
	r = httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", key)
	b.do(r).shows(t, http.StatusUnauthorized)
}

func TestDoorIsLimited(t *testing.T) {
	t.Parallel()
	b := newSite(t, private).visit(t)
	guess := func() url.Values { return url.Values{"password": {"a guess"}} }
	if got := knock(b, "/door", guess, 60); got != 40 {
		t.Errorf("%d guesses were taken, want 40", got)
	}
}

// TestCookieIsRenewed: a cookie planted in somebody's browser before they sign in does not
// open their workspace.
func TestCookieIsRenewed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	victim := s.visit(t)
	planted := *victim
	victim.post("/signin/credentials", credentials())
	r := victim.swapping("view").post("/signin/code", url.Values{"code": {"22222"}})
	r.shows(t, 200, "Which channels do you want to collect?")
	if victim.cookie = cookieOf(t, r); victim.cookie == planted.cookie {
		t.Fatal("the cookie is the old one")
	}
	victim.token = tokenForm.FindStringSubmatch(r.body)[1]
	victim.submit("@alpha")
	if r := planted.get("/collections"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Errorf("the planted cookie leads to %d %q", r.status, r.header.Get("Location"))
	}
}

// TestCookieIsRenewedByQR: the same by QR code: whoever asks with the planted cookie, before
// or after the scan, first or later, sees neither the code nor the workspace.
func TestCookieIsRenewedByQR(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	victim := s.visit(t)
	planted := *victim
	victim.swapping("view").post("/signin/credentials", byQR("telegram")).shows(t, 200) // the copy's cookies are lost
	if r := victim.post("/signin/credentials", byQR("telegram")); r.status != http.StatusSeeOther || victim.signIn == "" {
		t.Fatalf("%d, cookie %q", r.status, victim.signIn)
	}
	ask := func() {
		t.Helper()
		for _, path := range []string{"/", "/?scanned=1", "/collections"} {
			r := planted.get(path)
			r.lacks(t, "tg://", "<svg", "Which channels do you want", "Collections</h1>")
		}
		r := planted.swapping("qr").get("/signin/qr?source=telegram&shown=N1")
		r.lacks(t, "tg://", "<svg", "Which channels do you want")
		if r.status != http.StatusNoContent {
			t.Errorf("the planted cookie is told %d", r.status)
		}
		for _, step := range []string{"/signin/resend", "/signin/password"} {
			planted.post(step, url.Values{"password": {"sandbox"}}).lacks(t, "Which channels do you want")
		}
	}
	ask()
	s.engine.mu.Lock()
	s.engine.codes[hashOf(victim.signIn)].phone = "+447700900123"
	s.engine.mu.Unlock()
	ask()
	victim.swapping("qr").get("/signin/qr?source=telegram&shown=N1").shows(t, 200, "Which channels do you want")
	ask()
}

// TestSignInTwice: the form of one page sent twice begins one sign-in, because a second code
// would invalidate the first; the form of another page begins another.
func TestSignInTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	attempt := func() string {
		return regexp.MustCompile(`name="attempt" value="([^"]+)"`).FindStringSubmatch(b.get("/?source=telegram").body)[1]
	}
	send := func(attempt string) string {
		b.post("/signin/credentials", credentials("source", "telegram", "attempt", attempt))
		return b.signIn
	}
	one := attempt()
	first, again, second := send(one), send(one), send(attempt())
	if first == "" || first != again || first == second {
		t.Errorf("cookies %q, %q and of another page %q", first, again, second)
	}
	other := s.visit(t)
	other.post("/signin/credentials", credentials("source", "telegram", "attempt", one))
	if other.signIn == first {
		t.Error("another visitor gets the same")
	}
	if s.engine.from[hashOf(first)] != hashOf(b.cookie) {
		t.Error("the engine is not told who begins")
	}
	b.get("/").shows(t, 200, "Enter the login code")
	b.post("/signin/credentials", credentials("source", "sandbox")) // the sandbox's workspaces follow from the visitor's cookie
	if b.signIn != "" {
		t.Error("a sign-in at the sandbox goes by a cookie of its own")
	}
	b.get("/").shows(t, 200, "the code is below")
}

func cookieOf(t *testing.T, r response) string {
	t.Helper()
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.Name == "visitor" {
			return c.Value
		}
	}
	t.Fatal("no cookie")
	return ""
}
