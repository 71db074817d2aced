package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/gotd/td/crypto"
)

// identity is what identifies a server across restarts.
type identity struct {
	rsa    *rsa.PrivateKey
	secret []byte // used to make access hashes
}

type identityRecord struct {
	RSA    []byte `json:"rsa"` // PKCS #1
	Secret []byte `json:"secret"`
}

// loadIdentity reads the server's identity, or makes and stores a new one.
func loadIdentity(s store) (identity, error) {
	var id identity
	err := s.each(kindServer, func(_ string, data []byte) {
		var r identityRecord
		if json.Unmarshal(data, &r) != nil || len(r.Secret) == 0 {
			return
		}
		if key, err := x509.ParsePKCS1PrivateKey(r.RSA); err == nil {
			id = identity{rsa: key, secret: r.Secret}
		}
	})
	if err != nil || id.rsa != nil {
		return id, err
	}
	key, err := rsa.GenerateKey(rand.Reader, crypto.RSAKeyBits)
	if err != nil {
		return identity{}, fmt.Errorf("make RSA key: %w", err)
	}
	id = identity{rsa: key, secret: make([]byte, 32)}
	rand.Read(id.secret)
	return id, s.put(kindServer, "identity", identityRecord{x509.MarshalPKCS1PrivateKey(key), id.secret})
}

// accessHash returns the number that lets only this account use a peer it has seen. kind
// distinguishes users and channels with equal ids.
func (id identity) accessHash(account int64, kind byte, peer int64) int64 {
	mac := hmac.New(sha256.New, id.secret)
	var b [17]byte
	binary.LittleEndian.PutUint64(b[:], uint64(account))
	b[8] = kind
	binary.LittleEndian.PutUint64(b[9:], uint64(peer))
	mac.Write(b[:])
	var sum [sha256.Size]byte
	return int64(binary.LittleEndian.Uint64(mac.Sum(sum[:0])) | 1) // never 0, which means no hash
}
