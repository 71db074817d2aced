package query

import (
	"context"
	"iter"

	"telegramtrac/collector/dataset/cores"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// piece is some of a channel's rows: of a row group of one part, or of a segment that is merged.
type piece struct {
	*fold.Segment
	channelID int64
	cut       part.Cut // of a plain segment
	group     int      // the row group of the part that these are all rows of; -1: they are not
}

// piecesOf cuts plans so that several can read at once.
func piecesOf(plans []*fold.Plan) (out []piece) {
	for _, p := range plans {
		for _, s := range p.Segments {
			if !s.Plain() {
				out = append(out, piece{Segment: s, channelID: p.ChannelID, group: -1})
				continue
			}
			c, first := s.Cuts[0], int64(0)
			for i, g := range c.Groups {
				one := piece{s, p.ChannelID, part.Cut{Part: c.Part, From: max(c.From, first), To: min(c.To, first+g.Rows)}, i}
				if one.cut.To-one.cut.From < g.Rows {
					one.group = -1
				}
				if first += g.Rows; one.cut.From < one.cut.To {
					out = append(out, one)
				}
			}
		}
	}
	return out
}

// pieceRows yields the rows of a piece. T is as for [fold.ScanColumns].
func pieceRows[T any](ctx context.Context, p piece, open mend.Files) iter.Seq2[*T, error] {
	if p.Plain() {
		return part.PlainRows[T](ctx, p.cut, open)
	}
	return fold.MergedRows[T](ctx, p.Segment, 0, -1, open)
}

// tallyAll reads a channel, or all when channelID is 0, in no order and on several cores where
// some are idle: each worker begins a sum, and adds pieces to it; the sums are returned to be
// put together. Where parts are merged meanwhile, everything is begun anew.
func tallyAll[S any](ctx context.Context, d *fold.Rows, channelID int64, begin func() S,
	add func(ctx context.Context, to S, p piece, open mend.Files) error) (out []S, err error) {
	err = fold.Retry(func() error {
		plans, err := d.PlansOf(ctx, channelID)
		if err == nil {
			out, err = tally(ctx, d.Cores, piecesOf(plans), begin, add)
		}
		return err
	})
	return out, err
}

func tally[S any](ctx context.Context, cores *cores.Cores, pieces []piece, begin func() S,
	add func(ctx context.Context, to S, p piece, open mend.Files) error) (out []S, err error) {
	type worker struct {
		sum  S
		open mend.Files
	}
	workers := make([]*worker, cores.Workers())
	err = cores.Each(ctx, len(pieces), func(ctx context.Context, who, i int) error {
		if workers[who] == nil {
			workers[who] = &worker{begin(), mend.Files{}}
		}
		w := workers[who]
		w.open.Trim()
		return add(ctx, w.sum, pieces[i], w.open)
	})
	for _, w := range workers {
		if w != nil {
			w.open.Close()
			out = append(out, w.sum)
		}
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}
