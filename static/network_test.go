package static_test

import (
	"fmt"
	"html/template"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/draw"
	"telegramtrac/static"
	"telegramtrac/static/browsertest"
)

// policy is the page's own: see handlers/guard.
const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

const hostile = `</script><img src=x onerror=alert(1)>`

// invented is a network of channels in groups that forward from each other.
func invented(t *testing.T, channels int) *network.Graph {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	in := network.Input{}
	titles := []string{"Новости", "قناة الأخبار", "Daily Digest", "Vaccine Truth", "Börse", "한국 소식", "Crypto Signals", "Breaking"}
	for i := range int64(channels) {
		title := fmt.Sprintf("%s %d", titles[i%int64(len(titles))], i)
		if i == 0 {
			title = hostile
		}
		if i%3 == 0 {
			in.Channels = append(in.Channels, collector.Channel{ID: 1000 + i, Username: fmt.Sprintf("channel_%d", i), Title: title})
		} else {
			in.Peers = append(in.Peers,
				collector.Peer{Type: collector.PeerChannel, ID: 1000 + i, Username: fmt.Sprintf("channel_%d", i), Title: title})
		}
	}
	day := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	in.Messages = func(yield func(*network.Evidence, error) bool) {
		for i := range int64(channels) * 8 {
			from := rng.Int64N(int64(channels)) / 3 * 3
			to := rng.Int64N(int64(channels))
			if rng.Float64() < 0.85 {
				to = from + int64(float64(channels)/9*rng.ExpFloat64()*0.3)
			}
			e := &network.Evidence{ChannelID: 1000 + from, ID: i, Kind: collector.KindMessage, Date: day.AddDate(0, 0, int(i%300)),
				ForwardFromType: collector.PeerChannel, ForwardFromID: 1000 + to%int64(channels)}
			if i%4 == 0 {
				e.Mentions = []string{fmt.Sprintf("channel_%d", to%int64(channels))}
			}
			if !yield(e, nil) {
				return
			}
		}
		// Channel 0 points at itself, and alone names channel 3 often.
		for i := range int64(20) {
			yield(&network.Evidence{ChannelID: 1000, ID: 1e6 + i, Kind: collector.KindMessage, Date: day,
				Mentions: []string{"channel_0", "channel_3"}}, nil)
		}
	}
	g, err := network.From(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var page = template.Must(template.New("").Parse(`{{define "network"}}<h2>Network</h2>
{{if .Filter}}<form id="network-filter"><input type="checkbox" name="kinds" value="link" checked><input type="checkbox" name="kinds" value="mention" checked>
<input id="since" name="since"><input id="until" name="until"><input type="checkbox" name="collected" value="1"></form>{{end}}
<div class="network-area"><div id="network" class="network" data-graph="/files/graph.json"{{if .Filter}} data-timeline="/files/timeline.json"{{end}} role="img" aria-label="The drawn network."></div>
<aside id="network-details" class="network-details" tabindex="-1"></aside></div><p id="network-status" class="hint" role="status"></p>
{{range .Scripts}}<script src="{{.}}" defer></script>{{end}}{{end -}}
<!doctype html><html lang="en"><head><title>test</title><link rel="icon" href="{{.Icon}}"><link rel="stylesheet" href="{{.Style}}"><script src="{{.HTMX}}" defer></script>
<meta name="htmx-config" content='{"includeIndicatorCSS":false}'></head>
<body><div id="view"><main id="main"><p><a id="to-network" href="/" hx-get="/network" hx-target="#look">Network</a> <a id="to-other" href="/" hx-get="/other" hx-target="#look">Other</a></p>
<section id="look">{{if .Whole}}{{template "network" .}}{{else}}<p>Other</p>{{end}}</section></main></div></body></html>`))

// serve serves a page like the product's, under the same content security policy.
func serve(t *testing.T, g *network.Graph) string {
	t.Helper()
	whole := func() *network.Graph { return g }
	return serveEach(t, whole, whole)
}

// serveEach is serve with a new graph for each request of the graph or the timeline.
func serveEach(t *testing.T, graph, timeline func() *network.Graph) string {
	t.Helper()
	files, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]any{"Icon": files.Address("favicon.svg"), "Style": files.Address("app.css"),
		"HTMX": files.Address("vendor/htmx.min.js"), "Scripts": []string{
			files.Address("vendor/graphology.umd.min.js"), files.Address("vendor/sigma.min.js"), files.Address("network.js"),
			files.Address("network-filter.js"), files.Address("network-tables.js")}}
	render := func(name string, whole bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			d := map[string]any{"Whole": whole, "Filter": strings.HasPrefix(r.URL.Path, "/filter")}
			for k, v := range data {
				d[k] = v
			}
			if err := page.ExecuteTemplate(w, name, d); err != nil {
				t.Error(err)
			}
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", render("", true))
	mux.HandleFunc("/plain", render("", false))
	mux.HandleFunc("/network", render("network", false))
	mux.HandleFunc("/other", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<p>Other</p>") })
	mux.HandleFunc("/files/graph.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := draw.JSON(w, graph().Drawn()); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/files/timeline.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := draw.Timeline(w, timeline().Drawn()); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/tabs/network", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<p>details of %s, into %s</p><a href="/tabs/network?channel=1003" data-node="1003">another</a>`, r.FormValue("channel"),
			r.Header.Get("HX-Target"))
	})
	mux.HandleFunc("/network/ties", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<p>%s points at %s, into %s</p>", r.FormValue("source"), r.FormValue("target"), r.Header.Get("HX-Target"))
	})
	mux.HandleFunc(static.Prefix, func(w http.ResponseWriter, r *http.Request) {
		f, ok := files.Open(r.URL.Path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", f.Type)
		w.Write(f.Body)
	})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// quiet fails the test if the browser complained about anything: a violated policy, an error
// in a script.
func quiet(t *testing.T, b *browsertest.Browser) {
	t.Helper()
	for _, m := range b.Complaints() {
		if !strings.Contains(m, "reading 'getParameter'") { // sigma's own error without WebGL
			t.Errorf("console: %s", m)
		}
	}
}

const (
	drawn  = `Boolean(document.getElementById("network")?.networkGraph)`
	status = `document.getElementById("network-status").textContent`
)

func TestNetworkIsDrawn(t *testing.T) {
	g := invented(t, 150)
	address := serve(t, g)
	b := browsertest.Start(t)
	b.Do(chromedp.Navigate(address + "/"))
	b.Holds(drawn)

	selfEdges := 0
	for _, e := range g.Edges {
		if e.Source == e.Target {
			selfEdges++
		}
	}
	if selfEdges == 0 {
		t.Fatal("the invented network has no self-edges")
	}
	const model = `document.getElementById("network").networkGraph`
	for expression, want := range map[string]int{
		model + `.order`: len(g.Nodes),
		model + `.size`:  len(g.Edges),
		model + `.filterEdges((k, e, s, t) => s === t).length`:      selfEdges,
		model + `.filterEdges((k, e, s, t) => e.hidden).length`:     selfEdges,
		`document.querySelectorAll("#network canvas").length > 3`:   -1,
		`document.querySelectorAll("#network-details img").length`:  0,
		`document.querySelectorAll("[style*='javascript']").length`: 0,
	} {
		if want == -1 {
			if !browsertest.Evaluate[bool](b, expression) {
				t.Errorf("not %s", expression)
			}
			continue
		}
		if got := browsertest.Evaluate[int](b, expression); got != want {
			t.Errorf("%s is %d, want %d", expression, got, want)
		}
	}
	if got, want := browsertest.Evaluate[string](b, status), fmt.Sprintf("%d channels and ", len(g.Nodes)); !strings.HasPrefix(got, want) {
		t.Errorf("status %q, want it to begin with %q", got, want)
	}
	b.Picture("whole")

	// The server gives a channel's details: for the one chosen last, or none.
	details := func(want string) {
		t.Helper()
		b.Holds(fmt.Sprintf(`document.querySelector("#network-details p").textContent === %q`, want))
	}
	const hint = "Click a channel to see its ties, or an arrow to read the messages that make it."
	details(hint)
	browsertest.Evaluate[any](b, `document.getElementById("network").networkSelect("1000") ?? null`)
	details("details of 1000, into aside#network-details")
	b.Picture("selected")
	b.Do(chromedp.Click(chromedp.CSS("#network-details a")))
	details("details of 1003, into aside#network-details")
	browsertest.Evaluate[any](b, `["1000", "1003", "1006", null].forEach(document.getElementById("network").networkSelect) ?? null`)
	details(hint)
	quiet(t, b)
}

func TestNetworkClick(t *testing.T) {
	long.Only(t)
	b := browsertest.Start(t)
	g := invented(t, 30)
	b.Do(chromedp.Navigate(serve(t, g) + "/"))
	b.Holds(drawn)
	// Look for a node with the mouse, as a person would: the cursor changes.
	type place struct{ X, Y, Width, Height float64 }
	box := browsertest.Evaluate[place](b,
		`(() => { const b = document.getElementById("network").getBoundingClientRect(); return {X: b.x, Y: b.y, Width: b.width, Height: b.height}; })()`)
	var lo, hi [2]float64
	for i, n := range g.Nodes {
		if i == 0 {
			lo, hi = [2]float64{n.X, n.Y}, [2]float64{n.X, n.Y}
		}
		lo = [2]float64{min(lo[0], n.X), min(lo[1], n.Y)}
		hi = [2]float64{max(hi[0], n.X), max(hi[1], n.Y)}
	}
	// sigma fits the larger side of the graph into the smaller side of the stage.
	scale := (min(box.Width, box.Height) - 80) / max(hi[0]-lo[0], hi[1]-lo[1])
	n := g.Nodes[0]
	x := box.X + box.Width/2 + (n.X-(lo[0]+hi[0])/2)*scale
	y := box.Y + box.Height/2 - (n.Y-(lo[1]+hi[1])/2)*scale
	b.Do(chromedp.MouseEvent("mouseMoved", x, y))
	b.Holds(`document.querySelector("#network > div").style.cursor === "pointer"`)
	b.Do(chromedp.MouseClickXY(x, y))
	b.Holds(fmt.Sprintf(`document.querySelector("#network-details p")?.textContent === "details of %s, into aside#network-details"`, n.Key))
	quiet(t, b)
}

// An arrow opens the messages behind it.
func TestNetworkClickOnATie(t *testing.T) {
	long.Only(t)
	g := &network.Graph{
		Nodes: []network.Node{{Key: "1", ChannelID: 1, Title: "A", Color: network.Unconnected, Size: 20, X: -20, OutWeight: 9},
			{Key: "2", ChannelID: 2, Title: "B", Color: network.Unconnected, Size: 20, X: 20, InWeight: 9}},
		Edges: []network.Edge{{Source: "1", Target: "2", Kind: network.Link, Weight: 9}},
	}
	b := browsertest.Start(t)
	b.Do(chromedp.Navigate(serve(t, g) + "/"))
	b.Holds(drawn)
	type place struct{ X, Y, Width, Height float64 }
	box := browsertest.Evaluate[place](b,
		`(() => { const b = document.getElementById("network").getBoundingClientRect(); return {X: b.x, Y: b.y, Width: b.width, Height: b.height}; })()`)
	x, y := box.X+box.Width/2, box.Y+box.Height/2
	b.Until(`document.querySelector("#network > div").style.cursor === "pointer"`, func() {
		b.Do(chromedp.MouseEvent("mouseMoved", x-3, y))
		b.Do(chromedp.MouseEvent("mouseMoved", x, y))
	})
	b.Do(chromedp.MouseClickXY(x, y))
	b.Holds(`document.querySelector("#network-details").textContent === "1 points at 2, into aside#network-details"`)
	quiet(t, b)
}

func TestNetworkFollowsSwaps(t *testing.T) {
	long.Only(t)
	b := browsertest.Start(t)
	b.Do(chromedp.Navigate(serve(t, invented(t, 60)) + "/plain"))
	for round := range 3 {
		b.Do(chromedp.Click(chromedp.CSS("#to-network")))
		b.Holds(drawn)
		browsertest.Evaluate[any](b, `window.kept = document.getElementById("network"); null`)
		if got := browsertest.Evaluate[int](b, `document.querySelectorAll(".network-tools").length`); got != 1 {
			t.Errorf("round %d: %d rows of buttons, want 1", round, got)
		}
		b.Do(chromedp.Click(chromedp.CSS("#to-other")))
		b.Holds(`!document.getElementById("network")`)
		b.Holds(`!window.kept.networkGraph && window.kept.childElementCount === 0`)
	}
	// Without WebGL a sentence says so and nothing breaks.
	browsertest.Evaluate[any](b, `HTMLCanvasElement.prototype.getContext = () => null; null`)
	b.Do(chromedp.Click(chromedp.CSS("#to-network")))
	b.Holds(`/WebGL/.test(document.getElementById("network-status")?.textContent)`)
	quiet(t, b)
}

func TestNetworkDrawsTheHeaviest(t *testing.T) {
	long.Only(t)
	if testing.Short() {
		t.Skip("thousands of nodes without a graphics card")
	}
	g := &network.Graph{}
	for i := range 5200 {
		g.Nodes = append(g.Nodes, network.Node{Key: fmt.Sprint(i + 1), ChannelID: int64(i + 1), InWeight: int64(6000 - i),
			Color: network.Unconnected, Collected: i != 1,
			Size: 3, X: float64(i % 72), Y: float64(i / 72)})
	}
	g.Edges = []network.Edge{{Source: "1", Target: "2", Kind: network.Link, Weight: 1},
		{Source: "1", Target: "5200", Kind: network.Link, Weight: 1}}
	g.Summary.Nodes = len(g.Nodes)
	b := browsertest.Start(t)
	address := serve(t, g)
	b.Do(chromedp.Navigate(address + "/"))
	b.Holds(drawn)
	if got, want := browsertest.Evaluate[string](b, status),
		"5\u202f000 channels and 1 tie drawn: the heaviest of 5\u202f200 channels. Files and tables hold all of them."; got != want {
		t.Errorf("status %q, want %q", got, want)
	}

	// Lighter channels that pass a filter are not drawn either.
	b.Do(chromedp.Navigate(address + "/filter"))
	b.Holds(drawn)
	b.Click("[name=collected]")
	b.Holds(status + ` === "4\u202f999 channels and 0 ties drawn, of the heaviest 5\u202f000 of 5\u202f200 channels: the others of these do not fit what is chosen. Lighter channels are not drawn even where they fit; the tables hold all that fit."`)
	quiet(t, b)
}

// linked is a channel and three that it points at, with edges in different orders, as after a
// name is resolved without a new message.
func linked(turn int) *network.Graph {
	const daySeconds = 24 * 60 * 60
	day := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	first := int32(day.Unix() / daySeconds)
	g := &network.Graph{Nodes: []network.Node{{Key: "1", ChannelID: 1, Collected: true, Color: network.Unconnected, Size: 9}}}
	for i := range 3 {
		at := (i + turn) % 3 // the target of this edge
		key, many := fmt.Sprint(10+at), int32(at+1)
		g.Nodes = append(g.Nodes, network.Node{Key: key, ChannelID: int64(10 + at), Color: network.Unconnected, Size: 9, X: float64(9 * at),
			Y: 9})
		g.Edges = append(g.Edges, network.Edge{Source: "1", Target: key, Kind: network.Link, Weight: int64(many) + 1, First: day,
			Last: day.AddDate(0, 0, 9)})
		g.Timeline = append(g.Timeline, network.Days{{Day: first, Messages: many}, {Day: first + 9, Messages: 1}})
	}
	g.Summary = network.Summary{Nodes: 4, Edges: 3, Messages: 9, Oldest: day, Newest: day.AddDate(0, 0, 9)}
	return g
}

// Each tie has its own days: graph and timeline are read again until they match, and if they
// never do, the page says so.
func TestTimelineBelongsToTheGraph(t *testing.T) {
	long.Only(t)
	for _, tt := range []struct {
		name    string
		changes int // how many timelines the data changes before and after
		undated bool
	}{{"at once", 0, false}, {"after two changes", 2, false}, {"never", 1000, true}} {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			turn, asked := 0, 0
			address := serveEach(t, func() *network.Graph {
				mu.Lock()
				defer mu.Unlock()
				if asked > 0 && asked <= tt.changes {
					turn++
				}
				return linked(turn)
			}, func() *network.Graph {
				mu.Lock()
				defer mu.Unlock()
				if asked++; asked <= tt.changes {
					turn++
				}
				return linked(turn)
			})
			b := browsertest.Start(t)
			b.Do(chromedp.Navigate(address + "/filter"))
			b.Holds(drawn)
			browsertest.Evaluate[any](b,
				`(() => { const e = document.getElementById("until"); e.value = "2024-02-05"; e.dispatchEvent(new Event("input", {bubbles: true})); return null; })()`)
			const undated = `/days of messages could not be read/.test(document.getElementById("network-status").textContent)`
			of := func(key string) string {
				return fmt.Sprintf(`document.getElementById("network").networkGraph.getEdgeAttribute('["1","%s","link"]', "shown")`, key)
			}
			if tt.undated {
				b.Holds(undated)
				b.Holds(of("10") + ` === 2 && ` + of("12") + ` === 4`)
			} else {
				b.Holds(of("10") + ` === 1 && ` + of("11") + ` === 2 && ` + of("12") + ` === 3`)
				b.Holds(`!` + undated)
			}
			mu.Lock()
			defer mu.Unlock()
			if asked > 4 {
				t.Errorf("the timeline was read %d times", asked)
			}
			quiet(t, b)
		})
	}
}

// With very many ties, plain lines are drawn. The page then does not say that arrows can be
// clicked, even if there were arrows before the network grew.
func TestNetworkSaysWhatCanBeClicked(t *testing.T) {
	long.Only(t)
	if testing.Short() {
		t.Skip("thousands of ties without a graphics card")
	}
	meshed := func(channels int) *network.Graph {
		g := &network.Graph{}
		for i := range channels {
			g.Nodes = append(g.Nodes, network.Node{Key: fmt.Sprint(i + 1), ChannelID: int64(i + 1), InWeight: 1, Color: network.Unconnected, Size: 3,
				X: float64(i % 12), Y: float64(i / 12)})
			for j := range channels {
				if i != j {
					g.Edges = append(g.Edges, network.Edge{Source: fmt.Sprint(i + 1), Target: fmt.Sprint(j + 1), Kind: network.Link, Weight: 1})
				}
			}
		}
		g.Summary.Nodes = channels
		return g
	}
	var many atomic.Bool
	graph := func() *network.Graph {
		if many.Load() {
			return meshed(143) // 20,306 ties
		}
		return meshed(5)
	}
	b := browsertest.Start(t)
	address := serveEach(t, graph, graph)
	b.Do(chromedp.Navigate(address + "/"))
	b.Holds(drawn)
	const hint = `document.getElementById("network-details").textContent`
	b.Holds(hint + ` === "Click a channel to see its ties, or an arrow to read the messages that make it."`)
	b.Holds(`!/plain lines/.test(` + status + `)`)
	many.Store(true)
	browsertest.Evaluate[any](b, `document.getElementById("network").networkView.reload().then(() => {
		document.getElementById("network").networkView.refresh();
		document.dispatchEvent(new CustomEvent("network:changed", {detail: {filter: false}}));
	}) && null`)
	plain := func() {
		t.Helper()
		b.Holds(hint + ` === "Click a channel to see its ties and the messages that make them."`)
		b.Holds(`/^143 channels and 20\u202f306 ties drawn. Of more than 20\u202f000 ties, plain lines are drawn, without arrows; they cannot be clicked/.test(` + status + `)`)
	}
	plain()
	b.Do(chromedp.Navigate(address + "/?again"))
	b.Holds(drawn)
	plain()
	b.Picture("plain-lines")
	quiet(t, b)
}
