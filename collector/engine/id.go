package engine

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"regexp"
	"sync"
	"time"
)

// idAlphabet is in the order of its characters, so that ids sort as their bytes
// do; l, i, o and u are left out because people read ids aloud.
var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ids makes ids: 56 bits of microseconds since 1970, then 128 random bits, as
// 37 characters.
type ids struct {
	mu   sync.Mutex
	last uint64
}

// next returns an id that sorts after all earlier ones of this process, even
// when they fall into one microsecond or the clock goes back.
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

var nameForm = regexp.MustCompile(`^[-_=A-Za-z0-9]{1,128}$`)

// checkNames refuses what would not be one token of a key: most of all, what
// would reach into other people's keys.
func checkNames(names ...string) error {
	for _, n := range names {
		if !nameForm.MatchString(n) {
			return ErrName
		}
	}
	return nil
}
