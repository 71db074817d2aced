package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	tgsession "github.com/gotd/td/session"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// Options are what to serve and where.
type Options struct {
	World *world.World // nil = an empty one

	// Dir stores the RSA key, auth keys, sign-ins and pending codes across restarts, safe
	// against kill -9. "" = memory only. Two servers must not share one.
	Dir string

	Logger *slog.Logger // nil = none

	DCs int // data centres, 1..9; 0 = 2

	// Addrs are the listen addresses, one for each data centre, on loopback only.
	// nil = a free port each.
	Addrs []string
}

// Server is a running sandbox.
type Server struct {
	world  *world.World
	log    *slog.Logger
	id     identity
	keys   *keyring
	codes  *codebook
	moved  *moves
	logins *logins
	exits  *exports
	hooks  *Hooks

	cipher   crypto.Cipher
	buffers  *bin.Pool
	password func() (*verifier, error)
	threads  threads
	forums   forums
	peers    sync.Mutex // gotd writes flags into objects that it encodes

	dcs  []*dataCentre
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex
	conns  map[*conn]struct{}
	closed bool
}

// dataCentre is one listener. Phone numbers and auth keys belong to one data centre.
type dataCentre struct {
	id       int
	listener net.Listener
}

// Start listens on all data centres and serves until Close. ctx applies to the start only.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, err := load(&o)
	if err != nil {
		return nil, fmt.Errorf("start sandbox: %w", err)
	}
	for i, addr := range o.Addrs {
		l, err := listen(ctx, addr)
		if err != nil {
			err = errors.Join(err, s.closeListeners())
			return nil, fmt.Errorf("start sandbox: data centre %d: %w", i+1, err)
		}
		s.dcs = append(s.dcs, &dataCentre{id: i + 1, listener: l})
	}
	var run context.Context
	run, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, dc := range s.dcs {
		s.wg.Go(func() { s.accept(run, dc) })
	}
	return s, nil
}

// load checks the options and reads what an earlier server stored.
func load(o *Options) (*Server, error) {
	if o.DCs == 0 {
		o.DCs = 2
	}
	if o.Addrs == nil {
		for range o.DCs {
			o.Addrs = append(o.Addrs, "127.0.0.1:0")
		}
	}
	if o.DCs < 1 || o.DCs > 9 || len(o.Addrs) != o.DCs {
		return nil, fmt.Errorf("%d data centres at %d addresses: want 1 to 9 and an address each", o.DCs, len(o.Addrs))
	}
	s := &Server{
		world:   o.World,
		log:     o.Logger,
		cipher:  crypto.NewServerCipher(rand.Reader),
		buffers: bin.NewPool(0),
		conns:   map[*conn]struct{}{},
		logins:  newLogins(),
		exits:   newExports(),
	}
	if s.world == nil {
		s.world = world.New()
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.password = sync.OnceValues(newVerifier)
	s.hooks = newHooks(s)
	return s, s.restore(store{dir: o.Dir})
}

func (s *Server) restore(kept store) (err error) {
	if s.id, err = loadIdentity(kept); err != nil {
		return err
	}
	if s.keys, err = loadKeyring(kept); err != nil {
		return err
	}
	if s.codes, err = loadCodebook(kept, time.Now()); err != nil {
		return err
	}
	s.moved, err = loadMoves(kept)
	return err
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	if !tcp.IP.IsLoopback() {
		return nil, fmt.Errorf("%s is not a loopback address", addr)
	}
	return new(net.ListenConfig).Listen(ctx, "tcp", tcp.String())
}

// accept accepts connections of one data centre until its listener is closed.
func (s *Server) accept(ctx context.Context, dc *dataCentre) {
	for {
		raw, err := dc.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.log.Warn("accept failed", "dc", dc.id, "error", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(10 * time.Millisecond): // out of file descriptors, for example
			}
			continue
		}
		c := &conn{srv: s, dc: dc.id, net: raw, handshake: handshake{id: s.id, dc: dc.id, now: s.hooks.now}}
		if s.hooks.isAway() || !s.enter(c) {
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

// cutAll breaks every connection.
func (s *Server) cutAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.cut()
	}
}

// Close stops listening, breaks all connections and waits for the server's goroutines.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	err := s.closeListeners()
	s.stop()
	s.cutAll()
	s.wg.Wait()
	if err != nil {
		return fmt.Errorf("close sandbox: %w", err)
	}
	return nil
}

func (s *Server) closeListeners() error {
	var failed error
	for _, dc := range s.dcs {
		if err := dc.listener.Close(); !errors.Is(err, net.ErrClosed) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// DCOptions returns the addresses of the data centres in the form of a client's list.
func (s *Server) DCOptions() []tg.DCOption {
	options := make([]tg.DCOption, len(s.dcs))
	for i, dc := range s.dcs {
		addr := dc.listener.Addr().(*net.TCPAddr)
		options[i] = tg.DCOption{ID: dc.id, IPAddress: addr.IP.String(), Port: addr.Port, Ipv6: addr.IP.To4() == nil}
		options[i].SetFlags()
	}
	return options
}

// PublicKey returns the key that identifies this server to clients. With a Dir it stays the
// same across restarts.
func (s *Server) PublicKey() *rsa.PublicKey { return &s.id.rsa.PublicKey }

// Hooks returns the hooks, which change the server's behaviour and read its counters.
func (s *Server) Hooks() *Hooks { return s.hooks }

// IssueSession stores a gotd session that is signed in as phone's account, with or without a
// password. It saves the key exchange and sign-in, which take seconds of CPU. The session
// belongs to the account's data centre.
func (s *Server) IssueSession(ctx context.Context, storage tgsession.Storage, phone string) error {
	a, ok := s.account(phone)
	if !ok || !a.exists() || a.banned() {
		return errors.New("issue session: no such account")
	}
	var random [264]byte
	rand.Read(random[:])
	key := crypto.Key(random[:256]).WithID()
	salt := int64(binary.LittleEndian.Uint64(random[256:]))
	k := &authKey{AuthKey: key, dc: a.dc, salt: salt, state: signIn{Account: a.id}}
	if err := s.keys.add(k); err != nil {
		return fmt.Errorf("issue session: %w", err)
	}
	loader := tgsession.Loader{Storage: storage}
	err := loader.Save(ctx, &tgsession.Data{
		Config:    tgsession.ConfigFromTG(*s.config(a.dc)),
		DC:        a.dc,
		Addr:      s.dcs[a.dc-1].listener.Addr().String(),
		AuthKey:   key.Value[:],
		AuthKeyID: key.ID[:],
		Salt:      salt,
	})
	if err != nil {
		return fmt.Errorf("issue session: %w", err)
	}
	return nil
}

// account finds the account of a phone number, at its present data centre. It returns false if
// the number cannot exist on this server.
func (s *Server) account(phone string) (account, bool) {
	a, ok := parsePhone(phone)
	if !ok || a.dc > len(s.dcs) {
		return account{}, false
	}
	a.dc = s.moved.home(a)
	return a, true
}
