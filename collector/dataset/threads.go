package dataset

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"time"

	"telegramtrac/collector"
)

// thread is the message of a channel that comments belong to.
type thread struct{ channelID, messageID int64 }

// threads are the threads of a group, by the id of their first message in it:
// the automatic forward of the channel's message.
// See https://core.telegram.org/api/discussion
type threads map[int64]thread

// threadRow is what of a row says which thread begins with it.
type threadRow struct {
	ID        int64 `parquet:"message_id"`
	ChannelID int64 `parquet:"thread_channel_id,optional"`
	MessageID int64 `parquet:"thread_message_id,optional"`
}

// threads finds the threads of a channel; only groups have any. They are kept
// until the channel's parts change: 32 bytes or so for each message of the
// linked channel.
func (d *Dataset) threads(ctx context.Context, channelID int64) (threads, error) {
	var about ChannelSummary
	known, err := d.describe(ctx, channelID, &about)
	if err != nil || !known || about.Kind == collector.Broadcast {
		return nil, err
	}
	p, err := d.plan(ctx, channelID)
	if err != nil {
		return nil, err
	}
	p.threading.Lock()
	defer p.threading.Unlock()
	if p.threaded {
		return p.threads, nil
	}
	found := threads{}
	for row, err := range ScanColumns[threadRow](ctx, d, channelID) {
		if err != nil {
			return nil, fmt.Errorf("find the threads of channel %d: %w", channelID, err)
		}
		if row.MessageID != 0 {
			found[row.ID] = thread{row.ChannelID, row.MessageID}
		}
	}
	p.threads, p.threaded = found, true
	return found, nil
}

// tie says of a comment which message it belongs to. A comment names the first
// message of its thread, and what it answers where that is another comment.
func (t threads) tie(m *collector.Message) {
	if len(t) == 0 || m.ThreadMessageID != 0 || m.ReplyToChannelID != 0 {
		return
	}
	if root, ok := t[cmp.Or(m.ReplyToTopID, m.ReplyToMessageID)]; ok {
		m.ThreadChannelID, m.ThreadMessageID = root.channelID, root.messageID
	}
}

// tieAll ties the messages of any channels, where that was asked for.
func (d *Dataset) tieAll(ctx context.Context, q Query, ms []collector.Message) error {
	if q.Columns != nil && !wantsThreads(q.Columns) {
		return nil
	}
	of := map[int64]threads{}
	for i := range ms {
		t, ok := of[ms[i].ChannelID]
		if !ok {
			var err error
			if t, err = d.threads(ctx, ms[i].ChannelID); err != nil {
				return err
			}
			of[ms[i].ChannelID] = t
		}
		t.tie(&ms[i])
	}
	return nil
}

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
// comments, ascending by id, with what is kept of them in the linked group. Those
// whose comments are in a group that the channel was linked to before are left out.
func (w *Writer) Threads(ctx context.Context, channelID, groupID int64, r collector.Range) iter.Seq2[collector.Thread, error] {
	return func(yield func(collector.Thread, error) bool) {
		have, err := w.d.comments(ctx, channelID, groupID)
		if err != nil {
			yield(collector.Thread{}, err)
			return
		}
		for row, err := range ScanColumns[commentedRow](ctx, w.d, channelID) {
			if err != nil {
				yield(collector.Thread{}, err)
				return
			}
			if row.ID > r.Hi {
				return
			}
			if row.ID < r.Lo || row.Replies == nil || *row.Replies == 0 || row.GroupID != 0 && row.GroupID != groupID {
				continue
			}
			t := collector.Thread{MessageID: row.ID, Date: time.UnixMicro(row.Date).UTC(), Says: *row.Replies, Have: have[row.ID]}
			if !yield(t, nil) {
				return
			}
		}
	}
}

// comments counts the comments of a group under each message of a channel.
func (d *Dataset) comments(ctx context.Context, channelID, groupID int64) (map[int64]int64, error) {
	if ok, err := d.has(ctx, groupID); err != nil || !ok {
		return nil, err
	}
	tied, err := d.threads(ctx, groupID)
	if err != nil {
		return nil, err
	}
	out := map[int64]int64{}
	for row, err := range ScanColumns[repliedRow](ctx, d, groupID) {
		if err != nil {
			return nil, fmt.Errorf("count the comments in channel %d: %w", groupID, err)
		}
		m := collector.Message{ReplyToMessageID: row.ReplyTo, ReplyToTopID: row.ReplyTop, ReplyToChannelID: row.Elsewhere, ThreadChannelID: row.ChannelID, ThreadMessageID: row.MessageID}
		if row.ReplyTo == 0 && row.ReplyTop == 0 {
			continue // the automatic forward that a thread begins with is no comment
		}
		if tied.tie(&m); m.ThreadChannelID == channelID {
			out[m.ThreadMessageID]++
		}
	}
	return out, nil
}
