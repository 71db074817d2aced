package browsertest

import (
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// tries is how often Download clicks. A click that falls into the swap of a part of the page
// goes to an element that is not in the page any more.
const tries = 6

// Download clicks what begins a download and returns the file. It clicks again when the
// browser has begun nothing after a sixth of the patience.
func (b *Browser) Download(css string) []byte {
	b.t.Helper()
	dir := b.t.TempDir()
	ctx, cancel := b.within()
	defer cancel()
	begun, ended := make(chan string, tries), make(chan browser.EventDownloadProgress, tries)
	err := chromedp.ListenBrowser(ctx, func(ev any) {
		switch e := ev.(type) {
		case *browser.EventDownloadWillBegin:
			offer(begun, e.GUID)
		case *browser.EventDownloadProgress:
			if e.State != browser.DownloadProgressStateInProgress {
				offer(ended, *e)
			}
		}
	})
	if err == nil {
		_, err = chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: dir, EventsEnabled: new(true)})
	}
	if err != nil {
		b.fail("prepare the download: %v", err)
	}
	id := b.begin(css, begun)
	for {
		select {
		case p := <-ended:
			if p.GUID != id {
				continue
			}
			file, err := os.ReadFile(filepath.Join(dir, p.GUID))
			if err != nil || p.State != browser.DownloadProgressStateCompleted {
				b.fail("download by %s: %s, %v", css, p.State, err)
			}
			return file
		case <-ctx.Done():
			b.fail("the download by %s began and did not end", css)
			return nil
		}
	}
}

// begin clicks until a download has begun and returns its id.
func (b *Browser) begin(css string, begun <-chan string) string {
	b.t.Helper()
	for range tries {
		b.Click(css)
		select {
		case id := <-begun:
			return id
		case <-time.After(patience / tries):
		}
	}
	b.fail("nothing was downloaded by %s", css)
	return ""
}

// offer sends a value unless the channel is full.
func offer[T any](to chan<- T, v T) {
	select {
	case to <- v:
	default:
	}
}
