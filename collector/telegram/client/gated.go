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

// callTimeout is how long one request may stay without an answer.
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

// invoke sends one request. Without a time limit a lost answer would be
// awaited for ever.
func invoke(ctx context.Context, next tg.Invoker, input bin.Encoder, output bin.Decoder) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return next.Invoke(ctx, input, output)
}

// outgoing is a request on its way out. It is encoded right before it is written
// to the connection, and again where the client library sends it again: the last
// moment at which a flood wait that has just come can hold it back.
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

// incoming is where an answer is read into.
type incoming struct{ bin.Decoder }

// Decode implements bin.Decoder.
func (a incoming) Decode(b *bin.Buffer) error {
	if err := a.Decoder.Decode(b); err != nil {
		return Malformed{err}
	}
	return nil
}

// Malformed marks a request that cannot be written, or an answer that was received
// and cannot be read: the same request would meet the same again. Everything else that
// is no answer of Telegram is a connection that was lost.
type Malformed struct{ error }

// Unwrap returns what is wrong.
func (m Malformed) Unwrap() error { return m.error }

// floodWait reads the wait that Telegram asks for, whatever it is for: FLOOD_WAIT,
// FLOOD_PREMIUM_WAIT, SLOWMODE_WAIT and their kin all are code 420 with seconds.
func floodWait(err error) (time.Duration, bool) {
	if d, ok := tgerr.AsFloodWait(err); ok {
		return max(0, d), true
	}
	if e, ok := tgerr.As(err); ok && e.Code == 420 && e.Argument > 0 {
		return time.Duration(e.Argument) * time.Second, true
	}
	return 0, false
}

// limited returns why an error says that the account itself is frozen or limited,
// whatever was asked, or "". See https://core.telegram.org/api/errors
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

// methodName is Telegram's name of a request, as messages.getHistory.
func methodName(input bin.Encoder) string {
	if named, ok := input.(interface{ TypeName() string }); ok {
		return named.TypeName()
	}
	return "unknown"
}
