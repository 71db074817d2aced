// Package network turns collected messages into the network of channels: who points at whom,
// how often, and since when.
//
// An edge leads from the channel that speaks to the channel it points at, by a forward, a
// mention, a t.me link or a reply to another channel's message. Its weight is the number of
// such messages; a message counts once for each target and kind. Nodes are channels, never
// users. A channel that points at itself has a self-edge: it is in the data, but not in
// degrees, communities, ranks and the picture.
//
// Build reads a dataset; From reads anything that yields the same rows. Both return a graph
// with its measures, colours and positions, equal for equal input.
package network

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Direction is the sentence that every picture and file of a graph carries.
const Direction = "source → target: the channel that speaks → the channel it points at"

// Method is how measures and positions were computed.
const Method = "communities: Leiden on the undirected weighted projection; pagerank: weighted, damping 0.85; betweenness: directed, " +
	"unweighted; layout: ForceAtlas2"

// Kinds of an Edge.
const (
	Forward = "forward" // of a message of the target
	Mention = "mention" // @target
	Link    = "link"    // t.me/target
	Reply   = "reply"   // to a message of the target, another channel
)

// Kinds lists the kinds of edges in their order in files.
var Kinds = []string{Forward, Mention, Link, Reply}

// DefaultSeed is the seed of every graph that Build and From return.
const DefaultSeed = 1

// Graph is a directed network with one edge for each source, target and kind.
// Nodes are ordered by weight, heaviest first; edges by source and target in
// the order of the nodes, then by kind.
type Graph struct {
	Nodes    []Node
	Edges    []Edge
	Timeline []Days // of each edge: when its messages were sent
	Summary  Summary

	// Usernames maps all known usernames, in lower case, to the ids of channels; a name that
	// changed hands maps to its last owner. It is nil in a graph that From did not make.
	Usernames map[string]int64
}

// Node returns the channel with a key, nil when there is none. A key @username still finds its
// channel after the username was resolved to an id.
func (g *Graph) Node(key string) *Node {
	return g.node(key, func(key string) *Node {
		if at := slices.IndexFunc(g.Nodes, func(n Node) bool { return n.Key == key }); at >= 0 {
			return &g.Nodes[at]
		}
		return nil
	})
}

// Finder returns Node for many keys: it indexes the channels once.
func (g *Graph) Finder() func(key string) *Node {
	index := make(map[string]*Node, len(g.Nodes))
	for i := range g.Nodes {
		index[g.Nodes[i].Key] = &g.Nodes[i]
	}
	return func(key string) *Node { return g.node(key, func(key string) *Node { return index[key] }) }
}

func (g *Graph) node(key string, find func(key string) *Node) *Node {
	if n := find(key); n != nil {
		return n
	}
	if name, ok := strings.CutPrefix(strings.ToLower(key), "@"); ok {
		if id, known := g.Usernames[name]; known {
			return find(strconv.FormatInt(id, 10))
		}
		return find("@" + name)
	}
	return nil
}

// Summary describes a graph as a whole and what it was made from.
type Summary struct {
	Nodes, Edges int       // of the whole graph, also when only a part is shown
	Collected    int       // channels that were collected
	Messages     int64     // messages read, without service messages
	Newest       time.Time // date of the newest message read; zero when there is none
	Oldest       time.Time
	Communities  int     // with at least two channels
	Modularity   float64 // of the communities, on the undirected weighted projection
	Reciprocity  float64 // share of the ties between channels that have a tie back
	Seed         uint64

	BetweennessSources int  // channels that shortest paths start from: all, or a sample
	Settled            bool // the layout settled before its rounds were used up
}

// Node is a channel. Its weights and degrees exclude self-edges.
type Node struct {
	Key       string // the numeric channel id, or @username (lower case) while the id is not known
	ChannelID int64  // 0: not known
	Username  string // without @
	Title     string
	Kind      string // broadcast, supergroup, gigagroup; "" when not known
	Collected bool
	Messages  int64 // collected from it, without service messages
	Ambiguous bool  // Username changed hands, and who owned it when it was written is not known
	SeenID    int64 // highest id of its messages that others forward or reply to, so about how many it has; 0: not known

	InDegree  int   // channels that point at it
	OutDegree int   // channels it points at
	Degree    int   // channels tied to it in either direction
	InWeight  int64 // messages of all kinds that point at it
	OutWeight int64

	PageRank    float64 // sums to 1 over the graph
	Betweenness float64 // share of the shortest paths between others that pass through it
	Community   int     // 0 is the largest
	Color       string  // #RRGGBB, of the community
	Pattern     int     // how often the palette was used up before this community
	Size        float64 // radius, MinSize to MaxSize
	X, Y        float64
}

// Label is the name shown for the node: the title, else @username, else the id.
func (n Node) Label() string {
	switch {
	case n.Title != "":
		return n.Title
	case n.Username != "":
		return "@" + n.Username
	case n.ChannelID != 0:
		return strconv.FormatInt(n.ChannelID, 10)
	}
	return n.Key
}

// Clean replaces characters that would disrupt a line of text by blanks: control characters,
// line breaks and direction marks.
func Clean(name string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "\ufffd")))
}

// Weight counts the messages that tie the channel to others.
func (n Node) Weight() int64 { return n.InWeight + n.OutWeight }

// Edge is all messages of one channel that point at another in one way.
type Edge struct {
	Source, Target string // keys of nodes
	Kind           string
	Weight         int64 // messages
	First, Last    time.Time
	Ambiguous      bool // the target is a username that changed hands, and its owner at the time of these messages is not known
}

// From makes the graph of the input. It fails when reading fails or ctx ends.
func From(ctx context.Context, in Input) (*Graph, error) {
	g, err := gather(ctx, in)
	if err != nil {
		return nil, err
	}
	g.measure(DefaultSeed)
	g.paint()
	if err := g.layOut(ctx); err != nil {
		return nil, err
	}
	return g, nil
}
