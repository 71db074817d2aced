package sandbox

import (
	"crypto/rand"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/telegram/auth"
)

// Older clients encrypt p_q_inner_data differently; gotd's newer form is covered by every test
// that makes a key.
func TestHandshakeForms(t *testing.T) {
	id, err := loadIdentity(store{})
	if err != nil {
		t.Fatal(err)
	}
	padded := func(b []byte) ([]byte, error) { return crypto.RSAPad(b, &id.rsa.PublicKey, rand.Reader) }
	hashed := func(b []byte) ([]byte, error) { return crypto.RSAEncryptHashed(b, &id.rsa.PublicKey, rand.Reader) }
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
			h := handshake{id: id, dc: 2, now: time.Now}
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
	id, err := loadIdentity(store{})
	if err != nil {
		t.Fatal(err)
	}
	h := handshake{id: id, dc: 2, now: time.Now}
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

func TestPasswordProof(t *testing.T) {
	v, err := newVerifier()
	if err != nil {
		t.Fatal(err)
	}
	algo := kdf(v.algo)
	for password, want := range map[string]bool{Password: true, "": false, "Sandbox": false} {
		c, err := v.challenge()
		if err != nil {
			t.Fatal(err)
		}
		proof, err := auth.PasswordHash([]byte(password), c.id, c.public, random(256), &algo)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.check(c, proof.A, proof.M1); got != want {
			t.Errorf("%q: got %v, want %v", password, got, want)
		}
	}
	c, err := v.challenge()
	if err != nil {
		t.Fatal(err)
	}
	if v.check(c, []byte{0}, make([]byte, 32)) {
		t.Error("g_a = 0 was accepted")
	}
}

// Only requests sent after the client received a wait count as early.
func TestEarly(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(1_700_000_000, 0).Add(time.Duration(ms) * time.Millisecond) }
	who := caller{account: 1, method: "m"}
	tests := []struct {
		name          string
		sent, arrived int // ms after the answer; the wait is 2 s
		early, wait   int
	}{
		{"in flight", -5, 30, 0, 2},
		{"crossed the answer", 20, 40, 0, 2},
		{"sent before, delayed", -5, 500, 0, 2},
		{"early", 500, 505, 1, 2},
		{"nearly in time", 1990, 1999, 1, 1},
		{"in time", 2000, 2001, 0, 0},
	}
	for _, test := range tests {
		h := newHooks(nil)
		h.SetFlood(func(int64, string) int { return 2 })
		r := h.arrived(who, 1, at(-10), at(-9))
		if want := (refusal{seconds: 2}); r != want {
			t.Fatalf("got a wait of %+v, want %+v", r, want)
		}
		h.answered(who, 1, true, r, at(0))
		h.flood = nil
		if got := h.arrived(who, 1, at(test.sent), at(test.arrived)); got.seconds != test.wait {
			t.Errorf("%s: got a wait of %+v, want %d s", test.name, got, test.wait)
		}
		if got := h.Early(); got != test.early {
			t.Errorf("%s: got %d early, want %d", test.name, got, test.early)
		}
	}
}

// A wait of one method applies to all of the account's requests, but not to another account or
// to the first call of a connection. A request answered late is not lost; one that is never
// answered is.
func TestHasty(t *testing.T) {
	begin := time.Unix(1_700_000_000, 0)
	h := newHooks(nil)
	h.SetFlood(func(_ int64, method string) int {
		if method == "history" {
			return 2
		}
		return 0
	})
	call := func(account int64, method string, ms int) {
		now := begin.Add(time.Duration(ms) * time.Millisecond)
		who := caller{account: account, method: method}
		r := h.arrived(who, 1, now, now)
		if method != "lost" {
			h.answered(who, 1, r.seconds > 0, r, now)
		}
	}
	for _, step := range []struct {
		account int64
		method  string
		ms      int
		hasty   int
	}{
		{1, "details", 0, 0},
		{1, "history", 100, 0},   // refused
		{1, "details", 150, 0},   // crossed the answer
		{2, "details", 1000, 0},  // another account
		{1, connecting, 1000, 0}, // a connection begins
		{1, "details", 1000, 1},  // sent after it received the wait
		{1, "history", 1100, 2},  // this one too
		{1, "details", 2200, 2},  // in time
		{1, "history", 3000, 2},  // refused again
		{1, "details", 3050, 2},  // crossed the answer
		{1, "lost", 4000, 3},
	} {
		call(step.account, step.method, step.ms)
		if got := h.Hasty(); got != step.hasty {
			t.Errorf("%s of account %d after %d ms: %d hasty, want %d", step.method, step.account, step.ms, got, step.hasty)
		}
	}
	if got := h.Early(); got != 1 {
		t.Errorf("%d early of their own method, want 1", got)
	}
	if lost, floods := h.Lost("lost"), h.Floods("history"); lost != 1 || h.Lost("history") != 0 || floods != 3 {
		t.Errorf("%d lost, %d floods; want 1 and 3", lost, floods)
	}
}

func TestSeenMessages(t *testing.T) {
	k := &authKey{}
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

// An answer with the rest of a wait, rounded up to seconds, does not extend the wait.
func TestRunningWaitIsNotProlonged(t *testing.T) {
	begin := time.Unix(1_700_000_000, 0)
	who := caller{account: 1, method: "m"}
	h := newHooks(nil)
	h.SetFlood(func(int64, string) int { return 2 })
	h.answered(who, 1, true, h.arrived(who, 1, begin, begin), begin)
	h.flood = nil
	for _, ms := range []int{100, 900, 1500, 1950} {
		now := begin.Add(time.Duration(ms) * time.Millisecond)
		r := h.arrived(who, 1, begin, now)
		if r.seconds == 0 || !r.running {
			t.Errorf("after %d ms: got %+v, want the rest of a wait", ms, r)
		}
		h.answered(who, 1, true, r, now)
	}
	if got := h.arrived(who, 1, begin, begin.Add(2*time.Second)); got != (refusal{}) {
		t.Errorf("after the wait: got %+v, want none", got)
	}
}
