package dataset

import (
	"context"

	"telegramtrac/collector"
)

// tieAll ties the messages of any channels, where that was asked for.
func (d *Reader) tieAll(ctx context.Context, q Query, ms []collector.Message) error {
	if q.Columns != nil && !wantsThreads(q.Columns) {
		return nil
	}
	of := map[int64]threads{}
	for i := range ms {
		t, ok := of[ms[i].ChannelID]
		if !ok {
			var err error
			if t, err = d.threads(ctx, ms[i].ChannelID); err != nil {
				return err
			}
			of[ms[i].ChannelID] = t
		}
		t.tie(&ms[i])
	}
	return nil
}
