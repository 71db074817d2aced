package dataset

import (
	"cmp"
	"context"
	"fmt"

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

// tieAll ties the messages of any channels.
func (d *Dataset) tieAll(ctx context.Context, ms []collector.Message) error {
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
