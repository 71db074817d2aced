// Package telegramtest signs accounts of the sandbox in and reads with them, for the tests
// of everything that reads Telegram.
package telegramtest

import (
	"context"
	"crypto/rsa"
	"log/slog"
	"sync"
	"testing"

	"github.com/gotd/td/session"

	"telegramtrac/collector"
	"telegramtrac/collector/gate/gatetest"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram"
	"telegramtrac/collector/telegram/client"
)

// Account is what is stored of an account: its session and the channels that it knows. It
// is a client.Session and telegram.Peers in memory. The zero Account is not signed in.
type Account struct {
	mu     sync.Mutex
	secret []byte
	peers  map[string][]byte
}

// NewAccount makes an account with a session that was stored elsewhere.
func NewAccount(secret []byte) *Account { return &Account{secret: secret} }

// Load implements client.Session.
func (a *Account) Load(context.Context) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.secret, nil
}

// Store implements client.Session.
func (a *Account) Store(_ context.Context, secret []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.secret = secret
	return nil
}

// Peer implements telegram.Peers.
func (a *Account) Peer(_ context.Context, key string) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.peers[key], nil
}

// PutPeer implements telegram.Peers.
func (a *Account) PutPeer(_ context.Context, key string, value []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.peers == nil {
		a.peers = map[string][]byte{}
	}
	a.peers[key] = value
	return nil
}

// ForgetPeer forgets what is known under a key.
func (a *Account) ForgetPeer(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.peers, key)
}

// With is the same account with another session.
func (a *Account) With(session *Account) *Account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return &Account{secret: session.secret, peers: a.peers}
}

// Start runs a sandbox for the test.
func Start(tb testing.TB, w *world.World) *sandboxtest.Server {
	tb.Helper()
	s, err := sandboxtest.Start(tb.Context(), sandbox.Options{World: w, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// SignedIn makes an account of a phone that is signed in, without the cost of signing in.
func SignedIn(tb testing.TB, s *sandboxtest.Server, phone string) *Account {
	tb.Helper()
	var storage session.StorageMemory
	if err := s.IssueSession(tb.Context(), &storage, phone); err != nil {
		tb.Fatal(err)
	}
	secret, err := storage.LoadSession(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return NewAccount(secret)
}

// Options are those of a client of an account at a sandbox.
func Options(s *sandboxtest.Server, a *Account) client.Options {
	return client.Options{
		Server: client.Server{DC: 2, DCs: s.DCOptions(), Keys: []*rsa.PublicKey{s.PublicKey()}},
		APIID:  sandbox.APIID, APIHash: sandbox.APIHash,
		Session: a, Logger: slog.New(slog.DiscardHandler),
	}
}

// Client is a client with the account that it is of.
type Client struct {
	*client.Client
	account *Account
}

// Dial connects. The session of the options is an Account.
func Dial(tb testing.TB, o client.Options) *Client {
	tb.Helper()
	c, err := client.Dial(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return &Client{c, o.Session.(*Account)}
}

// Connect dials with a clock that skips waits; change may be nil.
func Connect(tb testing.TB, s *sandboxtest.Server, a *Account, change func(*client.Options)) (*Client, *gatetest.Skip) {
	tb.Helper()
	clock := new(gatetest.Skip)
	o := Options(s, a)
	o.Clock = clock
	if change != nil {
		change(&o)
	}
	return Dial(tb, o), clock
}

// Source is a source over the client.
func (c *Client) Source(p collector.Pseudonym) *telegram.Source {
	return telegram.NewSource(c.Client, telegram.Options{Peers: c.account, Pseudonym: p})
}

// Source is a source of the plain account.
func Source(tb testing.TB, s *sandboxtest.Server) *telegram.Source {
	tb.Helper()
	return Dial(tb, Options(s, SignedIn(tb, s, sandbox.PhonePlain))).Source(nil)
}
