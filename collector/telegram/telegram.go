// Package telegram is the source over MTProto: it signs a person in with their
// own account, reads public channels, and keeps to the pace that Telegram sets.
//
// Everything an account asks goes through one gate, so a flood wait met by one
// request holds back all of them. The client code is the same for the real
// service and for any other server (Server).
package telegram

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
)

// Server says which Telegram to talk to. The zero Server is the real one.
type Server struct {
	DC   int              // the DC to begin with; 0: Telegram's default
	DCs  []tg.DCOption    // nil: the real ones
	Keys []*rsa.PublicKey // nil: the real ones
}

// Session keeps the secret that is the signed-in account, about 1 kB of JSON.
// A Load without a session returns nil.
type Session interface {
	Load(ctx context.Context) ([]byte, error)
	Store(ctx context.Context, secret []byte) error
}

// Peers keeps what the account knows of channels, access hashes among it, so
// that no username is resolved twice. Peer returns nil for an unknown key.
type Peers interface {
	Peer(ctx context.Context, key string) ([]byte, error)
	PutPeer(ctx context.Context, key string, value []byte) error
}

// Options are what a Client needs. All fields without a remark are required.
// OnWait and Keep are called in order; they and OnScanned must not block for long and
// must not call the Client.
type Options struct {
	Server      Server
	Source      string // what rows say they come from; "": telegram
	APIID       int
	APIHash     string
	Session     Session
	Peers       Peers                // nil while signing in
	Interactive bool                 // a person waits: flood waits and lost connections are errors at once
	SigningIn   bool                 // nobody is signed in yet: the session may change its DC; goes with Interactive
	NotBefore   time.Time            // no request before this time; may be zero
	OnWait      func(collector.Wait) // told when a wait begins or changes and, with a zero Wait, when none is on; may be nil
	Memory      Memory               // what an earlier client of the account handed to Keep
	Keep        func(Memory)         // told what to keep over a restart: at once of a flood wait or a stop, else once a minute and at the end; may be nil
	OnScanned   func()               // told when a QR code of this client was scanned, maybe more than once; may be nil
	Pace        bool                 // begin slowly with an account that is new, as the real service wants it
	LookUpsADay int                  // names looked up in 24 hours at most; 0: LookUpsADay, below 0: no limit
	Clock       Clock                // nil: the system's
	Logger      *slog.Logger
}

// startupTimeout is how long a connection may take, key exchange included.
const startupTimeout = 20 * time.Second

// Client is one connection of one account. It is made by Dial and ends with Close.
type Client struct {
	tg      *telegram.Client
	api     *tg.Client
	gate    *gate
	options Options
	home    *home

	stop context.CancelFunc
	done chan struct{} // closed when the connection has ended for good
	err  error         // why; read after done
}

// Dial connects. Errors: Network when the server does not answer, SignedOut
// when it no longer knows the session.
func Dial(ctx context.Context, o Options) (*Client, error) {
	c := &Client{
		options: o,
		gate:    newGate(o),
		done:    make(chan struct{}),
	}
	c.home = newHome(c)
	c.tg = telegram.NewClient(o.APIID, o.APIHash, c.clientOptions())
	c.api = c.tg.API()

	// The connection outlives ctx; Close ends it.
	runCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	ready := make(chan struct{})
	go func() {
		defer close(c.done)
		c.err = c.tg.Run(runCtx, func(ctx context.Context) error {
			close(ready)
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	if err := c.awaitReady(ctx, ready); err != nil {
		c.Close()
		return nil, fmt.Errorf("connect to Telegram: %w", err)
	}
	return c, nil
}

// awaitReady waits until the connection works or fails.
func (c *Client) awaitReady(ctx context.Context, ready <-chan struct{}) error {
	timer := time.NewTimer(startupTimeout)
	defer timer.Stop()
	select {
	case <-ready:
		return nil
	case <-c.done:
		return toError(c.err)
	case <-timer.C:
		return &collector.Error{Kind: collector.Network, Err: errors.New("no answer")}
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) clientOptions() telegram.Options {
	out := telegram.Options{
		DC:             c.options.Server.DC,
		NoUpdates:      true,
		SessionStorage: c.home,
		Middlewares:    []telegram.Middleware{c.home, c.gate},
		Device:         telegram.DeviceConfig{DeviceModel: "telegramtrac", SystemVersion: "server", AppVersion: "1"},
	}
	if c.options.OnScanned != nil { // the one update that anybody here waits for
		out.NoUpdates, out.UpdateHandler = false, telegram.UpdateHandlerFunc(c.updated)
	}
	if len(c.options.Server.DCs) > 0 {
		out.DCList = dcs.List{Options: c.options.Server.DCs}
	}
	for _, key := range c.options.Server.Keys {
		out.PublicKeys = append(out.PublicKeys, telegram.PublicKey{RSA: key})
	}
	return out
}

// Close ends the connection and waits for it. The session stays signed in.
func (c *Client) Close() {
	c.stop()
	<-c.done
	c.gate.close()
}
