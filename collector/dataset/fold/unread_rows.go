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

func (p *Plan) Unreadable(ctx context.Context, r collector.Range) (out []collector.Message, err error) {
	some := func(s *Segment) bool {
		return slices.ContainsFunc(s.Cuts, func(c part.Cut) bool { return c.Unread > 0 })
	}
	err = eachWithin(ctx, p, r, some, func(row *unreadRow) {
		if row.Kind == collector.KindUnreadable && r.Contains(row.ID) {
			out = append(out, collector.Message{ChannelID: p.ChannelID, ID: row.ID, Kind: row.Kind, Raw: row.Raw})
		}
	})
	return out, err
}

// eachWithin calls do with the rows of the segments that reach into a range and may have
// what is looked for.
func eachWithin[T any](ctx context.Context, p *Plan, r collector.Range, may func(*Segment) bool, do func(*T)) error {
	open := mend.Files{}
	defer open.Close()
	for _, s := range p.Segments {
		if s.IDs.Intersect(r).Len() == 0 || !may(s) {
			continue
		}
		for row, err := range SegmentRows[T](ctx, s, open) {
			if err != nil {
				return err
			}
			do(row)
		}
		open.CloseBelow(s.IDs.Hi + 1)
	}
	return nil
}

// goneRow is what Vanished reads of a row.
type goneRow struct {
	ID     int64      `parquet:"message_id"`
	GoneAt *time.Time `parquet:"gone_at,optional,timestamp(microsecond)"`
}

func (p *Plan) Vanished(ctx context.Context, r collector.Range) (collector.Ranges, error) {
	var ids []int64
	some := func(s *Segment) bool { return !s.Plain() || s.Cuts[0].Gone != 0 }
	err := eachWithin(ctx, p, r, some, func(row *goneRow) {
		if row.GoneAt != nil && r.Contains(row.ID) {
			ids = append(ids, row.ID)
		}
	})
	if err != nil {
		return nil, err
	}
	return collector.NewRanges(appendRuns(nil, ids)...), nil
}
