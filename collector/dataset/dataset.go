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
//     earlier ones are its rows of versions.parquet. See sameWording.
//   - What an archive says that is older than something known of the message has a
//     revision with the major number 0, below all that is collected. Among versions
//     it stands where its time puts it. See Writer.Import.
//   - So does, whenever it was seen, what the web preview says of a message that a
//     source of whole objects told of: rounded counters and gaps never take the
//     place of what is known exactly. See collector.StaysBehind.
//   - What does not open as Parquet is ignored, so that its range is missing
//     again and is asked for once more.
//
// A finished channel's parts are merged into large ones, see Writer.Compact.
package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"telegramtrac/collector"
)

// Names of folders and files of a dataset.
const (
	messagesDir = "messages"
	channelsDir = "channels"
	peersDir    = "peers"
	versionsDir = "versions"
	receiptsDir = "receipts"
	recordsDir  = "imported"
	partSuffix  = ".parquet"
	tempSuffix  = ".tmp"
)

// ErrNoChannel says that nothing was collected of a channel.
var ErrNoChannel = errors.New("no such channel in the dataset")

// Dataset is one workspace's folder of Parquet parts. It is safe for concurrent
// use, and several Datasets may be open on one folder: each sees what the others
// wrote from its next call on.
type Dataset struct {
	dir      string
	messages *partitions[*part]
	channels *partitions[details]
	peers    *folder[peerFile]
	versions *partitions[*part]
	receipts *folder[receiptFile]
	imports  *folder[recordsFile]
	plans    plans
	answers  answers
	stats    keptStats
	taking   taking

	receiptRows receiptRows
	met         met
	nameIndex   nameIndex

	groupRows int64 // of a row group of messages, at most; the same in all that write there

	told func(Damage) // of what is damaged; nil: nobody
}

// Open opens the dataset in dir, creating the folder, lands the import that a
// killed writer had decided on, and sweeps the temporary files that it left.
// There is nothing to close.
func Open(dir string) (*Dataset, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open dataset: %w", err)
	}
	if err := recoverImports(dir); err != nil {
		return nil, fmt.Errorf("open dataset: finish an import: %w", err)
	}
	if err := sweep(dir); err != nil {
		return nil, fmt.Errorf("open dataset: sweep temporary files: %w", err)
	}
	d := &Dataset{dir: dir, stats: keptStats{turn: make(chan struct{}, 1)}, groupRows: groupRows}
	d.messages = newPartitions(filepath.Join(dir, messagesDir), telling(d, loadPart))
	d.channels = newPartitions(filepath.Join(dir, channelsDir), telling(d, loadDetails))
	d.peers = newFolder(filepath.Join(dir, peersDir), telling(d, loadPeerFile))
	d.versions = newPartitions(filepath.Join(dir, versionsDir), telling(d, loadVersions))
	d.receipts = newFolder(filepath.Join(dir, receiptsDir), telling(d, loadReceipt))
	d.imports = newFolder(filepath.Join(dir, recordsDir), telling(d, loadRecords))
	return d, nil
}

// telling loads a file, and tells of it where it is damaged, or has lost something.
func telling[T any](d *Dataset, load func(string) (T, error)) func(string) (T, error) {
	return func(path string) (T, error) {
		v, err := load(path)
		if _, system := errors.AsType[*fs.PathError](err); err != nil && !system {
			d.tell(path, lost{})
		}
		if p, ok := any(v).(*part); ok && err == nil && p.lost.Rows > 0 {
			d.tell(path, p.lost)
		}
		return v, err
	}
}

// Itself returns d: for interfaces that hold a Dataset, whose rows functions such
// as ScanColumns read.
func (d *Dataset) Itself() *Dataset { return d }

// sweep removes temporary files that no living writer holds.
func sweep(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // another Dataset's temporary file, renamed meanwhile
		case err != nil:
			return err
		case e.IsDir() || !strings.HasSuffix(path, tempSuffix):
			return nil
		}
		return removeAbandoned(path)
	})
}

// Damaged returns the paths of the files that are ignored because they do not
// open as parts, ascending.
func (d *Dataset) Damaged(ctx context.Context) ([]string, error) {
	var out []string
	for _, damaged := range []func(context.Context) ([]string, error){
		d.channels.damaged, d.messages.damaged, d.peers.damaged, d.receipts.damaged, d.imports.damaged, d.versions.damaged,
	} {
		paths, err := damaged(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, paths...)
	}
	return out, nil
}

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
	ids, err := d.ids(ctx)
	if err != nil {
		return Totals{}, err
	}
	t.Channels = int64(len(ids))
	for _, id := range ids {
		c, err := d.total(ctx, id)
		if err != nil {
			return Totals{}, err
		}
		t.Messages += c.Messages
		t.Service += c.Service
		t.Unreadable += c.Unreadable
	}
	t.Rows = t.Messages + t.Service + t.Unreadable
	if t.Peers, err = d.countPeers(ctx); err != nil {
		return Totals{}, err
	}
	t.Bytes, err = d.Bytes(ctx)
	return t, err
}

// total counts a channel's rows.
func (d *Dataset) total(ctx context.Context, channelID int64) (c collector.Count, err error) {
	err = retry(func() error {
		p, err := d.plan(ctx, channelID)
		if err != nil {
			return err
		}
		c, err = p.total(ctx)
		return err
	})
	return c, err
}

// Bytes counts the bytes of all parts on disk, superseded ones included.
func (d *Dataset) Bytes(ctx context.Context) (int64, error) {
	var n int64
	for _, size := range []func(context.Context) (int64, error){
		d.messages.size, d.versions.size, d.channels.size, d.peers.size, d.receipts.size, d.imports.size,
	} {
		b, err := size(ctx)
		if err != nil {
			return 0, err
		}
		n += b
	}
	return n, nil
}

// Rest gives back the memory of answers, which are found again when they are asked
// for again.
func (d *Dataset) Rest() {
	d.receiptRows.drop()
	d.answers.mu.Lock()
	d.answers.kept = nil
	d.answers.mu.Unlock()
	d.plans.mu.Lock()
	d.plans.channels = nil
	d.plans.mu.Unlock()
	select {
	case d.stats.turn <- struct{}{}:
		d.stats.stats, d.stats.plans = nil, nil
		<-d.stats.turn
	default: // somebody counts
	}
}

// Remove deletes the folder and everything in it. Whoever writes must have
// stopped: a Writer that puts afterwards creates the folder again.
func (d *Dataset) Remove() error {
	if err := os.RemoveAll(d.dir); err != nil {
		return fmt.Errorf("remove dataset: %w", err)
	}
	return nil
}

var _ collector.Store = (*Writer)(nil)
