// Package handlers answers the browser: one request or websocket in, one view
// out. It has the routes, and what is around the steps of the flow: errors as pages, help,
// health and metrics. Each step is a package below it.
//
// Handlers return errors, and one function (problem.go) turns them into a page.
package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/collections"
	"telegramtrac/handlers/guard"
	"telegramtrac/handlers/live"
	"telegramtrac/handlers/signin"
	"telegramtrac/handlers/tabs"
	"telegramtrac/handlers/upload"
	"telegramtrac/static"
)

// Options are what the page is made from.
type Options = answer.Options

// Server is the page. Serve may be called once.
type Server struct {
	*answer.Site
	signIn      *signin.Server
	collections *collections.Server
	upload      *upload.Server
	tabs        *tabs.Server

	app       *fiber.App
	assets    *static.Files
	hub       *live.Hub
	meter     *meter
	readiness *readiness
	closing   atomic.Bool // Shutdown was called
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
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.ReadTimeout = cmp.Or(o.ReadTimeout, time.Minute)
	s := &Server{Site: &answer.Site{Options: o, Guard: guard.New(guard.Options{
		Engine: o.Engine, Secret: o.Secret, Logger: o.Logger, Password: o.AccessPassword,
		TrustProxy: o.TrustProxy, ClientHeader: o.ClientHeader, Working: o.AtWork,
	})}}
	s.Engine = roomy{o.Engine, s.NoRoom}
	var err error
	if s.meter, err = newMeter(s.Engine.Counts, o.Metrics...); err != nil {
		return nil, fmt.Errorf("make the metrics: %w", err)
	}
	s.readiness = &readiness{ask: s.ready, now: s.Now}
	if s.assets, err = static.New(); err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	if s.Pages, err = answer.New(s.assets, s.Now); err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	s.Files = answer.NewFiles(s.Logger, cmp.Or(o.ReadWithin, time.Minute))
	s.hub = live.New(live.Options{
		Engine: s.Engine, Guard: s.Guard, Render: s.Update, Logger: s.Logger, Now: s.Now,
		Open: s.meter.sockets, Dropped: s.meter.slow, SocketsByVisitor: o.SocketsByVisitor,
	})
	s.collections = collections.New(s.Site)
	s.upload = upload.New(s.Site, s.closing.Load)
	s.tabs = tabs.New(s.Site, s.collections)
	s.signIn = signin.New(s.Site, s.collections, s.upload, s.tabs.Drop)
	s.app = fiber.New(fiber.Config{
		AppName:               "telegramtrac",
		BodyLimit:             guard.BodyLimit,
		DisableStartupMessage: true,
		ErrorHandler:          s.problem,
		IdleTimeout:           2 * time.Minute,
		ReadTimeout:           s.ReadTimeout,
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
	stop, err := s.Engine.OnLeave(s.hub.Evict)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	defer stop()
	if err := s.app.Listener(guard.Listen(ln, s.MaxConnections, s.Logger)); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Shutdown closes the websockets, so that pages connect again when the program is back, and
// waits for the requests under way, until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.closing.Store(true)
	s.upload.Stop()
	var sent sync.WaitGroup
	sent.Go(func() { s.hub.Close(ctx) })
	err := s.app.ShutdownWithContext(ctx)
	sent.Wait()
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
