package dataset

import (
	"context"
	"fmt"
	"slices"

	"telegramtrac/collector"
)

// Query asks for a page of messages, newest first.
type Query struct {
	ChannelID     int64 // 0: all channels
	Offset, Limit int   // in messages
}

// Page is a run of messages, newest first: by id within one channel, by date,
// then channel and id, over all channels.
type Page struct {
	Messages []collector.Message
	Total    int64 // of all pages
}

// Page returns a page. Beyond the last message it is empty. It reads footers
// and the rows of the page, and over all channels also the dates of the parts
// that lie around it.
func (d *Dataset) Page(ctx context.Context, q Query) (Page, error) {
	q.Offset, q.Limit = max(0, q.Offset), max(0, q.Limit)
	if q.ChannelID == 0 {
		return d.timeline(ctx, q)
	}
	p, err := d.plan(ctx, q.ChannelID)
	if err != nil {
		return Page{}, err
	}
	page, err := p.page(ctx, int64(q.Offset), int64(q.Limit))
	if err != nil {
		return Page{}, fmt.Errorf("page of channel %d: %w", q.ChannelID, err)
	}
	return page, nil
}

func (p *plan) page(ctx context.Context, offset, limit int64) (Page, error) {
	open := files{}
	defer open.close()
	var out Page
	for _, s := range slices.Backward(p.segments) {
		open.trim()
		rows, err := s.rows(ctx, open)
		if err != nil {
			return Page{}, err
		}
		// The page's rows, counted from the newest of the segment.
		skip := max(0, offset-out.Total)
		take := min(limit-int64(len(out.Messages)), rows-skip)
		out.Total += rows
		if take <= 0 {
			continue
		}
		messages, err := s.read(ctx, rows-skip-take, take, open)
		if err != nil {
			return Page{}, err
		}
		slices.Reverse(messages)
		out.Messages = append(out.Messages, messages...)
	}
	return out, nil
}

// read returns n rows of the segment from a position on, ascending.
func (s *segment) read(ctx context.Context, from, n int64, open files) ([]collector.Message, error) {
	rows := mergedRows[collector.Message](ctx, s, from, n, open)
	if s.plain() {
		c := s.cuts[0]
		c.from += from
		c.to = c.from + n
		rows = plainRows[collector.Message](ctx, c, open)
	}
	out := make([]collector.Message, 0, n)
	for m, err := range rows {
		if err != nil {
			return nil, err
		}
		out = append(out, *m)
	}
	return out, nil
}
