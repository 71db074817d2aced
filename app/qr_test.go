package main

import (
	"strings"
	"testing"
	"time"

	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/static/browsertest"
)

// TestBrowserQR signs in by QR codes in a browser: the page goes on by itself
// when a phone has scanned the code, shows the next code before one runs out, and
// asks for the password where there is one.
func TestBrowserQR(t *testing.T) {
	long.Only(t)
	t.Parallel()
	base, p := runProgram(t)
	b := browsertest.Start(t)

	b.Open(base + "/?source=sandbox")
	b.Picture("qr-01-start")
	b.Click("#by-qr")
	b.Holds(`document.querySelector(".qr-code") !== null && document.activeElement.tagName === "H1"`)
	b.Picture("qr-02-sandbox")
	if err := p.sandbox.AcceptLogin(nil, sandbox.PhonePlain); err != nil { // as a phone does
		t.Fatal(err)
	}
	b.Holds(`document.querySelector("#channels") !== null && location.search === ""`)

	// Another account, by the page's own button; a reload and a cancelled code on the way.
	hooks := sandboxtest.NewHooks(p.sandbox)
	hooks.SetTokenLifetime(4e9)
	b.Open(base + "/?source=sandbox")
	b.Click("#by-qr")
	code := `document.querySelector(".qr-code path").getAttribute("d")`
	b.Holds(`document.querySelector(".qr-code") !== null`)
	first := browsertest.Evaluate[string](b, code)
	b.Holds(`document.querySelector(".qr-code") !== null && ` + code + ` !== "` + first + `"`)
	b.Open(base + "/")
	b.Holds(`document.querySelector(".qr-code") !== null`)
	b.Click("#qr-cancel")
	b.Holds(`document.querySelector("#phone") !== null && document.querySelector(".qr-code") === null`)
	hooks.SetTokenLifetime(30e9)
	b.Click("#by-qr")
	b.Holds(`document.querySelector(".qr-code") !== null`)
	b.Click(`tr:has(input[value="` + sandbox.PhonePassword + `"]) button`)
	b.Holds(`document.querySelector("#password") !== null`)
	b.Fill("#password", sandbox.Password+"\r")
	b.Holds(`document.querySelector("#channels") !== null`)
	for _, m := range b.Complaints() {
		t.Errorf("console: %s", m)
	}
}

// TestBrowserQRSlowPassword: Telegram takes longer to tell the password's hint than the
// page waits to ask again. Nobody is thrown back to the first form.
func TestBrowserQRSlowPassword(t *testing.T) {
	long.Only(t)
	t.Parallel()
	base, p := runProgram(t)
	b := browsertest.Start(t)
	b.Open(base + "/?source=sandbox")
	b.Click("#by-qr")
	b.Holds(`document.querySelector(".qr-code") !== null`)
	hooks := sandboxtest.NewHooks(p.sandbox)
	hooks.SetLatencyFunc(func(method string) time.Duration {
		if method == "account.getPassword" {
			return 5 * time.Second
		}
		return 0
	})
	if err := p.sandbox.AcceptLogin(nil, sandbox.PhonePassword); err != nil {
		t.Fatal(err)
	}
	b.Holds(`document.querySelector("#password") !== null`)
	hooks.SetLatency(0)
	b.Fill("#password", sandbox.Password+"\r")
	b.Holds(`document.querySelector("#channels") !== null`)
	for _, m := range b.Complaints() {
		t.Errorf("console: %s", m)
	}
}

// TestQRWithoutJavaScript: somebody without JavaScript says that the code was
// scanned.
func TestQRWithoutJavaScript(t *testing.T) {
	t.Parallel()
	base, p := runProgram(t)
	v := newVisitor(t, base)
	form := map[string][]string{"source": {"sandbox"}, "by": {"qr"}, "api_id": {"17349"}, "api_hash": {sandbox.APIHash}}
	if status, _, body := v.post("/?source=sandbox", "/signin/credentials", form); status != 200 || !strings.Contains(body, "<svg") {
		t.Fatalf("no code: %d\n%s", status, body)
	}
	if err := p.sandbox.AcceptLogin(nil, sandbox.PhoneOtherDC); err != nil {
		t.Fatal(err)
	}
	if status, body := v.get("/?scanned=1"); status != 200 || !strings.Contains(body, `id="channels"`) {
		t.Errorf("after the scan: %d\n%s", status, body)
	}
}
