package dataset

import (
	"context"
	"slices"
	"time"

	"telegramtrac/collector"
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

// guess describes a channel by its newest message.
func (p *plan) guess(ctx context.Context, ch *collector.Channel) error {
	*ch = collector.Channel{ID: p.channelID}
	rows, _, err := pageRows[origin](ctx, p, 0, 1)
	if err != nil || len(rows) == 0 {
		return err
	}
	m := rows[0]
	ch.Username, ch.Title, ch.Source = m.Username, m.Title, m.Source
	ch.FirstSeenAt, ch.LastSeenAt = m.FirstSeenAt, m.LastSeenAt
	return nil
}

func (p *plan) lowest() int64 { return p.parts[0].lo }

func (p *plan) highest() int64 {
	hi := p.parts[0].hi
	for _, part := range p.parts {
		hi = max(hi, part.hi)
	}
	return hi
}

// pageRows returns up to limit rows of a channel, newest first, after skipping
// offset ones, and how many rows there are.
func pageRows[T any](ctx context.Context, p *plan, offset, limit int64) (out []T, total int64, err error) {
	open := files{}
	defer open.Close()
	for _, s := range slices.Backward(p.segments) {
		open.trim()
		rows, err := s.rows(ctx, open)
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
		read, err := readRows[T](ctx, s, rows-skip-take, take, open)
		if err != nil {
			return nil, 0, err
		}
		slices.Reverse(read)
		out = append(out, read...)
	}
	return out, total, nil
}

// readRows returns n rows of the segment from a position on, ascending.
func readRows[T any](ctx context.Context, s *segment, from, n int64, open files) ([]T, error) {
	rows := mergedRows[T](ctx, s, from, n, open)
	if s.plain() {
		c := s.cuts[0]
		c.from += from
		c.to = c.from + n
		rows = plainRows[T](ctx, c, open)
	}
	out := make([]T, 0, n)
	for m, err := range rows {
		if err != nil {
			return nil, err
		}
		out = append(out, *m)
	}
	return out, nil
}
