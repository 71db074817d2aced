package handlers_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"telegramtrac/collector"
	"telegramtrac/handlers"
	"telegramtrac/static/browsertest"

	"telegramtrac/collector/collectortest/long"
)

// serve serves the site on a free port of this machine until the test ends.
func (s *site) serve(t testing.TB) (address string) {
	t.Helper()
	address, stop := s.serveAt(t, "127.0.0.1:0")
	t.Cleanup(stop)
	return address
}

// serveAt serves the site at an address until stop.
func (s *site) serveAt(t testing.TB, at string) (address string, stop func()) {
	t.Helper()
	ln, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	return ln.Addr().String(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

// TestBrowserLosesConnection: a page notices that the program stopped, and that it is back.
func TestBrowserLosesConnection(t *testing.T) {
	long.Only(t)
	s := newSite(t, func(o *handlers.Options) { o.Now = time.Now })
	p := browsertest.Start(t)
	address, stop := s.serveAt(t, "127.0.0.1:0")
	p.Open("http://" + address + "/?source=sandbox")
	p.Click(`button.main`)
	p.Holds(`document.querySelector("#code") !== null`)
	p.Do(chromedp.SendKeys(chromedp.CSS("#code"), "22222\r"))
	p.Holds(`document.querySelector("#channels") !== null`)
	p.Do(chromedp.SendKeys(chromedp.CSS("#channels"), "@alpha"))
	p.Click(`button.big`)
	p.Holds(`document.querySelector("#live") !== null`)
	_, id := onlyCollection(s)
	s.awaitListener(t, id)
	stop()
	p.Holds(`document.querySelector("#lost")?.textContent.startsWith("Connection lost, trying again") === true`)
	again := newSite(t, func(o *handlers.Options) { o.Now, o.Engine = time.Now, s.engine })
	_, stop = again.serveAt(t, address)
	defer stop()
	p.Holds(`document.querySelector("#lost") === null && document.querySelector("#live") !== null`)
}

// TestBrowser goes through the flow as a person does, in a real browser: forms
// by Enter, fragments by htmx, counts by websocket, tabs, the drawn network.
func TestBrowser(t *testing.T) {
	long.Only(t)
	s := newSite(t, func(o *handlers.Options) { o.Now = time.Now })
	p := browsertest.Start(t)
	base := "http://" + s.serve(t)

	p.Open(base + "/?source=telegram")
	p.Picture("01-telegram")
	p.Click(`#by-phone`)
	p.Holds(`document.querySelectorAll(".wrong").length === 3 && document.activeElement.classList.contains("mistakes")`)
	p.Picture("02-telegram-422")
	p.Click(`.choice a[href="/?source=sandbox"]`)
	p.Holds(`document.querySelector("#phone").value === "+9996620001" && document.activeElement.tagName === "H1"`)
	p.Picture("03-sandbox")
	p.Do(chromedp.SetValue(chromedp.CSS("#phone"), "+9996620002"), chromedp.SendKeys(chromedp.CSS("#phone"), "\r"))
	p.Holds(`document.querySelector("#code") !== null`)
	p.Picture("04-code")
	p.Do(chromedp.SendKeys(chromedp.CSS("#code"), "11111\r"))
	p.Holds(`document.querySelector("#code-wrong") !== null`)
	p.Picture("05-code-422")
	p.Do(chromedp.SendKeys(chromedp.CSS("#code"), "22222\r"))
	p.Holds(`document.querySelector("#password") !== null`)
	p.Picture("06-password")
	p.Do(chromedp.SendKeys(chromedp.CSS("#password"), "sandbox\r"))
	p.Holds(`document.querySelector("#channels") !== null`)
	p.Picture("07-trac")
	p.Do(chromedp.SendKeys(chromedp.CSS("#channels"), "t.me/+abcdef\n@gamma"))
	p.Click(`button.big`)
	p.Holds(`document.querySelector("#aside")?.value === "t.me/+abcdef" && document.querySelector("#channels").value === "@gamma"`)
	p.Picture("08-trac-422")
	p.Do(chromedp.SetValue(chromedp.CSS("#channels"), "@alpha, t.me/beta; 1003 @durov @nobody_there"))
	p.Click(`#go-on`)
	p.Holds(`location.pathname.startsWith("/collections/") && document.querySelector("#live") !== null`)

	w, id := onlyCollection(s)
	s.awaitListener(t, id)
	for i := range 5 {
		s.engine.change(w, id, i, running)
	}
	p.Holds(`document.querySelector("#live-messages").textContent === "12\u202f470"`)
	p.Holds(`document.querySelectorAll("#live-rows .row.tone-bad").length === 2`)
	p.Picture("09-live")
	s.engine.change(w, id, 5, func(c *collector.Collection) {
		c.Channels = append(c.Channels,
			collector.Progress{Reference: "1007", CommentsOf: "@alpha", Username: "alpha_talk", State: collector.Collecting})
	})
	p.Holds(`document.querySelectorAll("#live-rows > .row").length === 6 && document.querySelector("#channel-row-5").textContent.includes("comments of @alpha")`)
	s.engine.change(w, id, 0, func(c *collector.Collection) {
		c.State, c.Waits, c.RetryAt = collector.Waiting, collector.Flood, ptr(time.Now().Add(18*time.Second))
		c.Channels[0].State = collector.Waiting
	})
	p.Holds(`/\d+ s left/.test(document.querySelector("#live-head .countdown")?.textContent)`)
	p.Picture("10-waiting")
	p.Click(`#live-hold`)
	p.Holds(`document.querySelector("#live-heading").textContent.startsWith("Paused")`)
	p.Picture("11-paused")
	s.fill(t, w)
	s.putReceipts(t, w)
	s.engine.setStanding(strainedAt(time.Now()))
	s.awaitListener(t, id)
	s.engine.change(w, id, 0, func(c *collector.Collection) {
		c.State, c.Waits, c.RetryAt, c.Messages = collector.Done, "", nil, 18000
		for i := range c.Channels {
			if !c.Channels[i].State.Final() {
				c.Channels[i].State, c.Channels[i].Messages = collector.Done, 10
			}
		}
	})
	p.Holds(`document.querySelector("#live-look") !== null && document.querySelector("#steps [aria-current]").textContent.includes("Look")`)
	p.Picture("12-done")
	p.Click(`#live-look`)
	p.Holds(`document.querySelectorAll(".message").length > 10 && document.activeElement.textContent === "Messages"`)
	p.Open(base + "/tabs/messages")
	p.Picture("13-messages")
	for i, tab := range []string{"metadata", "dataset", "network", "options"} {
		p.Click("#tab-" + tab)
		p.Holds(fmt.Sprintf(`document.querySelector("#tab-%s").getAttribute("aria-current") === "page" && location.pathname === "/tabs/%s"`, tab,
			tab))
		if tab == "network" {
			p.Holds(`document.querySelector("#network canvas") !== null && /drawn/.test(document.querySelector("#network-status").textContent)`)
			p.Do(chromedp.Sleep(400 * time.Millisecond))
		}
		p.Picture(fmt.Sprintf("%d-%s", 14+i, tab))
	}
	p.Holds(`document.querySelector(".tabs").getBoundingClientRect().top >= 0`)
	p.Do(chromedp.NavigateBack())
	p.Holds(`document.querySelector("#tab-network").getAttribute("aria-current") === "page"`)
	p.Open(base + "/tabs/options")
	p.Click(".ask summary.danger")
	p.Picture("18-ask")
	stopped := strainedAt(time.Now())
	stopped.Next = collector.Next{Why: collector.Guarded, Stopped: "escalating"}
	s.engine.setStanding(stopped)
	p.Open(base + "/tabs/options")
	p.Click("#standing summary")
	p.Picture("18-stopped")
	p.Click("#standing button")
	p.Holds(`document.querySelector("#standing .note") === null && document.activeElement.textContent === "Options"`)
	p.Open(base + "/collections")
	p.Picture("19-collections")
	p.Open(base + "/nowhere")
	p.Picture("20-problem")

	for _, m := range p.Complaints() {
		t.Errorf("console: %s", m)
	}
}

// onlyCollection is the only collection that exists, and its workspace.
func onlyCollection(s *site) (workspace, id string) {
	for w, all := range s.engine.collections {
		for _, c := range all {
			return w, c.ID
		}
	}
	return "", ""
}

// awaitListener waits until somebody follows the collection.
func (s *site) awaitListener(t *testing.T, id string) {
	t.Helper()
	await(t, func() bool { return s.engine.listening(id) > 0 })
}

func await(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatal("it never held")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestBrowserTakenOut: an open page says that its visitor was removed from the workspace.
func TestBrowserTakenOut(t *testing.T) {
	s := newSite(t, func(o *handlers.Options) { o.Now = time.Now })
	p := browsertest.Start(t)
	base := "http://" + s.serve(t)
	p.Open(base + "/?source=sandbox")
	p.Click("button.main")
	p.Fill("#code", "22222\r")
	p.Holds(`document.querySelector("#channels") !== null`)
	p.Fill("#channels", "@alpha")
	p.Click("button.big")
	p.Holds(`document.querySelector("#live") !== null`)
	_, id := onlyCollection(s)
	s.awaitListener(t, id)
	for visitor := range s.engine.workspaces {
		s.engine.takeOut(visitor)
	}
	p.Holds(`document.querySelector("#live .note")?.textContent.includes("This browser has left the workspace") === true && document.querySelector("#lost") === null`)
	p.Picture("leave-evicted")
	for _, m := range p.Complaints() {
		t.Errorf("console: %s", m)
	}
}
