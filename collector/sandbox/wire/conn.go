package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/proto/codec"
	"github.com/gotd/td/transport"
)

// headerTimeout is how long a new connection may take to send its transport's header.
const headerTimeout = 30 * time.Second

// conn is one TCP connection. serve reads its frames in order; each request is answered in its
// own goroutine.
type conn struct {
	srv       *Server
	dc        int
	net       net.Conn
	transport transport.Conn
	handshake handshake

	read     context.Context // has the deadline that ping_delay_disconnect sets
	stopRead context.CancelFunc
	requests sync.WaitGroup

	talks atomic.Pointer[link] // the last active session; nil: none yet
}

// serve reads frames until the connection ends, and waits for its requests.
func (c *conn) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer c.requests.Wait()
	defer cancel()
	defer c.net.Close()
	c.read, c.stopRead = context.WithCancel(ctx)
	defer func() { c.stopRead() }()
	if err := c.detect(); err != nil {
		c.srv.log.Debug("no transport", "dc", c.dc, "error", err)
		return
	}
	for {
		var b bin.Buffer
		err := c.transport.Recv(c.read, &b)
		if err == nil {
			err = c.frame(ctx, &b)
		}
		if err != nil {
			if !gone(err) {
				c.srv.log.Info("connection ended", "dc", c.dc, "error", err)
			}
			return
		}
	}
}

// gone reports whether an error only means that the connection has ended.
func gone(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op)
}

// cut breaks the connection at once: the client sees a reset.
func (c *conn) cut() {
	if tcp, ok := c.net.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.net.Close()
}

// detect finds out which of MTProto's transports the client speaks.
func (c *conn) detect() error {
	if err := c.net.SetReadDeadline(time.Now().Add(headerTimeout)); err != nil {
		return err
	}
	var err error
	c.transport, err = transport.Listen(&oneConn{conn: c.net}).Accept()
	return err
}

// oneConn is a listener with a single connection: gotd detects the transport while it accepts,
// and a silent client must not block others.
type oneConn struct{ conn net.Conn }

func (l *oneConn) Accept() (net.Conn, error) { return l.conn, nil }
func (l *oneConn) Close() error              { return nil }
func (l *oneConn) Addr() net.Addr            { return l.conn.LocalAddr() }

// disconnectAfter closes the connection unless the client calls again within delay.
func (c *conn) disconnectAfter(ctx context.Context, delay time.Duration) {
	c.stopRead()
	c.read, c.stopRead = context.WithTimeout(ctx, delay)
}

// frame handles one frame: a step of a key exchange, or an encrypted message.
func (c *conn) frame(ctx context.Context, b *bin.Buffer) error {
	var id [8]byte
	if err := b.PeekN(id[:], len(id)); err != nil {
		return fmt.Errorf("peek auth key id: %w", err)
	}
	if id == ([8]byte{}) {
		return c.exchange(ctx, b)
	}
	key := c.srv.host.Find(c.dc, id)
	if key == nil {
		return c.fail(ctx, codec.CodeAuthKeyNotFound)
	}
	size := b.Len()
	m, err := c.srv.cipher.DecryptFromBuffer(key.AuthKey, b)
	if err != nil {
		return fmt.Errorf("decrypt message: %w", err)
	}
	code := misdated(m.MessageID, c.srv.Now())
	if received := c.srv.conditions.Load().Received; received != nil {
		received(id, m.SessionID, m.MessageID, code == 0)
	}
	if code != 0 {
		l := link{conn: c, key: key, session: &session{id: m.SessionID}}
		return l.reply(ctx, &mt.BadMsgNotification{BadMsgID: m.MessageID, BadMsgSeqno: int(m.SeqNo), ErrorCode: code})
	}
	s, created := key.session(m.SessionID)
	l := link{conn: c, key: key, session: s}
	c.talks.Store(&l)
	if created {
		if err := l.welcome(ctx, m.MessageID); err != nil {
			return err
		}
	}
	return l.message(ctx, incoming{id: m.MessageID, body: m.Data(), size: size})
}

// exchange answers one unencrypted frame.
func (c *conn) exchange(ctx context.Context, b *bin.Buffer) error {
	var m proto.UnencryptedMessage
	if err := m.Decode(b); err != nil {
		return fmt.Errorf("decode unencrypted message: %w", err)
	}
	answer, err := c.handshake.step(m.MessageData, func(key crypto.AuthKey, salt int64) error {
		return c.srv.host.Add(&Key{AuthKey: key, DC: c.dc, Salt: salt})
	})
	if errors.Is(err, errWrongDC) {
		return errors.Join(err, c.fail(ctx, codec.CodeWrongDC))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("exchange keys: %w", err), c.fail(ctx, codec.CodeAuthKeyNotFound))
	}
	frame, err := unencrypted(answer, c.srv.ids.Load().New(proto.MessageServerResponse))
	if err != nil {
		return fmt.Errorf("encode key exchange: %w", err)
	}
	return c.transport.Send(ctx, frame)
}

// fail sends a transport error: https://core.telegram.org/mtproto/mtproto-transports#transport-errors
func (c *conn) fail(ctx context.Context, code int32) error {
	var b bin.Buffer
	b.PutInt32(-code)
	return c.transport.Send(ctx, &b)
}

// How far a message's id may be from the server's time: 300 seconds behind, 30 ahead. See
// https://core.telegram.org/mtproto/description#message-identifier-msg-id
const (
	oldestMessage = 300 * time.Second
	newestMessage = 30 * time.Second
)

// Codes of bad_msg_notification. See
// https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
const (
	messageTooLow  = 16
	messageTooHigh = 17
)

// misdated returns the error code for a client's message with a wrong time, 0 where the time
// is right.
func misdated(msgID int64, now time.Time) int {
	switch ahead := sentAt(msgID).Sub(now); {
	case ahead < -oldestMessage:
		return messageTooLow
	case ahead > newestMessage:
		return messageTooHigh
	}
	return 0
}

// sentAt returns when a message's sender made its id.
func sentAt(msgID int64) time.Time { return proto.MessageID(msgID).Time() }
