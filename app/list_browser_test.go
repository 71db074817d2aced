package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"testing"

	"telegramtrac/collector/collectortest/long"
	"telegramtrac/static/browsertest"
)

// nameless are the controls of a page that a screen reader cannot name.
const nameless = `[...document.querySelectorAll("main a, main button, main input:not([type=hidden]), main select, main textarea, main summary")]
	.filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).map(e => e.outerHTML)`

// TestBrowserListToFiles: from a form without a name in it to a downloaded file in six clicks;
// then a second list shares a channel, is collected again with one click, and nothing is
// doubled.
func TestBrowserListToFiles(t *testing.T) {
	long.Only(t)
	t.Parallel()
	base := startProgram(t)
	b := browsertest.Start(t)
	clicks := 0
	click := func(css string) {
		b.Click(css)
		clicks++
	}
	named := func() {
		t.Helper()
		for _, e := range browsertest.Evaluate[[]string](b, nameless) {
			t.Errorf("has no name: %s", e)
		}
	}

	b.Open(base)
	b.Fill("#phone", "+9996620001\r")
	b.Holds(`document.querySelector("#code") !== null`)
	b.Fill("#code", "22222\r")
	b.Holds(`document.querySelector("#trac-form") !== null`)
	b.Picture("list-1-form")
	named()
	click(`input[name="channels"][value="@sable_notes"]`)
	click(`input[name="channels"][value="@tamar_harbor"]`)
	b.Fill("#list_name", "Ports and harbours")
	click("button.big")
	b.Holds(`document.querySelector("#live-look") !== null`)
	click(`#tab-dataset`)
	b.Holds(`document.querySelector('a[href="/files/messages.csv"]') !== null`)
	file := b.Download(`a[href="/files/messages.csv"]`)
	clicks++
	if clicks > 6 || len(file) < 1000 {
		t.Errorf("a file of %d bytes after %d clicks", len(file), clicks)
	}

	messages := func() string {
		b.Open(base + "/")
		return browsertest.Evaluate[string](b, `document.querySelector("#card-everything .card-figures").textContent`)
	}
	before := messages()
	b.Picture("list-2-cards")
	named()
	b.Open(base + "/collections/new")
	b.Fill("#channels", "@sable_notes\n@one_bottle\n@lenn_ostrava")
	b.Fill("#list_name", "Second")
	b.Click("button.big")
	b.Holds(`document.querySelector("#live-look") !== null`)
	second := messages()
	b.Picture("list-3-cards")
	b.Click(`#list-cards .card:first-child button`) // Collect new: nothing is asked
	b.Holds(`document.querySelector("#live-look") !== null`)
	b.Open(base + "/")
	if after := messages(); after != second || second == before {
		t.Errorf("everything: %q, with a second list %q, collected again %q", before, second, after)
	}
	b.Open(base + "/tabs/dataset")
	onlyOnce(t, b.Download(`a[href="/files/messages.csv"]`))
	b.Open(base + "/lists")

	b.Click(`#list-cards .card:first-child h2 a`)
	b.Holds(`document.querySelector("#list-channels-title") !== null`)
	b.Picture("list-4-page")
	named()
	b.Holds(`document.body.textContent.includes("@lenn_ostrava is a person, not a channel")`)
	b.Click(`input[name="channel"][value="@lenn_ostrava"]`)
	b.Click("#list-remove")
	b.Holds(`document.querySelector("#came-along")?.textContent.startsWith("1 channel was removed")`)
	b.Fill("#name", "Bottles\r")
	b.Holds(`document.querySelector("h1").textContent === "Bottles"`)
	b.Click("#list-duplicate")
	b.Holds(`document.querySelector("h1").textContent === "Bottles (2)"`)
	b.Picture("list-5-copy")
	b.Click("#list-delete summary")
	b.Click("#list-delete button")
	b.Holds(`document.querySelector("#came-along")?.textContent.startsWith("The list was deleted")`)
	b.Holds(fmt.Sprintf(`document.querySelectorAll("#list-cards .card").length === %d`, 3))
	for _, m := range b.Complaints() {
		t.Errorf("console: %s", m)
	}
}

// onlyOnce holds a file of messages to having each once.
func onlyOnce(t *testing.T, file []byte) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	channel, message := slices.Index(rows[0], "channel_id"), slices.Index(rows[0], "message_id")
	seen := map[[2]string]bool{}
	for _, row := range rows[1:] {
		id := [2]string{row[channel], row[message]}
		if seen[id] {
			t.Errorf("message %q is there twice", id)
		}
		seen[id] = true
	}
}
