package query

import (
	"context"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
)

// tieAll ties the messages of any channels, where that was asked for.
func (d *Reader) tieAll(ctx context.Context, q Query, ms []collector.Message) error {
	if q.Columns != nil && !part.WantsThreads(q.Columns) {
		return nil
	}
	of := map[int64]fold.Threads{}
	for i := range ms {
		t, ok := of[ms[i].ChannelID]
		if !ok {
			var err error
			if t, err = d.ThreadsOf(ctx, ms[i].ChannelID); err != nil {
				return err
			}
			of[ms[i].ChannelID] = t
		}
		t.Tie(&ms[i])
	}
	return nil
}
