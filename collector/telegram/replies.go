package telegram

import (
	"cmp"
	"context"
	"fmt"
	"iter"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// Replies yields every comment on a channel's message, in pages, newest first, with the message
// in ThreadChannelID and ThreadMessageID. The comments are messages of the channel's linked
// group, so their ChannelID is the group's. It is for groups whose history is closed: it costs
// a request or more per message, while the history of an open group contains the comments of a
// hundred messages at once. A message without a thread has no comments. Without an error the
// comments are complete according to Telegram's count.
// See https://core.telegram.org/method/messages.getReplies
func (s *Source) Replies(ctx context.Context, ch collector.Channel, messageID int64) iter.Seq2[collector.Page, error] {
	return func(yield func(collector.Page, error) bool) {
		p := pager{limit: pageSize, ask: func(ctx context.Context, w window) (history, error) { return s.replies(ctx, ch, messageID, w) }}
		var group, read, says int64
		for below, empty := int64(newest), 0; ; {
			h, err := p.read(ctx, below)
			if noThread(err) && read == 0 {
				return
			}
			if err != nil {
				yield(collector.Page{}, fmt.Errorf("read comments on message %d below %d: %w", messageID, below, err))
				return
			}
			says = max(says, h.count)
			if len(h.messages) == 0 && h.unread == nil {
				if empty++; read >= says || empty >= soonEmpty {
					return
				}
				continue
			}
			page, err := s.rows(ctx, h.history, nil)
			if err != nil {
				yield(collector.Page{}, err)
				return
			}
			if h.unread != nil {
				page.Messages = []collector.Message{s.unreadable(cmp.Or(group, ch.LinkedChannelID), *h.unread)}
			}
			for i := range page.Messages {
				group = page.Messages[i].ChannelID
				page.Messages[i].ThreadChannelID, page.Messages[i].ThreadMessageID = ch.ID, messageID
			}
			if !yield(page, nil) {
				return
			}
			below, empty, read = h.lowest(), 0, read+int64(len(page.Messages))
		}
	}
}

// noThread reports whether Telegram says that a message has no comments.
func noThread(err error) bool { return tgerr.Is(err, "MSG_ID_INVALID", "MESSAGE_ID_INVALID") }

// replies asks for comments.
func (s *Source) replies(ctx context.Context, ch collector.Channel, messageID int64, w window) (history, error) {
	peer, err := s.peer(ctx, ch)
	if err != nil {
		return history{}, err
	}
	out, err := s.ask(ctx, ch, &tg.MessagesGetRepliesRequest{Peer: peer, MsgID: int(messageID), OffsetID: w.offsetID(), AddOffset: w.add,
		Limit: w.limit})
	if noThread(err) { // not about a single comment
		return out, whole{err}
	}
	if w == nowhere {
		return out, err
	}
	return out, ofAll(err, func() error {
		_, err := s.replies(ctx, ch, messageID, nowhere)
		return err
	})
}
