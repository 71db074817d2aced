package dataset

import (
	"context"
	"fmt"
	"slices"
	"time"

	"telegramtrac/collector"
)

// Unreadable returns the messages of a channel within a range that could not be
// read, ascending: ID and Raw alone are filled.
func (w *Writer) Unreadable(ctx context.Context, channelID int64, r collector.Range) (out []collector.Message, err error) {
	err = retry(func() error {
		p, err := w.d.plan(ctx, channelID)
		if err != nil {
			return err
		}
		out, err = p.unreadable(ctx, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("unreadable messages of channel %d: %w", channelID, err)
	}
	return out, nil
}

// unreadRow is what Unreadable reads of a row.
type unreadRow struct {
	ID   int64  `parquet:"message_id"`
	Kind string `parquet:"kind,dict"`
	Raw  string `parquet:"raw"`
}

func (p *plan) unreadable(ctx context.Context, r collector.Range) ([]collector.Message, error) {
	open := files{}
	defer open.close()
	var out []collector.Message
	for _, s := range p.segments {
		if s.ids.Intersect(r).Len() == 0 || !slices.ContainsFunc(s.cuts, func(c cut) bool { return c.Unread > 0 }) {
			continue
		}
		for row, err := range segmentRows[unreadRow](ctx, s, open) {
			if err != nil {
				return nil, err
			}
			if row.Kind == collector.KindUnreadable && r.Contains(row.ID) {
				out = append(out, collector.Message{ChannelID: p.channelID, ID: row.ID, Kind: row.Kind, Raw: row.Raw})
			}
		}
		open.closeBelow(s.ids.Hi + 1)
	}
	return out, nil
}

// Vanished returns the ids within the range whose message was there once, and was
// found to be gone.
func (w *Writer) Vanished(ctx context.Context, channelID int64, r collector.Range) (out collector.Ranges, err error) {
	err = retry(func() error {
		p, err := w.d.plan(ctx, channelID)
		if err != nil {
			return err
		}
		out, err = p.vanished(ctx, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("vanished messages of channel %d: %w", channelID, err)
	}
	return out, nil
}

// goneRow is what Vanished reads of a row.
type goneRow struct {
	ID     int64      `parquet:"message_id"`
	GoneAt *time.Time `parquet:"gone_at,optional,timestamp(microsecond)"`
}

func (p *plan) vanished(ctx context.Context, r collector.Range) (collector.Ranges, error) {
	open := files{}
	defer open.close()
	var ids []int64
	for _, s := range p.segments {
		if s.ids.Intersect(r).Len() == 0 || s.plain() && s.cuts[0].gone == 0 {
			continue
		}
		for row, err := range segmentRows[goneRow](ctx, s, open) {
			if err != nil {
				return nil, err
			}
			if row.GoneAt != nil && r.Contains(row.ID) {
				ids = append(ids, row.ID)
			}
		}
		open.closeBelow(s.ids.Hi + 1)
	}
	return collector.NewRanges(appendRuns(nil, ids)...), nil
}

// keepReadable leaves out rows of messages that can not be read any more, and could
// be before: what is known of them stays. Nothing new is said of their ids, which it
// returns.
func (w *Writer) keepReadable(ctx context.Context, channelID int64, rows []collector.Message) (others []collector.Message, known collector.Ranges, err error) {
	unread := func(m collector.Message) bool { return unread(&m) }
	if !slices.ContainsFunc(rows, unread) {
		return rows, nil, nil
	}
	err = retry(func() error {
		known, err = w.readBefore(ctx, channelID, slices.DeleteFunc(slices.Clone(rows), func(m collector.Message) bool { return !unread(m) }))
		return err
	})
	if err != nil || len(known) == 0 {
		return rows, nil, err
	}
	return slices.DeleteFunc(rows, func(m collector.Message) bool { return unread(m) && known.Contain(m.ID) }), known, nil
}

// readBefore returns the ids of messages that have a row which could be read.
func (w *Writer) readBefore(ctx context.Context, channelID int64, messages []collector.Message) (collector.Ranges, error) {
	p, err := w.d.plan(ctx, channelID)
	if err != nil {
		return nil, err
	}
	open := files{}
	defer open.close()
	var out []collector.Range
	for _, s := range p.segments {
		if !slices.ContainsFunc(messages, func(m collector.Message) bool { return s.ids.Contains(m.ID) }) {
			continue
		}
		for k, err := range s.kinds(ctx, open) {
			if err != nil {
				return nil, err
			}
			_, asked := slices.BinarySearchFunc(messages, k.ID, func(m collector.Message, id int64) int { return int(m.ID - id) })
			if asked && k.Kind != collector.KindUnreadable {
				out = append(out, collector.Range{Lo: k.ID, Hi: k.ID})
			}
		}
		open.closeBelow(s.ids.Hi + 1)
	}
	return collector.NewRanges(out...), nil
}
