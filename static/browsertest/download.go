package browsertest

import (
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Download clicks what begins a download and returns the file.
func (b *Browser) Download(css string) []byte {
	b.t.Helper()
	dir := b.t.TempDir()
	ctx, cancel := b.within()
	defer cancel()
	ended := make(chan browser.EventDownloadProgress, 1)
	err := chromedp.ListenBrowser(ctx, func(ev any) {
		p, ok := ev.(*browser.EventDownloadProgress)
		if ok && p.State != browser.DownloadProgressStateInProgress {
			select {
			case ended <- *p:
			default:
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
	b.Click(css)
	select {
	case p := <-ended:
		file, err := os.ReadFile(filepath.Join(dir, p.GUID))
		if err != nil || p.State != browser.DownloadProgressStateCompleted {
			b.fail("download by %s: %s, %v", css, p.State, err)
		}
		return file
	case <-ctx.Done():
		b.fail("nothing was downloaded by %s", css)
	}
	return nil
}
