package handlers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/handlers"
	"telegramtrac/static/browsertest"
)

const (
	graphModel   = `document.getElementById("network").networkGraph`
	visibleEdges = graphModel + `.filterEdges((k, e) => !e.hidden)`
	visibleNodes = graphModel + `.filterNodes((k, n) => !n.hidden)`
)

// TestBrowserNetwork: filters change the drawn graph, a tie opens its messages,
// a channel starts a collection, and the picture grows while one runs.
func TestBrowserNetwork(t *testing.T) {
	s := newSite(t, func(o *handlers.Options) { o.Now = time.Now })
	p := browsertest.Start(t)
	base := "http://" + s.serve(t)
	p.Open(base + "/?source=sandbox")
	p.Click(`button.main`)
	p.Holds(`document.querySelector("#code") !== null`)
	p.Do(chromedp.SendKeys(chromedp.CSS("#code"), "22222\r"))
	p.Holds(`document.querySelector("#channels") !== null`)
	var w string
	for _, each := range s.engine.workspaces {
		w = each.ID
	}
	s.fillNetwork(t, w)
	p.Open(base + "/tabs/network")
	p.Holds(`document.getElementById("network")?.networkGraph !== undefined && !document.getElementById("network-slider").hidden`)
	p.Picture("network")

	set := func(css, value string) {
		t.Helper()
		browsertest.Evaluate[any](p, fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.value = %q; e.dispatchEvent(new Event("input", {bubbles: true})); return null; })()`, css, value))
	}
	edges := func(holds string) {
		t.Helper()
		p.Holds(fmt.Sprintf(`(() => { const edges = %s.map(k => k); return %s; })()`, visibleEdges, holds))
	}
	whole := browsertest.Evaluate[int](p, visibleEdges+`.length`)
	if want := len(s.graph.Edges); whole != want {
		t.Errorf("%d ties are drawn, want %d", whole, want)
	}

	// Kinds: the graph's model, the tables and the address follow.
	for _, kind := range []string{network.Mention, network.Link, network.Reply} {
		p.Click(fmt.Sprintf(`#network-filter input[value=%q]`, kind))
	}
	edges(`edges.length === 2 && edges.every(k => ` + graphModel + `.getEdgeAttribute(k, "kind") === "forward")`)
	p.Holds(visibleNodes + `.length === 4`)
	p.Holds(`document.querySelectorAll("#network-edges tbody tr").length === 2 && /kinds=forward/.test(location.search)`)
	p.Holds(`/of 5 channels: the others do not fit/.test(document.querySelector("#network-status").textContent)`)
	p.Picture("network-forwards")

	// Days: by the slider, to the message.
	p.Holds(`document.querySelector("#network-from") !== null`)
	browsertest.Evaluate[any](p, `(() => { const e = document.querySelector("#network-to"); e.value = Number(e.min) + 4; e.dispatchEvent(new Event("input", {bubbles: true})); return null; })()`)
	shown := func(want int) string {
		return fmt.Sprintf(`%s.getEdgeAttribute('["1001","2001","forward"]', "shown") === %d`, graphModel, want)
	}
	p.Holds(shown(2))
	p.Holds(`document.querySelector("#until").value === "2024-02-06"`)
	p.Holds(`/^2 messages$/.test(document.querySelector("#network-edges tbody a").textContent)`)
	set("#least", "3")
	edges(`edges.length === 0`)
	set("#least", "")
	set("#until", "")
	p.Holds(shown(4))

	// Search, only collected, colours.
	set("#search", "sourceful")
	p.Holds(graphModel + `.filterNodes((k, n) => n.found).join() === "2001" && ` + graphModel + `.getAttribute("searching")`)
	set("#search", "")
	p.Click(`#network-filter input[name="collected"]`)
	p.Holds(visibleNodes + `.length === 3`)
	p.Click(`#network-filter input[name="collected"]`)
	p.Holds(visibleNodes + `.length === 4`)
	set("#color", "kind")
	p.Holds(graphModel + `.getNodeAttribute("2001", "tint") === "#56B4E9" && /forward/.test(document.querySelector("#network-legend").textContent)`)
	p.Picture("network-kinds")

	// By keyboard: what had the focus has it again when the tables are swapped.
	browsertest.Evaluate[any](p, `document.getElementById("sort-nodes-in").focus() ?? null`)
	for _, order := range []string{"ascending", "descending"} {
		p.Do(chromedp.KeyEvent("\r"))
		p.Holds(fmt.Sprintf(`document.activeElement.id === "sort-nodes-in" && document.activeElement.closest("th").getAttribute("aria-sort") === %q`, order))
	}
	browsertest.Evaluate[any](p, `document.getElementById("node-2001").focus() ?? null`)
	set("#least", "1")
	p.Holds(`/least=1/.test(document.querySelector("#sort-nodes-in").getAttribute("href"))`)
	p.Holds(`document.activeElement.id === "node-2001"`)
	set("#least", "")
	p.Holds(`!/least=1/.test(document.querySelector("#sort-nodes-in").getAttribute("href"))`)

	// A channel of the table, its details, a tie, the tie's messages.
	p.Click(`#network-nodes a[data-node="2001"]`)
	p.Holds(`document.querySelector("#network-details .network-trac") !== null`)
	p.Picture("network-node")
	p.Click(`#network-details .network-read`)
	p.Holds(`document.querySelectorAll("#network-details .tie-rows li").length === 4 && /message 138/.test(document.querySelector("#network-details").textContent)`)
	p.Picture("network-ties")

	// It grows while a collection runs.
	p.Open(base + "/collections/new")
	p.Do(chromedp.SendKeys(chromedp.CSS("#channels"), "@gamma"))
	p.Click(`button.big`)
	p.Holds(`document.querySelector("#live") !== null`)
	_, id := onlyCollection(s)
	s.engine.change(w, id, -1, running)
	p.Open(base + "/tabs/network")
	p.Holds(`document.getElementById("network")?.networkGraph?.order === 5`)
	s.addMessages(t, w, 141, collector.Message{Mentions: []string{"newcomer"}})
	p.Holds(graphModel + `.hasNode("@newcomer") && document.querySelector('#network-nodes a[data-node="@newcomer"]') !== null`)
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Done })

	// A channel starts a collection: its price, and a yes.
	p.Click(`#network-nodes a[data-node="2001"]`)
	p.Click(`#network-details .network-trac`)
	p.Holds(`/^Collect this channel/.test(document.querySelector("#look h2").textContent)`)
	p.Picture("network-price")
	p.Click(`form[action="/network/trac"] button`)
	p.Holds(`location.pathname.startsWith("/collections/") && document.querySelector("#live") !== null`)
	all := s.engine.collections[w]
	if got := all[len(all)-1].Requested; len(got.Channels) != 1 || got.Channels[0] != "@sourceful" || got.Depth != 1 {
		t.Errorf("requested %+v", got)
	}
	p.Open(base + "/network/snowball?least=1")
	p.Picture("network-snowball")
	for _, m := range p.Complaints() {
		t.Errorf("console: %s", m)
	}
}

// addMessages puts one more message of alpha into a workspace, and makes its
// network anew.
func (s *site) addMessages(t *testing.T, w string, id int64, m collector.Message) {
	t.Helper()
	m.ChannelID, m.ID, m.Kind, m.Date, m.Source, m.FirstSeenAt, m.LastSeenAt, m.Raw = 1001, id, collector.KindMessage, noon, "telegram", noon, noon, "{}"
	part := collector.Part{ChannelID: 1001, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: id, Hi: id}, Messages: []collector.Message{m}}
	if err := s.data[w].Writer(4).PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	g, err := network.Build(t.Context(), s.data[w])
	if err != nil {
		t.Fatal(err)
	}
	s.setGraph(g)
}
