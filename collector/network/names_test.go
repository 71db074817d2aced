package network_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/draw"
	"telegramtrac/collector/network/networktest"
)

// TestNamesChangeHands: a tie by username points at its owner when the message was written;
// where the owner is not known, it points at the username, which is marked.
func TestNamesChangeHands(t *testing.T) {
	held := &collector.Names{}
	held.Saw(1, networktest.At(1), true, "speaker")
	held.Saw(2, networktest.At(3), true, "harbor")
	held.Saw(2, networktest.At(5), true, "harbor")
	held.Saw(3, networktest.At(10), true, "harbor")
	held.Saw(2, networktest.At(10), true, "old_harbor")
	held.Settle()
	said := func(id, day int64, name string) network.Evidence {
		return network.Evidence{ChannelID: 1, ID: id, Date: networktest.At(int(day)), Mentions: []string{name}}
	}
	rows := []network.Evidence{
		said(1, 2, "Harbor"), said(2, 4, "harbor"), said(3, 7, "harbor"), said(4, 11, "harbor"), said(5, 11, "old_harbor"),
		{ChannelID: 1, ID: 6, Date: networktest.At(7), TMeLinks: []collector.TMeLink{{Username: "harbor", MessageID: 9}},
			ForwardFromType: collector.PeerChannel, ForwardFromID: 3, ForwardFromUsername: "harbor"},
		said(7, 4, "old_harbor"),
	}
	in := network.Input{Names: held, Messages: networktest.Rows(rows...), Channels: []collector.Channel{
		{ID: 1, Username: "speaker", Title: "Speaker", LastSeenAt: networktest.At(10)},
		{ID: 2, Username: "old_harbor", Title: "Old", LastSeenAt: networktest.At(10)},
		{ID: 3, Username: "harbor", Title: "New", LastSeenAt: networktest.At(10)},
	}}
	type edge struct {
		target, kind string
		weight       int64
		ambiguous    bool
	}
	g := networktest.From(t, in)
	var got []edge
	for _, e := range g.Edges {
		got = append(got, edge{e.Target, e.Kind, e.Weight, e.Ambiguous})
	}
	slices.SortFunc(got, func(a, b edge) int { return strings.Compare(a.target+a.kind, b.target+b.kind) })
	want := []edge{{"2", network.Mention, 3, false}, {"3", network.Forward, 1, false}, {"3", network.Mention, 1, false},
		{"@harbor", network.Link, 1, true}, {"@harbor", network.Mention, 1, true}, {"@old_harbor", network.Mention, 1, true}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(edge{})); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	if n := g.Node("@harbor"); n == nil || n.Key != "@harbor" || !n.Ambiguous || n.ChannelID != 0 {
		t.Errorf("@harbor leads to %+v, want the name that is nobody's", n)
	}
	type tie struct {
		message    int64
		target     string
		candidates []int64
	}
	var ties []tie
	for e, err := range network.Ties(t.Context(), in) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Ambiguous != (e.Candidates != nil) || e.Ambiguous && e.TargetID != 0 {
			t.Errorf("message %d: ambiguous %v, candidates %v, target %d", e.MessageID, e.Ambiguous, e.Candidates, e.TargetID)
		}
		ties = append(ties, tie{e.MessageID, e.Target, e.Candidates})
	}
	wantTies := []tie{{1, "2", nil}, {2, "2", nil}, {3, "@harbor", []int64{2, 3}}, {4, "3", nil}, {5, "2", nil}, {6, "3", nil},
		{6, "@harbor", []int64{2, 3}}, {7, "@old_harbor", []int64{2}}}
	if diff := cmp.Diff(wantTies, ties, cmp.AllowUnexported(tie{})); diff != "" {
		t.Errorf("ties (-want +got):\n%s", diff)
	}
	var out bytes.Buffer
	if err := draw.JSON(&out, g); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), `"ambiguous":true`); got != 5 { // two names and three links
		t.Errorf("graph.json marks %d nodes and links, want 5", got)
	}
}
