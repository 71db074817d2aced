package export

import (
	"context"
	"io"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/table"
	"telegramtrac/collector/export/reading"
)

func writeMessages(ctx context.Context, w io.Writer, d Data) error {
	return table.WriteMessages(ctx, d.Dataset.Catalog, w, d.Channel)
}

func writeVersions(ctx context.Context, w io.Writer, d Data) error {
	return table.WriteVersions(ctx, d.Dataset.Rows, w, d.Channel)
}

func writeChannels(ctx context.Context, w io.Writer, d Data) error {
	return table.WriteChannels(ctx, d.Dataset.Catalog, w, func(ch collector.Channel) bool { return d.Channel == 0 || ch.ID == d.Channel })
}

func writeReceipts(ctx context.Context, w io.Writer, d Data) error {
	receipts, err := d.ReceiptsMeant(ctx)
	if err != nil {
		return err
	}
	return table.WriteReceipts(w, receipts)
}

// writePeers writes everyone, or whom the channel's messages and details name.
func writePeers(ctx context.Context, w io.Writer, d Data) error {
	list, err := d.PeerList(ctx)
	if err != nil {
		return err
	}
	if d.Channel == 0 {
		return list.Write(ctx, w, list.Keys())
	}
	named, err := reading.NamedIn(ctx, d.Data)
	if err != nil {
		return err
	}
	return list.Write(ctx, w, named.Keys())
}
