// Package browsertest drives a headless Chromium in tests: it opens pages, clicks and types as
// a person does, and waits for what the pages show.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience is how long a step may take. Race detectors on busy machines are slow.
const patience = 3 * time.Minute

// Browser is one browser with one page.
type Browser struct {
	t   *testing.T
	ctx context.Context

	stop    func() // ends listening
	mu      sync.Mutex
	console []string
}

// Start starts a browser that ends with the test. Without Chromium the test is
// skipped, or fails when REQUIRE_BROWSER is set.
func Start(t *testing.T) *Browser {
	t.Helper()
	path := find()
	if path == "" {
		if os.Getenv("REQUIRE_BROWSER") != "" {
			t.Fatal("there is no Chromium, and REQUIRE_BROWSER is set")
		}
		t.Skip("there is no Chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("use-gl", "angle"), chromedp.Flag("use-angle", "swiftshader"), chromedp.Flag("enable-unsafe-swiftshader", true))
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stopAllocator)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	b := &Browser{t: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil { // starts the browser, which ends with ctx
		t.Fatal(err)
	}
	b.listen()
	return b
}

func find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// listen collects what the page writes to the console.
func (b *Browser) listen() {
	ctx, cancel := context.WithCancel(b.ctx)
	messages := chromedp.Console(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.console = append(b.console, fmt.Sprint(m))
			b.mu.Unlock()
		}
	}()
	b.stop = func() {
		cancel()
		<-done
	}
	b.t.Cleanup(b.stop)
}

// Complaints stops listening and returns the console's messages without the expected ones:
// Chromium reports every answer of 4xx, and slow drawing without a graphics card.
func (b *Browser) Complaints() []string {
	b.stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, m := range b.console {
		if !strings.Contains(m, "the server responded with a status of 4") && !strings.Contains(m, "GPU stall") && !strings.Contains(m, "WebGL") {
			out = append(out, m)
		}
	}
	return out
}

// Do runs steps of chromedp.
func (b *Browser) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.fail("%v", err)
	}
}

func (b *Browser) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, patience)
}

// fail ends the test with a picture of what was on the screen.
func (b *Browser) fail(format string, args ...any) {
	b.t.Helper()
	b.Picture("failed")
	b.t.Fatalf(format, args...)
}

// Open opens an address.
func (b *Browser) Open(url string) { b.t.Helper(); b.Do(chromedp.Navigate(url)) }

// Click clicks the element that a CSS selector names, once it has stopped moving: while a page
// scrolls or is being swapped, the click would hit something else.
func (b *Browser) Click(css string) {
	b.t.Helper()
	b.Holds(fmt.Sprintf(`(async () => {
		const place = () => { const r = document.querySelector(%q)?.getBoundingClientRect(); return r ? r.x + " " + r.y : ""; };
		document.querySelector(%q)?.scrollIntoView({block: "center", behavior: "instant"});
		const before = place();
		await new Promise(done => setTimeout(done, 150));
		return before !== "" && before === place();
	})()`, css, css))
	b.Do(chromedp.Click(chromedp.CSS(css)))
}

// Until calls do up to 6 times, waiting patience/6 each time, until a JavaScript expression is
// true.
func (b *Browser) Until(expression string, do func()) {
	b.t.Helper()
	for range 6 {
		do()
		ctx, cancel := context.WithTimeout(b.ctx, patience/6)
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(30*time.Millisecond),
			chromedp.WithPollingTimeout(patience/6)))
		cancel()
		if err == nil {
			return
		}
	}
	b.fail("%s never held", expression)
}

// Fill replaces the text of a field. End the text with \r for Enter. On a busy machine the
// page may move the focus while keys are sent, so Fill types up to 5 times until the field has
// the text.
func (b *Browser) Fill(css, text string) {
	b.t.Helper()
	typed, enter := strings.CutSuffix(text, "\r")
	value := fmt.Sprintf("document.querySelector(%q).value", css)
	b.Holds(fmt.Sprintf("document.querySelector(%q) !== null", css))
	for range 5 {
		Evaluate[string](b, value+" = ''")
		b.Do(chromedp.SendKeys(chromedp.CSS(css), typed))
		if Evaluate[string](b, value) == typed {
			break
		}
	}
	if enter {
		b.Do(chromedp.SendKeys(chromedp.CSS(css), "\r"))
	}
}

// Holds waits until an expression of JavaScript is true.
func (b *Browser) Holds(expression string) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(30*time.Millisecond),
			chromedp.WithPollingTimeout(patience)))
		switch {
		case err == nil:
			return
		case !leftPage(err) || ctx.Err() != nil:
			b.fail("%s never held: %v", expression, err)
			return
		}
	}
}

// leftPage reports whether an error means that the browser left the page before it answered.
func leftPage(err error) bool {
	says := err.Error()
	return strings.Contains(says, "Cannot find context") || strings.Contains(says, "context was destroyed") ||
		strings.Contains(says, "navigated or closed")
}

// Evaluate returns the value of an expression of JavaScript.
func Evaluate[T any](b *Browser, expression string) T {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.fail("%s: %v", expression, err)
	}
	return v
}

// Picture writes screenshots, wide and narrow, light and dark, into the folder
// that SCREENSHOTS names, for people to look at. Without it nothing happens.
func (b *Browser) Picture(name string) {
	b.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	for _, width := range []int64{1200, 390} {
		for _, scheme := range []string{"light", "dark"} {
			b.picture(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), width, scheme)
		}
	}
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *Browser) picture(file string, width int64, scheme string) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 860), Scheme(scheme), chromedp.Sleep(200*time.Millisecond)); err != nil {
		b.t.Fatal(err)
	}
	image, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, image, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// Scheme sets the colour scheme that the person prefers, light or dark.
func Scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
		return err
	})
}
