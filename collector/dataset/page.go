package dataset

import (
	"context"
	"fmt"
	"slices"

	"telegramtrac/collector"
)

// Query asks for a page of messages, newest first unless the order says otherwise.
type Query struct {
	ChannelID     int64 // 0: all channels
	Offset, Limit int   // in messages
	Filter        Filter
	Order         Order

	// Columns are those the caller will look at, besides channel_id, message_id and
	// date; nil: all. The others of a message may be null or not: what lies scattered
	// is read by column, and a page of rows that lie far apart is quicker with few.
	Columns []string
}

// Page is a run of messages in the query's order. By date means: by id within
// one channel; by date, then channel and id, over all channels.
type Page struct {
	Messages []collector.Message
	Total    int64 // of all pages
}

// Page returns a page. Beyond the last message it is empty. Unless messages are
// filtered or sorted by a counter, it reads footers and the rows of the page, and
// over all channels also the dates of the parts that lie around it.
func (d *Dataset) Page(ctx context.Context, q Query) (out Page, err error) {
	q.Offset, q.Limit = max(0, q.Offset), max(0, q.Limit)
	switch {
	case q.Filter != (Filter{}) || !q.Order.byDate():
		err = retry(func() error {
			if out, err = d.find(ctx, q); err != nil {
				return err
			}
			return d.tieAll(ctx, q, out.Messages)
		})
		if err != nil {
			return Page{}, fmt.Errorf("find messages: %w", err)
		}
		return out, nil
	case q.Order.Ascending:
		return d.oldestFirst(ctx, q)
	}
	return d.page(ctx, q)
}

// page returns a page of all messages, newest first.
func (d *Dataset) page(ctx context.Context, q Query) (out Page, err error) {
	err = retry(func() error {
		if q.ChannelID == 0 {
			if out, err = d.timeline(ctx, q); err != nil {
				return err
			}
			return d.tieAll(ctx, q, out.Messages)
		}
		p, err := d.plan(ctx, q.ChannelID)
		if err != nil {
			return err
		}
		out.Messages, out.Total, err = pageRows[collector.Message](ctx, p, int64(q.Offset), int64(q.Limit))
		if err != nil {
			return err
		}
		return d.tieAll(ctx, q, out.Messages)
	})
	if err != nil && q.ChannelID != 0 {
		return Page{}, fmt.Errorf("page of channel %d: %w", q.ChannelID, err)
	}
	return out, err
}

// pageRows returns up to limit rows of a channel, newest first, after skipping
// offset ones, and how many rows there are.
func pageRows[T any](ctx context.Context, p *plan, offset, limit int64) (out []T, total int64, err error) {
	open := files{}
	defer open.close()
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
