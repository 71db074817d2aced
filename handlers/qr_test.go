package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers"
	"telegramtrac/static/browsertest"

	"telegramtrac/collector/collectortest/long"
)

func byQR(source string, change ...string) url.Values {
	v := credentials(append([]string{"source", source, "by", "qr", "phone", ""}, change...)...)
	return v
}

func scanning(o *handlers.Options) {
	e := o.Engine.(*fakeEngine)
	o.Scan = e.scan
}

// TestQRSignIn: the page draws the code, polls, is sent the next code, and goes on by itself;
// the link appears on this page only.
func TestQRSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t).swapping("view")
	page := b.post("/signin/credentials", byQR("telegram"))
	page.shows(t, 200, "Scan the code with your phone", `role="img" aria-label="QR code`, `<path d="M4 4h7v1h-7z`, "Link Desktop Device",
		`href="tg://login?token=first`, `hx-get="/signin/qr?source=telegram&amp;shown=N1"`, `hx-trigger="every 2s"`,
		"Cancel, or use the phone number", "data-plain")
	page.lacks(t, "style=", "Who scans the code in the sandbox")
	if got := page.header.Get("HX-Push-Url"); got != "/" {
		t.Errorf("the page's address becomes %q", got)
	}
	if got := s.engine.sent; got.APIID != 1234567 || got.APIHash == "" || got.Phone != "" {
		t.Errorf("asked with %+v", got)
	}

	poll := b.swapping("qr")
	same := poll.get("/signin/qr?source=telegram&shown=N1")
	if same.status != http.StatusNoContent || same.body != "" {
		t.Errorf("nothing new is told with %d %q", same.status, same.body)
	}
	if same.header.Get("Set-Cookie") != "" {
		t.Error("asking again brings an old cookie back")
	}
	s.engine.renew("tg://login?token=second=", "N2")
	next := poll.get("/signin/qr?source=telegram&shown=N1")
	next.shows(t, 200, `<div id="qr"`, "tg://login?token=second", "shown=N2")
	next.lacks(t, "<main", "<title")

	s.engine.failing("AskQR", &collector.Error{Kind: collector.Network})
	away := poll.get("/signin/qr?source=telegram&shown=N2")
	away.shows(t, 200, "Telegram cannot be reached.", "tries again by itself", `hx-get="/signin/qr?source=telegram&amp;shown="`)
	away.lacks(t, "<svg", "tg://")
	s.engine.failing("AskQR", nil)
	poll.get("/signin/qr?source=telegram&shown=").shows(t, 200, "<svg")

	// Reloaded, in a second page, and without htmx, the page shows the current code.
	s.visit(t).get("/").lacks(t, "tg://")
	plain := b.swapping("")
	plain.get("/").shows(t, 200, "<!doctype html>", "tg://login?token=second")

	old := b.cookie
	s.engine.code().phone = "+447700900123"
	in := poll.get("/signin/qr?source=telegram&shown=N2")
	in.shows(t, 200, `<div id="view">`, `id="channels"`)
	if in.header.Get("HX-Retarget") != "#view" || in.header.Get("HX-Push-Url") != "/" {
		t.Errorf("after the scan: %v", in.header)
	}
	if poll.cookie == old {
		t.Error("the cookie is the one from before the sign-in")
	}

	// A second page, with the cookie from before or after, gets the first form.
	late := b.swapping("qr")
	for _, late.cookie = range []string{old, poll.cookie} {
		r := late.get("/signin/qr?source=telegram&shown=N2")
		if r.status != http.StatusNoContent || r.header.Get("HX-Redirect") != "/?ended=1&source=telegram" {
			t.Errorf("a second page: %d %v", r.status, r.header)
		}
	}
	late = poll.swapping("")
	if r := late.get("/?ended=1&source=telegram"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Errorf("who is in: %d %v", r.status, r.header)
	}
}

// TestQRPassword: the password is asked after the scan, with its hint.
func TestQRPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	if r := b.post("/signin/credentials", byQR("telegram")); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Fatalf("a plain browser: %d %v", r.status, r.header)
	}
	b.get("/").shows(t, 200, "<svg")
	s.engine.code().phone = "+9996620002"
	r := b.swapping("qr").get("/signin/qr?source=telegram&shown=N1")
	r.shows(t, 200, `id="password"`, "the name of this place")
	if r.header.Get("HX-Retarget") != "#view" {
		t.Errorf("after the scan: %v", r.header)
	}
	b.get("/").shows(t, 200, `id="password"`)
	b.post("/signin/password", url.Values{"password": {"sandbox"}})
	b.get("/").shows(t, 200, `id="channels"`)
}

// TestQRWentOn: a page that still shows the code is led to the sign-in's current step, never
// back to the first form, however its request arrives.
func TestQRWentOn(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]string{engine.StepPassword: `id="password"`, engine.StepCode: `id="code"`} {
		t.Run(step, func(t *testing.T) {
			s := newSite(t)
			b := s.visit(t)
			b.post("/signin/credentials", byQR("telegram"))
			poll := b.swapping("qr")
			late := func() {
				t.Helper()
				r := poll.get("/signin/qr?source=telegram&shown=N1")
				r.shows(t, 200, `<div id="view">`, want)
				if r.header.Get("HX-Retarget") != "#view" || r.header.Get("HX-Redirect") != "" {
					t.Errorf("it is led by %v", r.header)
				}
			}
			s.engine.onCall = func(string) { s.engine.moveTo(step) } // while the request is on its way
			late()
			s.engine.onCall = nil
			late()
			b.get("/?ended=1&source=telegram").shows(t, 200, want) // an address of an older page
			b.get("/?scanned=1").shows(t, 200, want)
		})
	}
}

// TestQRInPlaceOfACode: the form for the code leads to a QR code with the same api_id, and
// back.
func TestQRInPlaceOfACode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials())
	if r := b.post("/signin/qr", nil); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Errorf("a plain browser: %d %v", r.status, r.header)
	}
	b.get("/").shows(t, 200, "<svg", "Scan the code with your phone")
	b.post("/signin/qr", nil) // sent twice
	b.post("/signin/cancel", nil)
	s.visit(t).post("/signin/qr", nil).shows(t, 422, "This sign-in was left for too long")
}

// TestQRSandbox: visitors of the sandbox have no phone to scan with, so the page scans for
// them.
func TestQRSandbox(t *testing.T) {
	t.Parallel()
	s := newSite(t, scanning)
	b := s.visit(t)
	b.post("/signin/credentials", byQR("sandbox", "api_id", "12345", "api_hash", sandboxInfo.APIHash))
	page := b.get("/")
	page.shows(t, 200, "choose below who scans it", `name="phone" value="&#43;9996620001"`, "Scan<span")
	page.lacks(t, "Open Telegram on this device", "22222")
	if r := b.post("/signin/scan", url.Values{"phone": {"+9996620002"}}); r.status != http.StatusSeeOther {
		t.Errorf("scan: %d %s", r.status, r.body)
	}
	b.get("/").shows(t, 200, `id="password"`)
	b.post("/signin/password", url.Values{"password": {"sandbox"}})
	b.get("/").shows(t, 200, `id="channels"`)

	b = s.visit(t).swapping("view")
	b.post("/signin/credentials", byQR("telegram"))
	b.post("/signin/scan", url.Values{"phone": {"+9996620001"}}).shows(t, 200, "<svg") // not at Telegram
	if w := s.engine.workspaces[""]; len(s.engine.workspaces) != 1 {
		t.Errorf("a button scanned at Telegram: %v", w)
	}
	newSite(t).visit(t).post("/signin/scan", nil).shows(t, http.StatusNotFound)
}

// TestQREnds: a canceled, expired or refused sign-in ends in a clear state.
func TestQREnds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t).swapping("view")
	b.post("/signin/credentials", byQR("telegram"))
	b.post("/signin/cancel", nil).shows(t, 200, "Sign in with your Telegram account", `value="1234567"`)
	b.get("/").lacks(t, "<svg")

	b.post("/signin/credentials", byQR("telegram"))
	s.engine.expireSignIns()
	r := b.swapping("qr").get("/signin/qr?source=telegram&shown=N1")
	at := r.header.Get("HX-Redirect")
	b.swapping("").get(at).shows(t, 200, "Nobody scanned the QR code for five minutes", `name="source" value="telegram"`)
	b.swapping("").get("/?ended=1&source=javascript:alert(1)").lacks(t, "javascript")
	if r := b.swapping("").get("/signin/qr"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Errorf("opened by hand: %d", r.status)
	}

	tests := map[string]struct {
		form   url.Values
		err    error
		status int
		shows  string
	}{
		"no api_id": {byQR("telegram", "api_id", ""), nil, 422, "Write the api_id"},
		"wrong api": {byQR("telegram"), &collector.Error{Kind: collector.BadCredentials}, 422, "Telegram does not know this api_id"},
		"flood":     {byQR("telegram"), &collector.Error{Kind: collector.Flood, RetryAt: noon.Add(60e9)}, 429, "before another QR code."},
		"away":      {byQR("telegram"), &collector.Error{Kind: collector.Network}, 503, "Telegram cannot be reached"},
		"refused":   {byQR("telegram"), &collector.Error{Kind: collector.SignInRefused, Word: "TEAPOT"}, 422, "Try the phone number instead."},
		"internal":  {byQR("telegram"), collector.Errorf(collector.Internal, "EXPORT_FAILED"), 500, "Something went wrong"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s.engine.failing("ShowQR", tt.err)
			r := s.visit(t).swapping("view").post("/signin/credentials", tt.form)
			r.shows(t, tt.status, tt.shows)
			r.lacks(t, "Write the phone number of", "EXPORT_FAILED", "<svg")
		})
	}
}

// TestQRLent: with the host's api_id nothing has to be typed, and the api_id is not shown.
func TestQRLent(t *testing.T) {
	t.Parallel()
	const hash = "fedcba9876543210fedcba9876543210"
	s := newSite(t, func(o *handlers.Options) { o.APIID, o.APIHash = 777777, hash })
	b := s.visit(t)
	b.post("/signin/credentials", url.Values{"source": {"telegram"}, "by": {"qr"}})
	page := b.get("/")
	page.shows(t, 200, "<svg")
	page.lacks(t, hash, "777777")
	if got := s.engine.sent; got.APIID != 777777 || got.APIHash != hash {
		t.Errorf("asked with api_id %d", got.APIID)
	}
	cancelled := b.swapping("view").post("/signin/cancel", nil)
	cancelled.lacks(t, hash, "777777")
}

// TestQRForged: another site's form cannot begin, scan or cancel.
func TestQRForged(t *testing.T) {
	t.Parallel()
	s := newSite(t, scanning)
	b := s.visit(t)
	b.post("/signin/credentials", byQR("sandbox", "api_id", "12345", "api_hash", sandboxInfo.APIHash))
	calls := len(s.engine.calls)
	for _, route := range []string{"/signin/scan", "/signin/cancel", "/signin/qr"} {
		for _, token := range []string{"", strings.Repeat("0", 64)} {
			b.post(route, url.Values{"_csrf": {token}}).shows(t, http.StatusForbidden)
		}
	}
	if len(s.engine.calls) != calls {
		t.Errorf("a forged form was acted on: %v", s.engine.calls[calls:])
	}
}

// TestBrowserQRAtTelegram: the link keeps the focus when the code changes.
func TestBrowserQRAtTelegram(t *testing.T) {
	long.Only(t)
	s := newSite(t)
	p := browsertest.Start(t)
	p.Open("http://" + s.serve(t) + "/?source=telegram")
	p.Fill("#api_id", "1234567")
	p.Fill("#api_hash", "0123456789abcdef0123456789abcdef")
	p.Click("#by-qr")
	p.Holds(`document.querySelector("#qr-link")?.href.startsWith("tg://login?token=first") === true`)
	p.Picture("qr-telegram")
	p.Do(chromedp.Focus(chromedp.CSS("#qr-link")))
	s.engine.renew("tg://login?token=second=", "N2")
	p.Holds(`document.querySelector("#qr-link")?.href === "tg://login?token=second=" && document.activeElement.id === "qr-link"`)
	s.engine.failing("AskQR", &collector.Error{Kind: collector.Network})
	p.Holds(`document.querySelector("#qr .note")?.textContent.includes("Telegram cannot be reached") === true`)
}

// qrPage opens the page with a code, whose requests then wait until release. It returns when
// one is on its way and the next was due.
func qrPage(t *testing.T, s *site) (p *browsertest.Browser, release func()) {
	t.Helper()
	p = browsertest.Start(t)
	p.Open("http://" + s.serve(t) + "/?source=telegram")
	p.Fill("#api_id", "1234567")
	p.Fill("#api_hash", "0123456789abcdef0123456789abcdef")
	p.Click("#by-qr")
	p.Holds(`document.querySelector(".qr-code") !== null`)
	release = s.engine.hold("AskQR")
	browsertest.Evaluate[bool](p,
		`performance.clearResourceTimings(), window.due = 0, document.addEventListener("every", () => window.due++, true), true`)
	p.Holds(`window.due >= 3`)
	return p, release
}

// asked is how many of the page's requests were answered.
const asked = `performance.getEntriesByType("resource").filter((e) => e.name.includes("/signin/qr")).length`

// TestBrowserQRThenPassword: Telegram is slow to report the scan. The requests that were due
// meanwhile do not lead away from the password.
func TestBrowserQRThenPassword(t *testing.T) {
	long.Only(t)
	s := newSite(t)
	p, release := qrPage(t, s)
	s.engine.mu.Lock()
	s.engine.code().phone = "+9996620002"
	s.engine.mu.Unlock()
	release()
	p.Holds(`document.querySelector("#password") !== null`)
	p.Fill("#password", "sand")
	p.Do(chromedp.SendKeys(chromedp.CSS("#password"), "box\r"))
	p.Holds(`document.querySelector("#channels") !== null`)
	if got := browsertest.Evaluate[int](p, asked); got > 2 { // one answered before, and the one that led on
		t.Errorf("%d questions were sent", got)
	}
}

// TestBrowserQRAnswerTooLate: a visitor who has gone on to the phone number stays there with
// what was typed, whatever the answer to an earlier request.
func TestBrowserQRAnswerTooLate(t *testing.T) {
	long.Only(t)
	s := newSite(t)
	p, release := qrPage(t, s)
	p.Click("#qr-cancel")
	p.Holds(`document.querySelector("#phone") !== null`)
	p.Fill("#phone", "+447700900123")
	browsertest.Evaluate[bool](p,
		`document.addEventListener("htmx:finally:request", () => window.over = true), navigation.addEventListener("navigate", () => window.left = true), true`)
	release()
	p.Holds(`window.over === true`)
	if !browsertest.Evaluate[bool](p, `window.left !== true && document.querySelector("#phone")?.value === "+447700900123"`) {
		t.Error("a late answer took the form away")
	}
}
