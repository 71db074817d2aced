package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/handlers"
	"telegramtrac/static/browsertest"

	"telegramtrac/collector/collectortest/long"
)

const (
	graphModel   = `document.getElementById("network").networkGraph`
	visibleEdges = graphModel + `.filterEdges((k, e) => !e.hidden)`
	visibleNodes = graphModel + `.filterNodes((k, n) => !n.hidden)`
)

// TestBrowserNetwork: filters change the drawn graph, a tie opens its messages,
// a channel starts a collection, and the picture grows while one runs.
func TestBrowserNetwork(t *testing.T) {
	long.Only(t)
	s := newSite(t, func(o *handlers.Options) { o.Now = time.Now })
	p, base, w := s.signedInBrowser(t)
	s.fillNetwork(t, w)
	p.Open(base + "/tabs/network")
	p.Holds(`document.getElementById("network")?.networkGraph !== undefined && !document.getElementById("network-slider").hidden`)
	p.Picture("network")

	set := func(css, value string) { set(p, css, value) }
	edges := func(holds string) {
		t.Helper()
		p.Holds(fmt.Sprintf(`(() => { const edges = %s.map(k => k); return %s; })()`, visibleEdges, holds))
	}
	whole := browsertest.Evaluate[int](p, visibleEdges+`.length`)
	if want := len(s.graph.Edges); whole != want {
		t.Errorf("%d ties are drawn, want %d", whole, want)
	}

	// Kinds: the graph's model, the tables and the address change with them.
	for _, kind := range []string{network.Mention, network.Link, network.Reply} {
		p.Click(fmt.Sprintf(`#network-filter input[value=%q]`, kind))
	}
	edges(`edges.length === 2 && edges.every(k => ` + graphModel + `.getEdgeAttribute(k, "kind") === "forward")`)
	p.Holds(visibleNodes + `.length === 4`)
	p.Holds(`document.querySelectorAll("#network-edges tbody tr").length === 2 && /kinds=forward/.test(location.search)`)
	p.Holds(`/of 5 channels: the others do not fit/.test(document.querySelector("#network-status").textContent)`)
	p.Picture("network-forwards")

	// Days: by the slider, exact to the message.
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

	// By keyboard: the focus stays on the same element when the tables are swapped.
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

	// The picture grows while a collection runs.
	id := s.collects(p, base, w)
	p.Open(base + "/tabs/network")
	p.Holds(`document.getElementById("network")?.networkGraph?.order === 5`)
	s.addMessages(t, w, 141, collector.Message{Mentions: []string{"newcomer"}})
	p.Holds(graphModel + `.hasNode("@newcomer") && document.querySelector('#network-nodes a[data-node="@newcomer"]') !== null`)
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Done })

	// A channel starts a collection, after its price and consent.
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

// addMessages adds a message of alpha to a workspace, and rebuilds its network.
func (s *site) addMessages(t *testing.T, w string, id int64, m collector.Message) {
	t.Helper()
	if m.Date.IsZero() {
		m.Date = noon
	}
	m.ChannelID, m.ID, m.Kind, m.Source, m.FirstSeenAt, m.LastSeenAt, m.Raw = 1001, id, collector.KindMessage, "telegram", noon, noon, "{}"
	part := collector.Part{ChannelID: 1001, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: id, Hi: id},
		Messages: []collector.Message{m}}
	if err := s.data[w].Writer(4).PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	g, err := network.Build(t.Context(), s.data[w])
	if err != nil {
		t.Fatal(err)
	}
	s.setGraph(g)
}

// signedInBrowser is a browser in a new workspace of the sandbox, and that
// workspace.
func (s *site) signedInBrowser(t *testing.T) (p *browsertest.Browser, base, workspace string) {
	t.Helper()
	p = browsertest.Start(t)
	base = "http://" + s.serve(t)
	p.Open(base + "/?source=sandbox")
	p.Click(`button.main`)
	p.Holds(`document.querySelector("#code") !== null`)
	p.Do(chromedp.SendKeys(chromedp.CSS("#code"), "22222\r"))
	p.Holds(`document.querySelector("#channels") !== null`)
	for _, each := range s.engine.workspaces {
		workspace = each.ID
	}
	return p, base, workspace
}

// collects starts a collection in the browser that runs until the test ends it.
func (s *site) collects(p *browsertest.Browser, base, w string) (id string) {
	p.Open(base + "/collections/new")
	p.Do(chromedp.SendKeys(chromedp.CSS("#channels"), "@gamma"))
	p.Click(`button.big`)
	p.Holds(`document.querySelector("#live") !== null`)
	_, id = onlyCollection(s)
	s.engine.change(w, id, -1, running)
	return id
}

// names are the usernames name_from to name_to.
func names(from, to int) (out []string) {
	for i := from; i <= to; i++ {
		out = append(out, fmt.Sprintf("name_%02d", i))
	}
	return out
}

// Tables stay sorted and on their page when the network grows. When the filter changes, they
// stay sorted and begin at the first page.
func TestBrowserNetworkTablesStay(t *testing.T) {
	long.Only(t)
	s := newSite(t, func(o *handlers.Options) { o.Now = time.Now })
	p, base, w := s.signedInBrowser(t)
	s.fillNetwork(t, w)
	s.addMessages(t, w, 141, collector.Message{Mentions: names(1, 60)})
	id := s.collects(p, base, w)
	p.Open(base + "/tabs/network")
	p.Holds(`document.getElementById("network")?.networkGraph?.order === 65 && !document.getElementById("network-slider").hidden`)

	// Names descending, the second page; ties by their target's name.
	first := func(section string) string {
		return `document.querySelector("#network-` + section + ` tbody tr").textContent`
	}
	p.Click("#sort-nodes-name")
	p.Holds(`document.getElementById("sort-nodes-name").closest("th").getAttribute("aria-sort") === "ascending"`)
	p.Click("#sort-nodes-name")
	p.Holds(`document.getElementById("sort-nodes-name").closest("th").getAttribute("aria-sort") === "descending"`)
	p.Click("#nodes-next")
	p.Holds(first("nodes") + `.startsWith("@name_37")`)
	p.Click("#sort-edges-to")
	p.Holds(`document.getElementById("sort-edges-to").closest("th").getAttribute("aria-sort") === "ascending"`)
	p.Click("#edges-next")
	stays := func(node string) {
		t.Helper()
		p.Holds(fmt.Sprintf(`%s.startsWith(%q)`, first("nodes"), node))
		p.Holds(`document.getElementById("sort-nodes-name").closest("th").getAttribute("aria-sort") === "descending"`)
		p.Holds(`document.getElementById("sort-edges-to").closest("th").getAttribute("aria-sort") === "ascending"`)
	}
	stays("@name_37")
	p.Holds(`document.getElementById("edges-previous") !== null`)

	// The network grows by a day before the first.
	p.Click(`#network-details`)
	browsertest.Evaluate[any](p, graphSelect("1001"))
	p.Holds(`/names 63 channels/.test(document.getElementById("network-details").textContent)`)
	s.addMessages(t, w, 142, collector.Message{Mentions: names(61, 70), Date: noon.AddDate(0, 0, -20)})
	p.Holds(graphModel + `.order === 75 && /75 in the graph/.test(document.getElementById("network-counts").textContent)`)
	stays("@name_47")
	p.Holds(`document.getElementById("edges-previous") !== null`)
	p.Holds(`/nodes=-name/.test(location.search) && /nodes_page=2/.test(location.search)`)
	p.Holds(`/names 73 channels/.test(document.getElementById("network-details").textContent)`)
	oldest := noon.AddDate(0, 0, -20).Format(time.DateOnly)
	p.Holds(fmt.Sprintf(`document.querySelector("#network-slider output").textContent.startsWith("Messages from %s ")`, oldest))

	// A filter does not change the order and begins at the first page.
	set(p, "#least", "1")
	p.Holds(`/least=1/.test(location.search) && !/_page/.test(location.search)`)
	stays("@unknown_one")

	// After the last collection has ended, nothing says that the network grows.
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Done })
	p.Holds(`!/under way/.test(document.getElementById("network-counts").textContent)`)
	stays("@unknown_one")
	for _, m := range p.Complaints() {
		t.Errorf("console: %s", m)
	}
}

func graphSelect(node string) string {
	return fmt.Sprintf(`document.getElementById("network").networkSelect(%q) ?? null`, node)
}

// set types into a field of the filter.
func set(p *browsertest.Browser, css, value string) {
	browsertest.Evaluate[any](p, fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.value = %q; e.dispatchEvent(new Event("input", {bubbles: true})); return null; })()`, css, value))
}

// The details beside the picture are within the filter, also when the filter changes while
// they are open.
func TestBrowserNetworkDetailsAreNarrowed(t *testing.T) {
	long.Only(t)
	s := newSite(t)
	p, base, w := s.signedInBrowser(t)
	s.fillNetwork(t, w)
	p.Open(base + "/tabs/network")
	p.Holds(`document.getElementById("network")?.networkGraph !== undefined && !document.getElementById("network-slider").hidden`)
	details := func(expression string) {
		t.Helper()
		p.Holds(`(() => { const text = document.getElementById("network-details").textContent; return ` + expression + `; })()`)
	}
	details(`/or an arrow to read/.test(text)`)
	browsertest.Evaluate[any](p, graphSelect("2001"))
	details(`/Named by 1 channel in 4 messages/.test(text) && /2024-02-03 – 2024-02-09/.test(text)`)
	set(p, "#until", "2024-02-06")
	details(`/Named by 1 channel in 2 messages/.test(text) && /forward 2 · 2024-02-03 – 2024-02-05/.test(text) && /only what is chosen/.test(text)`)
	p.Holds(graphModel + `.getEdgeAttribute('["1001","2001","forward"]', "shown") === 2`)
	p.Picture("network-narrowed")

	// A tie's messages change with the filter too, and typing is not disturbed.
	p.Click(`#network-details .network-read`)
	details(`/2 messages of/.test(text)`)
	browsertest.Evaluate[any](p, `document.getElementById("until").focus() ?? null`)
	set(p, "#until", "2024-02-04")
	details(`/1 message of/.test(text)`)
	p.Holds(`document.activeElement.id === "until"`)

	// Without kinds there are no ties, and the page says so.
	set(p, "#until", "")
	for _, kind := range network.Kinds {
		p.Click(fmt.Sprintf(`#network-filter input[value=%q]`, kind))
	}
	p.Holds(visibleEdges + `.length === 0 && /No kind of tie is ticked/.test(document.getElementById("network-status").textContent)`)
	p.Holds(`/kinds=none/.test(location.search) && document.querySelectorAll("#network-edges tbody tr").length === 0`)
	details(`/0 messages of/.test(text)`)
	p.Picture("network-no-kind")
	p.Open(base + "/tabs/network?kinds=none")
	p.Holds(`document.querySelectorAll("#network-filter [name=kinds]:checked").length === 0 && document.getElementById("network")?.networkGraph !== undefined`)
	p.Holds(visibleEdges + `.length === 0`)
	for _, m := range p.Complaints() {
		t.Errorf("console: %s", m)
	}
}

// A tab opened before there was data begins to grow by itself; if nothing can be drawn, its
// tables do.
func TestBrowserNetworkGrowsFromNothing(t *testing.T) {
	long.Only(t)
	s := newSite(t, func(o *handlers.Options) { o.Now = time.Now })
	p, base, w := s.signedInBrowser(t)
	s.collects(p, base, w)
	p.Open(base + "/tabs/network")
	p.Holds(`document.getElementById("network")?.networkGraph?.order === 0`)
	p.Holds(`/No channel is in the network yet/.test(document.getElementById("network-counts").textContent) && /nothing to draw yet/.test(document.getElementById("network-status").textContent)`)
	p.Picture("network-nothing-yet")
	s.fillNetwork(t, w)
	p.Holds(graphModel + `.order === 5 && document.querySelectorAll("#network-nodes tbody tr").length === 5`)
	p.Holds(`/5 in the graph/.test(document.getElementById("network-counts").textContent) && !document.getElementById("network-slider").hidden`)
	p.Picture("network-grown")

	// Without WebGL.
	p.Open(base + "/tabs/messages")
	browsertest.Evaluate[any](p, `HTMLCanvasElement.prototype.getContext = () => null; null`)
	p.Click(`a[href="/tabs/network"]`)
	p.Holds(`/WebGL is missing/.test(document.getElementById("network-status")?.textContent)`)
	p.Holds(`document.querySelectorAll("#network-nodes tbody tr").length === 5`)
	s.addMessages(t, w, 141, collector.Message{Mentions: []string{"newcomer"}})
	p.Holds(`document.querySelector('#network-nodes a[data-node="@newcomer"]') !== null`)
	p.Holds(`/6 in the graph/.test(document.getElementById("network-counts").textContent)`)
	p.Click(`#network-nodes a[data-node="2001"]`)
	p.Holds(`/Named by 1 channel in 4 messages/.test(document.getElementById("network-details").textContent)`)
	set(p, "#least", "4")
	p.Holds(`document.querySelectorAll("#network-edges tbody tr").length === 3`)
	p.Picture("network-without-webgl")
	for _, m := range p.Complaints() {
		if !strings.Contains(m, "reading 'getParameter'") { // sigma's own error without WebGL
			t.Errorf("console: %s", m)
		}
	}
}
