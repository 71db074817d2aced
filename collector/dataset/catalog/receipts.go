package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// ReceiptFile is one receipt on disk.
type ReceiptFile struct {
	Name     string
	Revision part.Revision
	ReceiptKey
	FinishedAt time.Time `parquet:"finished_at,timestamp(microsecond)"`
	Error      collector.Kind
}

// ReceiptKey tells receipts apart.
type ReceiptKey struct {
	CollectionID string `parquet:"collection_id"`
	Reference    string `parquet:"requested_as"`
}

// receiptHead is what the index reads of a receipt.
type receiptHead struct {
	CollectionID string    `parquet:"collection_id"`
	Reference    string    `parquet:"requested_as"`
	FinishedAt   time.Time `parquet:"finished_at,timestamp(microsecond)"`
	Error        string    `parquet:"error,optional,dict"`
}

func loadReceipt(in bucket.Files, name string) (ReceiptFile, error) {
	rows, err := mend.LoadRows[receiptHead](in, name)
	if err != nil {
		return ReceiptFile{}, err
	}
	if len(rows) != 1 {
		return ReceiptFile{}, fmt.Errorf("receipt of %d rows", len(rows))
	}
	r, err := part.RevisionOf(path.Base(name))
	return ReceiptFile{name, r, ReceiptKey{rows[0].CollectionID, rows[0].Reference}, rows[0].FinishedAt, collector.Kind(rows[0].Error)}, err
}

// newestReceipts lists the receipts that are not replaced, newest first.
func (d *Catalog) newestReceipts(ctx context.Context) ([]ReceiptFile, error) {
	files, _, err := d.ReceiptFiles.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	newest := map[ReceiptKey]ReceiptFile{}
	for _, f := range files {
		if e, ok := newest[f.ReceiptKey]; !ok || f.Revision.Compare(e.Revision) > 0 {
			newest[f.ReceiptKey] = f
		}
	}
	out := make([]ReceiptFile, 0, len(newest))
	for _, f := range newest {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b ReceiptFile) int {
		return cmp.Or(b.FinishedAt.Compare(a.FinishedAt), b.Revision.Compare(a.Revision), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}

// eachReceipt calls do with every receipt, newest first.
func (d *Catalog) eachReceipt(ctx context.Context, do func(collector.Receipt) error) error {
	files, err := d.newestReceipts(ctx)
	if err != nil {
		return fmt.Errorf("read receipts: %w", err)
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := d.receipt(ctx, f)
		if err != nil {
			return fmt.Errorf("read receipt of %q: %w", f.Reference, err)
		}
		if err := do(r); err != nil {
			return err
		}
	}
	return nil
}

// receiptRows keeps receipts that were read: their files never change, and a tab
// that lists a thousand of them would open a thousand files each time.
type receiptRows struct {
	mu     sync.Mutex
	Rows   map[string]collector.Receipt // by name
	ranges int                          // of all of them
}

const (
	receiptsKept = 4000    // some 4 MB
	RangesKept   = 200_000 // of ids, over all receipts: some 3 MB
)

func (k *receiptRows) get(name string) (collector.Receipt, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.Rows[name]
	return r, ok
}

func (k *receiptRows) keep(name string, r collector.Receipt) {
	ranges := len(r.Covered) + len(r.Absent)
	if ranges > RangesKept {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, there := k.Rows[name]; there {
		return // somebody else was quicker
	}
	if k.ranges += ranges; k.Rows == nil || len(k.Rows) >= receiptsKept || k.ranges > RangesKept {
		k.Rows, k.ranges = map[string]collector.Receipt{}, ranges // those that are still asked for come again
	}
	k.Rows[name] = r
}

func (k *receiptRows) drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.Rows, k.ranges = nil, 0
}

// receipt reads a receipt, or the one that replaced it meanwhile.
func (d *Catalog) receipt(ctx context.Context, f ReceiptFile) (collector.Receipt, error) {
	for n := 0; ; n++ {
		if r, ok := d.ReceiptRows.get(f.Name); ok {
			return r, nil
		}
		rows, err := mend.LoadRows[collector.Receipt](d.In, f.Name)
		if err == nil {
			d.ReceiptRows.keep(f.Name, rows[0])
			return rows[0], nil
		}
		if !errors.Is(err, fs.ErrNotExist) || n == fold.Attempts {
			return collector.Receipt{}, err
		}
		files, errList := d.newestReceipts(ctx)
		if errList != nil {
			return collector.Receipt{}, errList
		}
		i := slices.IndexFunc(files, func(e ReceiptFile) bool { return e.ReceiptKey == f.ReceiptKey })
		if i < 0 {
			return collector.Receipt{}, err
		}
		f = files[i]
	}
}

// NoChannels returns the references that a look-up found to be no channel, as
// they were written, ascending.
func (d *Catalog) NoChannels(ctx context.Context) ([]string, error) {
	files, err := d.newestReceipts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read receipts: %w", err)
	}
	var out []string
	for _, f := range files {
		if f.Error == collector.NotAChannel {
			out = append(out, f.Reference)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Receipts returns the newest receipt of every collection and reference, the
// channel that was finished last first.
func (d *Catalog) Receipts(ctx context.Context) ([]collector.Receipt, error) {
	var out []collector.Receipt
	err := d.eachReceipt(ctx, func(r collector.Receipt) error {
		out = append(out, r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
