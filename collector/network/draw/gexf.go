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

var gexfNodeColumns = pick(nodeColumns, "channel_id username title kind collected messages seen_message_id in_degree out_degree "+
	"in_weight out_weight pagerank betweenness community ambiguous")

// gexfType returns a column's type in GEXF.
func (c column[T]) gexfType() string {
	switch c.value(*new(T)).(type) {
	case bool:
		return "boolean"
	case int:
		return "integer"
	case int64:
		return "long"
	case float64:
		return "double"
	}
	return "string"
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
	declare(out, "edge", edgeColumns)
	out.raw("<nodes>\n")
	for _, n := range g.Nodes {
		out.node(n)
	}
	out.raw("</nodes>\n<edges>\n")
	for i, e := range g.Edges {
		out.edge(i, e)
	}
	out.raw("</edges>\n</graph>\n</gexf>\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write GEXF: %w", err)
	}
	return nil
}

func declare[T any](x xmlWriter, class string, columns []column[T]) {
	x.raw(`<attributes class="` + class + "\" mode=\"static\">\n")
	for i, c := range columns {
		title := c.name
		if class == "node" && title == "kind" {
			title = "channel_kind"
		}
		x.raw("<attribute")
		x.attr("id", strconv.Itoa(i))
		x.attr("title", title)
		x.attr("type", c.gexfType())
		x.raw("/>\n")
	}
	x.raw("</attributes>\n")
}

func values[T any](x xmlWriter, columns []column[T], of T) {
	x.raw("<attvalues>")
	for i, c := range columns {
		if v := c.text(of); v != "" {
			x.raw("<attvalue")
			x.attr("for", strconv.Itoa(i))
			x.attr("value", v)
			x.raw("/>")
		}
	}
	x.raw("</attvalues>")
}

func (x xmlWriter) node(n network.Node) {
	x.raw("<node")
	x.attr("id", n.Key)
	x.attr("label", n.Label())
	x.raw(">")
	values(x, gexfNodeColumns, n)
	x.raw(`<viz:color r="` + channelOf(n.Color, 0) + `" g="` + channelOf(n.Color, 1) + `" b="` + channelOf(n.Color, 2) + `"/>`)
	x.raw(`<viz:position x="` + number(n.X) + `" y="` + number(n.Y) + `" z="0"/>`)
	x.raw(`<viz:size value="` + number(graph.Round(n.Size, 2)) + "\"/></node>\n")
}

func (x xmlWriter) edge(i int, e network.Edge) {
	x.raw("<edge")
	x.attr("id", strconv.Itoa(i))
	x.attr("source", e.Source)
	x.attr("target", e.Target)
	x.attr("kind", e.Kind)
	x.attr("weight", decimal(e.Weight))
	x.attr("start", e.First.Format(time.DateOnly))
	x.attr("end", e.Last.Format(time.DateOnly))
	x.raw(">")
	values(x, edgeColumns, e)
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
