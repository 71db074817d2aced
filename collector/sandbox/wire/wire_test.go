package wire

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
)

func serverKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, crypto.RSAKeyBits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Older clients encrypt p_q_inner_data differently; gotd's newer form is covered by every test
// that makes a key.
func TestHandshakeForms(t *testing.T) {
	key := serverKey(t)
	padded := func(b []byte) ([]byte, error) { return crypto.RSAPad(b, &key.PublicKey, rand.Reader) }
	hashed := func(b []byte) ([]byte, error) { return crypto.RSAEncryptHashed(b, &key.PublicKey, rand.Reader) }
	tests := []struct {
		name    string
		inner   func(mt.PQInnerData) bin.Encoder
		encrypt func([]byte) ([]byte, error)
		want    error
	}{
		{"old", func(d mt.PQInnerData) bin.Encoder { return &d }, hashed, nil},
		{"new", func(d mt.PQInnerData) bin.Encoder { return innerFor(d, 2) }, padded, nil},
		{"test server", func(d mt.PQInnerData) bin.Encoder { return innerFor(d, 10002) }, padded, nil},
		{"media server", func(d mt.PQInnerData) bin.Encoder { return innerFor(d, -2) }, padded, nil},
		{"another data centre", func(d mt.PQInnerData) bin.Encoder { return innerFor(d, 1) }, padded, errWrongDC},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := handshake{rsa: key, dc: 2, now: time.Now}
			nonce := bin.Int128{1}
			answer, err := h.step(encode(t, &mt.ReqPqMultiRequest{Nonce: nonce}), nil)
			if err != nil {
				t.Fatal(err)
			}
			pq := answer.(*mt.ResPQ)
			if p, q, err := crypto.DecomposePQ(new(big.Int).SetBytes(pq.Pq), rand.Reader); err != nil || p.Int64() != primeP || q.Int64() != primeQ {
				t.Errorf("pq has factors %v and %v, %v", p, q, err)
			}
			data, err := test.encrypt(encode(t, test.inner(mt.PQInnerData{
				Pq: pq.Pq, Nonce: nonce, ServerNonce: pq.ServerNonce, NewNonce: bin.Int256{2},
			})))
			if err != nil {
				t.Fatal(err)
			}
			answer, err = h.step(encode(t, &mt.ReqDHParamsRequest{
				Nonce: nonce, ServerNonce: pq.ServerNonce, EncryptedData: data,
			}), nil)
			if !errors.Is(err, test.want) {
				t.Fatalf("got error %v, want %v", err, test.want)
			}
			if _, ok := answer.(*mt.ServerDHParamsOk); !ok && test.want == nil {
				t.Errorf("got %T", answer)
			}
		})
	}
}

func innerFor(d mt.PQInnerData, dc int) *mt.PQInnerDataDC {
	return &mt.PQInnerDataDC{Pq: d.Pq, Nonce: d.Nonce, ServerNonce: d.ServerNonce, NewNonce: d.NewNonce, DC: dc}
}

func encode(t *testing.T, m bin.Encoder) []byte {
	t.Helper()
	var b bin.Buffer
	if err := m.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Raw()
}

// A message of another exchange, or out of order, is refused.
func TestHandshakeRefuses(t *testing.T) {
	key := serverKey(t)
	h := handshake{rsa: key, dc: 2, now: time.Now}
	never := func(crypto.AuthKey, int64) error { t.Error("a key was kept"); return nil }
	for _, m := range []bin.Encoder{
		&mt.ReqDHParamsRequest{Nonce: bin.Int128{1}},
		&mt.SetClientDHParamsRequest{},
		&mt.PingRequest{},
	} {
		if _, err := h.step(encode(t, m), never); err == nil {
			t.Errorf("%T was answered", m)
		}
	}
}

func TestSeenMessages(t *testing.T) {
	k := &Key{}
	s, created := k.session(1)
	if !created {
		t.Error("not a new session")
	}
	for id := int64(4); id <= 4*3*seenMessages; id += 4 {
		if !s.begin(id, func() {}) {
			t.Fatalf("message %d taken for a duplicate", id)
		}
		s.end(id, true)
		if s.begin(id, func() {}) || s.begin(4, func() {}) {
			t.Fatalf("duplicate taken on at message %d", id)
		}
	}
	if got, want := len(s.seen), seenMessages; got != want {
		t.Errorf("remembers %d ids, want %d", got, want)
	}
	for id := range int64(100) {
		k.session(id)
	}
	if got, want := len(k.sessions), maxSessions; got != want {
		t.Errorf("remembers %d sessions, want %d", got, want)
	}
}
