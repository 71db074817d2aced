package handlers_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"telegramtrac/collector"
	"telegramtrac/handlers"
)

// serve answers on a free port of this machine until the test ends.
func (s *site) serve(t *testing.T) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// chrome starts a browser. Without one the test is skipped, unless
// REQUIRE_BROWSER is set.
func chrome(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("REQUIRE_BROWSER") != "" {
			t.Fatal("there is no Chromium, and REQUIRE_BROWSER is set")
		}
		t.Skip("there is no Chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("use-gl", "angle"), chromedp.Flag("use-angle", "swiftshader"), chromedp.Flag("enable-unsafe-swiftshader", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// screen is a browser that may take pictures.
type screen struct {
	t    *testing.T
	ctx  context.Context
	base string
}

func (s screen) do(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		s.picture("failed")
		s.t.Fatal(err)
	}
}

// holds waits until an expression of JavaScript is true.
func (s screen) holds(expression string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression)); err != nil {
		s.picture("failed")
		s.t.Fatalf("%s never held: %v", expression, err)
	}
}

// picture writes screenshots, wide and narrow, light and dark, into the folder
// that SCREENSHOTS names, for people to look at.
func (s screen) picture(name string) {
	s.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	for _, width := range []int64{1200, 390} {
		for _, scheme := range []string{"light", "dark"} {
			dark := chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
				return err
			})
			if err := chromedp.Do(s.ctx, chromedp.EmulateViewport(width, 860), dark, chromedp.Sleep(150*time.Millisecond)); err != nil {
				s.t.Fatal(err)
			}
			image, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				s.t.Fatal(err)
			}
			file := filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
			if err := os.WriteFile(file, image, 0o644); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	if err := chromedp.Do(s.ctx, chromedp.EmulateViewport(1200, 860)); err != nil {
		s.t.Fatal(err)
	}
}

func (s screen) click(css string) { s.t.Helper(); s.do(chromedp.Click(chromedp.CSS(css))) }

func (s screen) open(path string) { s.t.Helper(); s.do(chromedp.Navigate("http://" + s.base + path)) }

// complaints collects what the page writes to the console as warnings or errors.
func complaints(t *testing.T, ctx context.Context) func() []string {
	listening, stop := context.WithCancel(ctx)
	messages := chromedp.Console(listening)
	var found []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			found = append(found, fmt.Sprint(m))
		}
	}()
	return func() []string {
		stop()
		<-done
		return found
	}
}

// TestBrowser goes through the flow as a person does, in a real browser: forms
// by Enter, fragments by htmx, counts by websocket, tabs, the drawn network.
func TestBrowser(t *testing.T) {
	s := newSite(t, func(o *handlers.Options) { o.Now = time.Now })
	ctx := chrome(t)
	heard := complaints(t, ctx)
	p := screen{t: t, ctx: ctx, base: s.serve(t)}

	p.open("/?source=telegram")
	p.picture("01-telegram")
	p.click(`button.main`)
	p.holds(`document.querySelectorAll(".wrong").length === 3 && document.activeElement.classList.contains("mistakes")`)
	p.picture("02-telegram-422")
	p.click(`.choice a[href="/?source=sandbox"]`)
	p.holds(`document.querySelector("#phone").value === "+9996620001" && document.activeElement.tagName === "H1"`)
	p.picture("03-sandbox")
	p.do(chromedp.SetValue(chromedp.CSS("#phone"), "+9996620002"), chromedp.SendKeys(chromedp.CSS("#phone"), "\r"))
	p.holds(`document.querySelector("#code") !== null`)
	p.picture("04-code")
	p.do(chromedp.SendKeys(chromedp.CSS("#code"), "11111\r"))
	p.holds(`document.querySelector("#code-wrong") !== null`)
	p.picture("05-code-422")
	p.do(chromedp.SendKeys(chromedp.CSS("#code"), "22222\r"))
	p.holds(`document.querySelector("#password") !== null`)
	p.picture("06-password")
	p.do(chromedp.SendKeys(chromedp.CSS("#password"), "sandbox\r"))
	p.holds(`document.querySelector("#channels") !== null`)
	p.picture("07-trac")
	p.do(chromedp.SendKeys(chromedp.CSS("#channels"), "t.me/+abcdef\n@gamma"))
	p.click(`button.big`)
	p.holds(`document.querySelector("#channels-wrong") !== null`)
	p.picture("08-trac-422")
	p.do(chromedp.SetValue(chromedp.CSS("#channels"), "@alpha, t.me/beta; 1003 @durov @nobody_there"))
	p.click(`button.big`)
	p.holds(`location.pathname.startsWith("/collections/") && document.querySelector("#live") !== null`)

	w, id := onlyCollection(s)
	s.awaitListener(t, id)
	for i := range 5 {
		s.engine.change(w, id, i, running)
	}
	p.holds(`document.querySelector("#live-messages").textContent === "12\u202f470"`)
	p.holds(`document.querySelectorAll("#live-rows .row.tone-bad").length === 2`)
	p.picture("09-live")
	s.engine.change(w, id, 0, func(c *collector.Collection) {
		c.State, c.Waits, c.RetryAt = collector.Waiting, collector.Flood, ptr(time.Now().Add(18*time.Second))
		c.Channels[0].State = collector.Waiting
	})
	p.holds(`/\d+ s left/.test(document.querySelector("#live-head .countdown")?.textContent)`)
	p.picture("10-waiting")
	p.click(`#live-hold`)
	p.holds(`document.querySelector("#live-heading").textContent.startsWith("Paused")`)
	p.picture("11-paused")
	s.fill(t, w)
	s.awaitListener(t, id)
	s.engine.change(w, id, 0, func(c *collector.Collection) {
		c.State, c.Waits, c.RetryAt, c.Messages = collector.Done, "", nil, 18000
		for i := range c.Channels {
			if !c.Channels[i].State.Final() {
				c.Channels[i].State, c.Channels[i].Messages = collector.Done, 10
			}
		}
	})
	p.holds(`document.querySelector("#live-look") !== null && document.querySelector("#steps [aria-current]").textContent.includes("Look")`)
	p.picture("12-done")
	p.click(`#live-look`)
	p.holds(`document.querySelectorAll(".message").length > 10 && document.activeElement.textContent === "Messages"`)
	p.open("/tabs/messages")
	p.picture("13-messages")
	for i, tab := range []string{"metadata", "dataset", "network", "options"} {
		p.click("#tab-" + tab)
		p.holds(fmt.Sprintf(`document.querySelector("#tab-%s").getAttribute("aria-current") === "page" && location.pathname === "/tabs/%s"`, tab, tab))
		if tab == "network" {
			p.holds(`document.querySelector("#network canvas") !== null && /drawn/.test(document.querySelector("#network-status").textContent)`)
			p.do(chromedp.Sleep(400 * time.Millisecond))
		}
		p.picture(fmt.Sprintf("%d-%s", 14+i, tab))
	}
	p.do(chromedp.NavigateBack())
	p.holds(`document.querySelector("#tab-network").getAttribute("aria-current") === "page"`)
	p.open("/tabs/options")
	p.click(".ask summary.danger")
	p.picture("18-ask")
	p.open("/collections")
	p.picture("19-collections")
	p.open("/nowhere")
	p.picture("20-problem")

	for _, m := range heard() {
		// Chromium itself notes every answer of 400 and above, which forms and
		// missing pages are meant to be.
		if !strings.Contains(m, "the server responded with a status of 4") {
			t.Errorf("console: %s", m)
		}
	}
}

// onlyCollection is the one collection there is, and its workspace.
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
	deadline := time.Now().Add(10 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatal("it never held")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
