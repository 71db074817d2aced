package draw

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"telegramtrac/collector/network"
	"telegramtrac/collector/network/graph"
)

// The node-link form that networkx (node_link_graph) and d3 read unchanged, and graphology
// with the few lines of export/snippets/graphology.js:
// https://networkx.org/documentation/stable/reference/readwrite/json_graph.html

type jsonHead struct {
	Name        string     `json:"name"`
	Direction   string     `json:"direction"`
	Weight      string     `json:"weight"`
	Nodes       int        `json:"nodes"`
	Edges       int        `json:"edges"`
	Collected   int        `json:"collected_channels"`
	Messages    int64      `json:"messages"`
	Oldest      *time.Time `json:"oldest_message"`
	Newest      *time.Time `json:"newest_message"`
	Communities int        `json:"communities"`
	Modularity  float64    `json:"modularity"`
	Reciprocity float64    `json:"reciprocity"`
	Method      string     `json:"method"`
	Seed        uint64     `json:"seed"`
	Sources     int        `json:"betweenness_sources"`
	Settled     bool       `json:"layout_settled"`
	Fingerprint string     `json:"print"`
}

const jsonNode = "id label username title channel_id kind collected ambiguous messages seen_message_id in_degree out_degree in_weight " +
	"out_weight pagerank betweenness community color pattern size x y"

type jsonLink struct {
	Source string    `json:"source"`
	Target string    `json:"target"`
	Key    string    `json:"key"`
	Kind   string    `json:"kind"`
	Weight int64     `json:"weight"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`

	Ambiguous bool `json:"ambiguous"`
}

// JSON writes graph.json: the graph in the node-link form of a directed multigraph, one node
// or link a line. Equal graphs give equal bytes.
func JSON(w io.Writer, g *network.Graph) error {
	out, columns := newLines(w), pick(nodeColumns, jsonNode)
	out.text(`{"directed":true,"multigraph":true,"graph":`)
	out.value(newJSONHead(g))
	out.text(",\n\"nodes\":[")
	for i, n := range g.Nodes {
		out.element(i, object[network.Node]{columns, n})
	}
	out.text("\n],\n\"links\":[")
	for i, e := range g.Edges {
		out.element(i, jsonLink{e.Source, e.Target, e.Kind, e.Kind, e.Weight, e.First, e.Last, e.Ambiguous})
	}
	out.text("\n]}\n")
	if err := out.end(); err != nil {
		return fmt.Errorf("write graph JSON: %w", err)
	}
	return nil
}

// object is the columns of a node as a JSON object.
type object[T any] struct {
	columns []column[T]
	of      T
}

// MarshalJSON writes the columns in their order.
func (o object[T]) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, c := range o.columns {
		if i > 0 {
			out = append(out, ',')
		}
		v, err := json.Marshal(c.known(o.of))
		if err != nil {
			return nil, err
		}
		out = append(append(out, `"`+c.name+`":`...), v...)
	}
	return append(out, '}'), nil
}

func newJSONHead(g *network.Graph) jsonHead {
	s := g.Summary
	return jsonHead{
		Name:        "telegramtrac network of channels",
		Direction:   network.Direction,
		Weight:      "messages; one message counts once for a target and a kind",
		Nodes:       max(s.Nodes, len(g.Nodes)),
		Edges:       max(s.Edges, len(g.Edges)),
		Collected:   s.Collected,
		Messages:    s.Messages,
		Oldest:      nullable(s.Oldest.UTC()),
		Newest:      nullable(s.Newest.UTC()),
		Communities: s.Communities,
		Modularity:  graph.Round(s.Modularity, 6),
		Reciprocity: graph.Round(s.Reciprocity, 6),
		Method:      network.Method,
		Seed:        s.Seed,
		Sources:     s.BetweennessSources,
		Settled:     s.Settled,
		Fingerprint: fingerprint(g),
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
