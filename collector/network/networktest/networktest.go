// Package networktest has graphs for the tests of the network and of its files.
package networktest

import (
	"errors"
	"iter"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
)

// At is a time on a day of February 2024.
func At(day int) time.Time { return time.Date(2024, 2, day, 14, 4, 5, 0, time.UTC) }

// Rows yields messages, as a dataset would.
func Rows(rows ...network.Evidence) iter.Seq2[*network.Evidence, error] {
	return func(yield func(*network.Evidence, error) bool) {
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

// From makes a graph, or fails the test.
func From(t testing.TB, in network.Input) *network.Graph {
	t.Helper()
	g, err := network.From(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Alpha and Beta are collected channels.
var (
	Alpha = collector.Channel{ID: 1, Username: "Alpha", Usernames: []string{"Alpha", "alpha_old"}, Title: "Alpha News",
		Kind: collector.Broadcast, LastSeenAt: At(1)}
	Beta = collector.Channel{ID: 2, Username: "beta", Title: "Бета", Kind: collector.Supergroup, LastSeenAt: At(1)}
)

// Example is the input of a graph with everything that a file can contain: hostile titles,
// unknown ids, self-edges, several components.
func Example() network.Input {
	peers := []collector.Peer{
		{Type: collector.PeerChannel, ID: 3, Username: "Gamma", Title: `</script><b>"قناة" & \ 'x'`, Kind: collector.Broadcast},
		{Type: collector.PeerChannel, ID: 4, Title: "a\x00b\u2028c\xff\u202eevil\n\t]]>"},
		{Type: collector.PeerChannel, ID: 1<<40 + 1, Title: "🦆"},
	}
	forward := func(id, from, day int64, to int64) network.Evidence {
		return network.Evidence{ChannelID: from, ID: id, Date: At(int(day)), ForwardFromType: "channel", ForwardFromID: to}
	}
	rows := []network.Evidence{
		forward(1, 1, 1, 2), forward(2, 1, 5, 2), forward(3, 1, 6, 3), forward(4, 2, 7, 3), forward(5, 2, 8, 4),
		{ChannelID: 1, ID: 6, Date: At(9), Mentions: []string{"Alpha", "nobody_known"}},
		{ChannelID: 2, ID: 7, Date: At(10), TMeLinks: []collector.TMeLink{{Username: "gamma", MessageID: 4}}},
		{ChannelID: 8, ID: 1, Date: At(11), ReplyToChannelID: 1<<40 + 1},
	}
	channels := []collector.Channel{Alpha, Beta, {ID: 8, Title: "Apart"}, {ID: 9, Username: "alone", Title: "Alone"}}
	return network.Input{Channels: channels, Peers: peers, Messages: Rows(rows...)}
}

// FullDisk is a writer that always fails.
type FullDisk struct{}

func (FullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }
