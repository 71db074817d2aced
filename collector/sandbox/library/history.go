package library

import (
	"encoding/binary"
	"fmt"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// maxPage is the most messages in one answer, defaultPage the number for a limit of 0.
const (
	maxPage     = 100
	defaultPage = 20
	typicalSize = 512 // bytes of a message
)

// list is a sequence of messages, ascending by id: a channel's log or a thread.
type list interface {
	Len() int
	Search(id int) int
	SearchDate(unix int) int
	ID(i int) int
	AppendBytes(dst []byte, i int) []byte
}

// window is the part of a list that a request asks for, by Telegram's rules:
// https://core.telegram.org/api/offsets
type window struct {
	offsetID, offsetDate, addOffset, limit, maxID, minID int
}

// slice returns the range of positions [lo, hi) in the window: the newest message is at hi-1.
// Offsets count from the newest message; the id filters apply last.
func (w window) slice(l list) (lo, hi int) {
	n := l.Len()
	hi = n
	if w.offsetID > 0 {
		hi = min(hi, l.Search(w.offsetID))
	}
	if w.offsetDate > 0 {
		hi = min(hi, l.SearchDate(w.offsetDate))
	}
	hi -= w.addOffset
	lo = max(hi-w.size(), 0)
	hi = max(min(hi, n), lo)
	if w.maxID > 0 {
		hi = max(min(hi, l.Search(w.maxID)), lo)
	}
	if w.minID > 0 {
		lo = min(max(lo, l.Search(w.minID+1)), hi)
	}
	return lo, hi
}

func (w window) size() int {
	if w.limit <= 0 {
		return defaultPage
	}
	return min(w.limit, maxPage)
}

func (c Reader) getHistory(req *tg.MessagesGetHistoryRequest) (bin.Encoder, error) {
	found, err := c.readable(req.Peer)
	if err != nil {
		return nil, err
	}
	w := window{req.OffsetID, req.OffsetDate, req.AddOffset, req.Limit, req.MaxID, req.MinID}
	return c.page(found, found.Log, w, req.Hash)
}

// page answers with a window of a list of messages of channel in.
func (c Reader) page(in *world.Channel, l list, w window, known int64) (bin.Encoder, error) {
	lo, hi := w.slice(l)
	if known != 0 && known == pageHash(l, lo, hi) {
		return &tg.MessagesMessagesNotModified{Count: l.Len()}, nil
	}
	var positions []int
	for i := hi - 1; i >= lo; i-- {
		positions = append(positions, i)
	}
	conditions := c.conditions.Load()
	positions = positions[:conditions.shorter(len(positions))]
	if conditions.Arrange != nil {
		positions = conditions.Arrange(in.TL.ID, w.offsetID, positions, l.Len())
	}
	p := &page{Reader: c, channel: in, conditions: conditions, blocks: richBlocks, count: l.Len(),
		messages: make([]byte, 0, len(positions)*typicalSize)}
	for _, i := range positions {
		if err := p.take(func(b []byte) []byte { return l.AppendBytes(b, i) }); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// pageHash returns the hash by which a client shows that it already has a page:
// https://core.telegram.org/api/offsets#hash-generation
func pageHash(l list, lo, hi int) int64 {
	var h uint64
	for i := hi - 1; i >= lo; i-- {
		h ^= h >> 21
		h ^= h << 35
		h ^= h >> 4
		h += uint64(l.ID(i))
	}
	return int64(h)
}

// page is messages.channelMessages, assembled from encoded messages.
type page struct {
	Reader
	channel    *world.Channel
	conditions *Conditions
	count      int
	n          int
	messages   []byte
	named      peers
	also       []int64 // further channels to describe in full
	blocks     int     // of a rich message, at most; 0: all
}

// take appends a message; app appends its encoding, or nothing if the message was deleted.
func (p *page) take(app func([]byte) []byte) error {
	before := len(p.messages)
	p.messages = app(p.messages)
	message := p.messages[before:]
	if len(message) == 0 {
		return nil
	}
	if p.blocks > 0 && isRich(message) {
		var err error
		if message, err = beginning(message, p.blocks); err != nil {
			return err
		}
		p.messages = append(p.messages[:before], message...)
	}
	p.n++
	if namesPeers(message) {
		m, err := tg.DecodeMessage(&bin.Buffer{Buf: message})
		if err != nil {
			return fmt.Errorf("decode message: %w", err)
		}
		p.named.addMessage(m)
	}
	if p.conditions.Message == nil {
		return nil
	}
	changed, err := p.conditions.Message(p.channel.TL.ID, message)
	p.messages = append(p.messages[:before], changed...)
	return err
}

// The flags of messages that may refer to peers other than their channel: fwd_from, reply_to,
// entities, from_id, media, via_bot_id, reactions, replies and saved_peer_id; in the second
// word, via_business_bot_id, rich_message and guestchat_via_from.
const (
	namingFlags  = 1<<2 | 1<<3 | 1<<7 | 1<<8 | 1<<9 | 1<<11 | 1<<20 | 1<<23 | 1<<28
	namingFlags2 = 1<<0 | flagRich | 1<<19
)

// namesPeers reports whether an encoded message may refer to peers other than its channel.
// Most do not, and need not be decoded.
func namesPeers(message []byte) bool {
	if len(message) < 12 {
		return false
	}
	switch binary.LittleEndian.Uint32(message) {
	case tg.MessageTypeID:
		return binary.LittleEndian.Uint32(message[4:])&namingFlags != 0 ||
			binary.LittleEndian.Uint32(message[8:])&namingFlags2 != 0
	case tg.MessageEmptyTypeID:
		return false
	}
	return true
}

// Encode implements bin.Encoder.
func (p *page) Encode(b *bin.Buffer) error {
	whole := append([]int64{p.channel.TL.ID}, p.also...)
	for _, id := range whole {
		p.named.addChannel(id)
	}
	b.PutID(tg.MessagesChannelMessagesTypeID)
	b.PutUint32(0) // flags
	b.PutInt(pts(p.channel))
	b.PutInt(p.count)
	b.PutVectorHeader(p.n)
	b.Put(p.messages)
	b.PutVectorHeader(0) // topics
	return p.named.encode(b, p.Reader, whole...)
}

func (c Reader) getMessages(req *tg.ChannelsGetMessagesRequest) (bin.Encoder, error) {
	in, ok := req.Channel.(*tg.InputChannel)
	if !ok {
		return nil, errChannelInvalid
	}
	found, err := c.readable(&tg.InputPeerChannel{ChannelID: in.ChannelID, AccessHash: in.AccessHash})
	if err != nil {
		return nil, err
	}
	if len(req.ID) == 0 {
		return nil, errMessageIDsEmpty
	}
	p := &page{Reader: c, channel: found, conditions: c.conditions.Load(), blocks: richBlocks, count: found.Log.Len()}
	for _, in := range req.ID[:min(len(req.ID), maxPage)] {
		id := 0
		if in, ok := in.(*tg.InputMessageID); ok {
			id = in.ID
		}
		if p.conditions.Omits != nil && p.conditions.Omits() {
			continue
		}
		if err := p.take(func(b []byte) []byte { return appendByID(b, found, id) }); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// appendByID appends the encoding of a message, or messageEmpty where there is none.
func appendByID(b []byte, c *world.Channel, id int) []byte {
	if i := c.Log.Search(id); id > 0 && c.Log.ID(i) == id {
		return c.Log.AppendBytes(b, i)
	}
	b = binary.LittleEndian.AppendUint32(b, tg.MessageEmptyTypeID)
	b = binary.LittleEndian.AppendUint32(b, 0) // flags
	return binary.LittleEndian.AppendUint32(b, uint32(id))
}
