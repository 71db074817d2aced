package tracker

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

// gexf is what of a GEXF file the original has.
type gexf struct {
	Version string `xml:"version,attr"`
	Graph   struct {
		Type  string `xml:"defaultedgetype,attr"`
		Nodes []struct {
			ID    string `xml:"id,attr"`
			Label string `xml:"label,attr"`
		} `xml:"nodes>node"`
		Edges []struct {
			Source string `xml:"source,attr"`
			Target string `xml:"target,attr"`
		} `xml:"edges>edge"`
	} `xml:"graph"`
}

// TestTrackerGraph: the network of pointed, by hand: the requested channels lead to
// each other, the group of both, and the channel that both name.
func TestTrackerGraph(t *testing.T) {
	var got gexf
	if err := xml.Unmarshal(written(t, Graph, pointed(t)), &got); err != nil {
		t.Fatal(err)
	}
	var edges []string
	for _, e := range got.Graph.Edges {
		edges = append(edges, e.Source+" "+e.Target)
	}
	want := []string{"beta alpha", "beta alphatalk", "beta gamma", "alpha alphatalk", "alpha gamma"}
	if diff := cmp.Diff(want, edges); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	var nodes []string
	for _, n := range got.Graph.Nodes {
		if nodes = append(nodes, n.ID); n.ID != n.Label {
			t.Errorf("%s has the label %s", n.ID, n.Label)
		}
	}
	if diff := cmp.Diff([]string{"beta", "alpha", "alphatalk", "gamma"}, nodes); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if got.Version != "1.2" || got.Graph.Type != "directed" {
		t.Errorf("version %s, %s edges", got.Version, got.Graph.Type)
	}
}

// TestTrackerGraphWithoutUsername: a channel that was asked for by number is named by
// it, and names of strangers stay texts.
func TestTrackerGraphWithoutUsername(t *testing.T) {
	d := pointed(t)
	w := d.Dataset.Writer(3)
	m := collector.Message{ChannelID: 70, ID: 1, Kind: collector.KindMessage, Date: midday, Mentions: []string{"gamma"}, Source: "telegram"}
	p := collector.Part{ChannelID: 70, Source: m.Source, ObservedAt: midday, Range: collector.Range{Lo: 1, Hi: 1},
		Messages: []collector.Message{m},
		Peers:    []collector.Peer{{Type: collector.PeerChannel, ID: 80, Username: `a"<b>&`, Title: "x"}}}
	p.Messages[0].TMeLinks = []collector.TMeLink{{ChannelID: 80}}
	if err := w.PutPart(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	file := string(written(t, Graph, d))
	var got gexf
	if err := xml.Unmarshal([]byte(file), &got); err != nil {
		t.Fatal(err)
	}
	var edges []string
	for _, e := range got.Graph.Edges {
		edges = append(edges, fmt.Sprint(e.Source, " ", e.Target))
	}
	for _, want := range []string{"70 gamma", `70 a"<b>&`} {
		if !slices.Contains(edges, want) {
			t.Errorf("no edge %s in %v", want, edges)
		}
	}
	if strings.Contains(file, "weight") {
		t.Error("the original has no weights")
	}
}
