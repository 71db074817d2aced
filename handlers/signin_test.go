package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers"
	"telegramtrac/views"
)

func credentials(change ...string) url.Values {
	v := url.Values{"source": {"telegram"}, "api_id": {"1234567"}, "api_hash": {"0123456789abcdef0123456789abcdef"},
		"phone": {"+44 7700 900123"}}
	for i := 0; i < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

func TestCredentialsForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.get("/").shows(t, 200, "<!doctype html>", "Try it in the sandbox", `value="12345"`, `value="&#43;9996620001"`, "&#43;9996620002",
		">sandbox</span>", `aria-current="step"`)
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
	t.Parallel()
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
	t.Parallel()
	tests := map[collector.Kind]struct {
		err    error
		status int
		want   string
	}{
		collector.BadCredentials: {nil, 422,
			"Telegram does not know this api_id and api_hash. Copy both from my.telegram.org, &#34;API development tools&#34;."},
		collector.PhoneInvalid: {nil, 422, "Write it with the country code, like &#43;447700900123."},
		collector.PhoneUnknown: {nil, 422, "No Telegram account has this number. Sign up in a Telegram app first, then come back."},
		collector.PhoneBanned:  {nil, 422, "Telegram has banned this number."},
		collector.Network:      {nil, 503, "Telegram cannot be reached."},
		collector.Flood: {&collector.Error{Kind: collector.Flood, RetryAt: noon.Add(2*time.Hour + 5*time.Minute)}, 429,
			"Telegram asks to wait 2 h 5 min before another try with this number."},
		collector.SignInRefused: {&collector.Error{Kind: collector.SignInRefused, Detail: collector.RefusedUpdate, Word: "UPDATE_APP_TO_LOGIN"},
			422,
			"Telegram lets only newer apps sign in to this account in this way. Use the QR code instead: it needs no login code. <span " +
				"class=\"hint\">Telegram’s word for it: <code>UPDATE_APP_TO_LOGIN</code>"},
		"nobody": {&collector.Error{Kind: collector.Internal, Err: engine.ErrNobody}, 503, "does not answer yet"},
	}
	for kind, tt := range tests {
		t.Run(string(kind), func(t *testing.T) {
			s := newSite(t)
			b := s.visit(t)
			if tt.err == nil {
				tt.err = &collector.Error{Kind: kind}
			}
			s.engine.failing("SendCode", tt.err)
			r := b.post("/signin/credentials", credentials())
			r.shows(t, tt.status, tt.want, `value="1234567"`, `value="0123456789abcdef0123456789abcdef"`, "7700 900123", `value="telegram"`)
			s.engine.failing("SendCode", nil)
			if r := b.post("/signin/credentials", credentials()); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
				t.Errorf("going on: status %d to %q", r.status, r.header.Get("Location"))
			}
		})
	}
}

func TestInternalErrorsAreNotShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	s.engine.failing("SendCode", collector.Errorf(collector.Internal, "the disk is secretly full"))
	r := b.post("/signin/credentials", credentials())
	r.shows(t, 500, "Something went wrong inside telegramtrac.")
	r.lacks(t, "secretly")
}

func TestCode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	page := b.swapping("view")
	r := page.post("/signin/credentials", credentials())
	b.signIn = page.signIn
	r.shows(t, 200, "Enter the login code", "Telegram sent a login code to your Telegram app (not by SMS).", "ends in 23",
		"The code does not arrive")
	r.lacks(t, "<!doctype", "7700")
	b.get("/").shows(t, 200, "Enter the login code")

	b.post("/signin/code", url.Values{"code": {" "}}).shows(t, 422, "Write the login code.")
	wrong := b.post("/signin/code", url.Values{"code": {"98765"}})
	wrong.shows(t, 422, "That is not the code Telegram sent.", `id="code-wrong"`)
	wrong.lacks(t, "98765")
	s.engine.failing("EnterCode", &collector.Error{Kind: collector.CodeExpired})
	b.post("/signin/code", url.Values{"code": {"22222"}}).shows(t, 422, "This code has expired. Ask for a new one.")
	s.engine.failing("EnterCode", nil)

	b.swapping("view").post("/signin/resend", nil).shows(t, 200, "A new code is on its way. Telegram sent a login code by SMS.")
	r = b.post("/signin/resend", nil)
	if r.status != http.StatusSeeOther {
		t.Errorf("resend without htmx: status %d", r.status)
	}
	b.get(r.header.Get("Location")).shows(t, 200, "A new code is on its way.")
	b.get("/").lacks(t, "A new code is on its way.", "data-hold-until")
	s.engine.failing("ResendCode", &collector.Error{Kind: collector.Flood, RetryAt: noon.Add(time.Minute)})
	b.post("/signin/resend", nil).shows(t, 429, "Telegram asks to wait 1 min before another code.")

	b.get("/?step=credentials").shows(t, 200, "Go back to the code that was sent already")
	if r := b.post("/signin/code", url.Values{"code": {"22-222 "}}); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Errorf("right code: status %d to %q", r.status, r.header.Get("Location"))
	}
	b.get("/").shows(t, 200, "Which channels do you want to collect?")
}

func TestPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials("source", "sandbox", "phone", "+9996620002"))
	b.swapping("view").post("/signin/code", url.Values{"code": {"22222"}}).shows(t, 200, "Enter your two-step verification password",
		"the name of this place")
	b.get("/").shows(t, 200, "Enter your two-step verification password", "the name of this place", ">sandbox</span>")
	b.post("/signin/password", url.Values{"password": {""}}).shows(t, 422, "Write the two-step verification password")
	wrong := b.post("/signin/password", url.Values{"password": {"hunter2hunter2"}})
	wrong.shows(t, 422, "That is not the password of this account. The table below has it.")
	wrong.lacks(t, "hunter2hunter2")
	in := b.swapping("view").post("/signin/password", url.Values{"password": {"sandbox"}})
	in.shows(t, 200, "Which channels do you want to collect?", "Sandbox · workspace of this browser", `value="@alpha"`)
}

func TestSignInLeftTooLong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	const want = "This sign-in was left for too long, or Telegram has forgotten it."
	b.post("/signin/code", url.Values{"code": {"1"}}).shows(t, 422, want, "Try it in the sandbox")
	b.post("/signin/resend", nil).shows(t, 422, want)
	b.post("/signin/password", url.Values{"password": {"x"}}).shows(t, 422, want)
	b.post("/signin/credentials", credentials())
	s.engine.failing("EnterCode", &collector.Error{Kind: collector.SignInExpired})
	b.post("/signin/code", url.Values{"code": {"22222"}}).shows(t, 422, want)
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	for path, method := range map[string]string{"/signout": "SignOut", "/signout/everywhere": "SignOutEverywhere",
		"/workspace/delete": "Delete"} {
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

// TestResendLater: the page says when another code can be asked for; only JavaScript disables
// the button until then.
func TestResendLater(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials())
	for visitor, step := range s.engine.signIns {
		step.ResendAt = noon.Add(20 * time.Second)
		s.engine.signIns[visitor] = step
	}
	r := b.get("/")
	r.shows(t, 200, `Another code can be asked for in <time datetime="2024-02-02T14:04:20Z" data-seconds>20 seconds</time>.`,
		`<button type="submit" data-hold-until="2024-02-02T14:04:20Z">Send a new code</button>`)
	r.lacks(t, " disabled")
}

func TestSandboxSpeaksOfItself(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	r := b.post("/signin/credentials", credentials("source", "sandbox", "api_id", "", "phone", "1"))
	r.shows(t, 422, "Write the sandbox&#39;s api_id. It is in the table below.", "The sandbox cannot use this phone number.",
		"Fill it in again", `<td class="mono">12345</td>`, sandboxInfo.APIHash)
	r.lacks(t, "my.telegram.org", `value="12345"`, "The form is filled in already")
	for kind, want := range map[collector.Kind]string{collector.BadCredentials: "The sandbox does not know this api_id",
		collector.PhoneUnknown: "The sandbox has no account with this number."} {
		s.engine.failing("SendCode", &collector.Error{Kind: kind})
		r := b.post("/signin/credentials", credentials("source", "sandbox", "phone", "+9996620009"))
		r.shows(t, 422, want)
		r.lacks(t, "my.telegram.org")
	}
	s.engine.failing("SendCode", nil)
	b.post("/signin/credentials", credentials("source", "sandbox", "phone", "+9996620001"))
	resent := b.swapping("view").post("/signin/resend", nil)
	resent.shows(t, 200, "The sandbox sends nothing: the code is below.", ">22222</td>")
	resent.lacks(t, "is on its way", "Telegram sent")
}

// TestFormOfAnotherStep: a form sent twice, or from an old page, leads to the visitor's
// current step.
func TestFormOfAnotherStep(t *testing.T) {
	t.Parallel()
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

// TestBeginAgainKeepsWhatWasTyped: as far as known, but never the phone.
func TestBeginAgainKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials())
	b.get("/").shows(t, 200, `name="source" value="telegram"`, `name="api_id" value="1234567"`)
	s.engine.failing("EnterCode", &collector.Error{Kind: collector.SignInExpired})
	b.post("/signin/code", url.Values{"code": {"22222"}}).shows(t, 422, "Sign in with your Telegram account", `value="1234567"`)
	clear(s.engine.signIns)
	b.post("/signin/code", url.Values{"code": {"22222"}, "source": {"telegram"}, "api_id": {"1234567"}}).shows(t, 422,
		"Sign in with your Telegram account", `value="1234567"`)
	b.post("/signin/code", url.Values{"code": {"22222"}, "source": {"sandbox"}}).shows(t, 422, "Try it in the sandbox", `value="12345"`,
		`value="&#43;9996620001"`)
}

// TestChoiceSurvivesReload: the address says which source was chosen.
func TestChoiceSurvivesReload(t *testing.T) {
	t.Parallel()
	r := newSite(t).visit(t).get("/")
	r.shows(t, 200, `hx-get="/?source=telegram" hx-target="#view" hx-swap="outerHTML" hx-push-url="true"`)
}

// TestLeavingSays: the page says what was deleted, and what could not be done.
func TestLeavingSays(t *testing.T) {
	t.Parallel()
	all := engine.Left{Session: true, Deleted: true, Channels: 3, Messages: 60010, Collections: 1}
	unreached := all
	unreached.Unreached = collector.Network
	tests := []struct {
		name, path   string
		left         engine.Left
		shows, lacks []string
	}{
		{"log out", "/signout", engine.Left{Session: true},
			[]string{"You are logged out", "Deleted: the sealed session.", "is here again when you sign in"},
			[]string{"could not be ended", "3 channels"}},
		{"unreached", "/signout", engine.Left{Session: true, Unreached: collector.Network},
			[]string{"Telegram cannot be reached. So the session could not be ended there. End it yourself"}, nil},
		{"sealed for good", "/signout", engine.Left{Session: true, Unreached: collector.SignedOut},
			[]string{"The key that your session was sealed with is not there any more. So the session could not be ended there. End it yourself"},
			nil},
		{"no session", "/signout", engine.Left{}, []string{"You are logged out"}, []string{"Deleted:"}},
		{"delete", "/workspace/delete", all,
			[]string{"Everything is deleted", "Deleted: 3 channels, " + views.Count(60010) + " messages, 1 collection, the sealed session."},
			[]string{"is here again", "could not be ended"}},
		{"delete, unreached", "/workspace/delete", unreached, []string{"Deleted: 3 channels, " + views.Count(60010), "could not be ended there"},
			nil},
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

// TestLeavingAnyway: if Telegram cannot be reached, nothing is done until the person insists.
func TestLeavingAnyway(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/signout", "/signout/everywhere"} {
		s := newSite(t)
		b := s.signedInAt(t, collector.SourceTelegram)
		method := map[string]string{"/signout": "SignOut", "/signout/everywhere": "SignOutEverywhere"}[path]
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
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.get("/?source=telegram").shows(t, 200, "Where do I find api_id and api_hash?", `href="/help/credentials"`)
	b.get("/help/credentials").shows(t, 200, "API development tools", "Create application", "When the page only says ERROR",
		"Switch off a VPN", "Back to signing in")
	b.post("/signin/credentials", credentials())
	b.get("/").shows(t, 200, "The code does not arrive", "Archived chats and muted ones", "Send a new code", "sign in by QR code instead",
		`action="/signin/qr"`, "spam folder")
}

// TestFirstForm: the QR code comes first, each way says when it fails, and one sentence says
// what Telegram watches; Enter submits by the filled fields.
func TestFirstForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	page := b.get("/?source=telegram")
	page.shows(t, 200, "Telegram watches accounts that are used with other programs than its own, so take one that you have long had.",
		"It fails where no phone is signed in to the account.", "It fails for accounts to which it sends none for other programs.")
	if qr, phone := strings.Index(page.body, `id="by-qr"`), strings.Index(page.body, `id="by-phone"`); qr < 0 || phone < qr {
		t.Errorf("the QR code stands at %d, the phone number at %d", qr, phone)
	}
	b.get("/?source=sandbox").lacks(t, "Telegram watches")

	b = s.visit(t).swapping("view")
	b.post("/signin/credentials", credentials("by", "any")).shows(t, 200, "Enter the login code")
	b = s.visit(t).swapping("view")
	b.post("/signin/credentials", credentials("by", "any", "phone", " ")).shows(t, 200, "Scan the code with your phone")
}

// TestRefusals: each refusal has its own sentence and a way out, on every form, beside what
// was typed.
func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct{ detail, word, want, byQR string }{
		{collector.RefusedUpdate, "UPDATE_APP_TO_LOGIN", "only newer apps sign in to this account in this way. Use the QR code",
			"Try the phone number instead."},
		{collector.RefusedCaptcha, "RECAPTCHA_CHECK", "a puzzle that only its own apps can show. Use the QR code",
			"Try the phone number instead."},
		{collector.RefusedCode, "SMS_CODE_CREATE_FAILED", "so nothing was sent. Use the QR code", ""},
		{collector.RefusedSignUp, "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN", "Sign up in one first. If there is an account, use the QR code.", ""},
		{collector.RefusedPublicAPI, "API_ID_PUBLISHED_FLOOD", "Make one of your own at my.telegram.org", "Make one of your own"},
		{collector.RefusedDeleted, "USER_DEACTIVATED", "This account was deleted at Telegram. Sign in with another", "Sign in with another"},
		{collector.RefusedBanned, "USER_DEACTIVATED_BAN", "to see why and to appeal. Or sign in with another account.", "to appeal."},
		{collector.RefusedBrokenOff, "SIGN_IN_FAILED", "Wait some minutes before another try. Use the QR code", "Try the phone number"},
		{collector.RefusedFailing, "RPC_CALL_FAIL", "a fault of its own just now. Wait a minute", "Wait a minute"},
		{collector.RefusedEmailSetup, "auth.sentCodeTypeSetUpEmailRequired", "Telegram sent no code: this account needs a login email first.",
			""},
		{collector.RefusedPayment, "auth.sentCodePaymentRequired", "asks for money before it sends a code to this number. Nothing was sent", ""},
		{collector.RefusedNewer, "", "that this version of telegramtrac does not know", "Try the phone number"},
		{"", "TEAPOT_IS_SHORT", "Telegram refused this step and gave only a word for it. Use the QR code", "Try the phone number"},
	}
	for _, tt := range tests {
		t.Run(tt.detail, func(t *testing.T) {
			s := newSite(t)
			err := &collector.Error{Kind: collector.SignInRefused, Detail: tt.detail, Word: tt.word}
			for _, method := range []string{"SendCode", "ResendCode", "EnterCode", "EnterPassword", "ShowQR", "AskQR"} {
				s.engine.failing(method, err)
			}
			wants := func(r response, status int, more ...string) {
				t.Helper()
				if tt.word != "" {
					more = append(more, "<code>"+tt.word+"</code>")
				}
				r.shows(t, status, more...)
				r.lacks(t, "Something went wrong", "signin_refused")
			}
			b := s.visit(t)
			wants(b.post("/signin/credentials", credentials()), 422, tt.want, `value="1234567"`, "7700 900123")
			wants(b.post("/signin/credentials", byQR("telegram")), 422, tt.byQR, `value="1234567"`, `id="by-phone"`)

			s.engine.failing("SendCode", nil)
			b.post("/signin/credentials", credentials())
			for _, path := range []string{"/signin/code", "/signin/resend"} {
				r := b.post(path, url.Values{"code": {"11111"}})
				wants(r, 422, tt.want, "Enter the login code", `id="code-qr"`)
				r.lacks(t, `href="#api_id"`)
			}
			wants(b.post("/signin/qr", nil), 422, tt.byQR, "Enter the login code")

			s.engine.failing("EnterCode", nil)
			b = s.visit(t)
			b.post("/signin/credentials", credentials("phone", "+9996620002"))
			b.post("/signin/code", url.Values{"code": {"22222"}})
			// Both ways of signing in ask for the password, so the QR code is no way out.
			atPassword := strings.TrimSuffix(strings.TrimSuffix(tt.want, "Use the QR code"), " ")
			if atPassword != tt.want {
				atPassword += " Begin again, the other way if it is refused once more."
			}
			wants(b.post("/signin/password", url.Values{"password": {"x"}}), 422, atPassword, `id="password"`)

			// The page with a code polls on if that may help; else the sign-in has ended.
			s.engine.failing("ShowQR", nil)
			b = s.visit(t)
			b.post("/signin/credentials", byQR("telegram"))
			poll := b.swapping("qr")
			r := poll.get("/signin/qr?source=telegram&shown=N1")
			r.shows(t, 200, tt.byQR, `<div id="qr"`, "tries again by itself")
			s.engine.expireSignIns()
			s.engine.failing("AskQR", nil)
		})
	}
}

// TestQRRefusedForGood: if a refusal ended the sign-in, the page goes to the first form by
// itself and says why.
func TestQRRefusedForGood(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", byQR("telegram"))
	s.engine.ending("AskQR", &collector.Error{Kind: collector.SignInRefused, Detail: collector.RefusedBanned, Word: "USER_DEACTIVATED_BAN"})
	r := b.swapping("qr").get("/signin/qr?source=telegram&shown=N1")
	r.shows(t, 200, `<div id="view">`, "Telegram has banned this account.", "<code>USER_DEACTIVATED_BAN</code>", `value="1234567"`,
		`id="by-phone"`)
	if r.header.Get("HX-Retarget") != "#view" {
		t.Errorf("it goes into %q", r.header.Get("HX-Retarget"))
	}
}

// TestRestarted: if Telegram asks to begin again, the page shows the next form at once.
func TestRestarted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials())
	s.engine.failing("EnterCode", &collector.Error{Kind: collector.SignInRestarted, Detail: "sent"})
	b.post("/signin/code", url.Values{"code": {"1"}}).shows(t, 422, "has sent another code. Enter that one.", `id="code-wrong"`)
	s.engine.failing("EnterCode", &collector.Error{Kind: collector.SignInRestarted})
	b.post("/signin/code", url.Values{"code": {"1"}}).shows(t, 422, "the code does not count any more. Ask for a new one.", "Send a new code")

	for step, want := range map[string]string{engine.StepCode: "Enter the login code",
		engine.StepQR: "Telegram asked to begin again. Scan the new code."} {
		b := s.visit(t).swapping("view")
		b.post("/signin/credentials", byQR("telegram"))
		s.engine.failing("EnterPassword", &collector.Error{Kind: collector.SignInRestarted})
		s.engine.at(engine.StepPassword)
		s.engine.onCall = func(method string) {
			if method == "EnterPassword" {
				s.engine.moveTo(step)
			}
		}
		status := map[string]int{engine.StepCode: 422, engine.StepQR: 200}[step]
		b.post("/signin/password", url.Values{"password": {"x"}}).shows(t, status, want)
		s.engine.onCall = nil
		clear(s.engine.signIns)
	}
}

// TestCodeAsItWasSent: the page says where the code was sent and what it is; only in a phrase
// do blanks matter.
func TestCodeAsItWasSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		via, about  string
		digits      int
		want        string
		typed, sent string
	}{
		{"app", "", 5, "to your Telegram app (not by SMS)", " 22-2 22", "22222"},
		{"sms", "", 5, "a login code by SMS", "۱۲٣٤5", "12345"},
		{"sms_word", "l", 0, "one word, which begins with “l”. That word is the login code.", " lighthouse ", "lighthouse"},
		{"sms_phrase", "the", 0, "which begin with “the”. Together, with their spaces, they are the login code.", " the boat - came in",
			"the boat - came in"},
		{"sms_phrase", "", 0, "an SMS with a few words. Together", "12 34", "12 34"},
		{"call", "", 5, "calls this number and says the login code", "1 2 3", "123"},
		{"flash_call", "31*", 0, "the whole number that called, which looks like “31*”.", "+31 20 777-01 99", "31207770199"},
		{"missed_call", "31", 5, "the last 5 digits of the number that called, which begins with “31”.", "70199", "70199"},
		{"missed_call", "", 0, "the last digits of the number that called.", "70199", "70199"},
		{"email", "f***@e***.org", 6, "by email, to f***@e***.org. It comes neither into the app nor by SMS.", "123 456", "123456"},
		{"fragment", "", 5, `page at fragment.com. The number ends in 23. <a href="https://fragment.com/"`, "12345", "12345"},
		{"firebase", "", 5, "It may never come: ask for a new code, or use a QR code.", "12345", "12345"},
		{"other", "", 0, "then at SMS and calls", "two words", "two words"},
	}
	for _, tt := range tests {
		t.Run(tt.via, func(t *testing.T) {
			s := newSite(t)
			b := s.visit(t)
			b.post("/signin/credentials", credentials())
			s.engine.sentBy(tt.via, tt.about, tt.digits)
			page := b.get("/")
			page.shows(t, 200, tt.want)
			if words := strings.HasPrefix(tt.via, "sms_"); words == strings.Contains(page.body, `inputmode="numeric"`) {
				t.Error("the keyboard is not that of the code")
			}
			b.post("/signin/code", url.Values{"code": {tt.typed}})
			if got := s.engine.entered; got != tt.sent {
				t.Errorf("entered %q as %q, want %q", tt.typed, got, tt.sent)
			}
		})
	}
}

// TestWrongCodeSaysWhereItIs: beside a wrong or empty code the page repeats where it was sent,
// which is not always the app.
func TestWrongCodeSaysWhereItIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials("source", "telegram", "api_hash", "0123456789abcdef0123456789abcdef"))
	s.engine.sentBy("email", "f***@e***.org", 6)
	b.post("/signin/code", url.Values{"code": {""}}).shows(t, 422,
		"Write the login code. Telegram sent a login code by email, to f***@e***.org.")
	s.engine.failing("EnterCode", &collector.Error{Kind: collector.CodeWrong})
	b.post("/signin/code", url.Values{"code": {"123456"}}).shows(t, 422,
		"Only the newest one counts. Telegram sent a login code by email, to f***@e***.org.")
}

// TestPasswordRefused: at the password the page does not recommend the QR code, which asks for
// the same password.
func TestPasswordRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.visit(t)
	b.post("/signin/credentials", credentials("source", "sandbox", "phone", "+9996620002"))
	b.post("/signin/code", url.Values{"code": {"22222"}})
	s.engine.failing("EnterPassword", &collector.Error{Kind: collector.SignInRefused, Word: "TEAPOT"})
	refused := b.post("/signin/password", url.Values{"password": {"x"}})
	refused.shows(t, 422, "TEAPOT", "Begin again, the other way if it is refused once more.")
	refused.lacks(t, "needs no login code")
}

// TestPagesTellTheTime: countdowns use the server's clock, even if the browser's is hours off.
func TestPagesTellTheTime(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.visit(t).get("/").shows(t, 200, `<html lang="en" data-now="`)
}
