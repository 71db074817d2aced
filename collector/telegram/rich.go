package telegram

import (
	"context"
	"fmt"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/telegram/client"
)

// rows makes the page of an answer, over the rows of an earlier page. For each rich message
// sent in part it requests the whole.
func (s *Source) rows(ctx context.Context, h history, over []collector.Message) (collector.Page, error) {
	for i, m := range h.messages {
		part, ok := m.(*tg.Message)
		if !ok || !part.RichMessage.Part {
			continue
		}
		whole, err := s.whole(ctx, part)
		if err != nil {
			return collector.Page{}, fmt.Errorf("read the whole of message %d: %w", part.ID, err)
		}
		if whole.messages != nil {
			h.messages[i] = whole.messages[0]
			h.chats, h.users = append(h.chats, whole.chats...), append(h.users, whole.users...)
		}
	}
	return s.tl.MessagesInto(over, h.messages, h.chats, h.users), nil
}

// whole asks for the whole of a rich message. If that is refused, or the answer is something
// else, it returns none, and the row says that it is a part.
// See https://core.telegram.org/method/messages.getRichMessage
func (s *Source) whole(ctx context.Context, part *tg.Message) (history, error) {
	in, ok := part.PeerID.(*tg.PeerChannel)
	if !ok {
		return history{}, nil
	}
	k, ok, err := s.directory.lookUp(ctx, collector.Reference{ID: in.ChannelID})
	if err != nil || !ok {
		return history{}, err
	}
	peer, err := s.directory.inputPeer(ctx, k)
	if err != nil {
		return history{}, err
	}
	answer, err := client.Call(ctx, s.client, func(ctx context.Context) (tg.MessagesMessagesClass, error) {
		return s.client.API().MessagesGetRichMessage(ctx, &tg.MessagesGetRichMessageRequest{
			Peer: peer, ID: part.ID})
	})
	switch {
	case ctx.Err() != nil:
		return history{}, ctx.Err()
	case err != nil && endsAll(err):
		return history{}, err
	case err != nil:
		return history{}, nil
	}
	h, err := readHistory(answer)
	if err != nil || len(h.messages) != 1 {
		return history{}, nil
	}
	m, ok := h.messages[0].(*tg.Message)
	if !ok || m.ID != part.ID || !samePeer(m.PeerID, in) || len(m.RichMessage.Blocks) < len(part.RichMessage.Blocks) {
		return history{}, nil
	}
	return h, nil
}

func samePeer(p tg.PeerClass, in *tg.PeerChannel) bool {
	ch, ok := p.(*tg.PeerChannel)
	return ok && ch.ChannelID == in.ChannelID
}

// endsAll reports whether an error concerns the account or the network, not the request.
func endsAll(err error) bool {
	switch collector.KindOf(err) {
	case collector.SignedOut, collector.Guarded, collector.Network, collector.Clock, collector.Flood, collector.LookUps:
		return true
	}
	return false
}
