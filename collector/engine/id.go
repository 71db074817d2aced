package engine

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"sync"
	"time"
)

// idAlphabet is in ASCII order, so that ids sort like their bytes; it leaves out l, i, o and u
// because people read ids aloud.
var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ids makes ids of 37 characters: 56 bits of microseconds since 1970, then 128 random bits.
type ids struct {
	mu   sync.Mutex
	last uint64
}

// next returns an id that sorts after all earlier ones of this process, even within one
// microsecond or when the clock goes back.
func (s *ids) next(now time.Time) string {
	s.mu.Lock()
	s.last = max(s.last+1, uint64(now.UnixMicro()))
	at := s.last
	s.mu.Unlock()
	b := binary.BigEndian.AppendUint64(nil, at<<8)[:7]
	var secret [16]byte
	rand.Read(secret[:]) // never fails
	return idAlphabet.EncodeToString(append(b, secret[:]...))
}
