package dataset

import (
	"context"
	"fmt"

	"telegramtrac/collector"
)

// Absent is Writer.Absent.
func (d *Rows) Absent(ctx context.Context, channelID int64, r collector.Range) (out collector.Ranges, err error) {
	err = retry(func() error {
		p, err := d.plan(ctx, channelID)
		if err != nil {
			return err
		}
		out, err = p.absent(ctx, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("absent ids of channel %d: %w", channelID, err)
	}
	return out, nil
}

func (p *plan) absent(ctx context.Context, r collector.Range) (collector.Ranges, error) {
	open := files{}
	defer open.Close()
	var there collector.Ranges // ascending
	segments, err := p.from(r.Lo, open)
	if err != nil {
		return nil, err
	}
	for _, s := range segments {
		if s.ids.Lo > r.Hi {
			break
		}
		present, err := s.present(ctx, open)
		if err != nil {
			return nil, err
		}
		there = append(there, present...)
		open.closeBelow(s.ids.Hi + 1)
	}
	return p.provedRanges().Intersect(r).Without(collector.NewRanges(there...)), nil
}

// present returns the ids that the segment has rows for.
func (s *segment) present(ctx context.Context, open files) (collector.Ranges, error) {
	var out []collector.Range
	for _, c := range s.cuts {
		var first int64
		for _, g := range c.groups {
			from, to := max(c.from, first), min(c.to, first+g.rows)
			whole := to-from == g.rows
			first += g.rows
			if from >= to {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if whole && g.maxID-g.minID+1 == g.rows {
				out = append(out, collector.Range{Lo: g.minID, Hi: g.maxID})
				continue
			}
			f, err := open.open(c.part)
			if err != nil {
				return nil, err
			}
			ids, err := f.int64s("message_id", from, to)
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
