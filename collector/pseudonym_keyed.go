package collector

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// KeyedPseudonym makes 63-bit pseudonyms with a key: a user always gets the same number with
// the same key, and a different one with another key.
func KeyedPseudonym(key []byte) Pseudonym {
	return func(userID int64) int64 {
		h := hmac.New(sha256.New, key)
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(userID))
		h.Write(b[:])
		return int64(binary.BigEndian.Uint64(h.Sum(nil))>>1) | 1<<62 // longer than any real id
	}
}
