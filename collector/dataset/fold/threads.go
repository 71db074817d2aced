package fold

import (
	"cmp"
	"context"
	"fmt"

	"telegramtrac/collector"
)

// thread is the message of a channel that comments belong to.
type thread struct{ channelID, messageID int64 }

// Threads are the threads of a group, by the id of their first message in it:
// the automatic forward of the channel's message.
// See https://core.telegram.org/api/discussion
type Threads map[int64]thread

// threadRow is what of a row says which thread begins with it.
type threadRow struct {
	ID        int64 `parquet:"message_id"`
	ChannelID int64 `parquet:"thread_channel_id,optional"`
	MessageID int64 `parquet:"thread_message_id,optional"`
}

// ThreadsOf finds the threads of a channel; only groups have any. They are kept
// until the channel's parts change: 32 bytes or so for each message of the
// linked channel.
func (d *Rows) ThreadsOf(ctx context.Context, channelID int64) (Threads, error) {
	about, known, err := d.Describe(ctx, channelID)
	if err != nil || !known || about.Kind == collector.Broadcast {
		return nil, err
	}
	p, err := d.Plan(ctx, channelID)
	if err != nil {
		return nil, err
	}
	return p.threads.Get(func() (Threads, error) {
		found := Threads{}
		for row, err := range ScanColumns[threadRow](ctx, d, channelID) {
			if err != nil {
				return nil, fmt.Errorf("find the threads of channel %d: %w", channelID, err)
			}
			if row.MessageID != 0 {
				found[row.ID] = thread{row.ChannelID, row.MessageID}
			}
		}
		return found, nil
	})
}

// Tie says of a comment which message it belongs to. A comment names the first
// message of its thread, and what it answers where that is another comment.
func (t Threads) Tie(m *collector.Message) {
	if len(t) == 0 || m.ThreadMessageID != 0 || m.ReplyToChannelID != 0 {
		return
	}
	if root, ok := t[cmp.Or(m.ReplyToTopID, m.ReplyToMessageID)]; ok {
		m.ThreadChannelID, m.ThreadMessageID = root.channelID, root.messageID
	}
}
