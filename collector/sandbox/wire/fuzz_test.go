package wire

import (
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
)

// FuzzHandshake sends the server arbitrary steps of a key exchange.
func FuzzHandshake(f *testing.F) {
	key := serverKey(f)
	for _, m := range []bin.Encoder{
		&mt.ReqPqRequest{}, &mt.ReqPqMultiRequest{},
		&mt.ReqDHParamsRequest{EncryptedData: make([]byte, 256)},
		&mt.SetClientDHParamsRequest{EncryptedData: make([]byte, 32)},
	} {
		var b bin.Buffer
		if err := m.Encode(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Raw())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h := handshake{rsa: key, dc: 2, now: time.Now}
		keep := func(crypto.AuthKey, int64) error { t.Error("a key came out of nothing"); return nil }
		_, _ = h.step(data, keep) // an error is a valid answer
	})
}
