package put

import (
	"cmp"
	"context"
	"time"

	"telegramtrac/collector"
)

// PutPeers keeps peers that were met.
func (w *Writer) PutPeers(ctx context.Context, peers []collector.Peer, at time.Time) error {
	if err := cmp.Or(w.Err, ctx.Err()); err != nil {
		return err
	}
	return w.putPeers(peers, at)
}
