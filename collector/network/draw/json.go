package draw

import (
	"bufio"
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

type jsonNode struct {
	ID        string  `json:"id"`
	Label     string  `json:"label"`
	Username  *string `json:"username"`
	Title     *string `json:"title"`
	ChannelID *int64  `json:"channel_id"`
	Kind      *string `json:"kind"`
	Collected bool    `json:"collected"`
	Ambiguous bool    `json:"ambiguous"`
	Messages  int64   `json:"messages"`
	SeenID    *int64  `json:"seen_message_id"`
	InDegree  int     `json:"in_degree"`
	OutDegree int     `json:"out_degree"`
	InWeight  int64   `json:"in_weight"`
	OutWeight int64   `json:"out_weight"`
	PageRank  float64 `json:"pagerank"`
	Between   float64 `json:"betweenness"`
	Community int     `json:"community"`
	Color     string  `json:"color"`
	Pattern   int     `json:"pattern"`
	Size      float64 `json:"size"`
	X         float64 `json:"x"`
	Y         float64 `json:"y"`
}

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
	out := &lines{w: bufio.NewWriter(w)}
	out.text(`{"directed":true,"multigraph":true,"graph":`)
	out.value(newJSONHead(g))
	out.text(",\n\"nodes\":[")
	for i, n := range g.Nodes {
		out.element(i, newJSONNode(n))
	}
	out.text("\n],\n\"links\":[")
	for i, e := range g.Edges {
		out.element(i, jsonLink{e.Source, e.Target, e.Kind, e.Kind, e.Weight, e.First, e.Last, e.Ambiguous})
	}
	out.text("\n]}\n")
	if err := out.flush(); err != nil {
		return fmt.Errorf("write graph JSON: %w", err)
	}
	return nil
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

func newJSONNode(n network.Node) jsonNode {
	return jsonNode{
		ID:        n.Key,
		Label:     n.Label(),
		Username:  nullable(n.Username),
		Title:     nullable(n.Title),
		ChannelID: nullable(n.ChannelID),
		Kind:      nullable(n.Kind),
		Collected: n.Collected,
		Ambiguous: n.Ambiguous,
		Messages:  n.Messages,
		SeenID:    nullable(n.SeenID),
		InDegree:  n.InDegree,
		OutDegree: n.OutDegree,
		InWeight:  n.InWeight,
		OutWeight: n.OutWeight,
		PageRank:  significant(n.PageRank, 6),
		Between:   significant(n.Betweenness, 6),
		Community: n.Community,
		Color:     n.Color,
		Pattern:   n.Pattern,
		Size:      graph.Round(n.Size, 2),
		X:         n.X,
		Y:         n.Y,
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

// lines writes JSON piece by piece and remembers the first error.
type lines struct {
	w   *bufio.Writer
	err error
}

func (l *lines) text(s string) {
	if l.err == nil {
		_, l.err = l.w.WriteString(s)
	}
}

func (l *lines) value(v any) {
	if l.err != nil {
		return
	}
	b, err := json.Marshal(v)
	if err != nil {
		l.err = err
		return
	}
	_, l.err = l.w.Write(b)
}

// element writes the i-th element of an array on its own line.
func (l *lines) element(i int, v any) {
	if i > 0 {
		l.text(",")
	}
	l.text("\n")
	l.value(v)
}

func (l *lines) flush() error {
	if l.err != nil {
		return l.err
	}
	return l.w.Flush()
}
