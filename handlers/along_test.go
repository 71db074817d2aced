package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers"
)

// without is a visitor in a workspace without an account, with Telegram's or the sandbox's
// channels.
func (s *site) without(t *testing.T, sandbox bool) *browser {
	t.Helper()
	b := s.visit(t)
	form := url.Values{"source": {"preview"}}
	if sandbox {
		form.Set("sandbox", "1")
	}
	if r := b.post("/signin/credentials", form); r.status >= 400 {
		t.Fatalf("no account: status %d: %s", r.status, r.body)
	}
	return b
}

func offersPreview(o *handlers.Options) { o.Preview = true }

// TestOptionsWithoutAccount: a visitor without an account sees no log-out and no standing.
func TestOptionsWithoutAccount(t *testing.T) {
	t.Parallel()
	for sandbox, source := range map[bool]string{false: "telegram", true: "sandbox"} {
		s := newSite(t, offersPreview)
		b := s.without(t, sandbox)
		r := b.get("/tabs/options")
		r.shows(t, 200, "Sign in with an account", `href="/?source=`+source+`"`, "Leave", "Delete this data",
			"A cookie of this browser is the only way into this workspace")
		r.lacks(t, "Log out", "Telegram account, your api_id", "The sandbox&#39;s session", "How your account stands", "You are logged out")
		if n := strings.Count(r.body, "<section"); strings.Count(r.body, "</section>") != n {
			t.Errorf("%d sections are opened and %d closed", n, strings.Count(r.body, "</section>"))
		}
	}
	s := newSite(t)
	s.signedIn(t).get("/tabs/options").shows(t, 200, "Log out everywhere", "Delete everything")
}

// TestPicture: pictures are served by this program, only to visitors in a workspace, and only
// as images.
func TestPicture(t *testing.T) {
	t.Parallel()
	s := newSite(t, offersPreview)
	s.engine.looks = []engine.Look{
		{Reference: "@harbour", Channel: collector.Channel{Username: "harbour", Title: "Harbour News"}, Picture: true},
		{Reference: "@pier_news", Channel: collector.Channel{Username: "pier", Title: "Pier"}},
		{Reference: "@talk_group", Error: collector.NoPreview, Detail: "group"},
	}
	s.engine.picture = engine.Picture{Type: "image/png", Body: []byte("a picture")}
	b := s.without(t, true)
	r := b.swapping("look").post("/look", url.Values{"channels": {"@harbour @pier_news @talk_group"}})
	at := regexp.MustCompile(`HN<img src="(/look/picture/harbour/[^"]+)" alt=""`).FindStringSubmatch(r.body)
	if at == nil {
		t.Fatalf("no picture in\n%s", r.body)
	}
	r.shows(t, 200, `aria-hidden="true">P</span>`, `<a href="/?source=sandbox">Sign in to collect this one`)
	r = b.get(at[1])
	r.shows(t, 200, "a picture")
	for key, want := range map[string]string{
		"Content-Type": "image/png", "Cache-Control": "private, max-age=300", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox",
	} {
		if got := r.header.Get(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if len(s.engine.pictured) != 1 || s.engine.pictured[0] != "harbour" {
		t.Errorf("asked for %q", s.engine.pictured)
	}
	for _, kind := range []string{"image/svg+xml", "text/html", "", "image/png; x=1"} {
		s.engine.picture.Type = kind
		if r := b.get(at[1]); r.status != http.StatusNotFound || strings.Contains(r.body, "a picture") {
			t.Errorf("passed on as %q: status %d", kind, r.status)
		}
	}
	s.engine.failing("Picture", &collector.Error{Kind: collector.NotFound})
	b.get(at[1]).shows(t, http.StatusNotFound)
	asked := len(s.engine.pictured)
	if r := s.visit(t).get(at[1]); r.status != http.StatusSeeOther || len(s.engine.pictured) != asked {
		t.Errorf("who is in no workspace gets %d", r.status)
	}

	// Whether there is a picture would reveal what others look at.
	s.engine.failing("Picture", nil)
	s.engine.picture.Type = "image/png"
	eve := s.signedIn(t)
	for _, path := range []string{"/look/picture/harbour", "/look/picture/harbour/x", at[1]} {
		eve.get(path).shows(t, http.StatusNotFound)
	}
	b.get(strings.Replace(at[1], "harbour", "pier", 1)).shows(t, http.StatusNotFound)
	if len(s.engine.pictured) != asked {
		t.Errorf("asked for %q", s.engine.pictured[asked:])
	}
}

// TestToldWhatCameAlong: the page says what is brought along before and after signing in.
func TestToldWhatCameAlong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		brought engine.Brought
		want    string
	}{
		{engine.Brought{Channels: 3}, "Your 3 channels came along."},
		{engine.Brought{Channels: 1}, "Your channel came along."},
		{engine.Brought{Channels: 1, Later: true}, "What you collected without an account comes along."},
		{engine.Brought{}, ""},
	} {
		for _, htmx := range []bool{false, true} {
			s := newSite(t, offersPreview)
			s.engine.brought = tt.brought
			b := s.without(t, true)
			if htmx {
				b = b.swapping("view")
			}
			b.post("/signin/credentials",
				url.Values{"source": {"sandbox"}, "api_id": {"12345"}, "api_hash": {sandboxInfo.APIHash}, "phone": {"+9996620001"}})
			r := b.post("/signin/code", url.Values{"code": {"22222"}})
			if !htmx {
				if r.status != http.StatusSeeOther {
					t.Fatalf("signing in: status %d", r.status)
				}
				r = b.get(r.header.Get("Location"))
			}
			r.shows(t, 200, tt.want)
			if got := strings.Contains(r.body, "came-along"); got != (tt.want != "") {
				t.Errorf("%+v: told: %v", tt.brought, got)
			}
		}
	}
	s := newSite(t)
	s.signedIn(t).get("/?came=%3Cscript%3E").lacks(t, "came-along", "<script>")
}
