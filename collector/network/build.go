package network

import (
	"context"
	"fmt"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/fold"
)

// Build makes the graph of a whole dataset. It reads only the columns that the network needs;
// its memory grows with channels, edges and the days on which they were used, not with
// messages. Callers may cache the graph until the dataset changes: layouts of thousands of
// channels take seconds.
func Build(ctx context.Context, d *dataset.Dataset) (*Graph, error) {
	in, err := Read(ctx, d, 0)
	if err != nil {
		return nil, err
	}
	return From(ctx, in)
}

// Read returns a dataset as input: the messages of one channel, or of all when channelID is 0,
// and the names of channels and peers.
func Read(ctx context.Context, d *dataset.Dataset, channelID int64) (Input, error) {
	summaries, err := d.Channels(ctx)
	if err != nil {
		return Input{}, fmt.Errorf("read channels of the network: %w", err)
	}
	peers, err := d.Peers(ctx)
	if err != nil {
		return Input{}, fmt.Errorf("read peers of the network: %w", err)
	}
	refused, err := d.NoChannels(ctx)
	if err != nil {
		return Input{}, fmt.Errorf("read look-ups of the network: %w", err)
	}
	for _, reference := range refused { // persons, bots and groups are not part of the network
		if r, err := collector.ParseReference(reference); err == nil && r.Username != "" {
			peers = append(peers, collector.Peer{Type: collector.PeerUser, Username: r.Username})
		}
	}
	held, err := d.Names(ctx)
	if err != nil {
		return Input{}, fmt.Errorf("read names of the network: %w", err)
	}
	in := Input{Names: held, Peers: peers, Messages: fold.ScanColumns[Evidence](ctx, d.Rows, channelID)}
	for _, s := range summaries {
		in.Channels = append(in.Channels, s.Channel)
	}
	return in, nil
}
