package workspace

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"telegramtrac/collector"
)

// Keys seal what is secret at rest, and make the names that must stay the same
// for as long as the data lives. The sealing keys may be rotated; the identity,
// from which the names come, is made once and kept sealed beside the data.
type Keys struct {
	seals    []cipher.AEAD // newest first
	identity []byte
}

var (
	// ErrKey says that no key opens what was sealed.
	ErrKey = errors.New("the key in SECRET_KEY does not fit the data folder")
	// ErrKeyFile says the same of the key that lies in the data folder.
	ErrKeyFile = errors.New("the key in secret.key does not fit the data folder")
	// ErrKeyMissing says that the data folder had a key of its own, which is gone.
	ErrKeyMissing = errors.New("secret.key is missing")
	// ErrIdentityMissing says that there is data, and not the identity that its names
	// were made from: nobody would find their workspace again.
	ErrIdentityMissing = errors.New("identity.sealed is missing")
	// ErrIdentityDamaged says that the identity is not as it was written.
	ErrIdentityDamaged = errors.New("identity.sealed is damaged")
)

const (
	keyFile      = "secret.key"
	identityFile = "identity.sealed"
)

// OpenKeys takes the sealing keys from secrets (SECRET_KEY: several, newest
// first, comma-separated) or, where that is empty, from a file in dir that only
// its owner can read, made at first use. A hosted copy has no key in dir, so the
// folder alone reveals nothing.
//
// With used, there is data already that the identity belongs to: then it is never
// made anew. Errors are one of those above.
func OpenKeys(dir, secrets string, used bool) (*Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	sealed, err := os.ReadFile(filepath.Join(dir, identityFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && used:
		return nil, ErrIdentityMissing
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read the identity: %w", err)
	case err == nil && secrets == "": // the key was made before it
		if _, err := os.Stat(filepath.Join(dir, keyFile)); errors.Is(err, fs.ErrNotExist) {
			return nil, ErrKeyMissing
		}
	}
	own := secrets == ""
	if own {
		own, err := keepSecret(filepath.Join(dir, keyFile), func() []byte { return []byte(hex.EncodeToString(randomBytes(32))) })
		if err != nil {
			return nil, err
		}
		secrets = string(own)
	}
	k := &Keys{}
	for s := range strings.SplitSeq(secrets, ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		aead, err := sealingKey(s)
		if err != nil {
			if own {
				err = ErrKeyFile
			}
			return nil, err
		}
		k.seals = append(k.seals, aead)
	}
	if len(k.seals) == 0 && own {
		return nil, ErrKeyFile
	}
	if len(k.seals) == 0 {
		return nil, errors.New("SECRET_KEY holds no key")
	}
	if err = k.openIdentity(filepath.Join(dir, identityFile), sealed); own && errors.Is(err, ErrKey) {
		err = ErrKeyFile
	}
	return k, err
}

func sealingKey(secret string) (cipher.AEAD, error) {
	if len(secret) < 16 {
		return nil, errors.New("SECRET_KEY is too short: use at least 16 characters, better 32 random bytes in hex")
	}
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "telegramtrac seal", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	return chacha20poly1305.NewX(key)
}

// openIdentity opens the sealed identity, or makes it where sealed is nil, and sees to
// it that it lies sealed with the newest key, and with a checksum.
func (k *Keys) openIdentity(path string, sealed []byte) (err error) {
	if sealed == nil {
		k.identity = randomBytes(identityBytes)
		return k.writeIdentity(path)
	}
	box, checked, err := identityBox(sealed)
	if err != nil {
		return err
	}
	if k.identity, err = k.Open(box, identityFile); err != nil {
		return err
	}
	if checked && k.newest(box, identityFile) {
		return nil
	}
	return k.writeIdentity(path)
}

func (k *Keys) writeIdentity(path string) error {
	box := k.Seal(k.identity, identityFile)
	sum := sha256.Sum256(box)
	if err := writeSecret(path, append(box, sum[:]...)); err != nil {
		return fmt.Errorf("keep the identity: %w", err)
	}
	return nil
}

const (
	identityBytes = 32
	boxBytes      = chacha20poly1305.NonceSizeX + identityBytes + chacha20poly1305.Overhead
)

// identityBox takes the seal out of the file, which ends with a SHA-256 of it since a
// damaged file is to be told from a wrong key. Older ones have none.
func identityBox(file []byte) (box []byte, checked bool, err error) {
	switch len(file) {
	case boxBytes:
		return file, false, nil
	case boxBytes + sha256.Size:
		box, sum := file[:boxBytes], sha256.Sum256(file[:boxBytes])
		if !bytes.Equal(sum[:], file[boxBytes:]) {
			return nil, false, ErrIdentityDamaged
		}
		return box, true, nil
	}
	return nil, false, ErrIdentityDamaged
}

// keepSecret reads a file, or writes it first with what make gives.
func keepSecret(path string, make func() []byte) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b = make()
		err = writeSecret(path, b)
	}
	if err != nil {
		return nil, fmt.Errorf("keep a secret: %w", err)
	}
	return b, nil
}

// writeSecret replaces a file that only its owner can read, whole or not at all.
func writeSecret(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(b); err != nil {
		f.Close()
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Seal encrypts a secret. What is sealed opens only under the same purpose, so
// that one record cannot be put in the place of another.
func (k *Keys) Seal(secret []byte, purpose string) []byte {
	nonce := randomBytes(chacha20poly1305.NonceSizeX)
	return k.seals[0].Seal(nonce, nonce, secret, []byte(purpose))
}

// Open decrypts what Seal made with any of the keys; ErrKey otherwise.
func (k *Keys) Open(sealed []byte, purpose string) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, ErrKey
	}
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	for _, aead := range k.seals {
		if secret, err := aead.Open(nil, nonce, box, []byte(purpose)); err == nil {
			return secret, nil
		}
	}
	return nil, ErrKey
}

// newest reports whether the newest key opens what was sealed: then the others may go.
func (k *Keys) newest(sealed []byte, purpose string) bool {
	_, err := (&Keys{seals: k.seals[:1]}).Open(sealed, purpose)
	return err == nil
}

// Derive makes 32 bytes for a purpose from the identity.
func (k *Keys) Derive(purpose string) []byte {
	h := hmac.New(sha256.New, k.identity)
	h.Write([]byte(purpose))
	return h.Sum(nil)
}

// Workspace names the workspace that belongs to an owner on a server: the
// same for the same person from any browser, and not to be guessed.
func (k *Keys) Workspace(server, owner string) string {
	sum := k.Derive("workspace\x00" + server + "\x00" + owner)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}

// Pseudonym makes the keyed 63-bit pseudonyms of one workspace: the same person
// is the same number within it, and a different one elsewhere.
func (k *Keys) Pseudonym(workspace string) collector.Pseudonym {
	return collector.KeyedPseudonym(k.pseudonymKey(workspace))
}

func (k *Keys) pseudonymKey(workspace string) []byte { return k.Derive("pseudonym\x00" + workspace) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: https://pkg.go.dev/crypto/rand#Read
	return b
}
