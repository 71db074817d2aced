package wire

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

// Request is one request of a client.
type Request struct {
	Key     *Key
	DC      int
	Method  string // for the log; the host's
	Body    []byte
	Size    int       // on the wire
	Sent    time.Time // by the client's clock, as the machine's would say it
	Arrived time.Time

	// Ack acknowledges the request before its answer, so that the client does not send it
	// again.
	Ack func() error
	// Sending, which the host may set, is called with the answer's bytes on the wire just
	// before it is sent.
	Sending func(size int)
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
	r := &Request{
		Key: l.key, DC: l.dc, Body: m.body, Size: m.size, Arrived: time.Now(),
		Sent:    sentAt(m.id).Add(-l.srv.conditions.Load().Ahead),
		Ack:     func() error { return l.ack(ctx, m.id) },
		Sending: unnoted,
	}
	l.requests.Go(func() {
		defer cancel()
		l.session.end(m.id, l.answer(ctx, m.id, r))
	})
}

// answer makes and sends the answer to one request, and reports whether it was delivered.
func (l link) answer(ctx context.Context, msgID int64, r *Request) bool {
	answer, err := l.srv.host.Answer(ctx, r)
	switch {
	case errors.Is(err, ErrCut):
		l.cut()
		return false
	case ctx.Err() != nil:
		return false // not wanted any more
	case err != nil:
		answer = l.rpcError(r.Method, err)
	}
	return l.result(ctx, msgID, r.Method, answer, r.Sending) == nil
}

// result sends an answer or an error.
func (l link) result(ctx context.Context, msgID int64, method string, answer bin.Encoder, note func(size int)) error {
	body := l.srv.buffers.Get()
	defer l.srv.buffers.Put(body)
	if err := answer.Encode(body); err != nil {
		body.Reset()
		_ = l.rpcError(method, err).Encode(body) // cannot fail: it has two plain fields
	}
	if !l.srv.conditions.Load().Plain {
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

// Decoding makes a method of a type of requests; c is the caller.
func Decoding[C any, R any, P decodable[R]](do func(C, P) (bin.Encoder, error)) func(C, *bin.Buffer) (bin.Encoder, error) {
	return func(c C, b *bin.Buffer) (bin.Encoder, error) {
		req := P(new(R))
		if err := req.Decode(b); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotUnderstood, err)
		}
		return do(c, req)
	}
}

// ErrNotUnderstood is the answer to a request that cannot be decoded.
var ErrNotUnderstood = tgerr.New(400, "INPUT_REQUEST_INVALID")

// query takes the rest of a buffer as the wrapped query of a wrapper.
type query struct{ buf []byte }

func (q *query) Decode(b *bin.Buffer) error { q.buf, b.Buf = b.Buf, nil; return nil }
func (q *query) Encode(b *bin.Buffer) error { b.Put(q.buf); return nil }

// maxWrappers is how deeply wrappers may be nested.
const maxWrappers = 8

// Unwrap takes a request out of its wrappers, such as invokeWithLayer and initConnection. See
// https://core.telegram.org/api/invoking.
func Unwrap(body []byte) (*bin.Buffer, error) {
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
