package handlers_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"telegramtrac/collector"
	"telegramtrac/static/browsertest"
)

// TestBrowserSignInForms: Enter submits by the filled fields, both buttons are disabled while
// a form is on its way, and refusals appear beside what was typed.
func TestBrowserSignInForms(t *testing.T) {
	s := newSite(t)
	p := browsertest.Start(t)
	base := "http://" + s.serve(t)
	p.Open(base + "/?source=telegram")
	p.Fill("#api_id", "1234567")
	p.Fill("#api_hash", "0123456789abcdef0123456789abcdef")
	p.Picture("signin-telegram")
	p.Do(chromedp.SendKeys(chromedp.CSS("#api_id"), "\r"))
	p.Holds(`document.querySelector(".qr-code") !== null`)
	p.Click("#qr-cancel")
	p.Holds(`document.querySelector("#phone") !== null`)
	p.Fill("#api_hash", "0123456789abcdef0123456789abcdef")
	p.Fill("#phone", "+447700900123")

	s.engine.failing("SendCode", &collector.Error{Kind: collector.SignInRefused, Detail: collector.RefusedUpdate, Word: "UPDATE_APP_TO_LOGIN"})
	release := s.engine.hold("SendCode")
	p.Do(chromedp.SendKeys(chromedp.CSS("#phone"), "\r"))
	p.Holds(`document.querySelector("#by-qr").disabled && document.querySelector("#by-phone").disabled`)
	release()
	p.Holds(`document.querySelector(".mistakes code")?.textContent === "UPDATE_APP_TO_LOGIN" && document.querySelector("#phone").value === "+447700900123"`)
	p.Picture("signin-refused")

	s.engine.failing("SendCode", nil)
	p.Do(chromedp.SendKeys(chromedp.CSS("#phone"), "\r"))
	p.Holds(`document.querySelector("#code") !== null`)
	s.engine.sentBy("email", "f***@e***.org", 6)
	p.Open(base + "/")
	p.Picture("signin-code-email")
	s.engine.sentBy("sms_phrase", "the", 0)
	p.Open(base + "/")
	p.Picture("signin-code-phrase")
	p.Click("#code-qr")
	p.Holds(`document.querySelector(".qr-code") !== null`)
	p.Open(base + "/?source=sandbox")
	p.Picture("signin-sandbox")
}
