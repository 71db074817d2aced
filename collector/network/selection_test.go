package network_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/networktest"
)

// busy is a graph with several kinds, days and weights.
func busy(t *testing.T) *network.Graph {
	t.Helper()
	var rows []network.Evidence
	for day := range 10 {
		rows = append(rows, network.Evidence{ChannelID: 1, ID: int64(day + 1), Date: networktest.At(day + 1), ForwardFromType: "channel",
			ForwardFromID: 3, ForwardMessageID: int64(100 + day)})
	}
	rows = append(rows,
		network.Evidence{ChannelID: 1, ID: 20, Date: networktest.At(4), Mentions: []string{"beta"}},
		network.Evidence{ChannelID: 2, ID: 1, Date: networktest.At(5), Mentions: []string{"alpha", "gamma"}},
		network.Evidence{ChannelID: 2, ID: 2, Date: networktest.At(9), ReplyToChannelID: 1},
		network.Evidence{ChannelID: 2, ID: 3, Date: networktest.At(9), TMeLinks: []collector.TMeLink{{Username: "seldom"}},
			ForwardFromType: "user", ForwardFromID: 77},
	)
	peers := []collector.Peer{{Type: collector.PeerChannel, ID: 3, Username: "Gamma", Title: "Гамма"}}
	return networktest.From(t, network.Input{Channels: []collector.Channel{networktest.Alpha, networktest.Beta}, Peers: peers,
		Messages: networktest.Rows(rows...)})
}

func TestSelect(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2024, 2, d, 0, 0, 0, 0, time.UTC) }
	tests := []struct {
		name   string
		filter network.Filter
		nodes  []string // key in/out degrees and weights
		edges  []string
	}{
		{"all", network.Filter{}, []string{"1 1/2 2/11", "3 2/0 11/0", "2 1/3 1/4", "@seldom 1/0 1/0"},
			[]string{"1>3 forward 10 1-10", "1>2 mention 1 4-4", "2>1 mention 1 5-5", "2>1 reply 1 9-9", "2>3 mention 1 5-5",
				"2>@seldom link 1 9-9"}},
		{"kinds", network.Filter{Kinds: []string{network.Reply, network.Link}}, []string{"1 1/0 1/0", "2 0/2 0/2", "@seldom 1/0 1/0"},
			[]string{"2>1 reply 1 9-9", "2>@seldom link 1 9-9"}},
		{"days", network.Filter{Since: day(3), Until: day(6)}, []string{"1 1/2 1/4", "3 2/0 4/0", "2 1/2 1/2"},
			[]string{"1>3 forward 3 3-5", "1>2 mention 1 4-4", "2>1 mention 1 5-5", "2>3 mention 1 5-5"}},
		{"weight within days", network.Filter{Since: day(3), Until: day(6), MinWeight: 2}, []string{"1 0/1 0/3", "3 1/0 3/0", "2 0/0 0/0"},
			[]string{"1>3 forward 3 3-5"}},
		{"only collected", network.Filter{CollectedOnly: true}, []string{"1 1/1 2/1", "2 1/1 1/2"},
			[]string{"1>2 mention 1 4-4", "2>1 mention 1 5-5", "2>1 reply 1 9-9"}},
		{"search", network.Filter{Search: " ГАММ"}, []string{"3 2/0 11/0"}, []string{"1>3 forward 10 1-10", "2>3 mention 1 5-5"}},
		{"search for a username", network.Filter{Search: "@seld"}, []string{"@seldom 1/0 1/0"}, []string{"2>@seldom link 1 9-9"}},
		{"nothing", network.Filter{Search: "nowhere"}, nil, nil},
	}
	g := busy(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := g.Select(tt.filter)
			var nodes, edges []string
			for _, n := range got.Nodes {
				nodes = append(nodes, fmt.Sprintf("%s %d/%d %d/%d", n.Key, n.InDegree, n.OutDegree, n.InWeight, n.OutWeight))
			}
			for _, e := range got.Edges {
				edges = append(edges, fmt.Sprintf("%s>%s %s %d %d-%d", e.Source, e.Target, e.Kind, e.Weight, e.First.Day(), e.Last.Day()))
			}
			if diff := cmp.Diff(tt.nodes, nodes); diff != "" {
				t.Errorf("nodes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.edges, edges); diff != "" {
				t.Errorf("edges (-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff(busy(t), g); diff != "" {
		t.Errorf("selecting changed the graph:\n%s", diff)
	}
}

// With the zero filter, the degrees are those of the graph.
func TestSelectAllIsTheGraph(t *testing.T) {
	g := networktest.From(t, networktest.Example())
	if diff := cmp.Diff(network.Selection{g.Nodes, g.Edges}, g.Select(network.Filter{})); diff != "" {
		t.Errorf("(-graph +selection):\n%s", diff)
	}
}

func TestCandidates(t *testing.T) {
	g := busy(t)
	tests := []struct {
		name   string
		filter network.Filter
		least  int64
		want   []string
	}{
		{"all", network.Filter{}, 1, []string{"3 [10 1 0 0] 11 from 2 depth 1", "@seldom [0 0 1 0] 1 from 1 depth 3"}},
		{"often", network.Filter{}, 2, []string{"3 [10 1 0 0] 11 from 2 depth 1"}},
		{"by kind", network.Filter{Kinds: []string{network.Mention}}, 1, []string{"3 [0 1 0 0] 1 from 1 depth 3"}},
		{"searched", network.Filter{Search: "seldom"}, 1, []string{"@seldom [0 0 1 0] 1 from 1 depth 3"}},
	}
	for _, tt := range tests {
		var got []string
		for _, c := range g.Candidates(tt.filter, tt.least, map[int64]int64{2: 2}) {
			got = append(got, fmt.Sprintf("%s %d %d from %d depth %d", c.Key, c.Mentions, c.Total, c.From, c.Depth))
			if c.Key == "3" && c.SeenID != 109 {
				t.Errorf("highest id seen of 3: %d", c.SeenID)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The page gets only the drawn part of a large graph: the heaviest channels and the edges
// between them, with their days.
func TestDrawn(t *testing.T) {
	if g := busy(t); g.Drawn() != g {
		t.Error("a small graph is not drawn whole")
	}
	const n = network.DrawnNodes + 20
	g := &network.Graph{Summary: network.Summary{Nodes: n, Edges: 3}}
	for i := range n {
		g.Nodes = append(g.Nodes, network.Node{Key: fmt.Sprint(i), InWeight: int64(n - i)})
	}
	for day, ends := range [][2]int{{0, network.DrawnNodes}, {1, network.DrawnNodes - 1}, {network.DrawnNodes + 1, 2}} {
		g.Edges = append(g.Edges, network.Edge{Source: fmt.Sprint(ends[0]), Target: fmt.Sprint(ends[1]), Kind: network.Forward, Weight: 1})
		g.Timeline = append(g.Timeline, network.Days{{int32(day), 1}})
	}
	want := &network.Graph{Nodes: g.Nodes[:network.DrawnNodes], Edges: g.Edges[1:2], Timeline: g.Timeline[1:2], Summary: g.Summary}
	if diff := cmp.Diff(want, g.Drawn()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(g.Nodes) != n || len(g.Edges) != 3 {
		t.Error("drawing changed the graph")
	}
}
