package sandbox

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"math/big"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto/srp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/wire"
)

// verifier is what a server stores of a password: https://core.telegram.org/api/srp
type verifier struct {
	algo srp.Input
	v    *big.Int
}

// onlyVerifier is that of the sandbox's only password. It takes a large part of a second, so a
// process makes it once.
var onlyVerifier = sync.OnceValues(newVerifier)

func newVerifier() (*verifier, error) {
	algo := newAlgo()
	v, salt, err := srp.NewSRP(rand.Reader).NewHash([]byte(Password), algo)
	if err != nil {
		return nil, fmt.Errorf("hash password: %w", err)
	}
	algo.Salt1 = salt
	return &verifier{algo: algo, v: new(big.Int).SetBytes(v)}, nil
}

func newAlgo() srp.Input {
	return srp.Input{Salt1: random(8), Salt2: random(16), G: wire.Generator, P: wire.Prime().Bytes()}
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// srpChallenge is the challenge from one account.getPassword.
type srpChallenge struct {
	id     int64
	secret *big.Int // b
	public []byte   // g_b
}

func (c call) getPassword(*tg.AccountGetPasswordRequest) (bin.Encoder, error) {
	a, ok := accountByID(max(c.signIn.Account, c.signIn.Pending))
	if !ok {
		return nil, errUnregistered
	}
	algo := kdf(newAlgo())
	answer := &tg.AccountPassword{
		NewAlgo:       &algo,
		NewSecureAlgo: &tg.SecurePasswordKdfAlgoPBKDF2HMACSHA512iter100000{Salt: random(8)},
		SecureRandom:  random(256),
	}
	if !a.hasPassword() {
		return answer, nil
	}
	v, err := onlyVerifier()
	if err != nil {
		return nil, err
	}
	challenge, err := v.challenge()
	if err != nil {
		return nil, err
	}
	c.key.mu.Lock()
	c.key.srp = challenge
	c.key.mu.Unlock()
	current := kdf(v.algo)
	answer.HasPassword = true
	answer.SetCurrentAlgo(&current)
	answer.SetSRPB(challenge.public)
	answer.SetSRPID(challenge.id)
	answer.SetHint(PasswordHint)
	return answer, nil
}

func kdf(i srp.Input) tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow {
	return tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(i)
}

func (c call) checkPassword(req *tg.AuthCheckPasswordRequest) (bin.Encoder, error) {
	a, ok := accountByID(max(c.signIn.Account, c.signIn.Pending))
	if !ok {
		return nil, errUnregistered
	}
	answer, ok := req.Password.(*tg.InputCheckPasswordSRP)
	if !ok {
		return nil, errPasswordHash
	}
	c.key.mu.Lock()
	challenge := c.key.srp
	c.key.srp = nil // valid for one attempt
	c.key.mu.Unlock()
	if challenge == nil || challenge.id != answer.SRPID {
		return nil, errSRPID
	}
	v, err := onlyVerifier()
	if err != nil {
		return nil, err
	}
	if !v.check(challenge, answer.A, answer.M1) {
		return nil, errPasswordHash
	}
	return c.enter(a)
}

// challenge makes g_b = k*v + g^b.
func (v *verifier) challenge() (*srpChallenge, error) {
	p := wire.Prime()
	secret, gb, err := wire.NewExponent(p)
	if err != nil {
		return nil, err
	}
	public := new(big.Int).Mul(v.multiplier(), v.v)
	public.Add(public, gb).Mod(public, p)
	id := int64(binary.LittleEndian.Uint64(random(8)) >> 1)
	return &srpChallenge{id: id, secret: secret, public: pad(public)}, nil
}

// multiplier is k = H(p | g).
func (v *verifier) multiplier() *big.Int {
	return number(hash(v.algo.P, pad(big.NewInt(wire.Generator))))
}

// check verifies the client's proof M1 that it has the password.
func (v *verifier) check(c *srpChallenge, gA, m1 []byte) bool {
	p := wire.Prime()
	a := number(gA)
	if !wire.Safe(a, p) {
		return false
	}
	u := number(hash(pad(a), c.public))
	s := new(big.Int).Exp(v.v, u, p)
	s.Mul(s, a).Mod(s, p).Exp(s, c.secret, p) // (g_a * v^u)^b
	mix := hash(v.algo.P)
	subtle.XORBytes(mix, mix, hash(pad(big.NewInt(wire.Generator))))
	want := hash(mix, hash(v.algo.Salt1), hash(v.algo.Salt2), pad(a), c.public, hash(pad(s)))
	return bytes.Equal(want, m1)
}

func number(b []byte) *big.Int { return new(big.Int).SetBytes(b) }

// pad returns a number as 2048 bits, big endian.
func pad(n *big.Int) []byte { return n.FillBytes(make([]byte, 256)) }

func hash(data ...[]byte) []byte {
	h := sha256.New()
	for _, d := range data {
		h.Write(d)
	}
	return h.Sum(nil)
}
