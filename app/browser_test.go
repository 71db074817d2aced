package main

import (
	"fmt"
	"testing"

	"telegramtrac/collector/collectortest/long"
	"telegramtrac/static/browsertest"
)

// TestBrowser goes through the whole product in a browser: signing in at the
// sandbox with a password, two channels in one collection, a second collection
// after it, every tab, the files.
func TestBrowser(t *testing.T) {
	long.Only(t)
	t.Parallel()
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
	downloadsOfDataset(t, b)
	b.Open(base + "/help/telegram-tracker")
	b.Picture("10-help-tracker")
	b.Open(base + "/tabs/dataset")
	b.Until(`document.querySelector("#network") !== null && document.querySelector('.downloads a[href="/files/graph.json"]') !== null`,
		func() { b.Click("#tab-network") })
	if got := downloadAll(t, b, ".downloads", beginOfFile); len(got) < 5 {
		t.Errorf("the network tab offers only %v", got)
	}
	for _, m := range b.Complaints() {
		t.Errorf("console: %s", m)
	}
}
