package fold

import (
	"context"
	"iter"

	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// Piece is some of a channel's rows: of a row group of one part, or of a segment that is merged.
type Piece struct {
	*Segment
	ChannelID int64
	Cut       part.Cut // of a plain segment
	Group     int      // the row group of the part that these are all rows of; -1: they are not
}

// piecesOf cuts plans so that several can read at once.
func piecesOf(plans []*Plan) (out []Piece) {
	for _, p := range plans {
		for _, s := range p.Segments {
			if !s.Plain() {
				out = append(out, Piece{Segment: s, ChannelID: p.ChannelID, Group: -1})
				continue
			}
			c, first := s.Cuts[0], int64(0)
			for i, g := range c.Groups {
				one := Piece{s, p.ChannelID, part.Cut{Part: c.Part, From: max(c.From, first), To: min(c.To, first+g.Rows)}, i}
				if one.Cut.To-one.Cut.From < g.Rows {
					one.Group = -1
				}
				if first += g.Rows; one.Cut.From < one.Cut.To {
					out = append(out, one)
				}
			}
		}
	}
	return out
}

// PieceRows yields the rows of a piece. T is as for [ScanColumns].
func PieceRows[T any](ctx context.Context, p Piece, open mend.Files) iter.Seq2[*T, error] {
	if p.Plain() {
		return part.PlainRows[T](ctx, p.Cut, open)
	}
	return MergedRows[T](ctx, p.Segment, 0, -1, open)
}

// Tally reads a channel, or all when channelID is 0, in no order and on several cores where
// some are idle: each worker begins a sum, and adds pieces to it; the sums are returned to be
// put together. Where parts are merged meanwhile, everything is begun anew.
func Tally[S any](ctx context.Context, d *Rows, channelID int64, begin func() S,
	add func(ctx context.Context, to S, p Piece, open mend.Files) error) (out []S, err error) {
	err = Retry(func() error {
		plans, err := d.PlansOf(ctx, channelID)
		if err == nil {
			out, err = tally(ctx, d.Cores, piecesOf(plans), begin, add)
		}
		return err
	})
	return out, err
}

func tally[S any](ctx context.Context, cores *part.Cores, pieces []Piece, begin func() S,
	add func(ctx context.Context, to S, p Piece, open mend.Files) error) (out []S, err error) {
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
