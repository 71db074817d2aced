package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// codeLifetime is how long a login code is valid.
const codeLifetime = 5 * time.Minute

// maxTries is how many wrong codes invalidate a login code.
const maxTries = 5

// loginCode is a code that was sent. Only the key that requested it can use it.
type loginCode struct {
	Phone   string    `json:"phone"` // digits
	Key     []byte    `json:"key"`   // id
	Expires time.Time `json:"expires"`
	Tries   int       `json:"tries"`
	Sent    int       `json:"sent"`  // how often; each time by other means
	Means   Means     `json:"means"` // the last ones
}

// codebook is the codes that were sent, by phone_code_hash.
type codebook struct {
	store store
	mu    sync.Mutex
	codes map[string]loginCode
}

// loadCodebook reads the codes of an earlier server, without expired ones.
func loadCodebook(s store, now time.Time) (*codebook, error) {
	b := &codebook{store: s, codes: map[string]loginCode{}}
	err := s.each(kindCodes, func(hash string, data []byte) {
		var code loginCode
		if json.Unmarshal(data, &code) == nil && len(code.Key) == 8 {
			b.codes[hash] = code
		}
	})
	if err != nil {
		return nil, err
	}
	return b, b.sweep(now)
}

// send makes a code for a phone. It replaces the key's previous code for that phone.
func (b *codebook) send(phone string, key [8]byte, means Means, lifetime time.Duration, now time.Time) (hash string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.sweep(now); err != nil {
		return "", err
	}
	for old, code := range b.codes {
		if code.Phone == phone && [8]byte(code.Key) == key {
			if err := b.remove(old); err != nil {
				return "", err
			}
		}
	}
	hash = rand.Text()
	return hash, b.save(hash, loginCode{Phone: phone, Key: key[:], Expires: now.Add(lifetime), Sent: 1, Means: means})
}

// use calls do with the code of this hash, and stores do's changes. A code that is unknown,
// expired, or of another phone or key gives errCodeExpired.
func (b *codebook) use(phone string, key [8]byte, hash string, now time.Time, do func(*loginCode) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	code, ok := b.codes[hash]
	if !ok || !now.Before(code.Expires) || code.Phone != phone || [8]byte(code.Key) != key {
		return errCodeExpired
	}
	before := code
	err := do(&code)
	if code.Tries != before.Tries || code.Sent != before.Sent || code.Expires != before.Expires {
		if failed := b.save(hash, code); failed != nil {
			return failed
		}
	}
	return err
}

// forget removes a code.
func (b *codebook) forget(hash string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.remove(hash)
}

// try counts a wrong code; maxTries of them invalidate the login code.
func (c *loginCode) try(code, right string) error {
	if c.Tries >= maxTries {
		return errCodeExpired
	}
	if code == right && right != "" {
		return nil
	}
	c.Tries++
	if c.Means == ByEmail && code != "" {
		return errEmailInvalid
	}
	return errCodeInvalid
}

// restart removes all codes of a key.
func (b *codebook) restart(key [8]byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var failed error
	for hash, code := range b.codes {
		if [8]byte(code.Key) == key {
			failed = errors.Join(failed, b.remove(hash))
		}
	}
	return failed
}

func (b *codebook) save(hash string, code loginCode) error {
	if err := b.store.put(kindCodes, hash, code); err != nil {
		return err
	}
	b.codes[hash] = code
	return nil
}

func (b *codebook) remove(hash string) error {
	delete(b.codes, hash)
	return b.store.remove(kindCodes, hash)
}

// sweep removes expired codes.
func (b *codebook) sweep(now time.Time) error {
	var failed error
	for hash, code := range b.codes {
		if !now.Before(code.Expires) {
			failed = errors.Join(failed, b.remove(hash))
		}
	}
	return failed
}
