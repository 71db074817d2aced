package sandbox

import (
	"time"

	"github.com/gotd/td/proto"
)

// How far a message's id may be from the server's time: 300 seconds behind, 30 ahead. See
// https://core.telegram.org/mtproto/description#message-identifier-msg-id
const (
	oldestMessage = 300 * time.Second
	newestMessage = 30 * time.Second
)

// Codes of bad_msg_notification. See
// https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
const (
	messageTooLow  = 16
	messageTooHigh = 17
)

// clock is the server's time. The hooks' lock guards it.
type clock struct {
	offset time.Duration // ahead of the machine's clock
	ids    *proto.MessageIDGen
	bad    int // messages that were answered with bad_msg_notification
}

func newClock() clock { return clock{ids: proto.NewMessageIDGen(time.Now)} }

// SetClock sets how far the server's clock is ahead of the machine's, as a client with a wrong
// clock sees it. ahead may be negative.
func (h *Hooks) SetClock(ahead time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.offset = ahead
	h.ids = proto.NewMessageIDGen(func() time.Time { return time.Now().Add(ahead) })
}

// BadMessages returns how many messages were refused because the time in their id was too far
// from the server's.
func (h *Hooks) BadMessages() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bad
}

// now returns the server's time.
func (h *Hooks) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.offset)
}

// machineTime converts a time of the server's clock to one of the machine's.
func (h *Hooks) machineTime(t time.Time) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return t.Add(-h.offset)
}

// messageID makes the id of a server's message.
func (h *Hooks) messageID(t proto.MessageType) int64 {
	h.mu.Lock()
	ids := h.ids
	h.mu.Unlock()
	return ids.New(t)
}

// misdated returns the error code for a client's message with a wrong time, 0 where the time
// is right.
func (h *Hooks) misdated(msgID int64) int {
	sent := sentAt(msgID)
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now().Add(h.offset)
	switch {
	case now.Sub(sent) > oldestMessage:
		h.bad++
		return messageTooLow
	case sent.Sub(now) > newestMessage:
		h.bad++
		return messageTooHigh
	}
	return 0
}
