package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrInUse says that another process holds the folder.
	ErrInUse = errors.New("the data folder is in use by another process")
	// ErrNoCollection says that the workspace has no such collection.
	ErrNoCollection = errors.New("no such collection")
	// ErrDeleting says that a workspace is being deleted: nothing begins there.
	ErrDeleting = errors.New("the workspace is being deleted")
	// ErrFinal says that a collection has ended and takes no more wishes.
	ErrFinal = errors.New("the collection has ended")
	// ErrReplaced says that a lease has run out or passed to someone else.
	ErrReplaced = errors.New("the lease is held no longer")
	// ErrNobody says that nobody handles the subject of a call.
	ErrNobody = errors.New("nobody answers")
	// ErrName says that a workspace, visitor, subject or key is no name: names
	// are letters, digits, dash, underscore and equals sign.
	ErrName = errors.New("not a name")
	// ErrClosed says that the engine was closed.
	ErrClosed = errors.New("the engine is closed")
)

// defaultLeaseTTL is the longest stall after a holder vanished: long enough for
// a slow disk, short enough for a person who looks on.
const defaultLeaseTTL = 15 * time.Second

// Options of Open. Only Dir is needed.
type Options struct {
	Dir      string        // created if missing; no other process may use it meanwhile
	Logger   *slog.Logger  // default: none
	LeaseTTL time.Duration // default 15 s, at least 100 ms
	Now      func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.LeaseTTL == 0 {
		o.LeaseTTL = defaultLeaseTTL
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Engine is one open folder. Its methods may be called from several goroutines
// at once.
type Engine struct {
	log *slog.Logger
	ttl time.Duration
	now func() time.Time
	ids ids
	hub hub

	sealer Sealer // of sign-ins; set by SealWith

	lock   *os.File
	server *server.Server
	nc     *nats.Conn

	collections, workspaces, leases bucket
	vault                           *vault

	touched sync.Map // workspace → the day on which it was last noted as touched
	days    days

	tasks  gate          // every goroutine that the engine started
	closed chan struct{} // they end when it closes
}

// Open locks the folder, starts the server in it (without a socket) and forgets
// the leases of whoever was there before. The context bounds the opening alone;
// Close ends the engine. The error is ErrInUse when another process has the
// folder.
func Open(ctx context.Context, o Options) (*Engine, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open engine: %w", err)
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open engine in %s: %w", o.Dir, err)
	}
	e := &Engine{log: o.Logger, ttl: o.LeaseTTL, now: o.Now, lock: lock, closed: make(chan struct{})}
	if err := e.start(ctx, o.Dir); err != nil {
		return nil, errors.Join(fmt.Errorf("open engine in %s: %w", o.Dir, err), e.Close())
	}
	return e, nil
}

func (e *Engine) start(ctx context.Context, dir string) error {
	var err error
	if e.server, err = startServer(dir, e.log); err != nil {
		return err
	}
	if e.nc, err = connect(e.server, e.log); err != nil {
		return err
	}
	e.hub.open(e.nc, e.log)
	js, err := jetstream.New(e.nc)
	if err != nil {
		return fmt.Errorf("use jetstream: %w", err)
	}
	if e.vault, err = openVault(ctx, js); err != nil {
		return err
	}
	if e.collections, err = openBucket(ctx, js, jetstream.KeyValueConfig{Bucket: "collections"}); err != nil {
		return err
	}
	if e.workspaces, err = openBucket(ctx, js, jetstream.KeyValueConfig{Bucket: "workspaces"}); err != nil {
		return err
	}
	if e.leases, err = openBucket(ctx, js, jetstream.KeyValueConfig{Bucket: "leases", TTL: e.ttl}); err != nil {
		return err
	}
	e.collections.vault, e.workspaces.vault = e.vault, e.vault
	if err := e.forgetLeases(ctx); err != nil {
		return err
	}
	if err := e.openDays(ctx); err != nil {
		return err
	}
	return e.forgetSignIns(ctx)
}

// forgetLeases is right because the folder's lock is ours: no holder is alive.
func (e *Engine) forgetLeases(ctx context.Context) error {
	left, err := e.leases.list(ctx, ">")
	if err != nil {
		return fmt.Errorf("list leases: %w", err)
	}
	for _, l := range left {
		if err := e.leases.drop(ctx, l.key); err != nil {
			return fmt.Errorf("forget lease: %w", err)
		}
	}
	return nil
}

// Close ends the engine: leases are lost, channels close, handlers' contexts
// end and are waited for. Nothing else may be called after it.
func (e *Engine) Close() error {
	if !e.tasks.shut() {
		return nil
	}
	close(e.closed)
	e.tasks.wait()
	e.hub.close()
	if e.nc != nil {
		e.nc.Close()
	}
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
	if err := e.lock.Close(); err != nil {
		return fmt.Errorf("unlock the data folder: %w", err)
	}
	return nil
}

// wall is the time by the clock on the wall: a monotonic reading stands still
// while a machine is suspended, and a lease must not.
func (e *Engine) wall() time.Time { return e.now().Round(0).UTC() }

// within returns a context that also ends when the engine closes.
func (e *Engine) within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	started := e.tasks.run(func() {
		select {
		case <-ctx.Done():
		case <-e.closed:
			cancel()
		}
	})
	if !started {
		cancel()
	}
	return ctx, cancel
}
