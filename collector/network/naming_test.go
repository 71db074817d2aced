package network

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

// seen is a time on a day of February 2024.
func seen(day int) time.Time { return time.Date(2024, 2, day, 14, 4, 5, 0, time.UTC) }

// A username that moved belongs to the channel that was last seen with it.
func TestUsernameOfSeveralChannels(t *testing.T) {
	alpha := collector.Channel{ID: 1, Username: "Alpha", Usernames: []string{"Alpha", "alpha_old"}, LastSeenAt: seen(1)}
	peers := []collector.Peer{
		{Type: collector.PeerChannel, ID: 5, Username: "moved", LastSeenAt: seen(1)},
		{Type: collector.PeerChannel, ID: 6, Username: "Moved", LastSeenAt: seen(2)},
		{Type: collector.PeerChannel, ID: 7, Username: "alpha", LastSeenAt: seen(9)},
	}
	n := newNames(Input{Channels: []collector.Channel{alpha}, Peers: peers})
	if got, want := n.held.Last(), map[string]int64{"alpha": 7, "alpha_old": 1, "moved": 6}; !cmp.Equal(got, want) {
		t.Errorf("usernames %v, want %v", got, want)
	}
}

// A channel with messages only has the names of its peer; one whose details were read has
// those of the details, even if they are empty.
func TestNamesOfCollectedChannels(t *testing.T) {
	channels := []collector.Channel{{ID: 1}, {ID: 2, Kind: collector.Broadcast, Title: "Given up", LastSeenAt: seen(2)},
		{ID: 3, Username: "third", Title: "Third"}}
	var peers []collector.Peer
	for id := range int64(3) {
		peers = append(peers, collector.Peer{Type: collector.PeerChannel, ID: id + 1, Username: fmt.Sprint("peer_", id+1),
			Title: fmt.Sprint("Peer ", id+1), Kind: collector.Supergroup, LastSeenAt: seen(1)})
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
