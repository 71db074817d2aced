package library

import (
	"encoding/binary"
	"fmt"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// richBlocks is how many blocks of a rich message are in history; messages.getRichMessage
// returns them all. Telegram does not document its own limit.
const richBlocks = 20

// flagRich is the bit of a message's second flags word for rich_message.
const flagRich = 1 << 13

// isRich reports whether an encoded message has rich blocks.
func isRich(message []byte) bool {
	return len(message) >= 12 && binary.LittleEndian.Uint32(message) == tg.MessageTypeID &&
		binary.LittleEndian.Uint32(message[8:])&flagRich != 0
}

// beginning cuts an encoded rich message to its first blocks; a short one stays the same.
func beginning(message []byte, blocks int) ([]byte, error) {
	decoded, err := tg.DecodeMessage(&bin.Buffer{Buf: message})
	if err != nil {
		return nil, fmt.Errorf("decode rich message: %w", err)
	}
	m, ok := decoded.(*tg.Message)
	if !ok || len(m.RichMessage.Blocks) <= blocks {
		return message, nil
	}
	r := m.RichMessage
	r.Blocks, r.Part = r.Blocks[:blocks], true
	m.SetRichMessage(r)
	var b bin.Buffer
	if err := m.Encode(&b); err != nil {
		return nil, fmt.Errorf("encode part of a rich message: %w", err)
	}
	return b.Buf, nil
}

// getRichMessage answers with a whole rich message.
// See https://core.telegram.org/method/messages.getRichMessage
func (c Reader) getRichMessage(req *tg.MessagesGetRichMessageRequest) (bin.Encoder, error) {
	found, err := c.readable(req.Peer)
	if err != nil {
		return nil, err
	}
	message := appendByID(nil, found, req.ID)
	if !isRich(message) {
		return nil, errMessageInvalid
	}
	p := &page{Reader: c, channel: found, conditions: new(Conditions), count: 1}
	if err := p.take(func(b []byte) []byte { return append(b, message...) }); err != nil {
		return nil, err
	}
	return p, nil
}
