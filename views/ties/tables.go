package ties

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"telegramtrac/collector/network"
	"telegramtrac/views"
)

// networkRows is how many rows a page of the tables has.
const networkRows = 25

// How the tables are sorted at first.
const (
	mostNamed = "-in"
	strongest = "-weight"
)

// column is a column that a table can be sorted by.
type column[T any] struct {
	name, label, title string
	number             bool // sorted largest first at first
	compare            func(a, b T) int
}

func (l Look) nodeColumns() []column[network.Node] {
	return []column[network.Node]{
		{"name", "Channel", "", false, func(a, b network.Node) int { return cmp.Compare(sortName(a), sortName(b)) }},
		{"in", "Named", "Messages of others that point at it", true, func(a, b network.Node) int { return cmp.Compare(a.InWeight, b.InWeight) }},
		{"by", "By channels", "Channels that point at it", true, func(a, b network.Node) int { return cmp.Compare(a.InDegree, b.InDegree) }},
		{"out", "Names others", "Its messages that point at others", true,
			func(a, b network.Node) int { return cmp.Compare(a.OutWeight, b.OutWeight) }},
		{"messages", "Messages", "Collected from it", true, func(a, b network.Node) int { return cmp.Compare(a.Messages, b.Messages) }},
		{"rank", "PageRank", "How much the network leads to it, of 1 in all", true,
			func(a, b network.Node) int { return cmp.Compare(a.PageRank, b.PageRank) }},
		{"between", "Betweenness", "Share of the shortest ways between others that lead through it", true,
			func(a, b network.Node) int { return cmp.Compare(a.Betweenness, b.Betweenness) }},
		{"community", "Community", "", false, func(a, b network.Node) int { return cmp.Compare(a.Community, b.Community) }},
		{"depth", "Depth", "Steps of a snowball from the channels you named: 0 for those", false,
			func(a, b network.Node) int { return cmp.Compare(l.depthOf(a), l.depthOf(b)) }},
	}
}

// depthOf is a channel's depth; channels that were not collected come last.
func (l Look) depthOf(n network.Node) int64 {
	if !n.Collected {
		return math.MaxInt64
	}
	return l.Depth[n.ChannelID]
}

// sortName is a channel's name without @ and in lower case, for sorting.
func sortName(n network.Node) string { return strings.ToLower(strings.TrimPrefix(nodeName(n), "@")) }

func (l Look) edgeColumns() []column[network.Edge] {
	name := l.namesByKey()
	by := func(key func(network.Edge) string) func(a, b network.Edge) int {
		return func(a, b network.Edge) int {
			return cmp.Compare(strings.ToLower(name[key(a)]), strings.ToLower(name[key(b)]))
		}
	}
	return []column[network.Edge]{
		{"from", "From", "The channel that speaks", false, by(func(e network.Edge) string { return e.Source })},
		{"to", "To", "The channel it points at", false, by(func(e network.Edge) string { return e.Target })},
		{"kind", "How", "", false, func(a, b network.Edge) int { return cmp.Compare(a.Kind, b.Kind) }},
		{"weight", "Times", "Messages", true, func(a, b network.Edge) int { return cmp.Compare(a.Weight, b.Weight) }},
		{"first", "First, UTC", "", false, func(a, b network.Edge) int { return a.First.Compare(b.First) }},
		{"last", "Last, UTC", "", false, func(a, b network.Edge) int { return a.Last.Compare(b.Last) }},
	}
}

func (l Look) namesByKey() map[string]string {
	out := make(map[string]string, len(l.Graph.Nodes))
	for _, n := range l.Graph.Nodes {
		out[n.Key] = nodeName(n)
	}
	return out
}

// order is a column to sort by, and whether descending, as the address writes it: "in" or
// "-in".
type order struct {
	name string
	down bool
}

func readOrder(s, otherwise string) order {
	name, down := strings.CutPrefix(cmp.Or(s, otherwise), "-")
	return order{name, down}
}

func (o order) String() string {
	if o.down {
		return "-" + o.name
	}
	return o.name
}

// tableState is what the page sends along to show a table again unchanged: only what differs
// from the defaults.
func tableState(now order, first string, p views.Pager) views.TableState {
	page := (p.From-1)/networkRows + 1
	return views.TableState{Order: unless(now.String(), first), Page: unless(strconv.FormatInt(page, 10), "1")}
}

// unless returns "" for the default value.
func unless(value, anyway string) string {
	if value == anyway {
		return ""
	}
	return value
}

// arrange sorts rows in place by the order's column, if there is such a column.
func arrange[T any](rows []T, columns []column[T], o order) {
	at := slices.IndexFunc(columns, func(c column[T]) bool { return c.name == o.name })
	if at < 0 {
		return
	}
	slices.SortStableFunc(rows, func(a, b T) int {
		if o.down {
			return columns[at].compare(b, a)
		}
		return columns[at].compare(a, b)
	})
}

// heads are the heads of a table: each links to the table sorted by it, the current one to the
// opposite direction.
func heads[T any](table string, columns []column[T], now order, address func(sort string) string) []views.SortHead {
	var out []views.SortHead
	for _, c := range columns {
		h := views.SortHead{ID: "sort-" + table + "-" + c.name, Label: c.label, Number: c.number, Title: c.title}
		next := order{c.name, c.number}
		if now.name == c.name {
			h.Order, next.down = "ascending", !now.down
			if now.down {
				h.Order = "descending"
			}
		}
		h.Href = address(next.String())
		out = append(out, h)
	}
	return out
}

// Tables are the channels and ties within the filter, sorted and paged as the address asks.
func (l Look) Tables(v url.Values) views.NetworkTables {
	chosen := l.Graph.Select(l.Query.filter)
	nodeOrder, edgeOrder := readOrder(v.Get("nodes"), mostNamed), readOrder(v.Get("edges"), strongest)
	nodeColumns, edgeColumns := l.nodeColumns(), l.edgeColumns()
	arrange(chosen.Nodes, nodeColumns, nodeOrder)
	arrange(chosen.Edges, edgeColumns, edgeOrder)
	nodesPage, edgesPage := strconv.Itoa(views.PageIn(v, "nodes_page")), strconv.Itoa(views.PageIn(v, "edges_page"))
	at := func(nodes, nodesPage, edges, edgesPage string) string {
		return l.Query.address("nodes", unless(nodes, mostNamed), "nodes_page", unless(nodesPage, "1"),
			"edges", unless(edges, strongest), "edges_page", unless(edgesPage, "1"))
	}
	nodesAt := func(sort, page string) string {
		return at(sort, page, edgeOrder.String(), edgesPage) + "#network-nodes"
	}
	edgesAt := func(sort, page string) string {
		return at(nodeOrder.String(), nodesPage, sort, page) + "#network-edges"
	}
	nodes, nodePager := views.SlicePage(chosen.Nodes, views.PageIn(v, "nodes_page"), networkRows,
		func(page string) string { return nodesAt(nodeOrder.String(), page) })
	edges, edgePager := views.SlicePage(chosen.Edges, views.PageIn(v, "edges_page"), networkRows,
		func(page string) string { return edgesAt(edgeOrder.String(), page) })
	nodePager.Table, edgePager.Table = "nodes", "edges"
	out := views.NetworkTables{
		Nodes: views.NetworkNodes{
			TableState: tableState(nodeOrder, mostNamed, nodePager), Pager: nodePager,
			Heads: heads("nodes", nodeColumns, nodeOrder, func(sort string) string { return nodesAt(sort, "1") }),
		},
		Edges: views.NetworkEdges{
			TableState: tableState(edgeOrder, strongest, edgePager), Pager: edgePager,
			Heads: heads("edges", edgeColumns, edgeOrder, func(sort string) string { return edgesAt(sort, "1") }),
		},
		Messages: l.Graph.Summary.Messages, Channels: int64(l.Graph.Summary.Collected), Narrowed: l.Query.typed.Narrowed,
	}
	for _, n := range nodes {
		out.Nodes.Rows = append(out.Nodes.Rows, l.nodeRow(n))
	}
	name := l.namesByKey()
	for _, e := range edges {
		out.Edges.Rows = append(out.Edges.Rows, views.NetworkEdge{
			Edge: e, ID: "tie-" + e.Source + "-" + e.Target + "-" + e.Kind, From: name[e.Source], To: name[e.Target],
			Evidence: l.Query.evidence(e.Source, e.Target, e.Kind),
		})
	}
	return out
}

func (l Look) nodeRow(n network.Node) views.NetworkNode {
	out := views.NetworkNode{
		Node: n, Name: nodeName(n), Details: l.Query.details(n.Key),
		Rank: strconv.FormatFloat(n.PageRank, 'f', 4, 64), Between: strconv.FormatFloat(n.Betweenness, 'f', 4, 64),
	}
	if n.Collected {
		out.Depth = strconv.FormatInt(l.Depth[n.ChannelID], 10)
	}
	if n.Color != network.Unconnected {
		out.CommunityTone = n.Community%paletteSize + 1
	}
	return out
}
