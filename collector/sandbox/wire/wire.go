// Package wire is MTProto as a server speaks it: transports, key exchange, sessions,
// containers, acknowledgements. What requests mean is its [Host]'s business.
//
// See https://core.telegram.org/mtproto for the protocol.
package wire

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/proto"
)

// Host keeps the keys and answers the requests.
type Host interface {
	// Find returns the key with this id at this data centre, nil when there is none.
	Find(dc int, id [8]byte) *Key
	// Add stores a key that a client has agreed on.
	Add(*Key) error
	// Answer answers one request. A tgerr.Error is passed on; of any other the client learns
	// only that there was one. ErrCut: the connection is cut instead.
	Answer(context.Context, *Request) (bin.Encoder, error)
}

// ErrCut is an answer that cuts the connection.
var ErrCut = errors.New("cut the connection")

// Conditions are how the server's clock and connections are. The zero value is a good day.
type Conditions struct {
	Ahead time.Duration // how far the server's clock is ahead of the machine's
	Away  bool          // connections are refused
	Plain bool          // large answers are not compressed

	// Received, if set, learns of every message of a client, and whether its time was right.
	Received func(key [8]byte, session, msgID int64, dated bool)
}

// Server serves the connections of all data centres.
type Server struct {
	host    Host
	rsa     *rsa.PrivateKey
	log     *slog.Logger
	cipher  crypto.Cipher
	buffers *bin.Pool
	wg      sync.WaitGroup

	conditions atomic.Pointer[Conditions]
	ids        atomic.Pointer[proto.MessageIDGen]

	mu     sync.Mutex
	conns  map[*conn]struct{}
	closed bool
}

// NewServer makes a server that clients know by its RSA key.
func NewServer(key *rsa.PrivateKey, host Host, log *slog.Logger) *Server {
	s := &Server{
		host: host, rsa: key, log: log, conns: map[*conn]struct{}{},
		cipher: crypto.NewServerCipher(rand.Reader), buffers: bin.NewPool(0),
	}
	s.conditions.Store(new(Conditions))
	s.ids.Store(proto.NewMessageIDGen(s.Now))
	return s
}

// Change changes the conditions from now on.
func (s *Server) Change(c Conditions) {
	if s.conditions.Swap(&c).Ahead != c.Ahead {
		s.ids.Store(proto.NewMessageIDGen(s.Now)) // the old one never goes back
	}
	if c.Away {
		s.CutAll()
	}
}

// Now returns the server's time.
func (s *Server) Now() time.Time { return time.Now().Add(s.conditions.Load().Ahead) }

// Serve accepts connections of one data centre until its listener is closed.
func (s *Server) Serve(ctx context.Context, l net.Listener, dc int) {
	for {
		raw, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.log.Warn("accept failed", "dc", dc, "error", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(10 * time.Millisecond): // out of file descriptors, for example
			}
			continue
		}
		c := &conn{srv: s, dc: dc, net: raw, handshake: handshake{rsa: s.rsa, dc: dc, now: s.Now}}
		if s.conditions.Load().Away || !s.enter(c) {
			c.cut()
			continue
		}
		s.wg.Go(func() {
			defer s.leave(c)
			c.serve(ctx)
		})
	}
}

func (s *Server) enter(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// CutAll breaks every connection.
func (s *Server) CutAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.cut()
	}
}

// Close breaks all connections, takes no more, and waits for the goroutines of both.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.CutAll()
	s.wg.Wait()
}

// pushTimeout is how long a client may take to read an update.
const pushTimeout = 5 * time.Second

// Push sends an update to all connections that use a key. An undelivered update is lost, as
// with Telegram: clients have to poll occasionally.
func (s *Server) Push(key [8]byte, update bin.Encoder) {
	ctx, cancel := context.WithTimeout(context.Background(), pushTimeout)
	defer cancel()
	for _, l := range s.links(key) {
		if err := l.send(ctx, proto.MessageFromServer, true, update, unnoted); err != nil && !gone(err) {
			s.log.Warn("update not sent", "dc", l.dc, "error", err)
		}
	}
}

func (s *Server) links(key [8]byte) []*link {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*link
	for c := range s.conns {
		if l := c.talks.Load(); l != nil && l.key.ID == key {
			out = append(out, l)
		}
	}
	return out
}
