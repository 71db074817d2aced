package draw

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector/network"
	"telegramtrac/collector/network/graph"
)

// graph.gexf follows GEXF 1.3 (https://gexf.net/schema.html) in its version, elements and
// values: edges of several kinds, weights, dates, positions, colours, sizes. Its namespace is
// that of 1.2, which every networkx reads: networkx before 3.6 fails on that of 1.3 (Debian 12
// has 2.8.8). Gephi and graphology-gexf look at the version and the element names only. A file
// cannot declare both namespaces: readers that check it also check it on the nested elements.
const (
	gexfSpace = "http://www.gexf.net/1.2draft"
	gexfHead  = `<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="` + gexfSpace + `" xmlns:viz="` + gexfSpace + `/viz" version="1.3">
`
)

// gexfColumn declares an attribute of nodes or edges; value returns "" where one has none.
type gexfColumn[T any] struct {
	title, kind string
	value       func(T) string
}

var gexfNodeColumns = []gexfColumn[network.Node]{
	{"channel_id", "long", func(n network.Node) string { return known(n.ChannelID) }},
	{"username", "string", func(n network.Node) string { return n.Username }},
	{"title", "string", func(n network.Node) string { return n.Title }},
	{"channel_kind", "string", func(n network.Node) string { return n.Kind }},
	{"collected", "boolean", func(n network.Node) string { return strconv.FormatBool(n.Collected) }},
	{"messages", "long", func(n network.Node) string { return decimal(n.Messages) }},
	{"seen_message_id", "long", func(n network.Node) string { return known(n.SeenID) }},
	{"in_degree", "integer", func(n network.Node) string { return strconv.Itoa(n.InDegree) }},
	{"out_degree", "integer", func(n network.Node) string { return strconv.Itoa(n.OutDegree) }},
	{"in_weight", "long", func(n network.Node) string { return decimal(n.InWeight) }},
	{"out_weight", "long", func(n network.Node) string { return decimal(n.OutWeight) }},
	{"pagerank", "double", func(n network.Node) string { return number(significant(n.PageRank, 6)) }},
	{"betweenness", "double", func(n network.Node) string { return number(significant(n.Betweenness, 6)) }},
	{"community", "integer", func(n network.Node) string { return strconv.Itoa(n.Community) }},
	{"ambiguous", "boolean", func(n network.Node) string { return strconv.FormatBool(n.Ambiguous) }},
}

var gexfEdgeColumns = []gexfColumn[network.Edge]{
	{"kind", "string", func(e network.Edge) string { return e.Kind }},
	{"first", "string", func(e network.Edge) string { return e.First.Format(time.RFC3339) }},
	{"last", "string", func(e network.Edge) string { return e.Last.Format(time.RFC3339) }},
	{"ambiguous", "boolean", func(e network.Edge) string { return strconv.FormatBool(e.Ambiguous) }},
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// known formats a number, "" for zero.
func known(n int64) string {
	if n == 0 {
		return ""
	}
	return decimal(n)
}

// GEXF writes graph.gexf for Gephi and networkx: a directed graph with one edge for each kind,
// which lasts from the day of its first message to that of its last. Characters that XML does
// not allow become U+FFFD.
func GEXF(w io.Writer, g *network.Graph) error {
	out := newXML(w)
	out.raw(gexfHead)
	out.raw("<meta>\n<creator>telegramtrac</creator>\n<description>")
	out.escaped(network.Direction + "; weight: messages; " + network.Method)
	out.raw("</description>\n</meta>\n<graph mode=\"dynamic\" defaultedgetype=\"directed\" idtype=\"string\" timeformat=\"date\">\n")
	declare(out, "node", gexfNodeColumns)
	declare(out, "edge", gexfEdgeColumns)
	out.raw("<nodes>\n")
	for _, n := range g.Nodes {
		out.node(n)
	}
	out.raw("</nodes>\n<edges>\n")
	for i, e := range g.Edges {
		out.edge(i, e)
	}
	out.raw("</edges>\n</graph>\n</gexf>\n")
	if err := out.flush(); err != nil {
		return fmt.Errorf("write GEXF: %w", err)
	}
	return nil
}

func declare[T any](x *xmlWriter, class string, columns []gexfColumn[T]) {
	x.raw(`<attributes class="` + class + "\" mode=\"static\">\n")
	for i, c := range columns {
		x.raw("<attribute")
		x.attr("id", strconv.Itoa(i))
		x.attr("title", c.title)
		x.attr("type", c.kind)
		x.raw("/>\n")
	}
	x.raw("</attributes>\n")
}

func values[T any](x *xmlWriter, columns []gexfColumn[T], of T) {
	x.raw("<attvalues>")
	for i, c := range columns {
		if v := c.value(of); v != "" {
			x.raw("<attvalue")
			x.attr("for", strconv.Itoa(i))
			x.attr("value", v)
			x.raw("/>")
		}
	}
	x.raw("</attvalues>")
}

func (x *xmlWriter) node(n network.Node) {
	x.raw("<node")
	x.attr("id", n.Key)
	x.attr("label", n.Label())
	x.raw(">")
	values(x, gexfNodeColumns, n)
	x.raw(`<viz:color r="` + channelOf(n.Color, 0) + `" g="` + channelOf(n.Color, 1) + `" b="` + channelOf(n.Color, 2) + `"/>`)
	x.raw(`<viz:position x="` + number(n.X) + `" y="` + number(n.Y) + `" z="0"/>`)
	x.raw(`<viz:size value="` + number(graph.Round(n.Size, 2)) + "\"/></node>\n")
}

func (x *xmlWriter) edge(i int, e network.Edge) {
	x.raw("<edge")
	x.attr("id", strconv.Itoa(i))
	x.attr("source", e.Source)
	x.attr("target", e.Target)
	x.attr("kind", e.Kind)
	x.attr("weight", decimal(e.Weight))
	x.attr("start", e.First.Format(time.DateOnly))
	x.attr("end", e.Last.Format(time.DateOnly))
	x.raw(">")
	values(x, gexfEdgeColumns, e)
	x.raw("</edge>\n")
}

// channelOf returns the i-th of red, green and blue of #RRGGBB, in decimals.
func channelOf(color string, i int) string {
	v, err := strconv.ParseUint(strings.TrimPrefix(color, "#")[2*i:2*i+2], 16, 8)
	if err != nil {
		return "0"
	}
	return strconv.FormatUint(v, 10)
}
