package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// Print tells the states of a dataset apart as far as messages, channels, peers
// and what turned out to be no channel go: it differs whenever a part of them
// came, was replaced or went, whoever wrote it. It is that of the folder as it
// is, so that what is made of the data and kept under a print is never older
// than what another process put.
func (d *Dataset) Print(ctx context.Context) (string, error) {
	sum := sha256.New()
	err := d.messageParts.each(func(id int64, f *folder[*part]) error { return f.print(ctx, sum, id) })
	if err != nil {
		return "", err
	}
	if err := d.detailFiles.each(func(id int64, f *folder[details]) error { return f.print(ctx, sum, id) }); err != nil {
		return "", err
	}
	if err := d.peerFiles.print(ctx, sum, 0); err != nil {
		return "", err
	}
	refused, err := d.NoChannels(ctx)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "%q", refused) // a hash takes whatever is written
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// print writes which files the folder of a channel holds. No file is ever
// changed: what is new has a new name.
func (f *folder[T]) print(ctx context.Context, w io.Writer, id int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(ctx); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d:%d;", id, len(f.names))
	for _, name := range f.names {
		fmt.Fprintf(w, "%s %d;", name, f.entries[name].size)
	}
	return nil
}
