// Package handlers answers the browser: one request or websocket in, one view
// out. There is a file for each step of the flow; routes.go has all routes.
//
// Handlers return errors, and one function (problem.go) turns them into a page.
package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/memo"
	"telegramtrac/collector/spool"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/handlers/live"
	"telegramtrac/static"
	"telegramtrac/views"
)

// Engine is what the page needs of the engine; *engine.Engine implements it.
type Engine interface {
	Workspace(ctx context.Context, visitor string) (engine.Workspace, error)
	SignIn(ctx context.Context, visitor string) (engine.SignIn, error)
	Submit(ctx context.Context, workspace string, r collector.Request) (id string, err error)
	Ask(ctx context.Context, workspace, id string, want engine.Want) error
	Collection(ctx context.Context, workspace, id string) (collector.Collection, error)
	Collections(ctx context.Context, workspace string) ([]collector.Collection, error)
	WholeCollections(ctx context.Context, workspace string) ([]collector.Collection, error)
	Summaries(ctx context.Context, workspace string) ([]engine.Summary, error)
	Subscribe(ctx context.Context, id string) (<-chan engine.Event, func(), error)
	MoveVisitor(ctx context.Context, from, to string) error
	Visitors(ctx context.Context, workspace string) ([]engine.Presence, error)
	OnLeave(f func(visitor string)) (stop func(), err error)
	Reached(ctx context.Context) error
	Grace() time.Time
	Touch(ctx context.Context, workspace string) error
	Seen(ctx context.Context, visitor string) error
	Retention(ctx context.Context, workspace string) (engine.Retention, error)
	Session(ctx context.Context, workspace string) (sealed []byte, err error)
	Counts(ctx context.Context) (map[collector.State]int, error)
}

// Dataset is what the page needs of a workspace's data; *dataset.Dataset implements it.
type Dataset interface {
	Totals(ctx context.Context) (dataset.Totals, error)
	Channels(ctx context.Context) ([]catalog.ChannelSummary, error)
	Channel(ctx context.Context, key string) (catalog.ChannelSummary, error)
	Topics(ctx context.Context, channelID int64) ([]collector.Topic, error)
	States(ctx context.Context, channelID int64) ([]catalog.State, error)
	Page(ctx context.Context, q query.Query) (query.Page, error)
	Newer(ctx context.Context, channelID, id int64) (int64, error)
	Senders(ctx context.Context, keys []catalog.PeerKey) (map[catalog.PeerKey]catalog.Sender, error)
	Stats(ctx context.Context, q query.StatsQuery) (*query.Stats, error)
	Receipts(ctx context.Context) ([]collector.Receipt, error)
	Damage(ctx context.Context) ([]fold.Damage, error)
	Bytes(ctx context.Context) (int64, error)
	Fingerprint(ctx context.Context) (string, error)
	Itself() *dataset.Dataset
}

// Options are what the page is made from. Engine, Accounts, Data, Graph, Evidence, Ties and
// Secret are required.
type Options struct {
	Engine Engine

	// Accounts calls the holder of the workspaces.
	Accounts engine.Accounts

	// Data opens a workspace's dataset. It is called for each request, so it should cache what
	// it opens.
	Data func(workspace string) (Dataset, error)

	// Graph makes a workspace's network.
	Graph func(ctx context.Context, workspace string) (*network.Graph, error)

	// Evidence finds the messages behind an edge of a workspace's network.
	Evidence func(ctx context.Context, workspace string, q network.Question) (network.Answer, error)

	// Ties writes a workspace's edges.parquet.
	Ties func(ctx context.Context, workspace string, w io.Writer) error

	Sandbox *views.SandboxInfo // nil: the sandbox is not offered
	// Scan scans the link of a QR code with the sandbox's account that has a phone
	// number, for the people who try it out. nil: the page does not offer it.
	Scan func(link, phone string) error

	Spool *spool.Spool // of uploads to import; nil: nothing is imported

	Preview bool         // the public web preview is offered: no account
	Secret  []byte       // keys the tokens of forms; at least 16 bytes
	Logger  *slog.Logger // nil: nothing is logged

	// TrustProxy says that a proxy in front sets X-Forwarded-Proto, so that
	// cookies are Secure when people come over TLS.
	TrustProxy bool

	// ClientHeader is the header in which that proxy names the client; "": X-Forwarded-For. Of
	// several addresses in it the last counts.
	ClientHeader string

	// AccessPassword is required of everybody before anything else; "": the page is open to
	// all.
	AccessPassword string

	// APIID and APIHash are the host's own, for people who enter none and then need only their
	// phone. APIID 0: everybody needs their own.
	APIID   int
	APIHash string

	// Privacy and Terms are the host's own texts in place of the built-in pages: plain text,
	// an empty line between paragraphs.
	Privacy, Terms string

	Keep  time.Duration       // untouched workspaces are deleted after this time; 0: never
	Quota collector.Allowance // of each workspace

	// Room returns an error while the disk is full; nil: that is not checked.
	Room func() error

	// Ready adds to /healthz what the page cannot check itself: whether the data folder can be
	// written. nil: nothing more.
	Ready func(ctx context.Context) error

	// Metrics are counted elsewhere and shown at /metrics too.
	Metrics []prometheus.Collector

	// MetricsToken is the token that /metrics requires; "": only this machine may read it.
	MetricsToken string

	MaxUpload int64 // bytes of one upload; 0: nothing is imported

	ReadTimeout time.Duration // in which a request must arrive, and more of an upload; 0: a minute

	ReadWithin       time.Duration // in which a browser must take the next piece of a download; 0: a minute
	SocketsByVisitor int           // at the same time; 0: live's default

	// MaxConnections limits the connections at the same time; those over it are told to come
	// back later. 0: no limit.
	MaxConnections int64

	AtWork int // requests that are worked on at the same time; 0: guard's default

	Now func() time.Time // nil: time.Now
}

// Server is the page. Serve may be called once.
type Server struct {
	engine      Engine
	accounts    engine.Accounts
	data        func(workspace string) (Dataset, error)
	graphs      *memo.Graphs
	evidence    func(ctx context.Context, workspace string, q network.Question) (network.Answer, error)
	ties        func(ctx context.Context, workspace string, w io.Writer) error
	sandbox     *views.SandboxInfo
	scan        func(link, phone string) error
	preview     bool
	guard       *guard.Guard
	apiID       int // the host's, 0: none
	apiHash     string
	notices     map[string]string // the host's own texts, by page
	spool       *spool.Spool
	maxUpload   int64
	receiving   receiving
	readTimeout time.Duration
	log         *slog.Logger
	now         func() time.Time

	keep         time.Duration
	quotas       collector.Allowance
	room         func() error
	starting     *guard.Lanes // submits a workspace's collections one after the other
	reading      *guard.Lanes // limits reading pages of messages
	readiness    *readiness
	metricsToken string

	maxConnections int64
	closing        atomic.Bool // Shutdown was called

	*answer.Pages
	files  *answer.Files
	app    *fiber.App
	assets *static.Files
	hub    *live.Hub
	meter  *meter
}

// headLimit is the size of the largest request head in bytes. A hundred ticked channels of the
// snowball take some 4,000 bytes of address, which htmx and the browser each send again as the
// current page's.
const headLimit = 32 << 10

// pageWithin is how long a browser may take to receive a whole page: the largest, a network,
// over a bad phone line.
const pageWithin = 5 * time.Minute

// New makes the page. It fails when a template does not parse or an option is
// missing.
func New(o Options) (*Server, error) {
	if o.Engine == nil || o.Accounts == nil || o.Data == nil || o.Graph == nil || o.Evidence == nil || o.Ties == nil || len(o.Secret) < 16 {
		return nil, errors.New("make the page: Engine, Accounts, Data, Graph, Evidence, Ties and a Secret of 16 bytes are required")
	}
	s := &Server{
		engine: o.Engine, accounts: o.Accounts, data: o.Data, graphs: memo.New(o.Graph), evidence: o.Evidence, ties: o.Ties, sandbox: o.Sandbox,
		scan: o.Scan, preview: o.Preview,
		apiID: o.APIID, apiHash: o.APIHash, notices: map[string]string{"privacy": o.Privacy, "terms": o.Terms}, log: o.Logger, now: o.Now,
		keep: o.Keep, quotas: o.Quota, room: o.Room, metricsToken: o.MetricsToken,
		spool: o.Spool, maxUpload: o.MaxUpload, receiving: receiving{all: map[string]*arrival{}}, readTimeout: cmp.Or(o.ReadTimeout, time.Minute),
	}
	s.starting, s.reading = guard.NewLanes(1), guard.NewLanes(pagesAtOnce)
	s.maxConnections = o.MaxConnections
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.guard = guard.New(guard.Options{
		Engine: o.Engine, Secret: o.Secret, Logger: s.log, Password: o.AccessPassword,
		TrustProxy: o.TrustProxy, ClientHeader: o.ClientHeader, AtWork: o.AtWork,
	})
	var err error
	if s.meter, err = newMeter(s.engine.Counts, o.Metrics...); err != nil {
		return nil, fmt.Errorf("make the metrics: %w", err)
	}
	s.readiness = &readiness{ask: func(ctx context.Context) error { return s.ready(ctx, o.Ready) }, now: s.now}
	if s.assets, err = static.New(); err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	if s.Pages, err = answer.New(s.assets, s.now); err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	s.files = answer.NewFiles(s.log, cmp.Or(o.ReadWithin, time.Minute))
	s.engine = roomy{s.engine, s.noRoom}
	s.hub = live.New(live.Options{
		Engine: s.engine, Guard: s.guard, Render: s.Update, Logger: s.log, Now: s.now,
		Open: s.meter.sockets, Dropped: s.meter.slow, SocketsByVisitor: o.SocketsByVisitor,
	})
	s.app = fiber.New(fiber.Config{
		AppName:               "telegramtrac",
		BodyLimit:             guard.BodyLimit,
		DisableStartupMessage: true,
		ErrorHandler:          s.problem,
		IdleTimeout:           2 * time.Minute,
		ReadTimeout:           s.readTimeout,
		ReadBufferSize:        headLimit,
		WriteTimeout:          pageWithin, // for streams, answer.Files extends it
		// Uploads may be larger than memory. guard.Body reads the other bodies whole, up to
		// BodyLimit.
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		// Without Immutable, the strings of a request (ids, form values) are in a buffer that
		// the next request overwrites; the hub, the engine and streamed downloads use them for
		// longer than the handler runs.
		Immutable: true,
	})
	s.routes()
	guard.Framed(s.app.Server(), s.closing.Load) // wraps the router, which answers some requests itself
	return s, nil
}

// Serve answers requests until Shutdown, and closes the listener.
func (s *Server) Serve(ln net.Listener) error {
	stop, err := s.engine.OnLeave(s.hub.Evict)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	defer stop()
	if err := s.app.Listener(guard.Listen(ln, s.maxConnections, s.log)); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Shutdown closes the websockets, so that pages connect again when the program is back, and
// waits for the requests under way, until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.closing.Store(true)
	s.receiving.stop()
	var sent sync.WaitGroup
	sent.Go(func() { s.hub.Close(ctx) })
	err := s.app.ShutdownWithContext(ctx)
	sent.Wait()
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
