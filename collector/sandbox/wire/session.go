package wire

import (
	"context"
	"slices"
	"sync"

	"github.com/gotd/td/crypto"
)

// Key is a client's auth key and the sessions that use it. A key belongs to one data centre.
type Key struct {
	crypto.AuthKey
	DC   int
	Salt int64

	mu       sync.Mutex
	sessions []*session // newest last
}

// maxSessions is how many sessions of one key are remembered. A client makes a new one at
// every connect.
const maxSessions = 16

// session is one MTProto session of a key: its counters and the messages it saw.
// See https://core.telegram.org/mtproto/description#session.
type session struct {
	id int64

	mu      sync.Mutex
	sent    int32 // content-related messages sent
	seen    map[int64]struct{}
	order   [seenMessages]int64 // the ids in seen, as a ring
	next    int
	floor   int64 // all ids up to this one count as seen
	running map[int64]context.CancelFunc
}

// seenMessages is how many message ids a session remembers to detect duplicates.
const seenMessages = 1024

// session returns the key's session with this id and whether it is new.
func (k *Key) session(id int64) (s *session, created bool) {
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
		k.sessions = slices.Delete(k.sessions, 0, 1)
	}
	return s, true
}

// destroySession forgets a session and reports whether it existed.
func (k *Key) destroySession(id int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, s := range k.sessions {
		if s.id == id {
			k.sessions = slices.Delete(k.sessions, i, i+1)
			return true
		}
	}
	return false
}

// begin registers a request, which cancel stops; false means that it is a duplicate.
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

// end marks a request as answered. If its answer could not be delivered, end forgets it, so
// that the client can ask again.
func (s *session) end(msgID int64, delivered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, msgID)
	if !delivered {
		delete(s.seen, msgID)
	}
}

// drop stops a running request whose answer is no longer wanted.
func (s *session) drop(msgID int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	cancel, ok := s.running[msgID]
	if ok {
		cancel()
	}
	return ok
}

// sequence returns the next seq_no: twice the number of content-related messages sent before,
// plus one if the client has to acknowledge this message.
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
