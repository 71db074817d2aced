package client

import (
	"context"
	"errors"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
)

// mostFailures is how often one request may fail because Telegram cannot answer now. The waits
// in between add up to five minutes.
const mostFailures = 15

// Call sends a request that only reads. It repeats the request until the context ends while
// Telegram cannot be reached, because waiting loses nothing, but only mostFailures times if
// Telegram answers that it cannot answer, because one request must not block the rest. Other
// errors get their kind.
func Call[T any](ctx context.Context, c *Client, f func(context.Context) (T, error)) (T, error) {
	var lost *collector.Wait
	defer func() { c.gate.Reconnected(lost) }()
	failed := 0
	for try := 0; ; try++ {
		out, err := f(ctx)
		if err == nil {
			return out, nil
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if dead := c.ended(); dead != nil {
			return out, dead
		}
		// The client library cancels requests in flight when a connection ends.
		passing := errors.Is(err, context.Canceled) || transient(err)
		if c.options.Interactive || !passing {
			return out, aboutOne(c.toError(err))
		}
		if failing(err) {
			if failed++; failed >= mostFailures {
				return out, &collector.Error{Kind: collector.Internal, Detail: "failing", Err: err}
			}
		}
		delay := gate.Reconnect(try)
		lost = c.gate.Disconnected(lost, collector.Wait{Kind: collector.Network, Method: c.obstacle(err), Until: c.gate.Clock().Now().Add(delay)})
		if err := c.Pause(ctx, delay); err != nil {
			return out, err
		}
	}
}

// obstacle returns the cause of a lost request, for the Detail of an error and the Method of a
// wait; "" if unknown.
func (c *Client) obstacle(err error) string {
	if e, ok := errors.AsType[*collector.Error](err); ok {
		return e.Detail
	}
	if c.gate.DoubtsSession() {
		return DetailSession
	}
	if p := c.options.Server.Proxy; p != nil {
		return p.Detail()
	}
	return ""
}

// toError is the function toError, with the cause as Detail.
func (c *Client) toError(err error) error {
	err = toError(err, c.gate.Clock().Now())
	if e, ok := errors.AsType[*collector.Error](err); ok && e.Kind == collector.Network && e.Detail == "" {
		told := *e
		told.Detail = c.obstacle(nil)
		return &told
	}
	return err
}

// ended returns why the connection ended permanently, nil if it has not.
func (c *Client) ended() error {
	select {
	case <-c.done:
		if err := toError(c.err, c.gate.Clock().Now()); err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		return &collector.Error{Kind: collector.Network, Err: errors.New("the connection was closed")}
	default:
		return nil
	}
}
