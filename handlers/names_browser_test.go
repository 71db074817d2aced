package handlers_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"telegramtrac/handlers"
	"telegramtrac/static/browsertest"
)

// TestBrowserSetsNamesAside: in a real browser, unreadable names are shown separately, a
// column is chosen, and one click goes on.
func TestBrowserSetsNamesAside(t *testing.T) {
	s := newSite(t, func(o *handlers.Options) { o.Now = time.Now })
	p := browsertest.Start(t)
	p.Open("http://" + s.serve(t) + "/?source=sandbox")
	p.Click("button.main")
	p.Fill("#code", "22222\r")
	p.Holds(`document.querySelector("#channels") !== null`)
	p.Do(chromedp.SetValue(chromedp.CSS("#channels"), "from\tto\n@omega\t@gulls\n@terns\t@waders"))
	p.Click("button.big")
	p.Holds(`document.querySelectorAll("#columns input[name=take]").length === 3 && document.activeElement.classList.contains("mistakes")`)
	p.Picture("lists-columns")
	p.Do(chromedp.SetValue(chromedp.CSS("#channels"), "https://t.me/+AbCdEf\n+44 7700 900123\n@dur\u043ev\nEvening Lights @delta"))
	p.Click(`#columns input[value="0"]`)
	p.Click("button.big")
	p.Holds(`document.querySelector("#go-on")?.textContent === "Go on with 3, leave out 4"`)
	p.Picture("lists-aside")
	p.Click("#go-on")
	p.Holds(`document.querySelector("#live") !== null`)
	w, id := onlyCollection(s)
	if got := len(s.engine.find(w, id).Requested.Channels); got != 3 {
		t.Errorf("%d channels, want 3", got)
	}
}
