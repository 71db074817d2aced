package dataset

import (
	"cmp"
	"context"
	"time"

	"telegramtrac/collector"
)

// PutPeers keeps peers that were met.
func (w *baseWriter) PutPeers(ctx context.Context, peers []collector.Peer, at time.Time) error {
	if err := cmp.Or(w.err, ctx.Err()); err != nil {
		return err
	}
	return w.putPeers(peers, at)
}
