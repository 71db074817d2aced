package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"testing"

	"telegramtrac/collector/export"
	"telegramtrac/static/browsertest"
)

// TestBrowser goes through the whole product in a browser: signing in at the
// sandbox with a password, two channels in one collection, a second collection
// after it, every tab, the files.
func TestBrowser(t *testing.T) {
	base := startProgram(t)
	b := browsertest.Start(t)

	b.Open(base)
	b.Picture("01-start")
	b.Fill("#phone", "+9996620002\r")
	b.Holds(`document.querySelector("#code") !== null`)
	b.Fill("#code", "22222\r")
	b.Holds(`document.querySelector("#password") !== null`)
	b.Picture("02-password")
	b.Fill("#password", "not it\r")
	b.Holds(`document.body.textContent.includes("That is not the password of this account")`)
	b.Fill("#password", "sandbox\r")
	b.Holds(`document.querySelector("#channels") !== null`)
	b.Picture("03-trac")

	b.Fill("#channels", "@open_quay, t.me/quay_echo")
	b.Click("button.big")
	b.Holds(`location.pathname.startsWith("/collections/")`)
	count := `Number(document.querySelector("#live-messages").textContent.replace(/\D/g, ""))`
	b.Holds(count + ` > 0`)
	early := browsertest.Evaluate[int](b, count)
	b.Picture("04-live")
	b.Holds(fmt.Sprintf("%s > %d", count, early)) // moved, without the page being asked for again
	b.Holds(`document.querySelector("#live-look") !== null`)
	b.Picture("05-done")
	if got := browsertest.Evaluate[int](b, count); got < 8000 {
		t.Errorf("the page says %d messages at the end", got)
	}

	b.Open(base + "/collections/new")
	b.Fill("#channels", "@tamar_harbor\n@sable_notes\n@lenn_ostrava\n@harbour_council")
	b.Click("button.big")
	b.Holds(`document.querySelector("#live-look") !== null`)
	b.Holds(`document.body.textContent.includes("@lenn_ostrava is a person, not a channel")`)
	b.Picture("06-second")

	b.Click("#live-look")
	b.Holds(`document.querySelectorAll(".message").length > 10`)
	b.Picture("07-messages")
	for tab, shows := range map[string]string{
		"metadata": `document.querySelector("#main").textContent.includes("Tech Notes")`,
		"dataset":  `document.querySelector('a[href="/files/messages.parquet"]') !== null`,
		"network":  `document.querySelector("#network")?.networkGraph?.order > 5`,
		"options":  `document.querySelector("#main").textContent.includes("Log out")`,
	} {
		b.Until(shows, func() { b.Click("#tab-" + tab) })
		b.Picture("08-" + tab)
	}
	b.Until(`document.querySelector('a[href="/files/messages.parquet"]') !== null`, func() { b.Click("#tab-dataset") })
	begins := map[string]string{".parquet": "PAR1", ".zip": "PK", ".xlsx": "PK", ".json": "{", ".csv": "", ".txt": ""}
	for _, f := range export.Files() {
		if !f.ForAll() {
			continue
		}
		link := fmt.Sprintf(`a[href="/files/%s"]`, f.Name)
		b.Holds(fmt.Sprintf("document.querySelector('%s') !== null", link))
		if file := b.Download(link); len(file) == 0 || !bytes.HasPrefix(file, []byte(begins[path.Ext(f.Name)])) {
			t.Errorf("%s does not begin as it should: %d bytes, %.20q", f.Name, len(file), file)
		}
	}
	b.Click(".files summary")
	b.Picture("09-files-of-a-channel")
	link := `.files[open] a[href$="/msgs_dataset.csv"]`
	if file := b.Download(link); !bytes.HasPrefix(file, []byte("signature,channel_id,")) {
		t.Errorf("a channel's msgs_dataset.csv does not begin as it should: %.40q", file)
	}
	b.Open(base + "/help/telegram-tracker")
	b.Picture("10-help-tracker")
	b.Open(base + "/tabs/dataset")
	b.Until(`document.querySelector('a[href="/files/graph.json"]') !== null`, func() { b.Click("#tab-network") })
	if file := b.Download(`a[href="/files/graph.json"]`); !json.Valid(file) {
		t.Errorf("graph.json is no JSON: %d bytes", len(file))
	}
	for _, m := range b.Complaints() {
		t.Errorf("console: %s", m)
	}
}
