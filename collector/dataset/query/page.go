package query

import (
	"context"
	"fmt"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
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

// Reader answers questions about a workspace's messages. It is safe for concurrent use.
type Reader struct {
	*catalog.Catalog
	Answers Answers
	Moments Moments
	Counted keptStats
}

func NewReader(c *catalog.Catalog) *Reader {
	return &Reader{Catalog: c, Counted: keptStats{Turn: make(chan struct{}, 1)}}
}

// Rest gives back the memory of answers, which are found again when they are asked for
// again.
func (d *Reader) Rest() {
	d.Catalog.Rest()
	d.Answers.mu.Lock()
	d.Answers.All = nil
	d.Answers.mu.Unlock()
	d.Moments.drop()
	select {
	case d.Counted.Turn <- struct{}{}:
		d.Counted.Stats, d.Counted.plans = nil, nil
		<-d.Counted.Turn
	default: // somebody counts
	}
}

// Page returns a page. Beyond the last message it is empty. Unless messages are
// filtered or sorted by a counter, it reads footers and the rows of the page, and
// over all channels also the dates of the parts that lie around it.
func (d *Reader) Page(ctx context.Context, q Query) (out Page, err error) {
	q.Offset, q.Limit = max(0, q.Offset), max(0, q.Limit)
	switch {
	case q.Filter != (Filter{}) || !q.Order.byDate():
		err = fold.Retry(func() error {
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
func (d *Reader) page(ctx context.Context, q Query) (out Page, err error) {
	err = fold.Retry(func() error {
		if q.ChannelID == 0 {
			if out, err = d.timeline(ctx, q); err != nil {
				return err
			}
			return d.tieAll(ctx, q, out.Messages)
		}
		p, err := d.Plan(ctx, q.ChannelID)
		if err != nil {
			return err
		}
		out.Messages, out.Total, err = fold.PageRows[collector.Message](ctx, p, int64(q.Offset), int64(q.Limit), q.Columns...)
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
