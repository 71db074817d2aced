package draw

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"telegramtrac/collector/network"
	"telegramtrac/collector/network/graph"
)

// The node-link form that networkx (node_link_graph) and d3 read unchanged, and graphology
// with the few lines of export/snippets/graphology.js:
// https://networkx.org/documentation/stable/reference/readwrite/json_graph.html

const jsonNode = "id label username title channel_id kind collected ambiguous messages seen_message_id in_degree out_degree in_weight " +
	"out_weight pagerank betweenness community color pattern size x y"

// JSON writes graph.json: the graph in the node-link form of a directed multigraph, one node
// or link a line. Equal graphs give equal bytes.
func JSON(w io.Writer, g *network.Graph) error {
	out, columns := newLines(w), pick(nodeColumns, jsonNode)
	out.text(`{"directed":true,"multigraph":true,"graph":`)
	out.value(head(g))
	out.text(",\n\"nodes\":[")
	node := make(object, len(columns))
	for i, n := range g.Nodes {
		for k, c := range columns {
			node[k] = field{c.name, c.known(n)}
		}
		out.element(i, node)
	}
	out.text("\n],\n\"links\":[")
	for i, e := range g.Edges {
		out.element(i, object{{"source", e.Source}, {"target", e.Target}, {"key", e.Kind}, {"kind", e.Kind}, {"weight", e.Weight},
			{"first", e.First}, {"last", e.Last}, {"ambiguous", e.Ambiguous}})
	}
	out.text("\n]}\n")
	if err := out.end(); err != nil {
		return fmt.Errorf("write graph JSON: %w", err)
	}
	return nil
}

// object is a JSON object whose fields keep their order.
type object []field

type field struct {
	name  string
	value any
}

// MarshalJSON writes the fields.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, f := range o {
		if i > 0 {
			out = append(out, ',')
		}
		v, err := json.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		out = append(append(out, `"`+f.name+`":`...), v...)
	}
	return append(out, '}'), nil
}

// head describes the graph as a whole.
func head(g *network.Graph) object {
	s := g.Summary
	return object{
		{"name", "telegramtrac network of channels"},
		{"direction", network.Direction},
		{"weight", "messages; one message counts once for a target and a kind"},
		{"nodes", max(s.Nodes, len(g.Nodes))},
		{"edges", max(s.Edges, len(g.Edges))},
		{"collected_channels", s.Collected},
		{"messages", s.Messages},
		{"oldest_message", nullable(s.Oldest.UTC())},
		{"newest_message", nullable(s.Newest.UTC())},
		{"communities", s.Communities},
		{"modularity", graph.Round(s.Modularity, 6)},
		{"reciprocity", graph.Round(s.Reciprocity, 6)},
		{"method", network.Method},
		{"seed", s.Seed},
		{"betweenness_sources", s.BetweennessSources},
		{"layout_settled", s.Settled},
		{"print", fingerprint(g)},
	}
}

// nullable returns nil for the zero value, which means "not known".
func nullable[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// significant rounds a number to so many significant digits.
func significant(x float64, digits int) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	out, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	if err != nil {
		return x
	}
	return out
}

// lines writes JSON piece by piece. Its buffer remembers the first error of writing.
type lines struct {
	*bufio.Writer
	err error // the first value that cannot be JSON
}

func newLines(w io.Writer) *lines { return &lines{Writer: bufio.NewWriter(w)} }

func (l *lines) text(s string) { l.WriteString(s) }

func (l *lines) value(v any) {
	b, err := json.Marshal(v)
	l.err = cmp.Or(l.err, err)
	l.Write(b)
}

// element writes the i-th element of an array on its own line.
func (l *lines) element(i int, v any) {
	if i > 0 {
		l.text(",")
	}
	l.text("\n")
	l.value(v)
}

func (l *lines) end() error { return cmp.Or(l.err, l.Flush()) }
