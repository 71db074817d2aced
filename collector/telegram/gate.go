package telegram

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// callTimeout is how long one request may stay without an answer.
const callTimeout = 45 * time.Second

// gate is the one way out for an account's requests. A flood wait met by any
// of them holds back all: the limit belongs to the account, asking early counts
// against it, and a request that was refused is sent again when the time has
// come, never begun anew.
// See https://core.telegram.org/api/errors#420-flood
type gate struct {
	interactive bool
	onWait      func(collector.Wait)
	logger      *slog.Logger

	mu        sync.Mutex
	notBefore time.Time
	waiting   bool      // a wait is on, and onWait was told of it
	since     time.Time // when it began
	usage     collector.Usage
}

func newGate(o Options) *gate {
	g := &gate{interactive: o.Interactive, onWait: o.OnWait, logger: o.Logger, notBefore: o.NotBefore}
	if g.onWait == nil {
		g.onWait = func(collector.Wait) {}
	}
	return g
}

// Handle implements telegram.Middleware.
func (g *gate) Handle(next tg.Invoker) telegram.InvokeFunc {
	return func(ctx context.Context, input bin.Encoder, output bin.Decoder) error {
		method := methodName(input)
		for {
			if err := g.pass(ctx, method); err != nil {
				return err
			}
			err := invoke(ctx, next, input, output)
			d, flood := tgerr.AsFloodWait(err)
			if !flood || g.interactive {
				return err
			}
			g.hold(method, d)
		}
	}
}

// invoke sends one request. Without a time limit a lost answer would be
// awaited for ever.
func invoke(ctx context.Context, next tg.Invoker, input bin.Encoder, output bin.Decoder) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return next.Invoke(ctx, input, output)
}

// pass waits until requests may be sent, and counts the one that is.
func (g *gate) pass(ctx context.Context, method string) error {
	for {
		wait := g.ask(method)
		if wait <= 0 {
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// ask returns how long to wait before a request may be sent; none: it is
// counted, and a wait that was on is over.
func (g *gate) ask(method string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	wait := time.Until(g.notBefore.Round(0)) // by the wall clock: a suspended machine freezes the other
	if wait > 0 {
		g.begin(method)
		return wait
	}
	g.usage.Requests++
	if g.waiting {
		g.waiting = false
		g.usage.Waited += time.Since(g.since)
		g.onWait(collector.Wait{})
	}
	return 0
}

// begin tells of a wait unless one is on. The lock is held, so that a wait and
// its end are told in order; onWait must not call back.
func (g *gate) begin(method string) {
	if g.waiting {
		return
	}
	g.waiting, g.since = true, time.Now()
	g.onWait(collector.Wait{Kind: collector.Flood, Method: method, Until: g.notBefore})
}

// hold closes the gate for the time Telegram asks for. One second is added:
// Telegram counts in whole seconds, and asking early counts against the account.
func (g *gate) hold(method string, d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.logger.Info("flood wait", "method", method, "seconds", int(d.Seconds()))
	g.usage.Waits++
	until := time.Now().Add(d + time.Second).Round(0)
	if !until.After(g.notBefore) {
		return
	}
	g.notBefore = until
	if g.waiting {
		g.onWait(collector.Wait{Kind: collector.Flood, Method: method, Until: until})
	}
	g.begin(method)
}

// retried counts a request that is sent again.
func (g *gate) retried() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.usage.Retries++
}

func (g *gate) spent() collector.Usage {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.usage
}

// methodName is Telegram's name of a request, as messages.getHistory.
func methodName(input bin.Encoder) string {
	if named, ok := input.(interface{ TypeName() string }); ok {
		return named.TypeName()
	}
	return "unknown"
}

// sleep waits for d or until the context ends, but not for long at once: a
// suspended machine freezes monotonic time, so the caller looks at the wall
// clock now and then.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(min(d, 30*time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
