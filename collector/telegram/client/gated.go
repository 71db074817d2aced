package client

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector/gate"
)

// callTimeout is how long one request may take.
const callTimeout = 45 * time.Second

// gated is the middleware that sends every request through the account's gate.
func (c *Client) gated() telegram.Middleware {
	return telegram.MiddlewareFunc(func(next tg.Invoker) telegram.InvokeFunc {
		return func(ctx context.Context, input bin.Encoder, output bin.Decoder) error {
			method := methodName(input)
			return c.gate.Do(ctx, method, func(ctx context.Context) gate.Answer {
				err := invoke(ctx, next, outgoing{input, c.gate, method}, incoming{output})
				if _, ok := errors.AsType[Malformed](err); ok {
					c.options.Logger.Error("a request or its answer is malformed", "method", method, "error", err)
				}
				_, said := tgerr.As(err)
				a := gate.Answer{Err: err, Replied: err == nil || said, Stop: limited(err)}
				a.Wait, a.Flood = floodWait(err)
				return a
			})
		}
	})
}

// invoke sends one request with a time limit, because an answer may be lost.
func invoke(ctx context.Context, next tg.Invoker, input bin.Encoder, output bin.Decoder) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return next.Invoke(ctx, input, output)
}

// outgoing is a request to send. It is encoded right before it is written to the connection,
// also when the client library repeats it: this is the last moment at which a new flood wait
// can stop it.
type outgoing struct {
	bin.Encoder
	gate   *gate.Account
	method string
}

// Encode implements bin.Encoder. It fails with gate.ErrClosed when the gate is closed.
func (o outgoing) Encode(b *bin.Buffer) error {
	if !o.gate.Leave(o.method) {
		return gate.ErrClosed
	}
	if err := o.Encoder.Encode(b); err != nil {
		return Malformed{err}
	}
	return nil
}

// incoming decodes an answer.
type incoming struct{ bin.Decoder }

// Decode implements bin.Decoder.
func (a incoming) Decode(b *bin.Buffer) error {
	if err := a.Decoder.Decode(b); err != nil {
		return Malformed{err}
	}
	return nil
}

// Malformed marks a request that cannot be written, or an answer that cannot be read: a retry
// would fail in the same way. All other errors that are not answers of Telegram are lost
// connections.
type Malformed struct{ error }

// Unwrap returns the cause.
func (m Malformed) Unwrap() error { return m.error }

// floodWait returns the wait of any error by which Telegram asks to wait: FLOOD_WAIT,
// FLOOD_PREMIUM_WAIT, SLOWMODE_WAIT and others have code 420 and seconds.
func floodWait(err error) (time.Duration, bool) {
	if d, ok := tgerr.AsFloodWait(err); ok {
		return max(0, d), true
	}
	if e, ok := tgerr.As(err); ok && e.Code == 420 && e.Argument > 0 {
		return time.Duration(e.Argument) * time.Second, true
	}
	return 0, false
}

// limited returns why the account itself is frozen or limited according to an error, or "".
// See https://core.telegram.org/api/errors
func limited(err error) string {
	rpc, ok := tgerr.As(err)
	if !ok {
		return ""
	}
	switch {
	case strings.HasPrefix(rpc.Type, "FROZEN_"):
		return gate.StopFrozen
	case rpc.Type == "PEER_FLOOD", rpc.Type == "USER_RESTRICTED", rpc.Type == "ACCOUNT_RESTRICTED", rpc.Type == "USER_SPAM_RESTRICTED":
		return gate.StopLimited
	}
	return ""
}

// methodName returns Telegram's name of a request, as messages.getHistory.
func methodName(input bin.Encoder) string {
	if named, ok := input.(interface{ TypeName() string }); ok {
		return named.TypeName()
	}
	return "unknown"
}
