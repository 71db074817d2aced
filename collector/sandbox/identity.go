package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
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
