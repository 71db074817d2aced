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
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	tgsession "github.com/gotd/td/session"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/library"
	"telegramtrac/collector/sandbox/wire"
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
	world   *world.World
	log     *slog.Logger
	id      identity
	keys    *keyring
	codes   *codebook
	moved   *moves
	logins  *logins
	exits   *exports
	wire    *wire.Server
	library *library.Library

	conditions atomic.Pointer[Conditions]

	dcs  []*dataCentre
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// Conditions are what a test makes of a server: see package sandboxtest. The zero value, which
// a new server has, makes no trouble.
type Conditions struct {
	Wire    wire.Conditions
	Library library.Conditions

	// Around, if set, answers every request, mostly by calling next. Of an error AUTH_RESTART
	// the client's unfinished sign-in is forgotten too.
	Around func(ctx context.Context, r *Request, next func() (bin.Encoder, error)) (bin.Encoder, error)
	// Forgets, if set, reports whether the data centres answer -404, "auth key not found", to
	// an account's keys; account 0 is of keys that are not signed in.
	Forgets func(account int64) bool

	Means         []Means       // how login codes are sent, first to last; none: app, SMS, call
	CodeLifetime  time.Duration // how long login codes sent from now on are valid; 0: as at Telegram
	TokenLifetime time.Duration // how long QR codes issued from now on can be scanned; 0: as at Telegram
}

// Request is a request of an account, 0 before it has signed in.
type Request struct {
	*wire.Request
	Account int64
}

// Change changes the conditions from now on.
func (s *Server) Change(c Conditions) {
	s.conditions.Store(&c)
	s.library.Change(c.Library)
	s.wire.Change(c.Wire)
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
		s.wg.Go(func() { s.wire.Serve(run, dc.listener, dc.id) })
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
		world:  o.World,
		log:    o.Logger,
		logins: &logins{tokens: map[string]*login{}},
		exits:  &exports{pending: map[string]export{}},
	}
	if s.world == nil {
		s.world = world.New()
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.conditions.Store(new(Conditions))
	if err := s.restore(store{dir: o.Dir}); err != nil {
		return nil, err
	}
	s.wire = wire.NewServer(s.id.rsa, s, s.log)
	s.library = library.New(s.world, s.id.secret, s.wire.Now)
	return s, nil
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

// Close stops listening, breaks all connections and waits for the server's goroutines.
func (s *Server) Close() error {
	err := s.closeListeners()
	s.stop()
	s.wire.Close()
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

// CutConnections breaks all connections once.
func (s *Server) CutConnections() { s.wire.CutAll() }

// Revoke ends all sessions of an account: from now on their calls get 401 with refusal, which
// is "SESSION_REVOKED" or "AUTH_KEY_UNREGISTERED".
func (s *Server) Revoke(account int64, refusal string) error { return s.keys.refuse(account, refusal) }

// Migrate moves an account to another data centre: all others answer its reads with
// USER_MIGRATE_X and sendCode with PHONE_MIGRATE_X. Its sessions can still export their
// authorization, which a client needs to follow.
func (s *Server) Migrate(account int64, dc int) error {
	if dc < 1 || dc > len(s.dcs) {
		return fmt.Errorf("move account: no data centre %d", dc)
	}
	return s.moved.set(account, dc)
}

// AcceptLogin does what phone's app does when it scans the QR code: it accepts a login token.
// A nil token means the newest one.
func (s *Server) AcceptLogin(token []byte, phone string) error {
	a, ok := s.account(phone)
	if !ok || !a.exists() {
		return errors.New("accept login: no such account")
	}
	return s.acceptLogin(token, a.id, s.wire.Now())
}

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
	k := &wire.Key{AuthKey: key, DC: a.dc, Salt: salt}
	if err := s.keys.add(&authKey{Key: k, state: signIn{Account: a.id}}); err != nil {
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
