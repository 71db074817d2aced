package network

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func at(day int) time.Time { return time.Date(2024, 2, day, 14, 4, 5, 0, time.UTC) }

func from(rows ...Evidence) iter.Seq2[*Evidence, error] {
	return func(yield func(*Evidence, error) bool) {
		for _, r := range rows {
			if r.Kind == "" {
				r.Kind = collector.KindMessage
			}
			if !yield(&r, nil) {
				return
			}
		}
	}
}

func mustFrom(t *testing.T, in Input) *Graph {
	t.Helper()
	g, err := From(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var (
	alpha = collector.Channel{ID: 1, Username: "Alpha", Usernames: []string{"Alpha", "alpha_old"}, Title: "Alpha News", Kind: collector.Broadcast, LastSeenAt: at(1)}
	beta  = collector.Channel{ID: 2, Username: "beta", Title: "Бета", Kind: collector.Supergroup, LastSeenAt: at(1)}
)

func TestEdges(t *testing.T) {
	peers := []collector.Peer{
		{Type: collector.PeerChannel, ID: 3, Username: "Gamma", Title: "قناة", LastSeenAt: at(1)},
		{Type: collector.PeerUser, ID: 77, Username: "SomePerson", LastSeenAt: at(1)},
		{Type: collector.PeerUser, ID: 78, Username: "helper_bot", Kind: "bot", LastSeenAt: at(1)},
	}
	edge := func(s, d, kind string, weight int64, first, last int) Edge {
		return Edge{s, d, kind, weight, at(first), at(last), false}
	}
	tests := []struct {
		name string
		rows []Evidence
		want []Edge
	}{
		{"forward of a channel", []Evidence{
			{ChannelID: 1, ID: 1, Date: at(3), ForwardFromType: "channel", ForwardFromID: 3},
			{ChannelID: 1, ID: 2, Date: at(2), ForwardFromType: "channel", ForwardFromID: 3},
		}, []Edge{edge("1", "3", Forward, 2, 2, 3)}},
		{"forward of a user or a hidden user", []Evidence{
			{ChannelID: 1, ID: 1, Date: at(1), ForwardFromType: "user", ForwardFromID: 77},
			{ChannelID: 1, ID: 2, Date: at(1), ForwardFromType: "user", ForwardFromID: 77, ForwardFromUsername: "gamma"},
			{ChannelID: 1, ID: 3, Date: at(1)},
		}, []Edge{}},
		{"forward known by username", []Evidence{
			{ChannelID: 1, ID: 1, Date: at(1), ForwardFromType: "channel", ForwardFromUsername: "GAMMA"},
			{ChannelID: 1, ID: 2, Date: at(1), ForwardFromUsername: "Unknown1"},
		}, []Edge{edge("1", "3", Forward, 1, 1, 1), edge("1", "@unknown1", Forward, 1, 1, 1)}},
		{"mentions, whatever the case, a second username, once a message", []Evidence{
			{ChannelID: 2, ID: 1, Date: at(1), Mentions: []string{"ALPHA", "alpha", "Alpha_Old"}},
			{ChannelID: 2, ID: 2, Date: at(2), Mentions: []string{"stranger", "Stranger"}},
		}, []Edge{edge("2", "1", Mention, 1, 1, 1), edge("2", "@stranger", Mention, 1, 2, 2)}},
		{"mentions of people and bots", []Evidence{
			{ChannelID: 2, ID: 1, Date: at(1), Mentions: []string{"someperson", "HELPER_bot"}},
		}, []Edge{}},
		{"links by id and by username are one target", []Evidence{
			{ChannelID: 1, ID: 1, Date: at(1), TMeLinks: []collector.TMeLink{{ChannelID: 3, MessageID: 9}, {Username: "gamma"}, {Username: "other_one", MessageID: 2}}},
		}, []Edge{edge("1", "3", Link, 1, 1, 1), edge("1", "@other_one", Link, 1, 1, 1)}},
		{"reply across channels only", []Evidence{
			{ChannelID: 1, ID: 1, Date: at(1), ReplyToChannelID: 2},
			{ChannelID: 1, ID: 2, Date: at(1), ReplyToChannelID: 1},
		}, []Edge{edge("1", "2", Reply, 1, 1, 1)}},
		// Of these, the messages of 2 are those of the group that is linked to 1.
		{"the copy of a channel's post in its group", []Evidence{
			{ChannelID: 2, ID: 1, Date: at(1), FromType: "channel", FromID: 1, ThreadChannelID: 1, ThreadMessageID: 7, ForwardFromType: "channel", ForwardFromID: 1, ForwardMessageID: 7, Mentions: []string{"gamma"}},
			{ChannelID: 2, ID: 2, Date: at(1), ThreadChannelID: 1, ThreadMessageID: 8, ForwardFromType: "channel", ForwardFromID: 1, ForwardMessageID: 8},
			{ChannelID: 2, ID: 4, Date: at(1), FromType: "channel", FromID: 1, ThreadChannelID: 1, ThreadMessageID: 9, ForwardFromType: "channel", ForwardFromID: 1, ForwardMessageID: 9, ReplyToMessageID: 2},
		}, []Edge{}},
		{"the copy of a channel's forward in its group", []Evidence{
			{ChannelID: 1, ID: 7, Date: at(1), ForwardFromType: "channel", ForwardFromID: 3, ForwardMessageID: 70},
			{ChannelID: 2, ID: 1, Date: at(1), FromType: "channel", FromID: 1, ThreadChannelID: 1, ThreadMessageID: 7, ForwardFromType: "channel", ForwardFromID: 3, ForwardMessageID: 70},
		}, []Edge{edge("1", "3", Forward, 1, 1, 1)}},
		{"comments point as every message does", []Evidence{
			{ChannelID: 2, ID: 5, Date: at(1), FromType: "user", FromID: 77, ThreadChannelID: 1, ThreadMessageID: 7, ForwardFromType: "channel", ForwardFromID: 3, ReplyToMessageID: 1},
			{ChannelID: 2, ID: 6, Date: at(2), FromType: "channel", FromID: 1, ThreadChannelID: 1, ThreadMessageID: 7, ForwardFromType: "channel", ForwardFromID: 3, ReplyToMessageID: 5, ReplyToTopID: 1},
			{ChannelID: 2, ID: 7, Date: at(3), FromType: "channel", FromID: 9, ThreadChannelID: 1, ThreadMessageID: 7, ForwardFromType: "channel", ForwardFromID: 3},
		}, []Edge{edge("2", "3", Forward, 3, 1, 3)}},
		{"kinds count separately", []Evidence{
			{ChannelID: 1, ID: 1, Date: at(1), ForwardFromType: "channel", ForwardFromID: 3, Mentions: []string{"gamma"}, TMeLinks: []collector.TMeLink{{Username: "gamma"}}},
		}, []Edge{edge("1", "3", Forward, 1, 1, 1), edge("1", "3", Mention, 1, 1, 1), edge("1", "3", Link, 1, 1, 1)}},
		{"self-edges are kept", []Evidence{
			{ChannelID: 1, ID: 1, Date: at(1), Mentions: []string{"alpha"}},
		}, []Edge{edge("1", "1", Mention, 1, 1, 1)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := mustFrom(t, Input{Channels: []collector.Channel{alpha, beta}, Peers: peers, Messages: from(tt.rows...)})
			got := slices.Clone(g.Edges)
			order := func(e Edge) string {
				return fmt.Sprint(e.Source, e.Target[:1] == "@", e.Target, slices.Index(Kinds, e.Kind))
			}
			byOrder := func(a, b Edge) int { return bytes.Compare([]byte(order(a)), []byte(order(b))) }
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
	g := mustFrom(t, Input{Channels: []collector.Channel{alpha, beta}, Peers: nil, Messages: from(
		Evidence{ChannelID: 1, ID: 1, Date: at(1), ForwardFromType: "channel", ForwardFromID: 2, Mentions: []string{"beta", "alpha"}},
		Evidence{ChannelID: 1, ID: 2, Date: at(2), Mentions: []string{"who_is_it"}},
		Evidence{ChannelID: 1, ID: 3, Date: at(3), Kind: collector.KindService},
		Evidence{ChannelID: 2, ID: 1, Date: at(4), ReplyToChannelID: 1},
		Evidence{ChannelID: 9, ID: 1, Date: at(5)},
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
	if g.Nodes[3].Color != Unconnected || g.Nodes[0].Size != MaxSize || g.Nodes[3].Size != MinSize {
		t.Errorf("paint: %+v", g.Nodes)
	}
	if s := g.Summary; s.Messages != 4 || s.Collected != 3 || !s.Oldest.Equal(at(1)) || !s.Newest.Equal(at(5)) {
		t.Errorf("summary %+v", s)
	}
}

// A username that moved leads to the channel that was seen with it last.
func TestUsernameOfSeveralChannels(t *testing.T) {
	peers := []collector.Peer{
		{Type: collector.PeerChannel, ID: 5, Username: "moved", LastSeenAt: at(1)},
		{Type: collector.PeerChannel, ID: 6, Username: "Moved", LastSeenAt: at(2)},
		{Type: collector.PeerChannel, ID: 7, Username: "alpha", LastSeenAt: at(9)},
	}
	n := newNames(Input{Channels: []collector.Channel{alpha}, Peers: peers})
	if got, want := n.held.Last(), map[string]int64{"alpha": 7, "alpha_old": 1, "moved": 6}; !cmp.Equal(got, want) {
		t.Errorf("usernames %v, want %v", got, want)
	}
}

// A channel of which only messages are there is called as peers call it; one
// whose details were read is called as they say, also when they say less.
func TestNamesOfCollectedChannels(t *testing.T) {
	channels := []collector.Channel{{ID: 1}, {ID: 2, Kind: collector.Broadcast, Title: "Given up", LastSeenAt: at(2)}, {ID: 3, Username: "third", Title: "Third"}}
	var peers []collector.Peer
	for id := range int64(3) {
		peers = append(peers, collector.Peer{Type: collector.PeerChannel, ID: id + 1, Username: fmt.Sprint("peer_", id+1), Title: fmt.Sprint("Peer ", id+1), Kind: collector.Supergroup, LastSeenAt: at(1)})
	}
	got := newNames(Input{Channels: channels, Peers: peers}).channels
	want := map[int64]naming{
		1: {"peer_1", "Peer 1", collector.Supergroup, true},
		2: {"", "Given up", collector.Broadcast, true},
		3: {"third", "Third", collector.Supergroup, true},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(naming{})); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// The key that a channel had before its username was resolved still leads to it.
func TestNodeByUsername(t *testing.T) {
	peers := []collector.Peer{{Type: collector.PeerChannel, ID: 10, Username: "Foo", Title: "Foo"}}
	rows := from(Evidence{ChannelID: 1, ID: 1, Date: at(1), Mentions: []string{"foo", "Unknown_One"}})
	g := mustFrom(t, Input{Channels: []collector.Channel{alpha}, Peers: peers, Messages: rows})
	for key, want := range map[string]string{"10": "10", "@foo": "10", "@FOO": "10", "@alpha_old": "1", "@unknown_one": "@unknown_one", "@Unknown_One": "@unknown_one", "foo": "", "@": "", "": "", "@nobody": "", "11": ""} {
		got := ""
		if n := g.Node(key); n != nil {
			got = n.Key
		}
		if got != want {
			t.Errorf("the key %q leads to %q, want %q", key, got, want)
		}
	}
}

// Of a channel of which only the details were read, a snowball can go on.
func TestCandidatesWithDetails(t *testing.T) {
	g := mustFrom(t, Input{Channels: []collector.Channel{alpha, beta}, Peers: nil, Messages: from(Evidence{ChannelID: 1, ID: 1, Date: at(1), Mentions: []string{"beta", "alpha"}})})
	var got []string
	for _, c := range g.Candidates(Filter{}, 1, nil) {
		got = append(got, c.Key)
	}
	if diff := cmp.Diff([]string{"2"}, got); diff != "" {
		t.Errorf("candidates (-want +got):\n%s", diff)
	}
}

func TestFromFails(t *testing.T) {
	broken := errors.New("broken part")
	_, err := From(t.Context(), Input{Messages: func(yield func(*Evidence, error) bool) { yield(nil, broken) }})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of the rows", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := From(ended, Input{Messages: from(Evidence{ChannelID: 1, ID: 1})}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// example is a graph with everything that a file can hold: hostile titles,
// unknown ids, self-edges, several components.
func example() Input {
	peers := []collector.Peer{
		{Type: collector.PeerChannel, ID: 3, Username: "Gamma", Title: `</script><b>"قناة" & \ 'x'`, Kind: collector.Broadcast},
		{Type: collector.PeerChannel, ID: 4, Title: "a\x00b\u2028c\xff\u202eevil\n\t]]>"},
		{Type: collector.PeerChannel, ID: 1<<40 + 1, Title: "🦆"},
	}
	forward := func(id, from, day int64, to int64) Evidence {
		return Evidence{ChannelID: from, ID: id, Date: at(int(day)), ForwardFromType: "channel", ForwardFromID: to}
	}
	rows := []Evidence{
		forward(1, 1, 1, 2), forward(2, 1, 5, 2), forward(3, 1, 6, 3), forward(4, 2, 7, 3), forward(5, 2, 8, 4),
		{ChannelID: 1, ID: 6, Date: at(9), Mentions: []string{"Alpha", "nobody_known"}},
		{ChannelID: 2, ID: 7, Date: at(10), TMeLinks: []collector.TMeLink{{Username: "gamma", MessageID: 4}}},
		{ChannelID: 8, ID: 1, Date: at(11), ReplyToChannelID: 1<<40 + 1},
	}
	channels := []collector.Channel{alpha, beta, {ID: 8, Title: "Apart"}, {ID: 9, Username: "alone", Title: "Alone"}}
	return Input{Channels: channels, Peers: peers, Messages: from(rows...)}
}

func TestWriteJSONIsNodeLink(t *testing.T) {
	var got bytes.Buffer
	if err := mustFrom(t, example()).WriteJSON(&got); err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Nodes []struct{ ID, Label string }
		Links []struct{ Source, Target string }
	}
	if err := json.Unmarshal(got.Bytes(), &parsed); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, n := range parsed.Nodes {
		ids[n.ID] = n.Label
	}
	for _, l := range parsed.Links {
		if _, ok := ids[l.Source]; !ok {
			t.Errorf("link from %q, which is no node", l.Source)
		}
		if _, ok := ids[l.Target]; !ok {
			t.Errorf("link to %q, which is no node", l.Target)
		}
	}
	if got, want := ids["3"], `</script><b>"قناة" & \ 'x'`; got != want {
		t.Errorf("label %q, want %q", got, want)
	}
	if got, want := ids["4"], "a\x00b\u2028c\ufffd\u202eevil\n\t]]>"; got != want {
		t.Errorf("label %q, want %q", got, want)
	}
}

func TestWriteJSONWithoutAnything(t *testing.T) {
	var out bytes.Buffer
	if err := mustFrom(t, Input{Messages: from()}).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out.Bytes()) || !bytes.Contains(out.Bytes(), []byte(`"oldest_message":null`)) {
		t.Errorf("not a graph: %s", out.String())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// Finding many keys takes the steps of one look through the channels: as many as there
// are, not as many for each key.
func TestFinder(t *testing.T) {
	g := &Graph{Usernames: map[string]int64{"renamed": 7}}
	for n := range 100_000 {
		g.Nodes = append(g.Nodes, Node{Key: strconv.Itoa(n)})
	}
	g.Nodes = append(g.Nodes, Node{Key: "@free"})
	find := g.Finder()
	for n := range 100_000 { // by looking through them each time, this would take minutes
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
