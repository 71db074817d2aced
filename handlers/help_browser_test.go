package handlers_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"telegramtrac/static/browsertest"
)

// TestBrowserHelpRealAccount: the steps can be reached by keyboard, have headings and names
// for screen readers, and fit a phone.
func TestBrowserHelpRealAccount(t *testing.T) {
	s := newSite(t)
	p := browsertest.Start(t)
	base := "http://" + s.serve(t)
	p.Do(chromedp.EmulateViewport(360, 740))
	p.Open(base + realAccount)
	p.Holds(`document.documentElement.scrollWidth <= document.documentElement.clientWidth`)
	p.Holds(`[...document.querySelectorAll(".proof .way")].every(e => document.getElementById(e.getAttribute("aria-labelledby"))?.tagName === "H2")`)
	p.Do(chromedp.SendKeys(chromedp.CSS(`a[href="#absent"]`), "\r"))
	p.Holds(`location.hash === "#absent" && document.querySelector("#absent").getBoundingClientRect().top < innerHeight / 2`)
	p.Picture("help-real-account")
}
