package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
)

// networked is a signed-in visitor whose workspace has a network.
func networked(t *testing.T, source string) (*site, *browser, string) {
	t.Helper()
	s := newSite(t)
	b := s.signedInAt(t, source)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	s.engine.change(w, id, -1, func(c *collector.Collection) {
		c.State = collector.Done
		c.Channels = []collector.Progress{{Reference: "@alpha", ChannelID: 1001, State: collector.Done, Newest: 130, Requests: 20,
			StartedAt: ptr(noon.Add(-10 * time.Second)), FinishedAt: &noon}}
	})
	s.fillNetwork(t, w)
	return s, b, w
}

// fillNetwork puts the small world into a workspace, and messages that point at channels
// outside it.
func (s *site) fillNetwork(t *testing.T, w string) {
	t.Helper()
	s.fill(t, w)
	d := s.data[w]
	out := d.Writer(3)
	part := collector.Part{ChannelID: 1001, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: 131, Hi: 140}}
	for id := int64(131); id <= 140; id++ {
		m := collector.Message{ChannelID: 1001, ID: id, Kind: collector.KindMessage, Date: noon.AddDate(0, 0, int(id-131)),
			Text: "Passed on " + hostile, Source: "telegram", FirstSeenAt: noon, LastSeenAt: noon, Raw: "{}"}
		switch {
		case id == 140:
			m.ForwardFromType, m.ForwardFromID = collector.PeerUser, 77
		case id%2 == 0:
			m.ForwardFromType, m.ForwardFromID, m.ForwardMessageID = collector.PeerChannel, 2001, 4000+id
		default:
			m.Mentions = []string{"beta", "unknown_one"}
		}
		part.Messages = append(part.Messages, m)
	}
	part.Peers = []collector.Peer{
		{Type: collector.PeerChannel, ID: 2001, Username: "sourceful", Title: "Sourceful " + hostile, Kind: collector.Broadcast,
			LastSeenAt: noon},
		{Type: collector.PeerUser, ID: 77, Username: "a_person", LastSeenAt: noon},
	}
	if err := out.PutPart(context.Background(), part); err != nil {
		t.Fatal(err)
	}
	g, err := network.Build(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	s.graph = g
}

// cutOut is the text between two marks.
func cutOut(t *testing.T, body, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, from)
	if !ok {
		t.Fatalf("there is no %s in:\n%s", from, body)
	}
	out, _, _ := strings.Cut(rest, to)
	return out
}

// rowsOf are the first cells of a table's rows, by the names in them.
func rowsOf(t *testing.T, body, section string) []string {
	t.Helper()
	var out []string
	for _, row := range strings.Split(cutOut(t, body, `<section id="`+section+`"`, "</section>"), "<tr>")[2:] {
		_, cell, _ := strings.Cut(row, "mono")
		_, cell, _ = strings.Cut(cell, ">")
		name, _, _ := strings.Cut(cell, "<")
		out = append(out, name)
	}
	return out
}

func TestNetworkTables(t *testing.T) {
	t.Parallel()
	_, b, _ := networked(t, collector.SourceTelegram)
	tests := []struct{ query, nodes, edges string }{
		{"", "@beta @unknown_one @sourceful @alpha 1003", "@alpha @alpha @alpha @alpha 1003"},
		{"?nodes=name", "1003 @alpha @beta @sourceful @unknown_one", ""},
		{"?nodes=-name", "@unknown_one @sourceful @beta @alpha 1003", ""},
		{"?nodes=depth", "@alpha @beta 1003", ""},
		{"?edges=from", "", "1003 @alpha @alpha @alpha @alpha"},
		{"?kinds=link", "@alpha @beta 1003", "1003"},
		{"?least=4", "@beta @unknown_one @sourceful", "@alpha @alpha @alpha"},
		{"?search=SOURCE", "@sourceful", "@alpha"},
		{"?collected=1", "@beta @alpha 1003", "@alpha @alpha 1003"},
		{"?since=2024-02-03&until=2024-02-04", "@sourceful @alpha @beta 1003", "@alpha"},
	}
	for _, tt := range tests {
		r := b.swapping("network-tables").get("/tabs/network" + tt.query)
		if r.lacks(t, "<!doctype", `id="network-filter"`, "<script>alert", "<img"); r.status != 200 {
			t.Errorf("%s: status %d", tt.query, r.status)
		}
		for section, want := range map[string]string{"network-nodes": tt.nodes, "network-edges": tt.edges} {
			if got := strings.Join(rowsOf(t, r.body, section), " "); want != "" && !strings.HasPrefix(got, want) {
				t.Errorf("%s %s: rows %q, want %q", tt.query, section, got, want)
			}
		}
	}
	r := b.get("/tabs/network?since=2024-02-03&until=nonsense&least=x&kinds=forward&nodes=-rank")
	r.shows(t, 200, "&#34;nonsense&#34; is not a day", "&#34;x&#34; is not a number of messages", `value="2024-02-03"`,
		`value="forward" checked`, `aria-sort="descending"`,
		`href="/files/edges.parquet"`, `href="/files/network.png"`, "See channels to collect next", "it may take them for formulas",
		"names in other scripts stand as usernames", "node_link_graph needs edges=&#34;links&#34;", `data-timeline="/network/timeline.json"`,
		"modularity")
	r.lacks(t, `value="mention" checked`)
}

// The tables' state comes with them where it differs from the default, to be sent along when
// they are read again.
func TestNetworkTablesSayHowTheyAre(t *testing.T) {
	t.Parallel()
	_, b, _ := networked(t, collector.SourceTelegram)
	r := b.swapping("network-tables").get("/tabs/network?nodes=-name&edges=-weight&edges_page=9&least=1")
	r.shows(t, 200, `data-messages="`, `data-nodes="-name"`, `href="/tabs/network?edges=from&amp;least=1&amp;nodes=-name#network-edges"`,
		`id="network-counts"`, `hx-swap-oob="true"`)
	r.lacks(t, `data-edges`, `data-nodes-page`, `nodes_page=1`)
	b.swapping("network-tables").get("/tabs/network?kinds=none").shows(t, 200, "No tie fits what is chosen above")
	b.get("/tabs/network").lacks(t, "hx-swap-oob")
}

func TestNetworkDetails(t *testing.T) {
	t.Parallel()
	_, b, _ := networked(t, collector.SourceTelegram)
	r := b.get("/tabs/network?channel=2001")
	details := cutOut(t, r.body, `<aside id="network-details"`, "</aside>")
	for _, want := range []string{"Sourceful &lt;script&gt;", `href="https://t.me/sourceful"`, "Not collected", "Kind: channel.",
		"Named by 1 channel in 4 messages", `href="/network/price?key=2001"`, "trac this channel",
		"named by", "forward 4", "2024-02-03 – 2024-02-09", `href="/network/ties?source=1001&amp;target=2001"`} {
		if !strings.Contains(details, want) {
			t.Errorf("the details lack %q:\n%s", want, details)
		}
	}
	b.get("/tabs/network?channel=1001").shows(t, 200, "Collected: 79 messages, depth 0.", `href="/tabs/messages?channel=1001"`,
		`data-channel="1001"`)

	// The details beside the picture are within the filter, like the tables.
	side := b.swapping("network-details")
	narrowed := side.get("/tabs/network?channel=2001&until=2024-02-06")
	narrowed.shows(t, 200, "Named by 1 channel in 2 messages", "forward 2", "2024-02-03 – 2024-02-05", "only what is chosen above is counted",
		`href="/network/ties?source=1001&amp;target=2001&amp;until=2024-02-06">2 messages<`)
	narrowed.lacks(t, "<!doctype", `id="network-tables"`, "<script>alert", "<img")
	side.get("/tabs/network?channel=1001&least=5").shows(t, 200, "names 2 channels in 11 messages", "mention 6",
		`href="/network/ties?kind=mention&amp;least=5&amp;source=1001&amp;target=1002">6 messages<`)
	side.get("/tabs/network?channel=2001&collected=1").shows(t, 200, "Named by 0 channels in 0 messages")
	side.get("/tabs/network?channel=2001&kinds=none").shows(t, 200, "Named by 0 channels in 0 messages")
	side.get("/tabs/network?channel=2001&search=alpha").shows(t, 200, "Named by 1 channel in 4 messages")
	b.get("/tabs/network?channel=77").shows(t, 404, "There is no such channel in the network")
}

func TestNetworkTies(t *testing.T) {
	t.Parallel()
	s, b, w := networked(t, collector.SourceTelegram)
	r := b.get("/network/ties?source=1001&target=2001")
	r.shows(t, 200, "4 messages of", "@alpha", "@sourceful", `href="https://t.me/alpha/138"`, `href="https://t.me/sourceful/4138"`,
		"Passed on &lt;script&gt;", `<span class="badge">forward</span>`, "Message 4132 of @sourceful", `<time datetime="2024-02-09`)
	r.lacks(t, "<script>alert", "<img")
	if newest, oldest := strings.Index(r.body, "message 138"), strings.Index(r.body, "message 132"); newest < 0 || oldest < newest {
		t.Error("the newest does not come first")
	}
	b.get("/network/ties?source=1001&target=2001&since=2024-02-04&until=2024-02-06").shows(t, 200, "1 message of", "points at",
		"since 2024-02-04 and before 2024-02-06")
	b.get("/network/ties?source=1001&target=2001&kinds=reply").shows(t, 200, "0 messages",
		"No message that fits what is chosen makes this tie")
	b.get("/network/ties?source=1001&target=2001&kinds=none").shows(t, 200, "0 messages", "by a kind that is ticked", "No message that fits")
	side := b.swapping("network-details").get("/network/ties?source=1001&target=2001")
	side.shows(t, 200, "message 138")
	side.lacks(t, "<!doctype", `<section id="look"`)
	b.get("/network/ties?source=77&target=2001").shows(t, 404, "There is no such channel in the network")
	_, invented, _ := networked(t, collector.SourceSandbox)
	invented.get("/network/ties?source=1001&target=2001").lacks(t, `href="https://t.me`)
	_ = s.data[w]
}

// The page of a tie's messages links back to the network with the whole filter, even its
// fields that do not apply to messages.
func TestNetworkTiesLeadBack(t *testing.T) {
	t.Parallel()
	_, b, _ := networked(t, collector.SourceTelegram)
	const filter = "collected=&color=kind&kinds=forward&kinds=mention&least=3&search=source&since=2024-02-01"
	details := b.get("/tabs/network?" + filter + "&channel=2001").body
	_, rest, _ := strings.Cut(cutOut(t, details, `<ol class="network-ties">`, "</ol>"), `href="/network/ties?`)
	query, _, _ := strings.Cut(rest, `"`)
	r := b.get("/network/ties?" + strings.ReplaceAll(query, "&amp;", "&"))
	r.shows(t, 200, "4 messages of", "by forward since 2024-02-01",
		`href="/tabs/network?color=kind&amp;kinds=forward&amp;kinds=mention&amp;least=3&amp;search=source&amp;since=2024-02-01"`)
	table := b.swapping("network-tables").get("/tabs/network?" + filter).body
	if !strings.Contains(table, "kind=forward&amp;") {
		t.Fatalf("the table of ties does not say of which kind a row is:\n%s", table)
	}
	b.get("/network/ties?"+filter+"&kind=forward&source=1001&target=2001").shows(t, 200, "4 messages of", "by forward since")
	b.get("/network/ties?"+filter+"&kind=mention&source=1001&target=2001").shows(t, 200, "0 messages of", "by mention since")

	wrong := b.get("/network/ties?source=1001&target=2001&until=nonsense&least=x")
	wrong.shows(t, 200, "&#34;nonsense&#34; is not a day", "4 messages of")
	wrong.lacks(t, `href="#until"`, "&#34;x&#34;")
}

// A page that was opened before a username was resolved still leads to its channel.
func TestNetworkKeysOutlast(t *testing.T) {
	t.Parallel()
	_, b, _ := networked(t, collector.SourceTelegram)
	b.get("/tabs/network?channel=@Sourceful").shows(t, 200, "Named by 1 channel in 4 messages", `href="/network/price?key=2001"`)
	b.get("/network/ties?source=@alpha&target=@sourceful").shows(t, 200, "4 messages of", "message 138")
	price := b.get("/network/price?key=@sourceful&key=2001&key=@beta")
	price.shows(t, 200, "Collect this channel?", "@beta is collected already")
	b.get("/tabs/network?channel=@nobody").shows(t, 404, "There is no such channel in the network")
}

// Who signs in anew does not see the network of their deleted workspace, even while a
// collection runs.
func TestNetworkIsDeleted(t *testing.T) {
	t.Parallel()
	s, b, w := networked(t, collector.SourceTelegram)
	_, id := onlyCollection(s)
	running := func(c *collector.Collection) { c.State = collector.Running }
	s.engine.change(w, id, -1, running)
	b.get("/tabs/network").shows(t, 200, "@sourceful")
	s.setGraph(&network.Graph{})
	b.get("/tabs/network").shows(t, 200, "@sourceful") // the old network: it may lag
	s.engine.left.Deleted = true
	if r := b.post("/workspace/delete", nil); r.status != 200 {
		t.Fatalf("delete: status %d: %s", r.status, r.body)
	}
	again := s.signedInAt(t, collector.SourceTelegram)
	s.engine.mu.Lock()
	for visitor, workspace := range s.engine.workspaces {
		workspace.ID = w // an account has the workspace it had
		s.engine.workspaces[visitor] = workspace
	}
	s.engine.mu.Unlock()
	again.get("/tabs/network").lacks(t, "@sourceful")
}

// After collecting has ended, the network shown is never old.
func TestNetworkAfterCollecting(t *testing.T) {
	t.Parallel()
	s, b, w := networked(t, collector.SourceTelegram)
	_, id := onlyCollection(s)
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Running })
	b.get("/tabs/network").shows(t, 200, "@sourceful", `data-live="true"`)
	s.setGraph(&network.Graph{Nodes: []network.Node{{Key: "1", ChannelID: 1, Username: "later", Collected: true}}})
	part := collector.Part{ChannelID: 1001, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: 141, Hi: 142}}
	if err := s.data[w].Writer(3).PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Done })
	r := b.get("/tabs/network")
	r.shows(t, 200, "@later")
	r.lacks(t, "data-live", "@sourceful")
}

func TestNetworkFiles(t *testing.T) {
	t.Parallel()
	s, b, _ := networked(t, collector.SourceTelegram)
	for name, want := range map[string]string{
		"graph.gexf": `<gexf xmlns=`, "nodes.csv": "id,label,channel_id", "edges.csv": "source,target,type", "network.svg": "<svg ",
		"graph.json": `{"directed":true`,
	} {
		b.get("/files/"+name).shows(t, 200, want)
	}
	picture := b.get("/files/network.png")
	if _, err := png.Decode(strings.NewReader(picture.body)); err != nil || picture.status != 200 {
		t.Errorf("network.png: %v", err)
	}
	file := []byte(b.get("/files/edges.parquet").body)
	rows, err := parquet.Read[network.Tie](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var weight int64
	for _, e := range s.graph.Edges {
		weight += e.Weight
	}
	if int64(len(rows)) != weight {
		t.Errorf("edges.parquet has %d rows, want %d", len(rows), weight)
	}
}

func TestNetworkState(t *testing.T) {
	t.Parallel()
	s, b, w := networked(t, collector.SourceTelegram)
	type state struct {
		Live               bool
		Messages, Channels int64
	}
	read := func() (out state) {
		if err := json.Unmarshal([]byte(b.get("/network/state").body), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if diff := cmp.Diff(state{false, s.graph.Summary.Messages, 3}, read()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.get("/tabs/network").lacks(t, "data-live")
	_, id := onlyCollection(s)
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Running })
	if !read().Live {
		t.Error("a running collection is not live")
	}
	b.get("/tabs/network").shows(t, 200, `data-live="true"`, "picture and tables grow with it")
	var line struct {
		FirstDay string `json:"first_day"`
		Days     int
		Messages int64
		Ties     [][]int32
	}
	if err := json.Unmarshal([]byte(b.get("/network/timeline.json").body), &line); err != nil {
		t.Fatal(err)
	}
	if line.FirstDay != "2024-02-01" || line.Days != 11 || len(line.Ties) != len(s.graph.Edges) || line.Messages != s.graph.Summary.Messages {
		t.Errorf("timeline %+v", line)
	}
	b.get("/network/graph.json").shows(t, 200, `"links":[`)
}

// A snowball goes on only where a person agrees to a price.
func TestSnowball(t *testing.T) {
	t.Parallel()
	s, b, w := networked(t, collector.SourceTelegram)
	r := b.get("/network/snowball?least=1")
	r.shows(t, 200, "Channels to collect next", `value="2001"`, `value="@unknown_one"`, "has had at least 4\u202f138 messages",
		"kind not known", "0.5 s a request", "may turn out to be people or bots")
	r.lacks(t, "a_person", `value="1002"`, `name="key" value="2001" checked`)
	b.get("/network/snowball?least=99").shows(t, 200, "No channel that is not collected yet is named so often")
	b.get("/network/snowball?kinds=forward").lacks(t, "@unknown_one")
	b.get("/network/snowball?least=many").shows(t, 200, "&#34;many&#34; is not a number")
	if n := len(s.engine.collections[w]); n != 1 {
		t.Fatalf("%d collections: looking started one", n)
	}

	// The newest 1,000 of 2001 are ten pages and one confirmation, besides two look-ups.
	price := b.get("/network/price?key=2001&key=2001&key=1002&key=nobody&last=1000")
	price.shows(t, 200, "Collect this channel?", "About 13 requests and 8 s", "@beta is collected already", "nobody is not in the network",
		"It counts as depth 1", "Yes, trac this channel")
	b.get("/network/price?key=2001&last=").shows(t, 200, "for all messages.", "About 48 requests")
	wrong := b.get("/network/price?key=2001&last=x")
	wrong.shows(t, 200, "&#34;x&#34; is not a number")
	wrong.lacks(t, "Yes, trac")
	b.get("/network/price").shows(t, 200, "Tick a channel first")
	if n := len(s.engine.collections[w]); n != 1 {
		t.Fatalf("%d collections: the price started one", n)
	}

	yes := b.post("/network/trac", url.Values{"key": {"2001", "@unknown_one"}, "last": {"1000"}})
	if yes.status != 303 && yes.status != 200 {
		t.Fatalf("status %d: %s", yes.status, yes.body)
	}
	all := s.engine.collections[w]
	want := collector.Request{Channels: []string{"@sourceful", "@unknown_one"}, Last: 1000, Depth: 1, List: "l002"}
	if diff := cmp.Diff(want, all[len(all)-1].Requested); diff != "" {
		t.Errorf("requested (-want +got):\n%s", diff)
	}
	if n := len(all); n != 2 {
		t.Errorf("%d collections", n)
	}
	b.post("/network/trac", url.Values{"key": {"1002"}}).shows(t, 200, "Nothing to collect")
	if n := len(s.engine.collections[w]); n != 2 {
		t.Errorf("%d collections: one of nothing was started", n)
	}

	// The link back from the price leads to the list with its fields.
	narrowed := b.get("/network/snowball?least=1&last=50&kinds=forward")
	narrowed.shows(t, 200, `name="kinds" value="forward">`, `name="least" value="1">`, `name="last" value="50">`)
	b.get("/network/price?key=2001&last=50&least=1&kinds=forward").shows(t, 200,
		`href="/network/snowball?kinds=forward&amp;last=50&amp;least=1"`)
	b.post("/network/trac", url.Values{"key": {"2001"}, "last": {"x"}, "least": {"1"}, "kinds": {"forward"}}).shows(t, 200,
		`name="kinds" value="forward">`, `name="least" value="1">`)

	// Known people and bots are not offered again.
	s.engine.change(w, all[1].ID, 1, func(c *collector.Collection) {
		c.Channels[1].State, c.Channels[1].Error, c.Channels[1].Detail = collector.Failed, collector.NotAChannel, "bot"
	})
	b.get("/network/snowball?least=1").lacks(t, `value="@unknown_one"`)
	b.get("/network/price?key=@unknown_one").shows(t, 200, "@unknown_one turned out to be a person, a bot or a private group",
		"Nothing to collect")

	// Channels found in the snowball are one step further away.
	s.engine.change(w, all[1].ID, -1, func(c *collector.Collection) {
		c.Channels[0].ChannelID, c.State = 1001, collector.Done
	})
	s.engine.change(w, all[0].ID, -1, func(c *collector.Collection) { c.Channels[0].ChannelID = 5 })
	b.get("/network/price?key=2001").shows(t, 200, "It counts as depth 2: 2 steps away")
	b.get("/tabs/network?channel=1001").shows(t, 200, "depth 1.")
}

// A channel that could not be collected is offered again, with a remark.
func TestSnowballSaysWhatFailed(t *testing.T) {
	t.Parallel()
	s, b, w := networked(t, collector.SourceTelegram)
	b.get("/network/snowball?least=1").lacks(t, "could not be collected")
	at := time.Date(2024, 3, 9, 1, 0, 0, 0, time.UTC)
	s.engine.change(w, s.engine.collections[w][0].ID, -1, func(c *collector.Collection) {
		for _, ref := range []string{"@Unknown_One", "2001"} {
			c.Channels = append(c.Channels, collector.Progress{Reference: ref, State: collector.Failed, Error: collector.NotFound, FinishedAt: &at})
		}
	})
	r := b.get("/network/snowball?least=1")
	if r.shows(t, 200, "tried on 2024-03-09: it could not be collected"); strings.Count(r.body, "tried on") != 2 {
		t.Errorf("%d channels were tried, want 2", strings.Count(r.body, "tried on"))
	}
}

// A hundred ticked channels with the longest possible names are priced and collected. The
// browser and htmx send the long address again as the current page's.
func TestSnowballOfAHundred(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedInAt(t, collector.SourceTelegram)
	g := &network.Graph{Nodes: []network.Node{{Key: "1", ChannelID: 1, Username: "origin", Collected: true, Messages: 200}}}
	keys := url.Values{"last": {"1000"}}
	var want []string
	for i := range 100 {
		name := fmt.Sprintf("a_channel_with_the_longest_%05d", i)
		g.Nodes = append(g.Nodes, network.Node{Key: "@" + name, Username: name})
		g.Edges = append(g.Edges, network.Edge{Source: "1", Target: "@" + name, Kind: network.Mention, Weight: 2, First: noon, Last: noon})
		keys.Add("key", "@"+name)
		want = append(want, "@"+name)
	}
	s.setGraph(g)
	from := func(path string) *browser {
		address := "http://example.com" + path
		return b.swapping("look").with("Referer", address).with("HX-Current-URL", address)
	}
	if r := from("/network/snowball").get("/network/snowball?least=1"); r.status != 200 || strings.Count(r.body, `name="key"`) != 100 {
		t.Fatalf("status %d, %d channels to tick", r.status, strings.Count(r.body, `name="key"`))
	}
	price := "/network/price?" + keys.Encode()
	from("/network/snowball").get(price).shows(t, 200, "Collect these 100 channels?")
	from(price).get(price).shows(t, 200, "Collect these 100 channels?") // priced again
	if r := from(price).post("/network/trac", keys); r.status >= 400 {
		t.Fatalf("trac: status %d: %s", r.status, r.body)
	}
	w, id := onlyCollection(s)
	got, err := s.engine.Collection(t.Context(), w, id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Requested.Channels); diff != "" {
		t.Errorf("requested (-want +got):\n%s", diff)
	}
}

// A collection started by a snowball says so, and keeps its depth when its list is changed and
// tried again.
func TestDepthIsKept(t *testing.T) {
	t.Parallel()
	s, b, w := networked(t, collector.SourceTelegram)
	b.post("/network/trac", url.Values{"key": {"2001"}, "last": {"50"}})
	all := s.engine.collections[w]
	named, found := all[0].ID, all[len(all)-1].ID
	s.engine.change(w, found, -1, func(c *collector.Collection) { c.State, c.Requested.Depth = collector.Failed, 2 })

	const sentence = "Found in the network: depth 2, 2 steps away from the channels that you named yourself."
	b.get("/collections/"+found).shows(t, 200, sentence, "Change the list and try again")
	b.get("/collections/"+named).lacks(t, "Found in the network")
	list := b.get("/collections")
	list.shows(t, 200, `<span class="badge">depth 2</span>`)
	list.lacks(t, "depth 0")

	const field = `<input type="hidden" name="depth" value="2">`
	b.get("/collections/new?from="+found).shows(t, 200, field, sentence, "Begin with an empty form")
	b.get("/collections/new?from="+named).lacks(t, `name="depth"`, "Found in the network")
	b.post("/collections", url.Values{"channels": {"!"}, "depth": {"2"}}).shows(t, 422, field, sentence)
	b.post("/collections", url.Values{"channels": {"@alpha"}, "depth": {"far"}}).shows(t, 422, "&#34;far&#34; is not a number of steps")
	b.post("/collections", url.Values{"channels": {"@sourceful", "@alpha"}, "depth": {"2"}})
	all = s.engine.collections[w]
	want := collector.Request{Channels: []string{"@sourceful", "@alpha"}, Depth: 2, List: "l003"}
	if diff := cmp.Diff(want, all[len(all)-1].Requested); diff != "" || len(all) != 3 {
		t.Errorf("%d collections, requested (-want +got):\n%s", len(all), diff)
	}
}

// Of many ticked channels that are left out, the page names the first.
func TestPriceOfManyKeys(t *testing.T) {
	t.Parallel()
	_, b, _ := networked(t, collector.SourceTelegram)
	keys := url.Values{"key": {"2001"}, "last": {"1000"}}
	for n := range 1000 {
		keys.Add("key", fmt.Sprint("nobody", n))
	}
	r := b.get("/network/price?" + keys.Encode())
	r.shows(t, 200, "Collect this channel?", "nobody99 is not in the network", "900 more are left out too")
	r.lacks(t, "nobody100 ")
}
