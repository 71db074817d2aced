package telegram

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
	"telegramtrac/collector/telegram/client"
)

// pageSize is the most messages in one answer of history.
const pageSize = 100

// window says which messages a request asks for.
// See https://core.telegram.org/api/offsets
type window struct {
	below int64     // only ids below it; 0 or newest: all
	date  time.Time // only messages older than it; zero: all
	add   int       // skip this many downward; negative: upward
	limit int       // most messages
}

// newest is higher than every id.
const newest = math.MaxInt32

// offsetID returns the offset_id of a request.
func (w window) offsetID() int {
	if w.below == newest {
		return 0
	}
	return int(w.below)
}

// history is an answer with messages.
type history struct {
	messages []tg.MessageClass // newest first
	chats    []tg.ChatClass
	users    []tg.UserClass
	count    int64 // messages that the server says exist
	partly   partly
}

func (h history) top() int64 {
	if len(h.messages) == 0 {
		return 0
	}
	return int64(h.messages[0].GetID())
}

func (h history) bottom() int64 { return int64(h.messages[len(h.messages)-1].GetID()) }

// below returns the messages with lower ids, newest first, each once. Other messages in an
// answer were not asked for.
func (h history) below(id int64) history {
	asked := func(i int) bool {
		n := int64(h.messages[i].GetID())
		return n > 0 && n < id && (i == 0 || n < int64(h.messages[i-1].GetID()))
	}
	for i := range h.messages {
		if asked(i) {
			continue
		}
		h.messages = slices.DeleteFunc(slices.Clone(h.messages), func(m tg.MessageClass) bool {
			return m.GetID() <= 0 || int64(m.GetID()) >= id
		})
		slices.SortStableFunc(h.messages, func(a, b tg.MessageClass) int { return cmp.Compare(b.GetID(), a.GetID()) })
		h.messages = slices.CompactFunc(h.messages, func(a, b tg.MessageClass) bool { return a.GetID() == b.GetID() })
		break
	}
	return h
}

// history asks for messages of a channel.
// See https://core.telegram.org/method/messages.getHistory
func (s *Source) history(ctx context.Context, ch collector.Channel, w window) (history, error) {
	peer, err := s.peer(ctx, ch)
	if err != nil {
		return history{}, err
	}
	req := &tg.MessagesGetHistoryRequest{Peer: peer, OffsetID: w.offsetID(), AddOffset: w.add, Limit: w.limit}
	if !w.date.IsZero() {
		req.OffsetDate = int(w.date.Unix())
	}
	out, err := s.ask(ctx, ch, req)
	if w == nowhere {
		return out, err
	}
	return out, ofAll(err, func() error {
		_, err := s.history(ctx, ch, nowhere)
		return err
	})
}

// byID asks for messages by their ids, at most pageSize of them.
// See https://core.telegram.org/method/channels.getMessages
func (s *Source) byID(ctx context.Context, ch collector.Channel, ids []int64) (history, error) {
	k, err := s.known(ctx, ch)
	if err != nil {
		return history{}, err
	}
	in, err := s.directory.input(ctx, k)
	if err != nil {
		return history{}, err
	}
	req := &tg.ChannelsGetMessagesRequest{Channel: in}
	for _, id := range ids {
		req.ID = append(req.ID, &tg.InputMessageID{ID: int(id)})
	}
	out, err := s.ask(ctx, ch, req)
	if len(ids) == 1 && ids[0] == newest {
		return out, err
	}
	return out, ofAll(err, func() error {
		_, err := s.byID(ctx, ch, []int64{newest})
		return err
	})
}

// ask sends a request that is answered with messages. If the answer cannot be read, the history
// contains the readable part.
func (s *Source) ask(ctx context.Context, ch collector.Channel, req bin.Encoder) (history, error) {
	answer, err := client.Call(ctx, s.client, func(ctx context.Context) (*answered, error) {
		out := new(answered)
		return out, s.client.API().Invoker().Invoke(ctx, req, out)
	})
	if err != nil {
		h := history{}
		if answer != nil {
			h.partly = answer.partly
		}
		return h, refused(ch, err)
	}
	h, err := readHistory(answer.messages)
	if err != nil {
		return history{}, err
	}
	return h, s.noteSeen(ctx, h.chats, h.messages)
}

func readHistory(answer tg.MessagesMessagesClass) (history, error) {
	switch a := answer.(type) {
	case *tg.MessagesChannelMessages:
		return history{messages: a.Messages, chats: a.Chats, users: a.Users, count: int64(a.Count)}, nil
	case *tg.MessagesMessagesSlice:
		return history{messages: a.Messages, chats: a.Chats, users: a.Users, count: int64(a.Count)}, nil
	case *tg.MessagesMessages:
		return history{messages: a.Messages, chats: a.Chats, users: a.Users, count: int64(len(a.Messages))}, nil
	}
	return history{}, collector.Errorf(collector.Internal, "unknown answer %T", answer)
}

// answered reads messages.Messages. If that fails, it reads as much as possible.
type answered struct {
	messages tg.MessagesMessagesClass
	partly   partly
}

// partly is the readable part of an answer that cannot be read as a whole. Messages have no
// length prefix, so nothing after an unknown class can be read.
type partly struct {
	messages []tg.MessageClass // before the unreadable one
	count    int64             // messages that the server says exist
	whole    bool              // all messages were read, but not their peers
	id       int64             // id of the unreadable message, if it was readable; else 0
	date     time.Time         // date of the unreadable message, if it was readable; else zero
}

// tells reports whether the highest message below an id is known to be the unreadable one.
func (p partly) tells(below int64) bool { return len(p.messages) == 0 && p.id > 0 && p.id < below }

// Decode implements bin.Decoder.
func (a *answered) Decode(b *bin.Buffer) (err error) {
	whole := b.Buf
	a.messages, err = tg.DecodeMessagesMessages(b)
	if err != nil {
		a.partly = readPartly(&bin.Buffer{Buf: whole})
	}
	return err
}

// readPartly reads the messages of an answer one by one.
func readPartly(b *bin.Buffer) (p partly) {
	count, n, err := messagesBegin(b)
	if err != nil {
		return p
	}
	p.count = int64(count)
	for range n {
		before := b.Buf
		m, err := tg.DecodeMessage(b)
		if err != nil {
			p.id, p.date = beginning(&bin.Buffer{Buf: before})
			return p
		}
		p.messages = append(p.messages, m)
	}
	p.whole = true
	return p
}

// messagesBegin reads an answer up to its first message. It returns how many messages exist on
// the server, and how many are in the answer.
// See https://core.telegram.org/type/messages.Messages
func messagesBegin(b *bin.Buffer) (count, n int, err error) {
	id, err := b.ID()
	if err != nil {
		return 0, 0, err
	}
	if id == tg.MessagesMessagesTypeID {
		n, err = b.VectorHeader()
		return n, n, err
	}
	before, optional := 0, []int{2} // numbers before the count; flag bits of numbers after it
	switch id {
	case tg.MessagesMessagesSliceTypeID:
		optional = []int{0, 2}
	case tg.MessagesChannelMessagesTypeID:
		before = 1
	default:
		return 0, 0, fmt.Errorf("unknown answer %#x", id)
	}
	var flags bin.Fields
	if err := flags.Decode(b); err != nil {
		return 0, 0, err
	}
	if id == tg.MessagesMessagesSliceTypeID && flags.Has(3) {
		return 0, 0, errors.New("an answer of a search") // never an answer of history
	}
	after := 0
	for _, bit := range optional {
		if flags.Has(bit) {
			after++
		}
	}
	for i := range before + 1 + after {
		number, err := b.Int()
		if err != nil {
			return 0, 0, err
		}
		if i == before {
			count = number
		}
	}
	n, err = b.VectorHeader()
	return count, n, err
}

// beginning reads a message as far as possible. A decoder sets the fields in their order until
// it meets an unknown class.
func beginning(b *bin.Buffer) (id int64, date time.Time) {
	class, err := b.PeekID()
	if err != nil {
		return 0, time.Time{}
	}
	sent := 0
	switch class {
	case tg.MessageTypeID:
		var m tg.Message
		_ = m.Decode(b)
		id, sent = int64(m.ID), m.Date
	case tg.MessageServiceTypeID:
		var m tg.MessageService
		_ = m.Decode(b)
		id, sent = int64(m.ID), m.Date
	}
	if sent > 0 {
		date = time.Unix(int64(sent), 0).UTC()
	}
	return id, date
}

// nowhere asks for messages below the first id: there are none.
var nowhere = window{below: 1, limit: 1}

// whole marks a refusal that does not depend on a message.
type whole struct{ error }

func (w whole) Unwrap() error { return w.error }

// ofAll distinguishes a refusal of everything from one that may depend on a message: if the
// same refusal comes where there is no message, it is marked as whole. So a refused channel
// costs two requests, and no message is wrongly stored as unreadable.
func ofAll(err error, nowhere func() error) error {
	if _, refused := tgerr.As(err); !refused || !cannotRead(err) {
		return err
	}
	again := nowhere()
	switch _, refused := tgerr.As(again); {
	case again == nil, !refused && cannotRead(again):
		return err
	case cannotRead(again):
		return whole{err}
	}
	return again
}

// cannotRead reports whether an answer cannot be read, or was a refusal that is not known to
// concern the channel or the account. Either may be caused by one message, and not occur
// without it.
func cannotRead(err error) bool {
	if _, ok := errors.AsType[whole](err); ok {
		return false
	}
	return !noThread(err) && client.Unexplained(err)
}

// why returns the reason for an unreadable message's row: Telegram's name of the error, or what
// was unknown.
func why(err error) string {
	if rpc, ok := tgerr.As(err); ok {
		return rpc.Message
	}
	if _, ok := errors.AsType[client.Malformed](err); ok {
		if class, ok := errors.AsType[*bin.UnexpectedIDErr](err); ok {
			return fmt.Sprintf("unknown class %#x", class.ID)
		}
		return "cannot be decoded"
	}
	return ""
}
