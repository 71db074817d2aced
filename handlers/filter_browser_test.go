package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"telegramtrac/collector"
	"telegramtrac/handlers"
	"telegramtrac/static/browsertest"

	"telegramtrac/collector/collectortest/long"
)

// TestBrowserLooks filters, searches, sorts and pages as a person does, checks the address,
// and begins each download from the page.
func TestBrowserLooks(t *testing.T) {
	long.Only(t)
	s := newSite(t, func(o *handlers.Options) { o.Now = time.Now })
	p := browsertest.Start(t)
	base := "http://" + s.serve(t)
	p.Open(base + "/?source=sandbox")
	p.Click(`button.main`)
	p.Fill("#code", "22222\r")
	p.Fill("#channels", "@alpha")
	p.Click(`button.big`)
	p.Holds(`document.querySelector("#live") !== null`)
	w, id := onlyCollection(s)
	s.fill(t, w)
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State, c.Messages = collector.Done, 72 })

	p.Open(base + "/tabs/messages")
	p.Fill("#f-text", "MESSAGE number\r")
	p.Holds(`document.querySelectorAll(".message:has(.found)").length === 50 && location.search.includes("q=MESSAGE+number") && document.activeElement.textContent === "Messages"`)
	p.Picture("30-messages-found")
	p.Click(`.pager a[rel="next"]`)
	p.Holds(`document.querySelectorAll(".message:has(.found)").length === 12 && document.querySelector("#f-text").value === "MESSAGE number"`)
	p.Do(chromedp.NavigateBack())
	p.Holds(`document.querySelectorAll(".message:has(.found)").length === 50`)
	p.Click("#f-clear")
	p.Holds(`location.search === "" && document.querySelector(".album") !== null`)
	p.Open(base + "/tabs/messages?channel=alpha&at=61")
	p.Holds(`document.querySelector("#m-1001-61.looked") !== null`)

	p.Open(base + "/tabs/dataset")
	p.Picture("31-dataset")
	p.Click(`thead a[href="/tabs/dataset?sort=most-views"]`)
	p.Holds(`document.querySelector("tbody tr .number:nth-child(6)")?.textContent === "12480" && location.search === "?sort=most-views"`)
	p.Click(`.filter summary`)
	p.Click(`input[value="replies"]`)
	p.Do(chromedp.SetValue(chromedp.CSS("#f-kind"), "service"))
	p.Click(`#f-show`)
	p.Holds(`document.querySelectorAll(".sample tbody tr").length === 1 && document.querySelectorAll(".sample thead th").length === 10`)
	p.Picture("32-dataset-columns")
	p.Open(base + "/tabs/dataset?kind=message")
	p.Fill(`.page-jump input[name="page"]`, "3\r")
	p.Holds(`document.querySelector(".pager span").textContent === "51–72 of 72" && location.search.includes("page=3") && location.search.includes("kind=message")`)
	p.Open(base + "/tabs/dataset?since=nonsense")
	p.Holds(`document.querySelector("#since-wrong") !== null`)
	p.Open(base + "/tabs/dataset")

	p.Holds(`(() => {
		const all = [...document.querySelectorAll(".chart img")];
		for (const i of all) i.loading = "eager";
		return all.length === 10 && all.every(i => i.complete && i.naturalWidth === 720);
	})()`)
	p.Picture("33-charts")
	if svg := string(p.Download(`.chart a[href="/charts/messages-by-day.svg"]`)); !strings.Contains(svg, "@alpha") {
		t.Errorf("the chart is %q", svg)
	}
	if table := string(p.Download(`.chart a[href="/charts/messages-by-day.csv"]`)); !strings.Contains(table, "2024-02-02,1002,beta,2\n") {
		t.Errorf("the table is %q", table)
	}
	for _, a := range browsertest.Evaluate[[]string](p, `[...document.querySelectorAll(".downloads a")].map(a => a.getAttribute("href"))`) {
		if file := p.Download(`.downloads a[href="` + a + `"]`); len(file) == 0 && !strings.HasSuffix(a, ".txt") { // nothing seen, nothing amiss
			t.Errorf("%s is empty", a)
		}
	}
	for _, m := range p.Complaints() {
		t.Errorf("console: %s", m)
	}
}
