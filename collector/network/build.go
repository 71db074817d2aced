package network

import (
	"context"
	"fmt"

	"telegramtrac/collector/dataset"
)

// Build makes the graph of everything in a dataset. It reads only the columns
// that the network needs; its memory grows with channels and edges, not with
// messages. The caller may keep the graph for as long as the dataset does not
// change: layouts of thousands of channels take seconds.
func Build(ctx context.Context, d *dataset.Dataset) (*Graph, error) {
	summaries, err := d.Channels(ctx)
	if err != nil {
		return nil, fmt.Errorf("read channels of the network: %w", err)
	}
	peers, err := d.Peers(ctx)
	if err != nil {
		return nil, fmt.Errorf("read peers of the network: %w", err)
	}
	in := Input{Peers: peers, Messages: dataset.ScanColumns[Evidence](ctx, d, 0)}
	for _, s := range summaries {
		in.Channels = append(in.Channels, s.Channel)
	}
	return From(ctx, in)
}
