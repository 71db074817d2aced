package sandboxtest

import "slices"

// duplicates detects that a key is used in two places at once. The hooks' lock guards it.
type duplicates struct {
	holders      map[[8]byte]*holders
	seconds      int // how often
	refuseSecond bool
	refused      map[[8]byte]bool
}

// use records a message.
func (d *duplicates) use(key [8]byte, session, msgID int64) {
	held := d.holders[key]
	if held == nil {
		held = new(holders)
		d.holders[key] = held
	}
	if held.use(session, msgID) {
		d.seconds++
		d.refused[key] = d.refused[key] || d.refuseSecond
	}
}

// holders are who uses a key. A client that returns with a new session after its connection
// broke is not a second holder: only a known session that sends again, later by its own clock
// than another session's last message, shows two.
type holders struct {
	known   []int64 // sessions, newest last
	session int64   // the last sender
	sent    int64   // its message id, which contains the sender's time
}

// maxSessions is how many sessions of one key are remembered.
const maxSessions = 16

// use records a message and reports whether it shows a second holder.
func (h *holders) use(session, msgID int64) bool {
	known := slices.Contains(h.known, session)
	if !known {
		h.known = append(h.known, session)
		h.known = h.known[max(0, len(h.known)-maxSessions):]
	}
	second := known && h.session != session && msgID > h.sent
	if msgID > h.sent {
		h.session, h.sent = session, msgID
	}
	return second
}
