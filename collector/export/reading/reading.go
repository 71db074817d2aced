// Package reading is what files are made of: the data that is meant, of which several files of one
// answer share what they read.
package reading

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/export/relay"
)

// Data is the data that files are made of.
type Data struct {
	Dataset *dataset.Dataset
	Channel int64 // the one channel that is meant; 0: all of them

	// Hands read and make files; all files of a program share them. nil: it has its own.
	Hands *relay.Hands

	kept map[string]any // what the files of one answer share
}

// Workers are the hands that make the file.
func (d *Data) Workers() *relay.Hands {
	if d.Hands == nil {
		return relay.New(0)
	}
	return d.Hands
}

// Share makes what is read from here on the same for all copies of d.
func (d *Data) Share() {
	if d.kept == nil {
		d.kept = map[string]any{}
	}
}

// Once returns what read returned when the first file of an answer asked for it. It is not to be
// changed.
func Once[T any](d *Data, what string, read func() (T, error)) (T, error) {
	d.Share()
	if v, ok := d.kept[what].(T); ok {
		return v, nil
	}
	v, err := read()
	if err == nil {
		d.kept[what] = v
	}
	return v, err
}

// Receipts are all receipts, newest first.
func (d *Data) Receipts(ctx context.Context) ([]collector.Receipt, error) {
	return Once(d, "receipts", func() ([]collector.Receipt, error) { return d.Dataset.Receipts(ctx) })
}

// ReceiptsMeant are those of the channel that is meant.
func (d *Data) ReceiptsMeant(ctx context.Context) ([]collector.Receipt, error) {
	all, err := d.Receipts(ctx)
	if err != nil || d.Channel == 0 {
		return all, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(r collector.Receipt) bool { return r.ChannelID != d.Channel }), nil
}

// PeerList lists all peers.
func (d *Data) PeerList(ctx context.Context) (*catalog.PeerList, error) {
	return Once(d, "peers", func() (*catalog.PeerList, error) { return d.Dataset.PeerList(ctx) })
}

// Channels lists the channels that are meant, by id.
func (d *Data) Channels(ctx context.Context) ([]catalog.ChannelSummary, error) {
	if d.Channel != 0 {
		ch, err := d.Dataset.Channel(ctx, strconv.FormatInt(d.Channel, 10))
		return []catalog.ChannelSummary{ch}, err
	}
	all, err := d.Dataset.Channels(ctx)
	slices.SortFunc(all, func(a, b catalog.ChannelSummary) int { return cmp.Compare(a.ID, b.ID) })
	return all, err
}
