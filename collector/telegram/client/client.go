// Package client is one connection of one Telegram account: it dials, directly or through a
// proxy, signs a person in, preserves the session across moves and refusals, and sends every
// request through the account's gate.
//
// The code is the same for the real service and for any other server (Server).
package client

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/proxy"
)

// Server says which Telegram to talk to. The zero Server is the real one.
type Server struct {
	DC   int              // the first DC to connect to; 0: Telegram's default
	DCs  []tg.DCOption    // nil: the real ones
	Keys []*rsa.PublicKey // nil: the real ones

	Proxy *proxy.Proxy // nil: none
}

// Session stores the secret of the signed-in account, about 1 kB of JSON. Load returns nil if
// there is no session.
type Session interface {
	Load(ctx context.Context) ([]byte, error)
	Store(ctx context.Context, secret []byte) error
}

// Options configure a Client and its gate. Fields without a remark are required. OnScanned must
// return quickly and must not call the Client.
type Options struct {
	gate.Options
	Server    Server
	APIID     int
	APIHash   string
	Session   Session
	OnScanned func()       // called when a QR code of this client was scanned, maybe more than once; may be nil
	Logger    *slog.Logger // also for the gate
}

// startupTimeout is how long a connection may take, key exchange included.
const startupTimeout = 20 * time.Second

// Client is one connection of one account. It is made by Dial and ends with Close.
type Client struct {
	tg      *library
	api     *tg.Client
	gate    *gate.Account
	options Options
	home    *home
	time    *serverTime
	wires   *wires

	clockChecked atomic.Bool

	fail func(why error) // ends the connection permanently
	done chan struct{}   // closed when the connection has ended permanently
	err  error           // why it ended; read only after done is closed
}

// Dial connects; the caller closes the Client. Errors: Network if the server does not answer
// (Detail is the cause if known: DetailSession, or the proxy), SignedOut if it no longer knows
// the session, Clock if the computer's clock is too far off.
func Dial(ctx context.Context, o Options) (*Client, error) {
	o.Options.Logger = o.Logger
	c := &Client{
		options: o,
		gate:    gate.New(o.Options),
		done:    make(chan struct{}),
	}
	c.home = newHome(c)
	c.time = newServerTime(c.gate.Clock().Now())
	c.wires = newWires(c)
	c.tg = new(library)
	c.tg.Store(telegram.NewClient(o.APIID, o.APIHash, c.clientOptions()))
	c.api = tg.NewClient(c.tg)

	// The connection outlives ctx; Close ends it.
	runCtx, fail := context.WithCancelCause(context.WithoutCancel(ctx))
	c.fail = fail
	ready := make(chan struct{})
	go func() {
		defer close(c.done)
		c.err = c.run(runCtx, sync.OnceFunc(func() { close(ready) }))
		if why := context.Cause(runCtx); why != nil && !errors.Is(why, context.Canceled) {
			c.err = why
		}
	}()
	if err := c.awaitReady(ctx, ready); err != nil {
		c.Close()
		return nil, fmt.Errorf("connect to Telegram: %w", err)
	}
	return c, nil
}

// run keeps the connection open until the context ends or it fails permanently.
func (c *Client) run(ctx context.Context, ready func()) error {
	for {
		err := c.tg.Load().Run(ctx, func(ctx context.Context) error {
			ready()
			<-ctx.Done()
			return ctx.Err()
		})
		if ctx.Err() != nil {
			return err
		}
		if err := c.refusedConnection(ctx, err); err != nil {
			return err
		}
		// The client library treats a refused session as ended, and runs only once.
		c.tg.Store(telegram.NewClient(c.options.APIID, c.options.APIHash, c.clientOptions()))
	}
}

// reconnecting returns the back-off between attempts to reconnect.
func (c *Client) reconnecting() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.MaxElapsedTime = 100*time.Millisecond, 5*time.Second, 0
	return reconnecting{b, c.gate}
}

type reconnecting struct {
	*backoff.ExponentialBackOff
	gate *gate.Account
}

// NextBackOff implements backoff.BackOff. After a refused session the pause has already passed.
func (r reconnecting) NextBackOff() time.Duration {
	if r.gate.DoubtsSession() {
		return r.InitialInterval
	}
	return r.ExponentialBackOff.NextBackOff()
}

// library is the client library, which can be replaced with a new instance.
type library struct {
	atomic.Pointer[telegram.Client]
}

// Invoke implements tg.Invoker.
func (l *library) Invoke(ctx context.Context, input bin.Encoder, output bin.Decoder) error {
	return l.Load().Invoke(ctx, input, output)
}

// awaitReady waits until the connection works or fails.
func (c *Client) awaitReady(ctx context.Context, ready <-chan struct{}) error {
	timer := time.NewTimer(startupTimeout)
	defer timer.Stop()
	barred := c.wires.barred
	if !c.options.Interactive {
		barred = nil
	}
	select {
	case <-barred:
		return c.noAnswer()
	case <-ready:
		return nil
	case <-c.done:
		return toError(c.err, c.gate.Clock().Now())
	case <-timer.C:
		return c.noAnswer()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// noAnswer returns why the connection does not work yet, as far as it is known.
func (c *Client) noAnswer() error {
	if c.gate.DoubtsSession() {
		return errDoubted(errors.New("no answer to this key"))
	}
	return &collector.Error{Kind: collector.Network, Detail: c.obstacle(nil), Err: cmp.Or(c.wires.missed(), errors.New("no answer"))}
}

func (c *Client) clientOptions() telegram.Options {
	out := telegram.Options{
		DC:                  c.options.Server.DC,
		NoUpdates:           true,
		SessionStorage:      c.home,
		Resolver:            c.wires,
		ReconnectionBackoff: c.reconnecting,
		Clock:               c.time,
		MessageID:           c.time,
		Middlewares:         []telegram.Middleware{keeper{c}, c.home, c.gated()},
		Device:              telegram.DeviceConfig{DeviceModel: "telegramtrac", SystemVersion: "server", AppVersion: "1"},
	}
	if c.options.OnScanned != nil { // the only update that is used
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

// Now returns Telegram's time as learned from its messages; the computer's clock may be up to a
// day off.
func (c *Client) Now() time.Time { return c.time.Now() }

// API returns Telegram's methods. Requests that only read must go through Call.
func (c *Client) API() *tg.Client { return c.api }

// Clock returns the gate's clock.
func (c *Client) Clock() gate.Clock { return c.gate.Clock() }

// Logger returns the log of the client, which its sources also use.
func (c *Client) Logger() *slog.Logger { return c.options.Logger }

// Usage counts what has passed the gate.
func (c *Client) Usage() collector.Usage { return c.gate.Usage() }

// Standing returns the state of the account: its recent requests and waits, and when the next
// requests are allowed.
func (c *Client) Standing() collector.Standing { return c.gate.Standing() }

// Resume allows requests again after the guard has stopped them.
func (c *Client) Resume() { c.gate.Resume() }

// Pause waits for d, up to gate.LongestSleep, until the context or the connection ends.
func (c *Client) Pause(ctx context.Context, d time.Duration) error {
	return gate.Sleep(ctx, c.gate.Clock(), d, c.done)
}

// Ended reports whether the connection has ended permanently: then a new Client is needed.
func (c *Client) Ended() bool { return c.ended() != nil }

// Close ends the connection and waits for it. The session stays signed in.
func (c *Client) Close() {
	c.fail(context.Canceled)
	<-c.done
	c.gate.Close()
}
