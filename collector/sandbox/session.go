package sandbox

import (
	"context"
	"sync"
	"time"

	"github.com/gotd/td/proto"
)

// maxSessions is how many sessions of one key are remembered. A client makes a new
// one on every connect.
const maxSessions = 16

// session is one MTProto session of a key: its counters and the messages it saw.
// See https://core.telegram.org/mtproto/description#session.
type session struct {
	id int64

	mu      sync.Mutex
	sent    int32 // content-related messages sent
	seen    map[int64]struct{}
	order   [seenMessages]int64 // of seen, as a ring
	next    int
	floor   int64 // every id up to here counts as seen
	running map[int64]context.CancelFunc
}

// seenMessages is how many message ids a session remembers to tell duplicates.
const seenMessages = 1024

// session returns the key's session with this id and whether it is new.
func (k *authKey) session(id int64) (s *session, created bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.sessions {
		if s.id == id {
			return s, false
		}
	}
	s = &session{id: id, seen: map[int64]struct{}{}, running: map[int64]context.CancelFunc{}}
	k.sessions = append(k.sessions, s)
	if len(k.sessions) > maxSessions {
		k.sessions = append(k.sessions[:0], k.sessions[1:]...)
	}
	return s, true
}

// destroySession forgets a session, and reports whether it was known.
func (k *authKey) destroySession(id int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, s := range k.sessions {
		if s.id == id {
			k.sessions = append(k.sessions[:i], k.sessions[i+1:]...)
			return true
		}
	}
	return false
}

// begin takes on a request; false means a duplicate. cancel stops it.
func (s *session) begin(msgID int64, cancel context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.seen[msgID]; ok || msgID <= s.floor {
		return false
	}
	if old := s.order[s.next]; old != 0 {
		delete(s.seen, old)
		s.floor = max(s.floor, old)
	}
	s.order[s.next] = msgID
	s.next = (s.next + 1) % seenMessages
	s.seen[msgID] = struct{}{}
	s.running[msgID] = cancel
	return true
}

// end marks a request as answered. One whose answer could not be delivered is
// forgotten, so that the client may ask again.
func (s *session) end(msgID int64, delivered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, msgID)
	if !delivered {
		delete(s.seen, msgID)
	}
}

// drop stops a running request: its answer is no longer wanted.
func (s *session) drop(msgID int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	cancel, ok := s.running[msgID]
	if ok {
		cancel()
	}
	return ok
}

// sequence is the next seq_no: twice the number of content-related messages sent
// before, plus one for those that the client has to acknowledge.
func (s *session) sequence(content bool) int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	seq := s.sent * 2
	if content {
		seq++
		s.sent++
	}
	return seq
}

// holders watches for one key being used in two places at once. A client that
// comes back with a new session after its old connection died is no second holder:
// only when the older session sends again, later by its own clock than the newer
// one began, are there two.
type holders struct {
	first map[int64]int64 // session → its first message id; ids follow the sender's clock
}

// use notes a message and reports whether it shows a second holder.
func (h *holders) use(session, msgID int64) bool {
	if h.first == nil {
		h.first = map[int64]int64{}
	}
	began, ok := h.first[session]
	if !ok {
		h.forget()
		h.first[session] = msgID
		return false
	}
	for other, otherBegan := range h.first {
		if other != session && began < otherBegan && otherBegan < msgID {
			delete(h.first, session) // reported once for this pair
			return true
		}
	}
	return false
}

// forget drops the oldest session when there are many.
func (h *holders) forget() {
	if len(h.first) < maxSessions {
		return
	}
	oldest := int64(0)
	for id, began := range h.first {
		if oldest == 0 || began < h.first[oldest] {
			oldest = id
		}
	}
	delete(h.first, oldest)
}

// sentAt is the time at which a message's sender made its id.
func sentAt(msgID int64) time.Time { return proto.MessageID(msgID).Time() }
