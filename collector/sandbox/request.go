package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

// ackAfter is the least latency for which a request is acknowledged before its answer, so that
// the client does not send it again.
const ackAfter = time.Second

// call is one request as a method sees it.
type call struct {
	srv    *Server
	key    *authKey
	dc     int
	signIn signIn // at the arrival of the request
}

// request answers a request in a goroutine that ends with the connection. A duplicate is
// acknowledged only.
func (l link) request(ctx context.Context, m incoming) {
	ctx, cancel := context.WithCancel(ctx)
	if !l.session.begin(m.id, cancel) {
		cancel()
		l.requests.Go(func() { l.ack(ctx, m.id) })
		return
	}
	arrived := l.srv.hooks.floodNow()
	l.requests.Go(func() {
		defer cancel()
		delivered := l.answer(ctx, m, arrived)
		l.session.end(m.id, delivered)
	})
}

// answer makes and sends the answer to one request, and reports whether it was delivered.
func (l link) answer(ctx context.Context, m incoming, arrived time.Time) bool {
	hooks := l.srv.hooks
	query, err := unwrap(m.body)
	method, name := lookUp(query)
	state := l.key.signIn()
	drop, after := hooks.shouldDrop(name)
	if drop && !after {
		l.cut()
		return false
	}
	who := caller{account: state.Account, method: name}
	if who.account == 0 {
		who.key = l.key.ID
	}
	wait := hooks.arrived(who, m.size, hooks.machineTime(sentAt(m.id)), arrived)
	if !l.sleep(ctx, m.id, hooks.delay(name)) {
		return false
	}
	var answer bin.Encoder
	switch {
	case err != nil:
		l.srv.log.Warn("request not understood", "dc", l.dc, "error", err)
		err = errInputRequest
	case wait.seconds > 0:
		err = tgerr.New(420, fmt.Sprintf("%s_%d", hooks.floodName(), wait.seconds))
	default:
		if err = hooks.refusal(state.Account, name); err == nil && hooks.restarts(name) {
			err = l.srv.restart(l.key)
		}
		if err == nil {
			answer, err = method.run(call{srv: l.srv, key: l.key, dc: l.dc, signIn: state}, query)
		}
	}
	if drop {
		l.cut()
		return false
	}
	if err != nil {
		answer = l.rpcError(name, err)
	}
	failed := l.result(ctx, m.id, name, answer, func(size int) {
		hooks.answered(who, size, err != nil, wait, hooks.floodNow())
	})
	return failed == nil
}

// sleep waits for the latency; false means that the answer is no longer wanted.
func (l link) sleep(ctx context.Context, msgID int64, d time.Duration) bool {
	if d >= ackAfter && l.ack(ctx, msgID) != nil {
		return false
	}
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// result sends an answer or an error.
func (l link) result(ctx context.Context, msgID int64, method string, answer bin.Encoder, note func(size int)) error {
	body := l.srv.buffers.Get()
	defer l.srv.buffers.Put(body)
	if err := answer.Encode(body); err != nil {
		body.Reset()
		_ = l.rpcError(method, err).Encode(body) // cannot fail: it has two plain fields
	}
	if l.srv.hooks.compresses() {
		packed := l.srv.buffers.Get()
		defer l.srv.buffers.Put(packed)
		body = smaller(body, packed)
	}
	err := l.send(ctx, proto.MessageServerResponse, true, result{msgID, body.Buf}, note)
	if err != nil && !gone(err) {
		l.srv.log.Error("answer not sent", "method", method, "error", err)
	}
	return err
}

// rpcError converts any error to the one that the client gets.
func (l link) rpcError(method string, failure error) *mt.RPCError {
	var e *tgerr.Error
	if !errors.As(failure, &e) {
		l.srv.log.Error("method failed", "method", method, "error", failure)
		e = tgerr.New(500, "INTERNAL_SERVER_ERROR")
	}
	return &mt.RPCError{ErrorCode: e.Code, ErrorMessage: e.Message}
}

// compressFrom is the least size of answers that are compressed.
const compressFrom = 1024

// smaller returns body, or body compressed into empty if that is shorter.
func smaller(body, empty *bin.Buffer) *bin.Buffer {
	if body.Len() < compressFrom {
		return body
	}
	if err := (proto.GZIP{Data: body.Buf}).Encode(empty); err != nil || empty.Len() >= body.Len() {
		return body
	}
	return empty
}

// result is rpc_result. gotd's own type would need a copy of the body.
type result struct {
	msgID int64
	body  []byte
}

// Encode implements bin.Encoder.
func (r result) Encode(b *bin.Buffer) error {
	b.PutID(proto.ResultTypeID)
	b.PutLong(r.msgID)
	b.Put(r.body)
	return nil
}

// query takes the rest of a buffer as the wrapped query of a wrapper.
type query struct{ buf []byte }

func (q *query) Decode(b *bin.Buffer) error { q.buf, b.Buf = b.Buf, nil; return nil }
func (q *query) Encode(b *bin.Buffer) error { b.Put(q.buf); return nil }

// maxWrappers is how deeply wrappers may be nested.
const maxWrappers = 8

// unwrap takes a request out of its wrappers, such as invokeWithLayer and initConnection. See
// https://core.telegram.org/api/invoking.
func unwrap(body []byte) (*bin.Buffer, error) {
	q := query{body}
	for range maxWrappers {
		b := &bin.Buffer{Buf: q.buf}
		id, err := b.PeekID()
		if err != nil {
			return b, fmt.Errorf("peek method id: %w", err)
		}
		wrapper := wrapperOf(id, &q)
		if wrapper == nil {
			return b, nil
		}
		if err := wrapper.Decode(b); err != nil {
			return b, fmt.Errorf("unwrap: %w", err)
		}
		if packed, ok := wrapper.(*proto.GZIP); ok {
			q.buf = packed.Data
		}
	}
	return &bin.Buffer{}, errors.New("too many wrappers")
}

func wrapperOf(id uint32, q *query) bin.Decoder {
	switch id {
	case tg.InvokeWithLayerRequestTypeID:
		return &tg.InvokeWithLayerRequest{Query: q}
	case tg.InitConnectionRequestTypeID:
		return &tg.InitConnectionRequest{Query: q}
	case tg.InvokeWithoutUpdatesRequestTypeID:
		return &tg.InvokeWithoutUpdatesRequest{Query: q}
	case tg.InvokeAfterMsgRequestTypeID:
		return &tg.InvokeAfterMsgRequest{Query: q}
	case tg.InvokeAfterMsgsRequestTypeID:
		return &tg.InvokeAfterMsgsRequest{Query: q}
	case tg.InvokeWithMessagesRangeRequestTypeID:
		return &tg.InvokeWithMessagesRangeRequest{Query: q}
	case proto.GZIPTypeID:
		return &proto.GZIP{}
	}
	return nil
}
