package network_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/networktest"
)

func TestEdges(t *testing.T) {
	peers := []collector.Peer{
		{Type: collector.PeerChannel, ID: 3, Username: "Gamma", Title: "قناة", LastSeenAt: networktest.At(1)},
		{Type: collector.PeerUser, ID: 77, Username: "SomePerson", LastSeenAt: networktest.At(1)},
		{Type: collector.PeerUser, ID: 78, Username: "helper_bot", Kind: "bot", LastSeenAt: networktest.At(1)},
	}
	edge := func(s, d, kind string, weight int64, first, last int) network.Edge {
		return network.Edge{s, d, kind, weight, networktest.At(first), networktest.At(last), false}
	}
	tests := []struct {
		name string
		rows []network.Evidence
		want []network.Edge
	}{
		{"forward of a channel", []network.Evidence{
			{ChannelID: 1, ID: 1, Date: networktest.At(3), ForwardFromType: "channel", ForwardFromID: 3},
			{ChannelID: 1, ID: 2, Date: networktest.At(2), ForwardFromType: "channel", ForwardFromID: 3},
		}, []network.Edge{edge("1", "3", network.Forward, 2, 2, 3)}},
		{"forward of a user or a hidden user", []network.Evidence{
			{ChannelID: 1, ID: 1, Date: networktest.At(1), ForwardFromType: "user", ForwardFromID: 77},
			{ChannelID: 1, ID: 2, Date: networktest.At(1), ForwardFromType: "user", ForwardFromID: 77, ForwardFromUsername: "gamma"},
			{ChannelID: 1, ID: 3, Date: networktest.At(1)},
		}, []network.Edge{}},
		{"forward known by username", []network.Evidence{
			{ChannelID: 1, ID: 1, Date: networktest.At(1), ForwardFromType: "channel", ForwardFromUsername: "GAMMA"},
			{ChannelID: 1, ID: 2, Date: networktest.At(1), ForwardFromUsername: "Unknown1"},
		}, []network.Edge{edge("1", "3", network.Forward, 1, 1, 1), edge("1", "@unknown1", network.Forward, 1, 1, 1)}},
		{"mentions, whatever the case, a second username, once a message", []network.Evidence{
			{ChannelID: 2, ID: 1, Date: networktest.At(1), Mentions: []string{"ALPHA", "alpha", "Alpha_Old"}},
			{ChannelID: 2, ID: 2, Date: networktest.At(2), Mentions: []string{"stranger", "Stranger"}},
		}, []network.Edge{edge("2", "1", network.Mention, 1, 1, 1), edge("2", "@stranger", network.Mention, 1, 2, 2)}},
		{"mentions of people and bots", []network.Evidence{
			{ChannelID: 2, ID: 1, Date: networktest.At(1), Mentions: []string{"someperson", "HELPER_bot"}},
		}, []network.Edge{}},
		{"links by id and by username are one target", []network.Evidence{
			{ChannelID: 1, ID: 1, Date: networktest.At(1),
				TMeLinks: []collector.TMeLink{{ChannelID: 3, MessageID: 9}, {Username: "gamma"}, {Username: "other_one", MessageID: 2}}},
		}, []network.Edge{edge("1", "3", network.Link, 1, 1, 1), edge("1", "@other_one", network.Link, 1, 1, 1)}},
		{"reply across channels only", []network.Evidence{
			{ChannelID: 1, ID: 1, Date: networktest.At(1), ReplyToChannelID: 2},
			{ChannelID: 1, ID: 2, Date: networktest.At(1), ReplyToChannelID: 1},
		}, []network.Edge{edge("1", "2", network.Reply, 1, 1, 1)}},
		// In these cases, channel 2 is the group that is linked to channel 1.
		{"the copy of a channel's post in its group", []network.Evidence{
			{ChannelID: 2, ID: 1, Date: networktest.At(1), FromType: "channel", FromID: 1, ThreadChannelID: 1, ThreadMessageID: 7,
				ForwardFromType: "channel", ForwardFromID: 1, ForwardMessageID: 7, Mentions: []string{"gamma"}},
			{ChannelID: 2, ID: 2, Date: networktest.At(1), ThreadChannelID: 1, ThreadMessageID: 8, ForwardFromType: "channel", ForwardFromID: 1,
				ForwardMessageID: 8},
			{ChannelID: 2, ID: 4, Date: networktest.At(1), FromType: "channel", FromID: 1, ThreadChannelID: 1, ThreadMessageID: 9,
				ForwardFromType: "channel", ForwardFromID: 1, ForwardMessageID: 9, ReplyToMessageID: 2},
		}, []network.Edge{}},
		{"the copy of a channel's forward in its group", []network.Evidence{
			{ChannelID: 1, ID: 7, Date: networktest.At(1), ForwardFromType: "channel", ForwardFromID: 3, ForwardMessageID: 70},
			{ChannelID: 2, ID: 1, Date: networktest.At(1), FromType: "channel", FromID: 1, ThreadChannelID: 1, ThreadMessageID: 7,
				ForwardFromType: "channel", ForwardFromID: 3, ForwardMessageID: 70},
		}, []network.Edge{edge("1", "3", network.Forward, 1, 1, 1)}},
		{"comments point as every message does", []network.Evidence{
			{ChannelID: 2, ID: 5, Date: networktest.At(1), FromType: "user", FromID: 77, ThreadChannelID: 1, ThreadMessageID: 7,
				ForwardFromType: "channel", ForwardFromID: 3, ReplyToMessageID: 1},
			{ChannelID: 2, ID: 6, Date: networktest.At(2), FromType: "channel", FromID: 1, ThreadChannelID: 1, ThreadMessageID: 7,
				ForwardFromType: "channel", ForwardFromID: 3, ReplyToMessageID: 5, ReplyToTopID: 1},
			{ChannelID: 2, ID: 7, Date: networktest.At(3), FromType: "channel", FromID: 9, ThreadChannelID: 1, ThreadMessageID: 7,
				ForwardFromType: "channel", ForwardFromID: 3},
		}, []network.Edge{edge("2", "3", network.Forward, 3, 1, 3)}},
		{"kinds count separately", []network.Evidence{
			{ChannelID: 1, ID: 1, Date: networktest.At(1), ForwardFromType: "channel", ForwardFromID: 3, Mentions: []string{"gamma"},
				TMeLinks: []collector.TMeLink{{Username: "gamma"}}},
		}, []network.Edge{edge("1", "3", network.Forward, 1, 1, 1), edge("1", "3", network.Mention, 1, 1, 1),
			edge("1", "3", network.Link, 1, 1, 1)}},
		{"self-edges are kept", []network.Evidence{
			{ChannelID: 1, ID: 1, Date: networktest.At(1), Mentions: []string{"alpha"}},
		}, []network.Edge{edge("1", "1", network.Mention, 1, 1, 1)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := networktest.From(t, network.Input{Channels: []collector.Channel{networktest.Alpha, networktest.Beta}, Peers: peers,
				Messages: networktest.Rows(tt.rows...)})
			got := slices.Clone(g.Edges)
			order := func(e network.Edge) string {
				return fmt.Sprint(e.Source, e.Target[:1] == "@", e.Target, slices.Index(network.Kinds, e.Kind))
			}
			byOrder := func(a, b network.Edge) int { return bytes.Compare([]byte(order(a)), []byte(order(b))) }
			slices.SortFunc(got, byOrder)
			want := slices.Clone(tt.want)
			slices.SortFunc(want, byOrder)
			if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
				t.Errorf("edges (-want +got):\n%s", diff)
			}
			for _, n := range g.Nodes {
				if n.ChannelID == 77 || n.ChannelID == 78 || n.Username == "SomePerson" {
					t.Errorf("a user became the node %+v", n)
				}
			}
		})
	}
}

func TestNodesWeights(t *testing.T) {
	g := networktest.From(t, network.Input{Channels: []collector.Channel{networktest.Alpha, networktest.Beta}, Peers: nil,
		Messages: networktest.Rows(
			network.Evidence{ChannelID: 1, ID: 1, Date: networktest.At(1), ForwardFromType: "channel", ForwardFromID: 2,
				Mentions: []string{"beta", "alpha"}},
			network.Evidence{ChannelID: 1, ID: 2, Date: networktest.At(2), Mentions: []string{"who_is_it"}},
			network.Evidence{ChannelID: 1, ID: 3, Date: networktest.At(3), Kind: collector.KindService},
			network.Evidence{ChannelID: 2, ID: 1, Date: networktest.At(4), ReplyToChannelID: 1},
			network.Evidence{ChannelID: 9, ID: 1, Date: networktest.At(5)},
		)})
	type row struct {
		Key, Label          string
		Collected           bool
		Messages, In, Out   int64
		InDeg, OutDeg, Deg_ int
	}
	var got []row
	for _, n := range g.Nodes {
		got = append(got, row{n.Key, n.Label(), n.Collected, n.Messages, n.InWeight, n.OutWeight, n.InDegree, n.OutDegree, n.Degree})
	}
	want := []row{
		{"1", "Alpha News", true, 2, 1, 3, 1, 2, 2},
		{"2", "Бета", true, 1, 2, 1, 1, 1, 1},
		{"@who_is_it", "@who_is_it", false, 0, 1, 0, 1, 0, 1},
		{"9", "9", true, 1, 0, 0, 0, 0, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if g.Nodes[3].Color != network.Unconnected || g.Nodes[0].Size != network.MaxSize || g.Nodes[3].Size != network.MinSize {
		t.Errorf("paint: %+v", g.Nodes)
	}
	if s := g.Summary; s.Messages != 4 || s.Collected != 3 || !s.Oldest.Equal(networktest.At(1)) || !s.Newest.Equal(networktest.At(5)) {
		t.Errorf("summary %+v", s)
	}
}

// A channel's key from before its username was resolved still finds it.
func TestNodeByUsername(t *testing.T) {
	peers := []collector.Peer{{Type: collector.PeerChannel, ID: 10, Username: "Foo", Title: "Foo"}}
	rows := networktest.Rows(network.Evidence{ChannelID: 1, ID: 1, Date: networktest.At(1), Mentions: []string{"foo", "Unknown_One"}})
	g := networktest.From(t, network.Input{Channels: []collector.Channel{networktest.Alpha}, Peers: peers, Messages: rows})
	for key, want := range map[string]string{"10": "10", "@foo": "10", "@FOO": "10", "@alpha_old": "1", "@unknown_one": "@unknown_one",
		"@Unknown_One": "@unknown_one", "foo": "", "@": "", "": "", "@nobody": "", "11": ""} {
		got := ""
		if n := g.Node(key); n != nil {
			got = n.Key
		}
		if got != want {
			t.Errorf("the key %q leads to %q, want %q", key, got, want)
		}
	}
}

// A channel with details but no messages is a candidate.
func TestCandidatesWithDetails(t *testing.T) {
	g := networktest.From(t, network.Input{Channels: []collector.Channel{networktest.Alpha, networktest.Beta}, Peers: nil,
		Messages: networktest.Rows(network.Evidence{ChannelID: 1, ID: 1, Date: networktest.At(1), Mentions: []string{"beta", "alpha"}})})
	var got []string
	for _, c := range g.Candidates(network.Filter{}, 1, nil) {
		got = append(got, c.Key)
	}
	if diff := cmp.Diff([]string{"2"}, got); diff != "" {
		t.Errorf("candidates (-want +got):\n%s", diff)
	}
}

func TestFromFails(t *testing.T) {
	broken := errors.New("broken part")
	_, err := network.From(t.Context(), network.Input{Messages: func(yield func(*network.Evidence, error) bool) { yield(nil, broken) }})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of the rows", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := network.From(ended, network.Input{Messages: networktest.Rows(network.Evidence{ChannelID: 1, ID: 1})}); !errors.Is(err,
		context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// Finder indexes all channels once, not for each key.
func TestFinder(t *testing.T) {
	g := &network.Graph{Usernames: map[string]int64{"renamed": 7}}
	for n := range 100_000 {
		g.Nodes = append(g.Nodes, network.Node{Key: strconv.Itoa(n)})
	}
	g.Nodes = append(g.Nodes, network.Node{Key: "@free"})
	find := g.Finder()
	for n := range 100_000 { // a search through all channels for each key would take minutes
		if got := find(strconv.Itoa(n)); got != &g.Nodes[n] {
			t.Fatalf("%d is not found", n)
		}
	}
	for _, key := range []string{"7", "@renamed", "@RENAMED", "@free", "@Free", "@none", "none"} {
		if got, want := find(key), g.Node(key); got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
}
