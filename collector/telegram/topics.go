package telegram

import (
	"context"
	"fmt"
	"slices"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/tl"
)

// mostTopics limits the list of a forum's topics: some forums have a few thousand, and each
// page costs a request.
const mostTopics = 5000

// topics asks for the topics of a forum, page by page, beginning with the one with the newest
// message. Titles are optional: if Telegram refuses them, the forum is read without, and only
// its service messages give titles.
// See https://core.telegram.org/method/messages.getForumTopics
func (s *Source) topics(ctx context.Context, k known) ([]collector.Topic, error) {
	peer, err := s.directory.inputPeer(ctx, k)
	if err != nil {
		return nil, err
	}
	req := tg.MessagesGetForumTopicsRequest{Peer: peer, Limit: pageSize}
	var out []collector.Topic
	for {
		page, err := client.Call(ctx, s.client, func(ctx context.Context) (*tg.MessagesForumTopics, error) {
			return s.client.API().MessagesGetForumTopics(ctx, &req)
		})
		if refusal(err) {
			return sorted(out), nil
		}
		if err != nil {
			return nil, fmt.Errorf("list the topics of channel %d: %w", k.ID, err)
		}
		if err := s.noteSeen(ctx, page.Chats, nil); err != nil {
			return nil, err
		}
		more := newTopics(out, tl.Topics(page.Topics))
		out = append(out, more...)
		if len(more) == 0 || len(out) >= page.Count || len(out) >= mostTopics || !after(&req, page) {
			return sorted(out), nil
		}
	}
}

// refusal reports whether Telegram refused the request itself, not the account or connection.
func refusal(err error) bool {
	if endsAll(err) {
		return false
	}
	rpc, ok := tgerr.As(err)
	return ok && rpc.Code >= 400 && rpc.Code < 500
}

// newTopics returns the topics of a page that are not in have.
func newTopics(have, page []collector.Topic) []collector.Topic {
	return slices.DeleteFunc(page, func(t collector.Topic) bool {
		return slices.ContainsFunc(have, func(h collector.Topic) bool { return h.ID == t.ID })
	})
}

// after makes the request ask for the topics after a page. The date is that of the last topic's
// newest message, which is in the page, or the topic's own.
func after(req *tg.MessagesGetForumTopicsRequest, page *tg.MessagesForumTopics) bool {
	for _, t := range slices.Backward(page.Topics) {
		last, ok := t.(*tg.ForumTopic)
		if !ok {
			continue
		}
		req.OffsetTopic, req.OffsetID, req.OffsetDate = last.ID, last.TopMessage, last.Date
		if page.OrderByCreateDate {
			return true
		}
		for _, m := range page.Messages {
			if m, ok := m.(tg.NotEmptyMessage); ok && m.GetID() == last.TopMessage {
				req.OffsetDate = m.GetDate()
			}
		}
		return true
	}
	return false
}

func sorted(topics []collector.Topic) []collector.Topic {
	slices.SortFunc(topics, func(a, b collector.Topic) int { return int(a.ID - b.ID) })
	return topics
}
