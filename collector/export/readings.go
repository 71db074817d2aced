package export

import (
	"context"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
)

// readings are what several files are made of. Each is read when the first of them
// asks, so that a bundle, which has some files of every channel, reads it once, and
// tells the same of it everywhere.
type readings struct {
	receipts  []receipt
	received  bool
	peers     *catalog.PeerList
	usernames map[int64]string
	seen      []*seen
}

// readings are those of the data, or new ones of a file that is on its own.
func (d *Data) readings() *readings {
	if d.read == nil {
		d.read = &readings{}
	}
	return d.read
}

// receipts are all receipts, newest first. They are not to be changed.
func (d *Data) receipts(ctx context.Context) ([]receipt, error) {
	r := d.readings()
	if r.received {
		return r.receipts, nil
	}
	var err error
	r.receipts, err = d.Dataset.Receipts(ctx)
	r.received = err == nil
	return r.receipts, err
}

// receiptsMeant are those of the channel that is meant.
func (d *Data) receiptsMeant(ctx context.Context) ([]receipt, error) {
	all, err := d.receipts(ctx)
	if err != nil || d.Channel == 0 {
		return all, err
	}
	var out []receipt
	for _, r := range all {
		if r.ChannelID == d.Channel {
			out = append(out, r)
		}
	}
	return out, nil
}

// peerList lists all peers.
func (d *Data) peerList(ctx context.Context) (*catalog.PeerList, error) {
	r := d.readings()
	if r.peers != nil {
		return r.peers, nil
	}
	var err error
	r.peers, err = d.Dataset.PeerList(ctx)
	return r.peers, err
}

// usernames are channels' usernames by id. They are not to be changed.
func (d *Data) usernames(ctx context.Context) (map[int64]string, error) {
	r := d.readings()
	if r.usernames != nil {
		return r.usernames, nil
	}
	peers, err := d.peerList(ctx)
	if err != nil {
		return nil, err
	}
	channels, err := d.Dataset.Channels(ctx)
	if err != nil {
		return nil, err
	}
	out := map[int64]string{}
	for id, name := range peers.Usernames() {
		out[id] = name
	}
	for _, ch := range channels {
		if ch.Username != "" {
			out[ch.ID] = ch.Username
		}
	}
	r.usernames = out
	return out, nil
}

// seenChannels is every channel that has a username, by id. Apart from its totals
// nothing of it is to be changed.
func (d *Data) seenChannels(ctx context.Context) ([]*seen, error) {
	r := d.readings()
	if r.seen != nil {
		return r.seen, nil
	}
	var err error
	r.seen, err = findSeen(ctx, *d)
	return r.seen, err
}

// serverCounts is what the newest receipts say that Telegram has, by channel.
func (d *Data) serverCounts(ctx context.Context) (map[int64]int64, error) {
	receipts, err := d.receipts(ctx)
	if err != nil {
		return nil, err
	}
	out := map[int64]int64{}
	for _, r := range receipts { // newest first
		if _, ok := out[r.ChannelID]; !ok && r.Server != nil {
			out[r.ChannelID] = *r.Server
		}
	}
	return out, nil
}

// channelKeys are the keys of the channels that have a username.
func channelKeys(peers *catalog.PeerList) []catalog.PeerKey {
	var out []catalog.PeerKey
	for id := range peers.Usernames() {
		out = append(out, catalog.PeerKey{Type: collector.PeerChannel, ID: id})
	}
	return out
}
