package dataset

import (
	"context"
	"slices"
	"time"

	"telegramtrac/collector"
)

// unreadRow is what Unreadable reads of a row.
type unreadRow struct {
	ID   int64  `parquet:"message_id"`
	Kind string `parquet:"kind,dict"`
	Raw  string `parquet:"raw"`
}

func (p *plan) unreadable(ctx context.Context, r collector.Range) ([]collector.Message, error) {
	open := files{}
	defer open.Close()
	var out []collector.Message
	for _, s := range p.segments {
		if s.ids.Intersect(r).Len() == 0 || !slices.ContainsFunc(s.cuts, func(c cut) bool { return c.Unread > 0 }) {
			continue
		}
		for row, err := range segmentRows[unreadRow](ctx, s, open) {
			if err != nil {
				return nil, err
			}
			if row.Kind == collector.KindUnreadable && r.Contains(row.ID) {
				out = append(out, collector.Message{ChannelID: p.channelID, ID: row.ID, Kind: row.Kind, Raw: row.Raw})
			}
		}
		open.closeBelow(s.ids.Hi + 1)
	}
	return out, nil
}

// goneRow is what Vanished reads of a row.
type goneRow struct {
	ID     int64      `parquet:"message_id"`
	GoneAt *time.Time `parquet:"gone_at,optional,timestamp(microsecond)"`
}

func (p *plan) vanished(ctx context.Context, r collector.Range) (collector.Ranges, error) {
	open := files{}
	defer open.Close()
	var ids []int64
	for _, s := range p.segments {
		if s.ids.Intersect(r).Len() == 0 || s.plain() && s.cuts[0].gone == 0 {
			continue
		}
		for row, err := range segmentRows[goneRow](ctx, s, open) {
			if err != nil {
				return nil, err
			}
			if row.GoneAt != nil && r.Contains(row.ID) {
				ids = append(ids, row.ID)
			}
		}
		open.closeBelow(s.ids.Hi + 1)
	}
	return collector.NewRanges(appendRuns(nil, ids)...), nil
}
