package put

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
)

// PutReceipt keeps a receipt for good, as PutPart does. It replaces the earlier
// receipt of the same collection and reference.
func (w *Writer) PutReceipt(ctx context.Context, r collector.Receipt) error {
	if err := cmp.Or(w.Err, ctx.Err()); err != nil {
		return err
	}
	part.Clean(&r)
	out := catalog.ReceiptFile{
		ReceiptKey: catalog.ReceiptKey{CollectionID: r.CollectionID, Reference: r.Reference},
		FinishedAt: r.FinishedAt,
		Error:      collector.Kind(r.Error),
	}
	f := w.ReceiptFiles
	earlier, _, err := f.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("put receipt of %q: %w", r.Reference, err)
	}
	name := func(next part.Revision) string { return ReceiptName(out.ReceiptKey, next) }
	err = Into(w, f, w.Next, name, part.Rows(r), func(name string, r part.Revision, _ int64) (catalog.ReceiptFile, error) {
		out.Name, out.Revision = name, r
		return out, nil
	})
	if err != nil {
		return fmt.Errorf("put receipt of %q: %w", r.Reference, err)
	}
	for _, e := range earlier {
		if e.ReceiptKey != out.ReceiptKey || e.Revision.Compare(out.Revision) > 0 {
			continue
		}
		if err := f.Remove(path.Base(e.Name)); err != nil {
			return fmt.Errorf("remove replaced receipt of %q: %w", r.Reference, err)
		}
	}
	return nil
}

// ReceiptName is the file name of a receipt. References are hashed, for they are
// whatever a person wrote; so are ids of collections that are not plain words.
func ReceiptName(k catalog.ReceiptKey, r part.Revision) string {
	id := k.CollectionID
	plain := func(c rune) bool {
		return c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	if id == "" || len(id) > 64 || strings.ContainsFunc(id, func(c rune) bool { return !plain(c) }) {
		id = shortHash(id)
	}
	return id + "." + shortHash(k.Reference) + "." + r.String() + bucket.PartSuffix
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}
