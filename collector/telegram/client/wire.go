package client

import (
	"context"
	"crypto/aes"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/proto/codec"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/transport"

	"telegramtrac/collector/gate"
)

// wires are the connections of a client, below the client library. They shield it from three
// things that it cannot handle: a data centre that temporarily does not know a key, messages of
// another time than the computer's, and connections that must be renewed.
type wires struct {
	dcs.Resolver // dials
	client       *Client

	mu     sync.Mutex
	all    map[*wire]bool
	cuts   int           // how often all were closed
	lost   error         // why the last dial failed; nil: it succeeded
	misses int           // dials in a row that failed
	barred chan struct{} // closed when misses reaches mostMisses
}

// mostMisses is how many dials may fail in a row before an interactive client gets an error.
const mostMisses = 5

func newWires(c *Client) *wires {
	return &wires{Resolver: resolver(c.options.Server.Proxy), client: c, all: map[*wire]bool{}, barred: make(chan struct{})}
}

// Primary implements dcs.Resolver.
func (w *wires) Primary(ctx context.Context, dc int, list dcs.List) (transport.Conn, error) {
	conn, err := w.Resolver.Primary(ctx, dc, list)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lost = err; err != nil {
		if w.misses++; w.misses == mostMisses {
			close(w.barred)
		}
		return nil, err
	}
	if w.misses < mostMisses { // else barred is already closed
		w.misses = 0
	}
	one := &wire{Conn: conn, wires: w}
	w.all[one] = true
	return one, nil
}

// missed returns why the last dial failed, nil if it succeeded.
func (w *wires) missed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost
}

// round counts the cuts so far.
func (w *wires) round() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cuts
}

// cut closes all connections, unless that was done since the round began: the client library
// then makes new ones, with new sessions.
func (w *wires) cut(round int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cuts != round {
		return
	}
	w.cuts++
	for one := range w.all {
		_ = one.Conn.Close() // it is given up
	}
}

// wire is one connection.
type wire struct {
	transport.Conn
	wires *wires
	key   atomic.Uint64 // key id of the last message sent; 0: a key exchange
	dated bool          // a message has set the time; used by the reader only
}

// Close implements transport.Conn.
func (w *wire) Close() error {
	w.wires.mu.Lock()
	delete(w.wires.all, w)
	w.wires.mu.Unlock()
	return w.Conn.Close()
}

// Send implements transport.Conn.
func (w *wire) Send(ctx context.Context, b *bin.Buffer) error {
	if b.Len() >= 8 {
		w.key.Store(binary.LittleEndian.Uint64(b.Buf))
	}
	return w.Conn.Send(ctx, b)
}

// Recv implements transport.Conn.
func (w *wire) Recv(ctx context.Context, b *bin.Buffer) error {
	err := w.Conn.Recv(ctx, b)
	if err == nil {
		return w.date(b)
	}
	c := w.wires.client
	refused, ok := errors.AsType[*codec.ProtocolErr](err)
	switch {
	case ok && refused.Code == codec.CodeAuthKeyNotFound && c.home.signed(w.keyID()):
		// Passed on, it would make the client library use a new key, which is not signed in.
		// https://core.telegram.org/mtproto/mtproto-transports#transport-errors
		_ = w.Conn.Close() // nothing more is said over it
		return c.unknownKey(ctx)
	case ok && refused.Code == codec.CodeAuthKeyNotFound && c.home.begun(w.keyID()):
		_ = w.Conn.Close()
		return errors.Join(errBegunKey, gate.Sleep(ctx, c.gate.Clock(), time.Second, nil))
	case ok && refused.Code == codec.CodeTransportFlood:
		_ = w.Conn.Close()
		return errors.Join(errBusyTransport, gate.Sleep(ctx, c.gate.Clock(), gate.LongestSleep, nil))
	}
	return err
}

// errBegunKey means that a data centre does not know the key of an unfinished sign-in.
var errBegunKey = errors.New("the data centre does not know the key of the sign-in")

// errBusyTransport means that Telegram wants fewer connections from this address.
var errBusyTransport = errors.New("telegram has too many connections from here")

func (w *wire) keyID() (id [8]byte) {
	binary.LittleEndian.PutUint64(id[:], w.key.Load())
	return id
}

// How far a message's time may differ from the known time of Telegram. It can be later only by
// our error, but earlier also by the time on the way.
const (
	youngest = 500 * time.Millisecond
	oldest   = 10 * time.Second
)

// errRedated ends a connection whose messages had a wrong time: the next one has the right
// time.
var errRedated = errors.New("telegram's time was not what it was taken for")

// date learns Telegram's time from a message.
func (w *wire) date(b *bin.Buffer) error {
	const head = 8 + 16 + 32 // key id, message key, the encrypted head
	c := w.wires.client
	if b.Len() < 16 {
		return nil
	}
	id := [8]byte(b.Buf)
	if id == ([8]byte{}) { // a key exchange: the message's id comes next, in the clear
		sent := proto.MessageID(binary.LittleEndian.Uint64(b.Buf[8:])).Time()
		c.time.hint(sent)
		return c.checkClock(sent)
	}
	key, ok := c.home.key(id)
	if !ok || b.Len() < head {
		return nil
	}
	off := peekTime(key, b.Buf).Sub(c.time.Now())
	if w.dated && off < youngest && off > -oldest {
		return nil
	}
	m, err := crypto.NewClientCipher(nil).DecryptFromBuffer(key, &bin.Buffer{Buf: b.Buf})
	if err != nil {
		return nil // the client library says why
	}
	return w.told(m)
}

// told sets the time from a verified message if needed.
func (w *wire) told(m *crypto.EncryptedMessageData) error {
	c := w.wires.client
	sent := proto.MessageID(m.MessageID).Time()
	off := sent.Sub(c.time.Now())
	first := !w.dated
	w.dated = true
	if err := c.checkClock(sent); err != nil {
		return err
	}
	if off < youngest && off > -oldest {
		return nil
	}
	misdated := refusesTime(m.Data())
	if off >= youngest || first || misdated { // else it was only slow to arrive
		c.time.prove(sent)
	}
	if !misdated {
		return nil
	}
	c.options.Logger.Info("messages carried a wrong time", "off", -off.Round(time.Second))
	c.time.restart()
	return errRedated
}

// peekTime reads when a message was sent from its encrypted head, before it is verified:
// AES-256-IGE, two blocks, salt and session before the message's id.
// See https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector
func peekTime(key crypto.AuthKey, frame []byte) time.Time {
	aesKey, iv := crypto.Keys(key.Value, bin.Int128(frame[8:24]), crypto.Server)
	block, err := aes.NewCipher(aesKey[:])
	if err != nil {
		return time.Time{} // 32 bytes are a key
	}
	before, plain := iv[:16], iv[16:]
	for i := range 2 {
		sealed := frame[24+16*i:][:16]
		var mixed, open [16]byte
		subtle.XORBytes(mixed[:], sealed, plain)
		block.Decrypt(open[:], mixed[:])
		subtle.XORBytes(open[:], open[:], before)
		before, plain = sealed, open[:]
	}
	return proto.MessageID(binary.LittleEndian.Uint64(plain)).Time()
}

// Codes of bad_msg_notification about the time.
// See https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
const (
	tooLow  = 16
	tooHigh = 17
)

// refusesTime reports whether a message refuses one of ours because of its time.
func refusesTime(body []byte) bool {
	b := &bin.Buffer{Buf: body}
	id, err := b.PeekID()
	if err != nil {
		return false
	}
	switch id {
	case mt.BadMsgNotificationTypeID:
		var bad mt.BadMsgNotification
		return bad.Decode(b) == nil && (bad.ErrorCode == tooLow || bad.ErrorCode == tooHigh)
	case proto.MessageContainerTypeID:
		var c proto.MessageContainer
		if c.Decode(b) != nil {
			return false
		}
		for _, m := range c.Messages {
			if refusesTime(m.Body) {
				return true
			}
		}
	}
	return false
}

// checkClock ends the client if the computer's clock is too far off. It checks only once, at
// the start: a clock set later does not harm the connection.
func (c *Client) checkClock(server time.Time) error {
	if c.clockChecked.Swap(true) {
		return nil
	}
	wall := c.gate.Clock().Now()
	err := offClock(wall, server)
	if err != nil {
		c.fail(err)
		return fmt.Errorf("look at the clock: %w", err)
	}
	if off := wall.Sub(server).Round(time.Second); off > time.Minute || off < -time.Minute {
		c.options.Logger.Warn("the clock of this computer is wrong", "off", off)
	}
	return nil
}
