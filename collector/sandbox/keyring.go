package sandbox

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/gotd/td/crypto"

	"telegramtrac/collector/sandbox/wire"
)

// authKey is a client's key and the server's data about it.
type authKey struct {
	*wire.Key
	mu    sync.Mutex
	state signIn
	srp   *srpChallenge // from the last account.getPassword
}

// signIn is who uses a key. The zero value is nobody.
type signIn struct {
	Account int64  `json:"account,omitempty"` // signed in
	Pending int64  `json:"pending,omitempty"` // entered the right code, but not yet the password
	Refusal string `json:"refusal,omitempty"` // error that a signed-in key gets instead of answers
}

type keyRecord struct {
	DC   int    `json:"dc"`
	Key  []byte `json:"key"`
	Salt int64  `json:"salt"`
	signIn
}

func (k *authKey) name() string { return hex.EncodeToString(k.ID[:]) }

func (k *authKey) signIn() signIn {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// keyring is all auth keys of a server.
type keyring struct {
	store store
	mu    sync.RWMutex
	keys  map[[8]byte]*authKey
}

// loadKeyring reads the stored keys. It ignores a damaged file: the client is told that the
// key is unknown and makes a new one.
func loadKeyring(s store) (*keyring, error) {
	r := &keyring{store: s, keys: map[[8]byte]*authKey{}}
	return r, s.each(kindKeys, func(name string, data []byte) {
		var record keyRecord
		if json.Unmarshal(data, &record) != nil || len(record.Key) != len(crypto.Key{}) {
			return
		}
		key := crypto.Key(record.Key).WithID()
		k := &authKey{Key: &wire.Key{AuthKey: key, DC: record.DC, Salt: record.Salt}, state: record.signIn}
		if k.name() == name {
			r.keys[key.ID] = k
		}
	})
}

// find returns the key with this id at this data centre, nil when there is none.
func (r *keyring) find(dc int, id [8]byte) *authKey {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if k := r.keys[id]; k != nil && k.DC == dc {
		return k
	}
	return nil
}

// add stores a new key.
func (r *keyring) add(k *authKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := r.save(k); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[k.ID] = k
	return nil
}

// set changes who uses a key.
func (r *keyring) set(k *authKey, state signIn) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state = state
	return r.save(k)
}

func (r *keyring) save(k *authKey) error {
	return r.store.put(kindKeys, k.name(), keyRecord{k.DC, k.Value[:], k.Salt, k.state})
}

// refuse makes all keys that account is signed in with answer refusal from now on.
func (r *keyring) refuse(account int64, refusal string) error {
	var failed error
	for _, k := range r.of(account) {
		failed = errors.Join(failed, r.set(k, signIn{Refusal: refusal}))
	}
	if failed != nil {
		return fmt.Errorf("refuse sessions: %w", failed)
	}
	return nil
}

func (r *keyring) of(account int64) []*authKey {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var keys []*authKey
	for _, k := range r.keys {
		if k.signIn().Account == account {
			keys = append(keys, k)
		}
	}
	return keys
}
