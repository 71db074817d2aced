package draw

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/networktest"
)

func read(t *testing.T, write func(io.Writer, *network.Graph) error, g *network.Graph, into any) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// A timeline fits a graph by its edges, not by the number of messages: resolving a name
// changes the order of the edges.
func TestTimelineBelongsToItsGraph(t *testing.T) {
	rows := []network.Evidence{
		{ChannelID: 1, ID: 1, Date: networktest.At(1), Mentions: []string{"foo"}},
		{ChannelID: 1, ID: 2, Date: networktest.At(2), ForwardFromType: collector.PeerChannel, ForwardFromID: 20},
		{ChannelID: 1, ID: 3, Date: networktest.At(2), ForwardFromType: collector.PeerChannel, ForwardFromID: 20},
	}
	one := collector.Channel{ID: 1, Username: "one"}
	resolved := []collector.Peer{{Type: collector.PeerChannel, ID: 10, Username: "foo"}}
	before, again := networktest.From(t, network.Input{Channels: []collector.Channel{one}, Peers: nil, Messages: networktest.Rows(rows...)}),
		networktest.From(t, network.Input{Channels: []collector.Channel{one}, Peers: nil, Messages: networktest.Rows(rows...)})
	named := networktest.From(t, network.Input{Channels: []collector.Channel{one}, Peers: resolved, Messages: networktest.Rows(rows...)})
	moved := networktest.From(t, network.Input{Channels: []collector.Channel{one}, Peers: nil,
		Messages: networktest.Rows(append(slices.Clone(rows[:2]),
			network.Evidence{ChannelID: 1, ID: 3, Date: networktest.At(3), ForwardFromType: collector.PeerChannel, ForwardFromID: 20})...)})
	fingerprints := func(g *network.Graph) (graph, timeline string) {
		var of struct{ Graph struct{ Print string } }
		var days struct{ Print string }
		read(t, JSON, g, &of)
		read(t, Timeline, g, &days)
		return of.Graph.Print, days.Print
	}
	fingerprint, timeline := fingerprints(before)
	if fingerprint == "" || fingerprint != timeline {
		t.Errorf("graph.json has the fingerprint %q, its timeline %q", fingerprint, timeline)
	}
	if same, _ := fingerprints(again); same != fingerprint {
		t.Errorf("the same graph has the fingerprints %q and %q", fingerprint, same)
	}
	for what, g := range map[string]*network.Graph{"a name that was resolved": named, "a message of another day": moved} {
		if g.Summary.Messages != before.Summary.Messages {
			t.Fatalf("%s: another number of messages", what)
		}
		if other, _ := fingerprints(g); other == fingerprint {
			t.Errorf("%s: the fingerprint is still %q", what, fingerprint)
		}
	}
}
