// Package call carries requests to whoever handles their subject, in this process or another,
// over the store's NATS connection. It neither stores nor logs what they carry.
package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/store"
)

// ErrNobody says that nobody handles the subject of a call.
var ErrNobody = errors.New("nobody answers")

// callTimeout bounds a call whose context has no deadline.
const callTimeout = 60 * time.Second

// Headers of a call.
const (
	methodHeader  = "Method"
	timeoutHeader = "Timeout-Ms" // a span, not a time: clocks differ between machines
)

// answer is the reply to a call: a value or an error.
type answer struct {
	Value json.RawMessage `json:"value,omitempty"`
	Error *answerError    `json:"error,omitempty"`
}

// answerError is a collector.Error without its cause, which may hold more than the caller
// should see.
type answerError struct {
	Kind    collector.Kind `json:"kind"`
	Detail  string         `json:"detail,omitempty"`
	Word    string         `json:"word,omitempty"`
	RetryAt time.Time      `json:"retry_at,omitzero"`
}

// Caller makes and answers calls.
type Caller struct {
	Store *store.Store
	Log   *slog.Logger
}

// Call asks whoever handles the subject, waits for the answer, and decodes it into resp unless
// that is nil. Without a deadline in the context it waits 60 s. Every error is a
// *collector.Error: the handler's own (Kind, Detail, Word, RetryAt); Internal around ErrNobody
// when nobody handles the subject; Network when no answer came in time.
func (c *Caller) Call(ctx context.Context, subject, method string, req, resp any) error {
	if err := store.CheckNames(subject, method); err != nil {
		return collector.Errorf(collector.Internal, "call %s: %w", method, err)
	}
	body, err := json.Marshal(req)
	if err != nil {
		return collector.Errorf(collector.Internal, "call %s: %w", method, err)
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, callTimeout)
		defer cancel()
	}
	m, err := c.Store.Conn.RequestMsgWithContext(ctx, newCall(ctx, subject, method, body))
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return collector.Errorf(collector.Internal, "call %s: %w", method, ErrNobody)
	case errors.Is(err, context.DeadlineExceeded):
		return collector.Errorf(collector.Network, "call %s: %w", method, err)
	case err != nil:
		return collector.Errorf(collector.Internal, "call %s: %w", method, err)
	}
	return readAnswer(m.Data, method, resp)
}

func newCall(ctx context.Context, subject, method string, body []byte) *nats.Msg {
	m := nats.NewMsg("account." + subject)
	m.Data = body
	m.Header.Set(methodHeader, method)
	if deadline, ok := ctx.Deadline(); ok {
		m.Header.Set(timeoutHeader, strconv.FormatInt(time.Until(deadline).Milliseconds(), 10))
	}
	return m
}

func readAnswer(data []byte, method string, resp any) error {
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return collector.Errorf(collector.Internal, "read answer to %s: %w", method, err)
	}
	if a.Error != nil {
		return &collector.Error{Kind: a.Error.Kind, Detail: a.Error.Detail, Word: a.Error.Word, RetryAt: a.Error.RetryAt}
	}
	if resp == nil {
		return nil
	}
	if err := json.Unmarshal(a.Value, resp); err != nil {
		return collector.Errorf(collector.Internal, "read answer to %s: %w", method, err)
	}
	return nil
}

// Handler answers a call. The request is JSON, and the result becomes JSON. Of an error only
// Kind, Detail, Word and RetryAt reach the caller. The context ends when the caller stops
// waiting, and when handling stops.
type Handler func(ctx context.Context, method string, req []byte) (any, error)

// Handle answers the calls on a subject, each in a goroutine of its own, until stop, the end
// of the context, or Close. If a subject has several handlers, one answers each call. Stop
// waits for the calls under way, so a handler must not call it. It may be called twice.
func (c *Caller) Handle(ctx context.Context, subject string, h Handler) (stop func(), err error) {
	if err := store.CheckNames(subject); err != nil {
		return nil, fmt.Errorf("handle calls: %w", err)
	}
	ctx, cancel := c.Store.Within(ctx)
	var calls store.Tasks
	sub, err := c.Store.Conn.QueueSubscribe("account."+subject, "account", func(m *nats.Msg) {
		calls.Run(func() { c.serve(ctx, h, m) })
	})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("handle calls: %w", err)
	}
	if err := c.Store.Settle(ctx); err != nil {
		cancel()
		return nil, fmt.Errorf("handle calls: %w", errors.Join(err, sub.Unsubscribe()))
	}
	stopped := make(chan struct{})
	started := c.Store.Go(func() {
		defer close(stopped)
		<-ctx.Done()
		_ = sub.Unsubscribe() // fails only where the connection has ended
		calls.Shut()
		calls.Wait()
	})
	if !started {
		cancel()
		return nil, fmt.Errorf("handle calls: %w", store.ErrClosed)
	}
	return func() { cancel(); <-stopped }, nil
}

func (c *Caller) serve(ctx context.Context, h Handler, m *nats.Msg) {
	if ms, err := strconv.ParseInt(m.Header.Get(timeoutHeader), 10, 64); err == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
		defer cancel()
	}
	method := m.Header.Get(methodHeader)
	v, err := h(ctx, method, m.Data)
	var a answer
	if err == nil {
		a.Value, err = json.Marshal(v)
	}
	if err != nil {
		a = c.refuse(method, err)
	}
	b, err := json.Marshal(a)
	if err == nil {
		err = m.Respond(b)
	}
	if err != nil {
		c.Log.Warn("call unanswered", "method", method, "error", err)
	}
}

// refuse turns an error into an answer. It logs internal errors, because their cause does not
// reach the caller.
func (c *Caller) refuse(method string, err error) answer {
	told := collector.AsError(err)
	if told.Kind == collector.Internal {
		c.Log.Error("call failed", "method", method, "error", err)
	}
	return answer{Error: &answerError{told.Kind, told.Detail, told.Word, told.RetryAt}}
}
