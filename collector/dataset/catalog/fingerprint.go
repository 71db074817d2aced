package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
)

// Fingerprint tells the states of a dataset apart as far as messages, channels, peers
// and what turned out to be no channel go: it differs whenever a part of them
// came, was replaced or went, whoever wrote it. It is that of the folder as it
// is, so that what is made of the data and kept under a fingerprint is never older
// than what another process put.
func (d *Catalog) Fingerprint(ctx context.Context) (string, error) {
	sum := sha256.New()
	err := d.MessageParts.Each(func(id int64, f *bucket.Index[*part.Part]) error { return f.Fingerprint(ctx, sum, id) })
	if err != nil {
		return "", err
	}
	if err := d.DetailFiles.Each(func(id int64, f *bucket.Index[fold.Details]) error { return f.Fingerprint(ctx, sum, id) }); err != nil {
		return "", err
	}
	if err := d.PeerFiles.Fingerprint(ctx, sum, 0); err != nil {
		return "", err
	}
	refused, err := d.NoChannels(ctx)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "%q", refused) // a hash takes whatever is written
	return hex.EncodeToString(sum.Sum(nil)), nil
}
