package put

import (
	"context"
	"fmt"
	"iter"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
)

// commentedRow is what of a row says that a message has comments.
type commentedRow struct {
	ID      int64  `parquet:"message_id"`
	Date    int64  `parquet:"date,timestamp(microsecond)"`
	Replies *int64 `parquet:"replies,optional"`
	GroupID int64  `parquet:"replies_channel_id,optional"` // 0 in rows of earlier versions
}

// repliedRow is what of a row says which message it is a comment on.
type repliedRow struct {
	ID        int64 `parquet:"message_id"`
	ReplyTo   int64 `parquet:"reply_to_message_id,optional"`
	ReplyTop  int64 `parquet:"reply_to_top_id,optional"`
	Elsewhere int64 `parquet:"reply_to_channel_id,optional"`
	ChannelID int64 `parquet:"thread_channel_id,optional"`
	MessageID int64 `parquet:"thread_message_id,optional"`
}

// Threads yields the messages of a channel within the range that say they have
// comments, ascending by id, with what is kept of them in the linked group.
func (w *Writer) Threads(ctx context.Context, channelID, groupID int64, r collector.Range) iter.Seq2[collector.Thread, error] {
	return func(yield func(collector.Thread, error) bool) {
		have, err := w.comments(ctx, channelID, groupID)
		if err != nil {
			yield(collector.Thread{}, err)
			return
		}
		for row, err := range fold.ScanColumns[commentedRow](ctx, w.Rows, channelID) {
			if err != nil {
				yield(collector.Thread{}, err)
				return
			}
			if row.ID > r.Hi {
				return
			}
			if row.ID < r.Lo || row.Replies == nil || *row.Replies == 0 {
				continue
			}
			t := collector.Thread{MessageID: row.ID, Date: time.UnixMicro(row.Date).UTC(), Says: *row.Replies, Have: have[row.ID]}
			if t.Elsewhere = row.GroupID != 0 && row.GroupID != groupID; t.Elsewhere {
				t.Have = 0
			}
			if !yield(t, nil) {
				return
			}
		}
	}
}

// comments counts the comments of a group under each message of a channel.
func (w *Writer) comments(ctx context.Context, channelID, groupID int64) (map[int64]int64, error) {
	if ok, err := w.Has(ctx, groupID); err != nil || !ok {
		return nil, err
	}
	tied, err := w.ThreadsOf(ctx, groupID)
	if err != nil {
		return nil, err
	}
	out := map[int64]int64{}
	for row, err := range fold.ScanColumns[repliedRow](ctx, w.Rows, groupID) {
		if err != nil {
			return nil, fmt.Errorf("count the comments in channel %d: %w", groupID, err)
		}
		m := collector.Message{ReplyToMessageID: row.ReplyTo, ReplyToTopID: row.ReplyTop, ReplyToChannelID: row.Elsewhere,
			ThreadChannelID: row.ChannelID, ThreadMessageID: row.MessageID}
		if row.ReplyTo == 0 && row.ReplyTop == 0 {
			continue // the automatic forward that a thread begins with is no comment
		}
		if tied.Tie(&m); m.ThreadChannelID == channelID {
			out[m.ThreadMessageID]++
		}
	}
	return out, nil
}
