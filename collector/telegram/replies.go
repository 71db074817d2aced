package telegram

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// Replies yields every comment under a channel's message, in pages, newest first,
// each tied to the message by ThreadChannelID and ThreadMessageID. The comments are
// messages of the channel's linked group, so their ChannelID is the group's. This
// serves where the group's own history is closed: it costs a request or more for
// each message, while the history of an open group gives the comments of a hundred
// messages at once. A message without a thread has no comments. Ended without an
// error, the comments are complete.
// See https://core.telegram.org/method/messages.getReplies
func (s *Source) Replies(ctx context.Context, ch collector.Channel, messageID int64) iter.Seq2[collector.Page, error] {
	return func(yield func(collector.Page, error) bool) {
		for below := int64(0); ; {
			h, err := s.replies(ctx, ch, messageID, below)
			if tgerr.Is(err, "MSG_ID_INVALID", "MESSAGE_ID_INVALID") && below == 0 {
				return
			}
			if err == nil {
				err = h.within(1, cmp.Or(below, math.MaxInt64))
			}
			if err != nil {
				yield(collector.Page{}, fmt.Errorf("read comments on message %d below %d: %w", messageID, below, err))
				return
			}
			if len(h.messages) == 0 {
				return
			}
			page, err := s.rows(ctx, h)
			if err != nil {
				yield(collector.Page{}, err)
				return
			}
			for i := range page.Messages {
				page.Messages[i].ThreadChannelID, page.Messages[i].ThreadMessageID = ch.ID, messageID
			}
			if !yield(page, nil) {
				return
			}
			below = h.bottom()
		}
	}
}

// replies asks for one page of a thread: comments with ids below a number; below 0
// it begins with the newest.
func (s *Source) replies(ctx context.Context, ch collector.Channel, messageID, below int64) (history, error) {
	peer, err := s.peer(ctx, ch)
	if err != nil {
		return history{}, err
	}
	return s.page(ctx, ch, func(ctx context.Context) (tg.MessagesMessagesClass, error) {
		return s.client.api.MessagesGetReplies(ctx, &tg.MessagesGetRepliesRequest{Peer: peer, MsgID: int(messageID), OffsetID: int(below), Limit: pageSize})
	})
}
