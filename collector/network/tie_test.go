package network

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

// Every edge has as many ties as its weight, on the days of its timeline.
func TestTiesAreTheEvidence(t *testing.T) {
	g := mustFrom(t, example())
	type key struct{ source, target, kind string }
	weight := map[key]int64{}
	for tie, err := range Ties(t.Context(), example()) {
		if err != nil {
			t.Fatal(err)
		}
		weight[key{target{id: tie.SourceID}.key(), tie.Target, tie.Kind}]++
	}
	if len(weight) != len(g.Edges) || len(g.Timeline) != len(g.Edges) {
		t.Errorf("ties of %d edges, timelines of %d, want %d", len(weight), len(g.Timeline), len(g.Edges))
	}
	for i, e := range g.Edges {
		if got := weight[key{e.Source, e.Target, e.Kind}]; got != e.Weight {
			t.Errorf("%d ties of %v", got, e)
		}
		messages, first, last := g.Timeline[i].within(dayOf(e.First), dayOf(e.Last)+1)
		if messages != e.Weight || first != dayOf(e.First) || last != dayOf(e.Last) {
			t.Errorf("timeline %v of %v", g.Timeline[i], e)
		}
	}
}

func TestTie(t *testing.T) {
	in := example()
	in.Messages = from(Evidence{ChannelID: 1, ID: 7, Date: at(3), ForwardFromType: "channel", ForwardFromID: 2, ForwardMessageID: 44, ReplyToChannelID: 3, ReplyToMessageID: 5})
	var got []Tie
	for tie, err := range Ties(t.Context(), in) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, *tie)
	}
	want := []Tie{
		{SourceID: 1, SourceUsername: "Alpha", SourceTitle: "Alpha News", MessageID: 7, Date: at(3), Kind: Forward, Target: "2", TargetID: 2, TargetUsername: "beta", TargetTitle: "Бета", TargetMessageID: 44},
		{SourceID: 1, SourceUsername: "Alpha", SourceTitle: "Alpha News", MessageID: 7, Date: at(3), Kind: Reply, Target: "3", TargetID: 3, TargetUsername: "Gamma", TargetTitle: `</script><b>"قناة" & \ 'x'`, TargetMessageID: 5},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ties (-want +got):\n%s", diff)
	}
	g := mustFrom(t, in)
	for _, n := range g.Nodes {
		if want := map[string]int64{"2": 44, "3": 5}[n.Key]; n.SeenID != want {
			t.Errorf("%s: highest id seen %d, want %d", n.Key, n.SeenID, want)
		}
	}
}

func TestTiesFail(t *testing.T) {
	broken := errors.New("broken part")
	for _, err := range Ties(t.Context(), Input{Messages: func(yield func(*Evidence, error) bool) { yield(nil, broken) }}) {
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range Ties(ended, example()) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}

func TestDays(t *testing.T) {
	var d Days
	for _, day := range []int32{5, 3, 5, 9, 3, 3} {
		d.Add(day, 1)
	}
	if diff := cmp.Diff(Days{{3, 3}, {5, 2}, {9, 1}}, d); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	if n, first, last := d.within(4, 9); n != 2 || first != 5 || last != 5 {
		t.Errorf("within: %d messages, %d to %d", n, first, last)
	}
	for _, at := range []time.Time{time.Unix(-1, 0), time.Unix(0, 0), time.Unix(86399, 0), time.Unix(86400, 0)} {
		if got, want := dayTime(dayOf(at)), at.UTC().Truncate(24*time.Hour); !got.Equal(want) {
			t.Errorf("the day of %v is %v, want %v", at.UTC(), got, want)
		}
	}
}

func read(t *testing.T, write func(io.Writer) error, into any) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// A timeline belongs to a graph by its edges, not by how many messages it was
// made from: a name that is resolved puts the edges in another order.
func TestTimelineBelongsToItsGraph(t *testing.T) {
	rows := []Evidence{
		{ChannelID: 1, ID: 1, Date: at(1), Mentions: []string{"foo"}},
		{ChannelID: 1, ID: 2, Date: at(2), ForwardFromType: collector.PeerChannel, ForwardFromID: 20},
		{ChannelID: 1, ID: 3, Date: at(2), ForwardFromType: collector.PeerChannel, ForwardFromID: 20},
	}
	one := collector.Channel{ID: 1, Username: "one"}
	resolved := []collector.Peer{{Type: collector.PeerChannel, ID: 10, Username: "foo"}}
	before, again := mustFrom(t, Input{Channels: []collector.Channel{one}, Peers: nil, Messages: from(rows...)}), mustFrom(t, Input{Channels: []collector.Channel{one}, Peers: nil, Messages: from(rows...)})
	named := mustFrom(t, Input{Channels: []collector.Channel{one}, Peers: resolved, Messages: from(rows...)})
	moved := mustFrom(t, Input{Channels: []collector.Channel{one}, Peers: nil, Messages: from(append(slices.Clone(rows[:2]), Evidence{ChannelID: 1, ID: 3, Date: at(3), ForwardFromType: collector.PeerChannel, ForwardFromID: 20})...)})
	prints := func(g *Graph) (graph, timeline string) {
		var of struct{ Graph struct{ Print string } }
		var days struct{ Print string }
		read(t, g.WriteJSON, &of)
		read(t, g.WriteTimeline, &days)
		return of.Graph.Print, days.Print
	}
	print, timeline := prints(before)
	if print == "" || print != timeline {
		t.Errorf("graph.json has the print %q, its timeline %q", print, timeline)
	}
	if same, _ := prints(again); same != print {
		t.Errorf("the same graph has the prints %q and %q", print, same)
	}
	for what, g := range map[string]*Graph{"a name that was resolved": named, "a message of another day": moved} {
		if g.Summary.Messages != before.Summary.Messages {
			t.Fatalf("%s: another number of messages", what)
		}
		if other, _ := prints(g); other == print {
			t.Errorf("%s: the print is still %q", what, print)
		}
	}
}
