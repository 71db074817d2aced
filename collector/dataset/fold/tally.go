package fold

import (
	"context"

	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// piece is some of a segment's rows: a row group of one part, or a segment that is merged.
type piece struct {
	*Segment
	cut part.Cut // of a plain segment
}

// piecesOf cuts plans so that several can read at once.
func piecesOf(plans []*Plan) (out []piece) {
	for _, p := range plans {
		for _, s := range p.Segments {
			if !s.Plain() {
				out = append(out, piece{Segment: s})
				continue
			}
			c, first := s.Cuts[0], int64(0)
			for _, g := range c.Groups {
				one := part.Cut{Part: c.Part, From: max(c.From, first), To: min(c.To, first+g.Rows)}
				if first += g.Rows; one.From < one.To {
					out = append(out, piece{s, one})
				}
			}
		}
	}
	return out
}

// Tally reads the rows of a channel, or of all when channelID is 0, in no order and on several
// cores where some are idle. What rows add up to is begun with each of the workers, who add
// rows to their own, and is returned to be put together. T is as for [ScanColumns]; a row
// holds until add returns. Where parts are merged meanwhile, everything is begun anew.
func Tally[T, S any](ctx context.Context, d *Rows, channelID int64, begin func() S, add func(S, *T)) (out []S, err error) {
	err = Retry(func() error {
		out, err = tally(ctx, d, channelID, begin, add)
		return err
	})
	return out, err
}

func tally[T, S any](ctx context.Context, d *Rows, channelID int64, begin func() S, add func(S, *T)) ([]S, error) {
	plans, err := d.PlansOf(ctx, channelID)
	if err != nil {
		return nil, err
	}
	pieces := piecesOf(plans)
	type worker struct {
		sum  S
		open mend.Files
	}
	workers := make([]*worker, d.Cores.Workers())
	defer func() {
		for _, w := range workers {
			if w != nil {
				w.open.Close()
			}
		}
	}()
	err = d.Cores.Each(ctx, len(pieces), func(ctx context.Context, who, i int) error {
		if workers[who] == nil {
			workers[who] = &worker{begin(), mend.Files{}}
		}
		w := workers[who]
		w.open.Trim()
		rows := MergedRows[T](ctx, pieces[i].Segment, 0, -1, w.open)
		if pieces[i].Plain() {
			rows = part.PlainRows[T](ctx, pieces[i].cut, w.open)
		}
		for row, err := range rows {
			if err != nil {
				return err
			}
			add(w.sum, row)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []S
	for _, w := range workers {
		if w != nil {
			out = append(out, w.sum)
		}
	}
	return out, nil
}
