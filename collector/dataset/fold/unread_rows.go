package fold

import (
	"context"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// unreadRow is what Unreadable reads of a row.
type unreadRow struct {
	ID   int64  `parquet:"message_id"`
	Kind string `parquet:"kind,dict"`
	Raw  string `parquet:"raw"`
}

func (p *Plan) Unreadable(ctx context.Context, r collector.Range) ([]collector.Message, error) {
	open := mend.Files{}
	defer open.Close()
	var out []collector.Message
	for _, s := range p.Segments {
		if s.IDs.Intersect(r).Len() == 0 || !slices.ContainsFunc(s.Cuts, func(c part.Cut) bool { return c.Unread > 0 }) {
			continue
		}
		for row, err := range SegmentRows[unreadRow](ctx, s, open) {
			if err != nil {
				return nil, err
			}
			if row.Kind == collector.KindUnreadable && r.Contains(row.ID) {
				out = append(out, collector.Message{ChannelID: p.ChannelID, ID: row.ID, Kind: row.Kind, Raw: row.Raw})
			}
		}
		open.CloseBelow(s.IDs.Hi + 1)
	}
	return out, nil
}

// goneRow is what Vanished reads of a row.
type goneRow struct {
	ID     int64      `parquet:"message_id"`
	GoneAt *time.Time `parquet:"gone_at,optional,timestamp(microsecond)"`
}

func (p *Plan) Vanished(ctx context.Context, r collector.Range) (collector.Ranges, error) {
	open := mend.Files{}
	defer open.Close()
	var ids []int64
	for _, s := range p.Segments {
		if s.IDs.Intersect(r).Len() == 0 || s.Plain() && s.Cuts[0].Gone == 0 {
			continue
		}
		for row, err := range SegmentRows[goneRow](ctx, s, open) {
			if err != nil {
				return nil, err
			}
			if row.GoneAt != nil && r.Contains(row.ID) {
				ids = append(ids, row.ID)
			}
		}
		open.CloseBelow(s.IDs.Hi + 1)
	}
	return collector.NewRanges(appendRuns(nil, ids)...), nil
}
