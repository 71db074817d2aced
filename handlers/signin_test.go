package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers"
	"telegramtrac/views"
)

func credentials(change ...string) url.Values {
	v := url.Values{"source": {"telegram"}, "api_id": {"1234567"}, "api_hash": {"0123456789abcdef0123456789abcdef"}, "phone": {"+44 7700 900123"}}
	for i := 0; i < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

func TestCredentialsForm(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	b.get("/").shows(t, 200, "<!doctype html>", "Try it in the sandbox", `value="12345"`, `value="&#43;9996620001"`, "&#43;9996620002", ">sandbox</span>", `aria-current="step"`)
	telegram := b.get("/?source=telegram")
	telegram.shows(t, 200, "Sign in with your Telegram account", "my.telegram.org", `name="source" value="telegram"`)
	telegram.lacks(t, "9996620001")
	fragment := b.swapping("view").get("/?source=telegram")
	fragment.shows(t, 200, `<div id="view">`, "<title>Sign in")
	fragment.lacks(t, "<!doctype", "<script", "<body")

	none := newSite(t, func(o *handlers.Options) { o.Sandbox = nil })
	r := none.visit(t).get("/?source=sandbox")
	r.shows(t, 200, "Sign in with your Telegram account")
	r.lacks(t, "Sandbox", "sandbox")
}

func TestCredentialsMistakes(t *testing.T) {
	tests := map[string]struct {
		form  url.Values
		field string
		want  string
	}{
		"empty api_id":      {credentials("api_id", " "), "api_id", "Write the api_id"},
		"api_id in letters": {credentials("api_id", "abc"), "api_id", "An api_id is a number"},
		"empty api_hash":    {credentials("api_hash", ""), "api_hash", "Write the api_hash"},
		"short api_hash":    {credentials("api_hash", "0123"), "api_hash", "32 digits and letters"},
		"empty phone":       {credentials("phone", ""), "phone", "Write the phone number"},
		"phone in letters":  {credentials("phone", "call me"), "phone", "Telegram cannot use this phone number."},
		"unknown source":    {credentials("source", "elsewhere"), "", "Choose where to sign in."},
		"preview is off":    {credentials("source", "preview"), "", "Collecting without an account is not offered here."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.visit(t)
			r := b.post("/signin/credentials", tt.form)
			r.shows(t, http.StatusUnprocessableEntity, tt.want, "One thing needs another look")
			if tt.field != "" {
				r.shows(t, 422, `id="`+tt.field+`-wrong"`, `href="#`+tt.field+`"`, tt.field+`-wrong"`, `aria-invalid="true" aria-describedby="`)
			}
			for _, field := range []string{"api_id", "api_hash", "phone"} {
				if typed := tt.form.Get(field); len(typed) > 1 {
					r.shows(t, 422, typed[1:])
				}
			}
			if len(s.engine.calls) != 0 {
				t.Errorf("Telegram was asked: %v", s.engine.calls)
			}
		})
	}
}

func TestCredentialsRefused(t *testing.T) {
	tests := map[collector.Kind]struct {
		err    error
		status int
		want   string
	}{
		collector.BadCredentials: {nil, 422, "Telegram does not know this api_id and api_hash. Copy both from my.telegram.org, &#34;API development tools&#34;."},
		collector.PhoneInvalid:   {nil, 422, "Write it with the country code, like &#43;447700900123."},
		collector.PhoneUnknown:   {nil, 422, "No Telegram account has this number. Sign up in a Telegram app first, then come back."},
		collector.PhoneBanned:    {nil, 422, "Telegram has banned this number."},
		collector.Network:        {nil, 503, "Telegram cannot be reached."},
		collector.Flood: {&collector.Error{Kind: collector.Flood, RetryAt: noon.Add(2*time.Hour + 5*time.Minute)}, 429,
			"Telegram asks to wait 2 h 5 min before another try with this number."},
		"nobody": {&collector.Error{Kind: collector.Internal, Err: engine.ErrNobody}, 503, "does not answer yet"},
	}
	for kind, tt := range tests {
		t.Run(string(kind), func(t *testing.T) {
			s := newSite(t)
			b := s.visit(t)
			if tt.err == nil {
				tt.err = &collector.Error{Kind: kind}
			}
			s.engine.failing(engine.MethodSendCode, tt.err)
			r := b.post("/signin/credentials", credentials())
			r.shows(t, tt.status, tt.want, `value="1234567"`, `value="0123456789abcdef0123456789abcdef"`, "7700 900123", `value="telegram"`)
			s.engine.failing(engine.MethodSendCode, nil)
			if r := b.post("/signin/credentials", credentials()); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
				t.Errorf("going on: status %d to %q", r.status, r.header.Get("Location"))
			}
		})
	}
}

func TestInternalErrorsAreNotShown(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	s.engine.failing(engine.MethodSendCode, collector.Errorf(collector.Internal, "the disk is secretly full"))
	r := b.post("/signin/credentials", credentials())
	r.shows(t, 500, "Something went wrong inside telegramtrac.")
	r.lacks(t, "secretly")
}

func TestCode(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	page := b.swapping("view")
	r := page.post("/signin/credentials", credentials())
	b.signIn = page.signIn
	r.shows(t, 200, "Enter the login code", "Telegram sent a login code to your Telegram app (not by SMS).", "ends in 23", "The code does not arrive")
	r.lacks(t, "<!doctype", "7700")
	b.get("/").shows(t, 200, "Enter the login code")

	b.post("/signin/code", url.Values{"code": {" "}}).shows(t, 422, "Write the login code.")
	wrong := b.post("/signin/code", url.Values{"code": {"98765"}})
	wrong.shows(t, 422, "That is not the code Telegram sent.", `id="code-wrong"`)
	wrong.lacks(t, "98765")
	s.engine.failing(engine.MethodEnterCode, &collector.Error{Kind: collector.CodeExpired})
	b.post("/signin/code", url.Values{"code": {"22222"}}).shows(t, 422, "This code has expired. Ask for a new one.")
	s.engine.failing(engine.MethodEnterCode, nil)

	b.swapping("view").post("/signin/resend", nil).shows(t, 200, "A new code is on its way. Telegram sent a login code by SMS.")
	r = b.post("/signin/resend", nil)
	if r.status != http.StatusSeeOther {
		t.Errorf("resend without htmx: status %d", r.status)
	}
	b.get(r.header.Get("Location")).shows(t, 200, "A new code is on its way.")
	b.get("/").lacks(t, "A new code is on its way.", "data-hold-until")
	s.engine.failing(engine.MethodResendCode, &collector.Error{Kind: collector.Flood, RetryAt: noon.Add(time.Minute)})
	b.post("/signin/resend", nil).shows(t, 429, "Telegram asks to wait 1 min before another code.")

	b.get("/?step=credentials").shows(t, 200, "Go back to the code that was sent already")
	if r := b.post("/signin/code", url.Values{"code": {"22-222 "}}); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Errorf("right code: status %d to %q", r.status, r.header.Get("Location"))
	}
	b.get("/").shows(t, 200, "Which channels do you want to collect?")
}

func TestPassword(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials("source", "sandbox", "phone", "+9996620002"))
	b.swapping("view").post("/signin/code", url.Values{"code": {"22222"}}).shows(t, 200, "Enter your two-step verification password", "the name of this place")
	b.get("/").shows(t, 200, "Enter your two-step verification password", "the name of this place", ">sandbox</span>")
	b.post("/signin/password", url.Values{"password": {""}}).shows(t, 422, "Write the two-step verification password")
	wrong := b.post("/signin/password", url.Values{"password": {"hunter2hunter2"}})
	wrong.shows(t, 422, "That is not the password of this account. The table below has it.")
	wrong.lacks(t, "hunter2hunter2")
	in := b.swapping("view").post("/signin/password", url.Values{"password": {"sandbox"}})
	in.shows(t, 200, "Which channels do you want to collect?", "Sandbox · workspace of this browser", `value="@alpha"`)
}

func TestSignInLeftTooLong(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	const want = "This sign-in was left for too long."
	b.post("/signin/code", url.Values{"code": {"1"}}).shows(t, 422, want, "Try it in the sandbox")
	b.post("/signin/resend", nil).shows(t, 422, want)
	b.post("/signin/password", url.Values{"password": {"x"}}).shows(t, 422, want)
	b.post("/signin/credentials", credentials())
	s.engine.failing(engine.MethodEnterCode, &collector.Error{Kind: collector.SignInExpired})
	b.post("/signin/code", url.Values{"code": {"22222"}}).shows(t, 422, want)
}

func TestLeaving(t *testing.T) {
	for path, method := range map[string]string{"/signout": engine.MethodSignOut, "/signout/everywhere": engine.MethodSignOutEverywhere, "/workspace/delete": engine.MethodDelete} {
		t.Run(method, func(t *testing.T) {
			s := newSite(t)
			b := s.signedIn(t)
			b.get("/tabs/options").shows(t, 200, "Log out", "Delete everything", `action="`+path+`"`)
			s.engine.failing(method, &collector.Error{Kind: collector.Network})
			b.post(path, nil).shows(t, 503, "Telegram cannot be reached")
			s.engine.failing(method, nil)
			b.post(path, nil).shows(t, 200, "Sign in again")
			if !slices.Contains(s.engine.calls, method) {
				t.Errorf("calls: %v", s.engine.calls)
			}
			b.get("/").shows(t, 200, "Try it in the sandbox")
		})
	}
}

// TestResendLater: before another code can be asked for, the page says so; only
// JavaScript holds the button.
func TestResendLater(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials())
	for visitor, step := range s.engine.signIns {
		step.ResendAt = noon.Add(20 * time.Second)
		s.engine.signIns[visitor] = step
	}
	r := b.get("/")
	r.shows(t, 200, `Another code can be asked for in <time datetime="2024-02-02T14:04:20Z" data-seconds>20 seconds</time>.`, `<button type="submit" data-hold-until="2024-02-02T14:04:20Z">Send a new code</button>`)
	r.lacks(t, " disabled")
}

func TestSandboxSpeaksOfItself(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	r := b.post("/signin/credentials", credentials("source", "sandbox", "api_id", "", "phone", "1"))
	r.shows(t, 422, "Write the sandbox&#39;s api_id. It is in the table below.", "The sandbox cannot use this phone number.", "Fill it in again", `<td class="mono">12345</td>`, sandboxInfo.APIHash)
	r.lacks(t, "my.telegram.org", `value="12345"`, "The form is filled in already")
	for kind, want := range map[collector.Kind]string{collector.BadCredentials: "The sandbox does not know this api_id", collector.PhoneUnknown: "The sandbox has no account with this number."} {
		s.engine.failing(engine.MethodSendCode, &collector.Error{Kind: kind})
		r := b.post("/signin/credentials", credentials("source", "sandbox", "phone", "+9996620009"))
		r.shows(t, 422, want)
		r.lacks(t, "my.telegram.org")
	}
	s.engine.failing(engine.MethodSendCode, nil)
	b.post("/signin/credentials", credentials("source", "sandbox", "phone", "+9996620001"))
	resent := b.swapping("view").post("/signin/resend", nil)
	resent.shows(t, 200, "The sandbox sends nothing: the code is below.", ">22222</td>")
	resent.lacks(t, "is on its way", "Telegram sent")
}

// TestFormOfAnotherStep: a form that is sent twice, or from a page that stood
// open, leads to where the visitor stands.
func TestFormOfAnotherStep(t *testing.T) {
	s := newSite(t)
	b := s.visit(t).swapping("view")
	b.post("/signin/credentials", credentials("source", "sandbox", "phone", "+9996620002"))
	b.post("/signin/password", url.Values{"password": {"x"}}).shows(t, 200, "Enter the login code")
	b.post("/signin/code", url.Values{"code": {"22222"}})
	b.post("/signin/code", url.Values{"code": {"22222"}}).shows(t, 200, "Enter your two-step verification password")
	b.post("/signin/resend", nil).shows(t, 200, "Enter your two-step verification password")
	b.post("/signin/password", url.Values{"password": {"sandbox"}})
	for _, path := range []string{"/signin/code", "/signin/resend", "/signin/password"} {
		b.post(path, url.Values{"password": {"x"}}).shows(t, 200, "Which channels do you want to collect?")
	}
	b.htmx = ""
	if r := b.post("/signin/code", nil); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Errorf("without htmx: status %d to %q", r.status, r.header.Get("Location"))
	}
}

// TestBeginAgainKeepsWhatWasTyped: as far as it is known, and never the phone.
func TestBeginAgainKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials())
	b.get("/").shows(t, 200, `name="source" value="telegram"`, `name="api_id" value="1234567"`)
	s.engine.failing(engine.MethodEnterCode, &collector.Error{Kind: collector.SignInExpired})
	b.post("/signin/code", url.Values{"code": {"22222"}}).shows(t, 422, "Sign in with your Telegram account", `value="1234567"`)
	clear(s.engine.signIns)
	b.post("/signin/code", url.Values{"code": {"22222"}, "source": {"telegram"}, "api_id": {"1234567"}}).shows(t, 422, "Sign in with your Telegram account", `value="1234567"`)
	b.post("/signin/code", url.Values{"code": {"22222"}, "source": {"sandbox"}}).shows(t, 422, "Try it in the sandbox", `value="12345"`, `value="&#43;9996620001"`)
}

// TestChoiceSurvivesReload: the address says which source was chosen.
func TestChoiceSurvivesReload(t *testing.T) {
	r := newSite(t).visit(t).get("/")
	r.shows(t, 200, `hx-get="/?source=telegram" hx-target="#view" hx-swap="outerHTML" hx-push-url="true"`)
}

// TestLeavingSays: the page says what was deleted, and what could not be done.
func TestLeavingSays(t *testing.T) {
	all := engine.Left{Session: true, Deleted: true, Channels: 3, Messages: 60010, Collections: 1}
	unreached := all
	unreached.Unreached = collector.Network
	tests := []struct {
		name, path   string
		left         engine.Left
		shows, lacks []string
	}{
		{"log out", "/signout", engine.Left{Session: true}, []string{"You are logged out", "Deleted: the sealed session.", "is here again when you sign in"}, []string{"could not be ended", "3 channels"}},
		{"unreached", "/signout", engine.Left{Session: true, Unreached: collector.Network}, []string{"Telegram cannot be reached. So the session could not be ended there. End it yourself"}, nil},
		{"sealed for good", "/signout", engine.Left{Session: true, Unreached: collector.SignedOut}, []string{"The key that your session was sealed with is not there any more. So the session could not be ended there. End it yourself"}, nil},
		{"no session", "/signout", engine.Left{}, []string{"You are logged out"}, []string{"Deleted:"}},
		{"delete", "/workspace/delete", all, []string{"Everything is deleted", "Deleted: 3 channels, " + views.Count(60010) + " messages, 1 collection, the sealed session."}, []string{"is here again", "could not be ended"}},
		{"delete, unreached", "/workspace/delete", unreached, []string{"Deleted: 3 channels, " + views.Count(60010), "could not be ended there"}, nil},
		{"refused", "/signout", engine.Left{Unreached: collector.Flood}, []string{"Telegram did not take the log out. So the session"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			s.engine.left = tt.left
			b := s.signedInAt(t, collector.SourceTelegram).swapping("view")
			r := b.post(tt.path, nil)
			r.shows(t, 200, tt.shows...)
			r.lacks(t, append(tt.lacks, "bar-links")...)
			if r.header.Get("HX-Push-Url") != "/" {
				t.Errorf("the page's address: %v", r.header)
			}
			if r := b.swapping("").get("/collections"); r.status != http.StatusSeeOther {
				t.Errorf("still in: %d", r.status)
			}
		})
	}
}

// TestLeavingAnyway: where Telegram cannot be told, nothing is done before the
// person insists.
func TestLeavingAnyway(t *testing.T) {
	for _, path := range []string{"/signout", "/signout/everywhere"} {
		s := newSite(t)
		b := s.signedInAt(t, collector.SourceTelegram)
		method := map[string]string{"/signout": engine.MethodSignOut, "/signout/everywhere": engine.MethodSignOutEverywhere}[path]
		s.engine.failing(method, &collector.Error{Kind: collector.Network})
		b.post(path, nil).shows(t, 503, "You are still logged in", "nothing was deleted here", `name="anyway" value="1"`, `action="`+path+`"`)
		s.engine.failing(method, nil)
		b.post(path, url.Values{"anyway": {"1"}}).shows(t, 200, "You are logged out")
		if !s.engine.anyway {
			t.Errorf("%s: the wish did not arrive", path)
		}
	}
}

// TestSignInHelp: what to do when no code comes, and when my.telegram.org says ERROR.
func TestSignInHelp(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	b.get("/?source=telegram").shows(t, 200, "Where do I find api_id and api_hash?", `href="/help/credentials"`)
	b.get("/help/credentials").shows(t, 200, "API development tools", "Create application", "When the page only says ERROR", "Switch off a VPN", "Back to signing in")
	b.post("/signin/credentials", credentials())
	b.get("/").shows(t, 200, "The code does not arrive", "Archived chats and muted ones", "Send a new code", "choose “Use another number” and then the QR code")
}
