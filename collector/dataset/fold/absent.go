package fold

import (
	"context"
	"fmt"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/mend"
)

// Absent is Writer.Absent.
func (d *Rows) Absent(ctx context.Context, channelID int64, r collector.Range) (out collector.Ranges, err error) {
	out, err = Of(ctx, d, channelID, func(p *Plan) (collector.Ranges, error) { return p.absent(ctx, r) })
	if err != nil {
		return nil, fmt.Errorf("absent ids of channel %d: %w", channelID, err)
	}
	return out, nil
}

func (p *Plan) absent(ctx context.Context, r collector.Range) (collector.Ranges, error) {
	open := mend.Files{}
	defer open.Close()
	var there collector.Ranges // ascending
	segments, err := p.From(r.Lo, open)
	if err != nil {
		return nil, err
	}
	for _, s := range segments {
		if s.IDs.Lo > r.Hi {
			break
		}
		present, err := s.present(ctx, open)
		if err != nil {
			return nil, err
		}
		there = append(there, present...)
		open.CloseBelow(s.IDs.Hi + 1)
	}
	return p.provedRanges().Intersect(r).Without(collector.NewRanges(there...)), nil
}

// present returns the ids that the segment has rows for.
func (s *Segment) present(ctx context.Context, open mend.Files) (collector.Ranges, error) {
	var out []collector.Range
	for _, c := range s.Cuts {
		var first int64
		for _, g := range c.Groups {
			from, to := max(c.From, first), min(c.To, first+g.Rows)
			whole := to-from == g.Rows
			first += g.Rows
			if from >= to {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if whole && g.MaxID-g.MinID+1 == g.Rows {
				out = append(out, collector.Range{Lo: g.MinID, Hi: g.MaxID})
				continue
			}
			f, err := open.Open(c.Part)
			if err != nil {
				return nil, err
			}
			ids, err := f.Int64s("message_id", from, to)
			if err != nil {
				return nil, err
			}
			out = appendRuns(out, ids)
		}
	}
	return collector.NewRanges(out...), nil
}

// appendRuns appends ascending ids as ranges.
func appendRuns(out []collector.Range, ids []int64) []collector.Range {
	for _, id := range ids {
		if n := len(out); n > 0 && out[n-1].Hi == id-1 {
			out[n-1].Hi = id
		} else {
			out = append(out, collector.Range{Lo: id, Hi: id})
		}
	}
	return out
}
