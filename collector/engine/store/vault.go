package store

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector/engine/doctor"
	"telegramtrac/collector/keyring"
)

// vault stores a key for each workspace, which seals its records.
//
// JetStream only appends: values that were replaced or deleted stay in its block files until
// those are rewritten, which may be never. The key is written once and overwritten on the disk
// when its workspace is deleted; then no old value can be read. While the workspace lives,
// whoever has the folder can read the records: secrets are sealed by package keyring under a
// key from elsewhere.
type vault struct {
	store *Store
	js    jetstream.JetStream
	keys  jetstream.Stream // a stream, since buckets refuse to delete a message

	slow sync.Mutex // held while keys are read, made or shredded: a shredded one must not come back
	mu   sync.Mutex
	open map[string]*workspaceKey
}

// workspaceKey seals values and hides names.
type workspaceKey struct {
	keyring.Box
	names []byte
}

// sealedMark is how sealed values begin. Values of older versions were not sealed here: they
// are JSON, or were sealed by package keyring.
const sealedMark = "\x00tt1"

func (s *Store) openVault(ctx context.Context, js jetstream.JetStream) (*vault, error) {
	keys, err := js.Stream(ctx, doctor.KeyStream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		keys, err = js.CreateStream(ctx,
			jetstream.StreamConfig{Name: doctor.KeyStream, Subjects: []string{doctor.KeySubject + "*"}, MaxMsgsPerSubject: 1,
				DiscardNewPerSubject: true, Discard: jetstream.DiscardNew})
	}
	if err != nil {
		return nil, fmt.Errorf("open the workspaces' keys: %w", err)
	}
	return &vault{store: s, js: js, keys: keys, open: map[string]*workspaceKey{}}, nil
}

func newWorkspaceKey(secret []byte) (*workspaceKey, error) {
	box, err := keyring.NewBox(secret, "telegramtrac records")
	if err != nil {
		return nil, err
	}
	names, err := hkdf.Key(sha256.New, secret, nil, "telegramtrac names", sha256.Size)
	return &workspaceKey{box, names}, err
}

// key returns a workspace's key, nil if there is none; with make it creates one instead.
func (v *vault) key(ctx context.Context, w string, make bool) (*workspaceKey, error) {
	if k := v.known(w); k != nil {
		return k, nil
	}
	v.slow.Lock()
	defer v.slow.Unlock()
	if k := v.known(w); k != nil {
		return k, nil
	}
	secret, _, err := v.read(ctx, w)
	if err == nil && secret == nil && make {
		secret, err = v.create(ctx, w)
	}
	if err != nil || secret == nil {
		return nil, err
	}
	k, err := newWorkspaceKey(secret)
	if err == nil {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.open[w] = k
	}
	return k, err
}

func (v *vault) known(w string) *workspaceKey {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.open[w]
}

func (v *vault) create(ctx context.Context, w string) ([]byte, error) {
	if err := v.store.Room(RecordRoom); err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	rand.Read(secret)                                        // never fails
	_, err := v.js.Publish(ctx, doctor.KeySubject+w, secret) // refused if there is one
	if err != nil {
		if theirs, _, again := v.read(ctx, w); theirs != nil && again == nil { // another process was first
			return theirs, nil
		}
	}
	return secret, err
}

// read returns a workspace's key and its sequence in the stream, nil and 0 when there is none.
func (v *vault) read(ctx context.Context, w string) (secret []byte, at uint64, err error) {
	m, err := v.keys.GetLastMsgForSubject(ctx, doctor.KeySubject+w)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	return m.Data, m.Sequence, nil
}

// Shred overwrites a workspace's key on the disk, so that nothing that was sealed with it can
// be read.
func (s *Store) Shred(ctx context.Context, w string) error {
	v := s.vault
	v.slow.Lock()
	defer v.slow.Unlock()
	v.mu.Lock()
	delete(v.open, w)
	v.mu.Unlock()
	_, at, err := v.read(ctx, w)
	if err == nil && at > 0 {
		err = v.keys.SecureDeleteMsg(ctx, at)
	}
	if err != nil {
		return fmt.Errorf("shred the workspace's key: %w", err)
	}
	return nil
}

// seal seals a value of a bucket's key, if it belongs to a workspace.
func (b *Bucket) seal(ctx context.Context, key string, value []byte) ([]byte, error) {
	w := b.owner(key)
	if w == "" {
		return value, nil
	}
	k, err := b.store.vault.key(ctx, w, true)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return append([]byte(sealedMark), k.Seal(value, b.Name+"."+key)...), nil
}

// Unseal opens a value of seal. It reports false for one that no key opens: its workspace was
// deleted.
func (b *Bucket) Unseal(ctx context.Context, key string, value []byte) ([]byte, bool, error) {
	box, sealed := bytes.CutPrefix(value, []byte(sealedMark))
	w := b.owner(key)
	if !sealed || w == "" {
		return value, true, nil
	}
	k, err := b.store.vault.key(ctx, w, false)
	if err != nil || k == nil {
		return nil, false, err
	}
	out, err := k.Open(box, b.Name+"."+key)
	return out, err == nil, nil
}

// owner returns the workspace that a key of the bucket belongs to, "" for none.
func (b *Bucket) owner(key string) string {
	if b.plain {
		return ""
	}
	return b.store.owner(key)
}

// Hidden returns a name within a workspace that does not reveal the given one.
func (s *Store) Hidden(ctx context.Context, w, name string) (string, error) {
	k, err := s.vault.key(ctx, w, true)
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, k.names)
	h.Write([]byte(name))
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}
