package keyring

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// Box seals values with one key.
type Box struct{ cipher.AEAD }

// NewBox makes the box of a secret for one use: boxes of other uses do not open what it seals.
func NewBox(secret []byte, use string) (Box, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, use, chacha20poly1305.KeySize)
	if err != nil {
		return Box{}, fmt.Errorf("derive the key to seal with: %w", err)
	}
	aead, err := chacha20poly1305.NewX(key)
	return Box{aead}, err
}

// Seal encrypts a value. It opens only with the same purpose, so that one record cannot be put
// in the place of another.
func (b Box) Seal(value []byte, purpose string) []byte {
	nonce := randomBytes(chacha20poly1305.NonceSizeX)
	return b.AEAD.Seal(nonce, nonce, value, []byte(purpose))
}

// Open decrypts a result of Seal; never nil. The error is ErrKey if it was sealed otherwise.
func (b Box) Open(sealed []byte, purpose string) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, ErrKey
	}
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	value, err := b.AEAD.Open([]byte{}, nonce, box, []byte(purpose))
	if err != nil {
		return nil, ErrKey
	}
	return value, nil
}
