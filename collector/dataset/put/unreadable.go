package put

import (
	"context"
	"fmt"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
)

// Unreadable returns the messages of a channel within a range that could not be
// read, ascending: ID and Raw alone are filled.
func (w *Writer) Unreadable(ctx context.Context, channelID int64, r collector.Range) (out []collector.Message, err error) {
	out, err = fold.Of(ctx, w.Rows, channelID, func(p *fold.Plan) ([]collector.Message, error) { return p.Unreadable(ctx, r) })
	if err != nil {
		return nil, fmt.Errorf("unreadable messages of channel %d: %w", channelID, err)
	}
	return out, nil
}

// Vanished returns the ids within the range whose message was there once, and was
// found to be gone.
func (w *Writer) Vanished(ctx context.Context, channelID int64, r collector.Range) (out collector.Ranges, err error) {
	out, err = fold.Of(ctx, w.Rows, channelID, func(p *fold.Plan) (collector.Ranges, error) { return p.Vanished(ctx, r) })
	if err != nil {
		return nil, fmt.Errorf("vanished messages of channel %d: %w", channelID, err)
	}
	return out, nil
}

// keepReadable leaves out rows of messages that can not be read any more, and could
// be before: what is known of them stays. Nothing new is said of their ids, which it
// returns.
func (w *Writer) keepReadable(ctx context.Context, channelID int64, rows []*collector.Message) (others []*collector.Message,
	known collector.Ranges, err error) {
	if !slices.ContainsFunc(rows, fold.Unread) {
		return rows, nil, nil
	}
	err = fold.Retry(func() error {
		unread := slices.DeleteFunc(slices.Clone(rows), func(m *collector.Message) bool { return !fold.Unread(m) })
		known, err = w.readBefore(ctx, channelID, unread)
		return err
	})
	if err != nil || len(known) == 0 {
		return rows, nil, err
	}
	return slices.DeleteFunc(rows, func(m *collector.Message) bool { return fold.Unread(m) && known.Contain(m.ID) }), known, nil
}

// readBefore returns the ids of messages that have a row which could be read.
func (w *Writer) readBefore(ctx context.Context, channelID int64, messages []*collector.Message) (collector.Ranges, error) {
	p, err := w.Plan(ctx, channelID)
	if err != nil {
		return nil, err
	}
	open := mend.Files{}
	defer open.Close()
	var out []collector.Range
	for _, s := range p.Segments {
		if !slices.ContainsFunc(messages, func(m *collector.Message) bool { return s.IDs.Contains(m.ID) }) {
			continue
		}
		for k, err := range s.Kinds(ctx, open) {
			if err != nil {
				return nil, err
			}
			_, asked := slices.BinarySearchFunc(messages, k.ID, func(m *collector.Message, id int64) int { return int(m.ID - id) })
			if asked && k.Kind != collector.KindUnreadable {
				out = append(out, collector.Range{Lo: k.ID, Hi: k.ID})
			}
		}
		open.CloseBelow(s.IDs.Hi + 1)
	}
	return collector.NewRanges(out...), nil
}
