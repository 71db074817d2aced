package export

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
)

// Meant is the data that files are made of.
type Meant struct {
	Dataset *dataset.Dataset
	Channel int64 // the one channel that is meant; 0: all of them

	kept map[string]any // what the files of one answer share
}

// share makes what is read from here on the same for all copies of d.
func (d *Meant) share() {
	if d.kept == nil {
		d.kept = map[string]any{}
	}
}

// once returns what read returned when the first file of an answer asked for it. It is not to be
// changed.
func once[T any](d *Meant, what string, read func() (T, error)) (T, error) {
	d.share()
	if v, ok := d.kept[what].(T); ok {
		return v, nil
	}
	v, err := read()
	if err == nil {
		d.kept[what] = v
	}
	return v, err
}

// receipts are all receipts, newest first.
func (d *Meant) receipts(ctx context.Context) ([]collector.Receipt, error) {
	return once(d, "receipts", func() ([]collector.Receipt, error) { return d.Dataset.Receipts(ctx) })
}

// receiptsMeant are those of the channel that is meant.
func (d *Meant) receiptsMeant(ctx context.Context) ([]collector.Receipt, error) {
	all, err := d.receipts(ctx)
	if err != nil || d.Channel == 0 {
		return all, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(r collector.Receipt) bool { return r.ChannelID != d.Channel }), nil
}

// peerList lists all peers.
func (d *Meant) peerList(ctx context.Context) (*dataset.PeerList, error) {
	return once(d, "peers", func() (*dataset.PeerList, error) { return d.Dataset.PeerList(ctx) })
}

// channels lists the channels that are meant, by id.
func (d *Meant) channels(ctx context.Context) ([]dataset.ChannelSummary, error) {
	if d.Channel != 0 {
		ch, err := d.Dataset.Channel(ctx, strconv.FormatInt(d.Channel, 10))
		return []dataset.ChannelSummary{ch}, err
	}
	all, err := d.Dataset.Channels(ctx)
	slices.SortFunc(all, func(a, b dataset.ChannelSummary) int { return cmp.Compare(a.ID, b.ID) })
	return all, err
}
