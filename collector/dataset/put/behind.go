package put

import (
	"context"
	"fmt"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// leaveBehind puts those rows of a part that stay behind what another source said
// of their messages: beside it, as observations of the past are put. It returns
// the others.
func (w *Writer) leaveBehind(ctx context.Context, p collector.Part, rows []*collector.Message) ([]*collector.Message, error) {
	if p.Source != collector.SourcePreview || len(rows) == 0 {
		return rows, nil
	}
	better, err := w.better(ctx, p)
	if err != nil || len(better) == 0 {
		return rows, err
	}
	var behind, others []*collector.Message
	for _, m := range rows {
		if better[m.ID] {
			behind = append(behind, m)
		} else {
			others = append(others, m)
		}
	}
	if len(behind) == 0 {
		return rows, nil
	}
	return others, w.putBehind(ctx, p, behind)
}

// idSource is what is read of a row to know who told of it.
type idSource struct {
	ID     int64  `parquet:"message_id"`
	Source string `parquet:"source,dict"`
}

// better returns the messages in a part's range that a source told of which the
// part's stays behind.
func (w *Writer) better(ctx context.Context, p collector.Part) (out map[int64]bool, err error) {
	err = fold.Retry(func() error {
		out = map[int64]bool{}
		plan, err := w.Plan(ctx, p.ChannelID)
		if err != nil {
			return err
		}
		open := mend.Files{}
		defer open.Close()
		for _, s := range plan.Segments {
			if s.IDs.Intersect(p.Range).Len() == 0 {
				continue
			}
			for _, c := range s.Cuts {
				for v, err := range part.PlainRows[idSource](ctx, c, open) {
					if err != nil {
						return err
					}
					if collector.StaysBehind(p.Source, v.Source) {
						out[v.ID] = true
					}
				}
			}
		}
		return nil
	})
	return out, err
}

// putBehind puts rows under a revision below those of all that is collected.
func (w *Writer) putBehind(ctx context.Context, p collector.Part, rows []*collector.Message) error {
	taken, err := w.pastTaken(ctx, p)
	if err != nil {
		return err
	}
	seen := part.Cover{Source: p.Source, ObservedAt: p.ObservedAt.UTC()}
	return w.putPart(p.ChannelID, rows[0].ID, rows, seen, past(p.ObservedAt, taken))
}

// pastTaken returns the revisions of past observations of a part's messages.
func (w *Writer) pastTaken(ctx context.Context, p collector.Part) (map[part.Revision]bool, error) {
	taken := map[part.Revision]bool{}
	err := fold.Retry(func() error {
		plan, err := w.Plan(ctx, p.ChannelID)
		if err != nil {
			return err
		}
		for _, one := range plan.Parts {
			if one.Revision.Major == 0 {
				taken[one.Revision] = true
			}
		}
		kept, _, err := w.VersionParts.Channel(p.ChannelID).Snapshot(ctx)
		if err != nil {
			return err
		}
		kept = slices.DeleteFunc(slices.Clone(kept), func(v *part.Part) bool { return v.Hi < p.Range.Lo || v.Lo > p.Range.Hi })
		return (&fold.Chronicle{Versions: kept}).PastRevisions(taken)
	})
	if err != nil {
		return nil, fmt.Errorf("find the past observations: %w", err)
	}
	return taken, nil
}

// past are the revisions of the past from that of a moment on, without those that are
// taken.
func past(at time.Time, taken map[part.Revision]bool) func() part.Revision {
	r := PastRevisionOf(at)
	r.Minor--
	return func() part.Revision {
		for r.Minor++; taken[r]; r.Minor++ {
		}
		return r
	}
}

// PastRevisionOf is the revision of what was seen at a time, below those of all
// that is collected.
func PastRevisionOf(at time.Time) part.Revision {
	return part.Revision{Major: 0, Minor: uint32(min(max(at.Unix(), 0), 1<<32-1))}
}
