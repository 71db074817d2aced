package fold

import (
	"context"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// origin is what a message tells of its channel.
type origin struct {
	ID          int64     `parquet:"message_id"`
	Username    string    `parquet:"channel_username,optional"`
	Title       string    `parquet:"channel_title,optional"`
	Source      string    `parquet:"source,dict"`
	FirstSeenAt time.Time `parquet:"first_seen_at,timestamp(microsecond)"`
	LastSeenAt  time.Time `parquet:"last_seen_at,timestamp(microsecond)"`
}

// Guess describes a channel by its newest message.
func (p *Plan) Guess(ctx context.Context, ch *collector.Channel) error {
	*ch = collector.Channel{ID: p.ChannelID}
	rows, _, err := PageRows[origin](ctx, p, 0, 1)
	if err != nil || len(rows) == 0 {
		return err
	}
	m := rows[0]
	ch.Username, ch.Title, ch.Source = m.Username, m.Title, m.Source
	ch.FirstSeenAt, ch.LastSeenAt = m.FirstSeenAt, m.LastSeenAt
	return nil
}

func (p *Plan) Lowest() int64 { return p.Parts[0].Lo }

func (p *Plan) Highest() int64 {
	hi := p.Parts[0].Hi
	for _, one := range p.Parts {
		hi = max(hi, one.Hi)
	}
	return hi
}

// PageRows returns up to limit rows of a channel, newest first, after skipping
// offset ones, and how many rows there are.
func PageRows[T any](ctx context.Context, p *Plan, offset, limit int64) (out []T, total int64, err error) {
	open := mend.Files{}
	defer open.Close()
	for _, s := range slices.Backward(p.Segments) {
		open.Trim()
		rows, err := s.Rows(ctx, open)
		if err != nil {
			return nil, 0, err
		}
		// The page's rows, counted from the newest of the segment.
		skip := max(0, offset-total)
		take := min(limit-int64(len(out)), rows-skip)
		total += rows
		if take <= 0 {
			continue
		}
		read, err := ReadKept[T](ctx, s, rows-skip-take, take, nil, open)
		if err != nil {
			return nil, 0, err
		}
		slices.Reverse(read)
		out = append(out, read...)
	}
	return out, total, nil
}

// ReadRows returns n rows of the segment from a position on, ascending.
func ReadRows[T any](ctx context.Context, s *Segment, from, n int64, open mend.Files) ([]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.Plain() {
		return part.ReadRows[T](s.Cuts[0].Part, s.Cuts[0].From+from, n, nil, open, nil)
	}
	out := make([]T, 0, n)
	for m, err := range MergedRows[T](ctx, s, from, n, open) {
		if err != nil {
			return nil, err
		}
		out = append(out, *m)
	}
	return out, nil
}

// ReadKept is ReadRows for the rows of a page, which somebody may ask for again: what is
// decoded of an unmerged segment is kept in the memory that all datasets share. Of messages in
// such a segment, columns are those that are read; nil: all.
func ReadKept[T any](ctx context.Context, s *Segment, from, n int64, columns []string, open mend.Files) ([]T, error) {
	if !s.Plain() || ctx.Err() != nil {
		return ReadRows[T](ctx, s, from, n, open)
	}
	return part.ReadRows[T](s.Cuts[0].Part, s.Cuts[0].From+from, n, columns, open, s.kept)
}
