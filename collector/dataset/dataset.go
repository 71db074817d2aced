// Package dataset keeps one workspace's data as Parquet files and reads it back.
//
// Everything lies in immutable parts, one file each, that carry what they cover
// in their footer:
//
//	<dir>/messages/channel_id=<id>/<lowest id>.<revision>.parquet
//	<dir>/channels/channel_id=<id>/<revision>.parquet
//	<dir>/peers/<revision>.parquet
//	<dir>/versions/channel_id=<id>/<revision>.parquet
//	<dir>/receipts/<collection>.<reference>.<revision>.parquet
//	<dir>/imported/<revision>.parquet
//
// A part is there whole or not at all: it is written beside its place, flushed
// to the disk and then renamed. Nothing else is stored: what is covered, how
// many messages there are and in what order they come follows from the names
// and footers of the parts, which is called the fold. Its rules:
//
//   - Of several parts with a row for one id, the row of the highest revision
//     wins, with the oldest first_seen_at of all of them.
//   - A row is never lost. Where a newer part of a source that can prove absence
//     covers an id and has no row for it, the older row stays and gets gone_at.
//   - Of one message's observations in the order of their revisions, each run with
//     the same wording is a version of it. The last one is the message, the
//     earlier ones are its rows of versions.parquet. See fold.SameWording.
//   - What an archive says that is older than something known of the message has a
//     revision with the major number 0, below all that is collected. Among versions
//     it stands where its time puts it. See staging.Writer.Import.
//   - So does, whenever it was seen, what the web preview says of a message that a
//     source of whole objects told of: rounded counters and gaps never take the
//     place of what is known exactly. See collector.StaysBehind.
//   - What does not open as Parquet is ignored, so that its range is missing
//     again and is asked for once more.
//
// A finished channel's parts are merged into large ones, see
// compact.Writer.Compact.
package dataset

import (
	"context"
	"fmt"
	"os"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/decode"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/dataset/staging"
)

// Dataset is one workspace's folder of Parquet parts. It is safe for concurrent
// use, and several Datasets may be open on one folder: each sees what the others
// wrote from its next call on.
type Dataset struct{ *query.Reader }

// Open opens the dataset in dir, creating the folder, lands the import that a
// killed writer had decided on, and sweeps the temporary files that it left.
// There is nothing to close.
func Open(dir string) (*Dataset, error) { return OpenIn(dir, NewShared()) }

// Shared is what the datasets of one process share, so that it is bounded however many they
// and their readers are.
type Shared struct {
	Blocks *decode.Blocks // memory of what pages show
	Cores  *part.Cores    // of readings: pages, searches, charts
}

// NewShared is for a process, or for one dataset.
func NewShared() *Shared {
	return &Shared{Blocks: decode.NewBlocks(decode.KeptBytes), Cores: part.NewCores()}
}

// OpenIn is Open of one of several datasets of a process.
func OpenIn(dir string, shared *Shared) (*Dataset, error) {
	c, err := catalog.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open dataset: %w", err)
	}
	c.Blocks, c.Cores = shared.Blocks, shared.Cores
	return &Dataset{query.NewReader(c)}, nil
}

// Writer returns a writer for the holder of a lease, see [put.New].
func (d *Dataset) Writer(lease uint64) *staging.Writer { return staging.NewWriter(d.Catalog, lease) }

// Totals is how much a dataset holds.
type Totals struct {
	Rows       int64 // messages, service messages and those that could not be read
	Messages   int64 // without service messages
	Service    int64
	Unreadable int64
	Channels   int64 // with details or messages
	Peers      int64
	Bytes      int64 // of the parts on disk, superseded ones included
}

// Totals counts what the dataset holds.
func (d *Dataset) Totals(ctx context.Context) (Totals, error) {
	var t Totals
	ids, err := d.Ids(ctx)
	if err != nil {
		return Totals{}, err
	}
	t.Channels = int64(len(ids))
	for _, id := range ids {
		c, err := d.Total(ctx, id)
		if err != nil {
			return Totals{}, err
		}
		t.Messages += c.Messages
		t.Service += c.Service
		t.Unreadable += c.Unreadable
	}
	t.Rows = t.Messages + t.Service + t.Unreadable
	if t.Peers, err = d.CountPeers(ctx); err != nil {
		return Totals{}, err
	}
	t.Bytes, err = d.Bytes(ctx)
	return t, err
}

// Remove deletes the folder and everything in it. Whoever writes must have
// stopped: a Writer that puts afterwards creates the folder again.
func (d *Dataset) Remove() error {
	defer d.Rest()
	if err := os.RemoveAll(d.Dir); err != nil {
		return fmt.Errorf("remove dataset: %w", err)
	}
	return nil
}

var _ collector.Store = (*staging.Writer)(nil)
