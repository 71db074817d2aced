package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"telegramtrac/collector/collectortest/long"
	"telegramtrac/static/browsertest"
)

// TestBrowserImport goes from the start page to the rows: files of Telethon, one
// of them bad at first, without an account.
func TestBrowserImport(t *testing.T) {
	long.Only(t)
	t.Parallel()
	base := startProgram(t)
	b := browsertest.Start(t)
	dir := t.TempDir()
	bad, good := filepath.Join(dir, "harbour_5.ndjson"), filepath.Join(dir, "harbour_news_5.ndjson")
	if err := os.WriteFile(bad, []byte(telethonLine(5, 1, "x")+"{\"_\":\"Message\",\"id\":\"two\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const messages = 20_000
	writeTelethon(t, good, messages)

	b.Open(base)
	b.Click("#import-files")
	b.Holds(`document.querySelector("#import-form") !== null && location.pathname === "/import"`)
	b.Picture("import-01-form")
	choose := func(path string) {
		b.Do(chromedp.SetUploadFiles(chromedp.CSS("#files"), []string{path}))
		b.Click(`#import-form button.main`)
	}
	choose(bad)
	b.Holds(`document.body.textContent.includes("harbour_5.ndjson, line 2")`)
	b.Picture("import-02-bad")
	b.Until(`document.querySelector("#import-form") !== null`, func() { b.Open(base + "/import") })
	choose(good)
	b.Holds(`document.querySelector("#import-progress") !== null`)
	b.Picture("import-03-progress")
	b.Holds(`document.querySelector("#import-look") !== null`)
	b.Picture("import-04-done")
	b.Click("#import-look")
	b.Until(`document.querySelectorAll(".sample tbody tr").length > 10 && document.querySelector(".tiles dd").textContent === "20\u202f000"`,
		func() {})
	b.Picture("import-05-dataset")
	for _, m := range b.Complaints() {
		t.Errorf("console: %s", m)
	}
}

// writeTelethon writes a file of messages.
func writeTelethon(t testing.TB, path string, messages int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for id := range messages {
		text := fmt.Sprintf("Message %d, which says something about the harbour, the weather and the price of fish, see https://example.org/%d "+
			"and @quay_echo.", id+1, id)
		if _, err := w.WriteString(telethonLine(5, int64(id+1), text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}
