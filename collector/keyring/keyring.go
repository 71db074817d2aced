// Package keyring seals secrets at rest and makes the names of workspaces and people.
//
// The sealing keys may be rotated: list the new one first and keep the old ones until the next
// start has resealed everything. The identity, from which the names are made, is made once for
// a data folder and must never change: with another one nobody would find their workspace
// again.
package keyring

import (
	"bytes"
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

// Keys are the sealing keys and the identity of one data folder.
type Keys struct {
	seals    []Box // newest first
	identity []byte
}

// New makes keys of an identity and of at least one sealing key, the newest first.
func New(identity []byte, seals ...Box) *Keys {
	return &Keys{seals: seals, identity: identity}
}

var (
	// ErrKey says that none of the keys opens a sealed secret.
	ErrKey = errors.New("the key in SECRET_KEY does not fit the data folder")
	// ErrKeyFile says that the key in the data folder does not open it.
	ErrKeyFile = errors.New("the key in secret.key does not fit the data folder")
	// ErrKeyMissing says that the key file is gone from a data folder that had one.
	ErrKeyMissing = errors.New("secret.key is missing")
	// ErrIdentityMissing says that there is data, but not the identity that the names
	// of its workspaces were made from.
	ErrIdentityMissing = errors.New("identity.sealed is missing")
	// ErrIdentityDamaged says that the identity file was changed since it was written.
	ErrIdentityDamaged = errors.New("identity.sealed is damaged")
)

const (
	keyFile      = "secret.key"
	identityFile = "identity.sealed"
)

// Open reads the keys of a data folder. The sealing keys come from secrets (SECRET_KEY:
// several, newest first, comma-separated) or, if that is empty, from a file in dir that only
// its owner can read, made at first use. A hosted folder has no key file, so a copy of the
// folder alone reveals nothing.
//
// With used, the folder holds data already: a missing identity is an error then, and
// none is made. The errors are those above.
func Open(dir, secrets string, used bool) (*Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	sealed, err := os.ReadFile(filepath.Join(dir, identityFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && used:
		return nil, ErrIdentityMissing
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read the identity: %w", err)
	case err == nil && secrets == "": // the key file was made before the identity
		if _, err := os.Stat(filepath.Join(dir, keyFile)); errors.Is(err, fs.ErrNotExist) {
			return nil, ErrKeyMissing
		}
	}
	own := secrets == ""
	if own {
		if secrets, err = readOrMakeKey(filepath.Join(dir, keyFile)); err != nil {
			return nil, err
		}
	}
	seals, err := sealingKeys(secrets)
	if err != nil {
		if own {
			err = ErrKeyFile
		}
		return nil, err
	}
	k := New(nil, seals...)
	if err = k.openIdentity(filepath.Join(dir, identityFile), sealed); own && errors.Is(err, ErrKey) {
		err = ErrKeyFile
	}
	return k, err
}

// sealingKeys derives the keys of a comma-separated list of secrets.
func sealingKeys(secrets string) (out []Box, err error) {
	for s := range strings.SplitSeq(secrets, ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		if len(s) < 16 {
			return nil, errors.New("SECRET_KEY is too short: use at least 16 characters, better 32 random bytes in hex")
		}
		box, err := NewBox([]byte(s), "telegramtrac seal")
		if err != nil {
			return nil, err
		}
		out = append(out, box)
	}
	if len(out) == 0 {
		return nil, errors.New("SECRET_KEY holds no key")
	}
	return out, nil
}

// openIdentity opens the sealed identity, or makes one if sealed is nil. It rewrites the file
// if that is sealed with an older key, or has no checksum yet.
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
	if checked && k.Newest(box, identityFile) {
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

// identityBox returns the sealed identity in the file. The file ends with its SHA-256, which
// tells a damaged file from a wrong key; files of older versions have none.
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

// readOrMakeKey reads the key file, or makes it with a random key.
func readOrMakeKey(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b = []byte(hex.EncodeToString(randomBytes(32)))
		err = writeSecret(path, b)
	}
	if err != nil {
		return "", fmt.Errorf("keep a secret: %w", err)
	}
	return string(b), nil
}

// writeSecret writes a file that only its owner can read: whole, or not at all.
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

// Seal is Box.Seal with the newest key.
func (k *Keys) Seal(secret []byte, purpose string) []byte { return k.seals[0].Seal(secret, purpose) }

// Open is Box.Open with whichever of the keys fits.
func (k *Keys) Open(sealed []byte, purpose string) ([]byte, error) {
	for _, box := range k.seals {
		if secret, err := box.Open(sealed, purpose); err == nil {
			return secret, nil
		}
	}
	return nil, ErrKey
}

// Newest reports whether the newest key opens a sealed secret: the older keys are not
// needed for it any more.
func (k *Keys) Newest(sealed []byte, purpose string) bool {
	_, err := k.seals[0].Open(sealed, purpose)
	return err == nil
}

// Derive makes 32 bytes for a purpose from the identity: always the same ones.
func (k *Keys) Derive(purpose string) []byte {
	h := hmac.New(sha256.New, k.identity)
	h.Write([]byte(purpose))
	return h.Sum(nil)
}

// Workspace names the workspace of an owner on a server. It is the same for the same
// person from any browser, and cannot be guessed.
func (k *Keys) Workspace(server, owner string) string {
	sum := k.Derive("workspace\x00" + server + "\x00" + owner)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}

// Pseudonym makes the pseudonyms of one workspace: a person has the same number
// everywhere in it, and another one in every other workspace.
func (k *Keys) Pseudonym(workspace string) collector.Pseudonym {
	return collector.KeyedPseudonym(k.PseudonymKey(workspace))
}

// PseudonymKey is the key that a workspace's pseudonyms are made with.
func (k *Keys) PseudonymKey(workspace string) []byte { return k.Derive("pseudonym\x00" + workspace) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: https://pkg.go.dev/crypto/rand#Read
	return b
}
