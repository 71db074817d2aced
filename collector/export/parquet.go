package export

import (
	"context"
	"io"

	"telegramtrac/collector"
)

func writeMessages(ctx context.Context, w io.Writer, d Data) error {
	return d.Dataset.WriteMessages(ctx, w, d.Channel)
}

func writeVersions(ctx context.Context, w io.Writer, d Data) error {
	return d.Dataset.WriteChannelVersions(ctx, w, d.Channel)
}

func writeChannels(ctx context.Context, w io.Writer, d Data) error {
	return d.Dataset.WriteSomeChannels(ctx, w, func(ch collector.Channel) bool { return d.Channel == 0 || ch.ID == d.Channel })
}

func writeReceipts(ctx context.Context, w io.Writer, d Data) error {
	return d.Dataset.WriteSomeReceipts(ctx, w, func(r collector.Receipt) bool { return d.Channel == 0 || r.ChannelID == d.Channel })
}

// writePeers writes everyone, or whom the channel's messages and details name.
func writePeers(ctx context.Context, w io.Writer, d Data) error {
	if d.Channel == 0 {
		return d.Dataset.WritePeers(ctx, w)
	}
	named, err := namedIn(ctx, d)
	if err != nil {
		return err
	}
	return d.Dataset.WriteSomePeers(ctx, w, func(p collector.Peer) bool { return named[peerKey{p.Type, p.ID}] })
}
