package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
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

	Free func() (bytes, total uint64, known bool) // on the folder's disk, and its size; nil: not looked at
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

	dir    string
	opened bool
	lock   *os.File
	nc     *nats.Conn

	free    func() (bytes, total uint64, known bool)
	sick    atomic.Bool // the server's store has failed
	silent  atomic.Bool // it did not answer a write
	serving sync.Mutex
	server  *server.Server // nil while it is restarted; guarded by serving

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
// folder, and a *DamagedError when it is not as it was written: see Repair.
func Open(ctx context.Context, o Options) (*Engine, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open engine: %w", err)
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open engine in %s: %w", o.Dir, err)
	}
	if err := check(o.Dir, o.Logger); err != nil {
		return nil, errors.Join(fmt.Errorf("open engine in %s: %w", o.Dir, err), lock.Close())
	}
	e := &Engine{log: o.Logger, ttl: o.LeaseTTL, now: o.Now, dir: o.Dir, free: o.Free, lock: lock, closed: make(chan struct{})}
	if err := e.start(ctx, o.Dir); err != nil {
		return nil, errors.Join(fmt.Errorf("open engine in %s: %w", o.Dir, err), e.Close())
	}
	e.opened = true
	e.tasks.run(e.keepServer)
	return e, nil
}

// check looks through the folder before the server sees it, which cuts off what it
// cannot read, or waits for it for ever.
func check(dir string, log *slog.Logger) error {
	in, err := inspect(dir)
	if err != nil {
		return fmt.Errorf("look through the records: %w", err)
	}
	for _, s := range in.streams {
		if s.index {
			log.Warn("index_of_records_made_anew", "records", s.name)
		}
	}
	if found := in.damage(); len(found) > 0 {
		for _, d := range found {
			log.Error("records_damaged", "file", d.File, "what", d.What, "lost", d.Lost)
		}
		return &DamagedError{found}
	}
	return in.ready()
}

// startTimeout is how long the server may take to open what was found whole.
const startTimeout = 10 * time.Second

func (e *Engine) start(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, errStuck)
	defer cancel()
	err := e.startIn(ctx, dir)
	if err != nil && errors.Is(context.Cause(ctx), errStuck) {
		err = errors.Join(errStuck, err)
	}
	return err
}

// errStuck says that the records were not open in time.
var errStuck = errors.New("the records did not open within 10 s")

func (e *Engine) startIn(ctx context.Context, dir string) error {
	s, err := startServer(dir, e.log, e.failed)
	if err != nil {
		return err
	}
	e.runOn(s)
	if e.nc, err = connect(e, e.log); err != nil {
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
	e.collections.engine, e.workspaces.engine, e.vault.engine = e, e, e
	if err := e.mark(ctx, js); err != nil {
		return err
	}
	if err := e.leapLeases(ctx); err != nil {
		return err
	}
	if err := e.forgetLeases(ctx); err != nil {
		return err
	}
	if err := e.openDays(ctx); err != nil {
		return err
	}
	return e.forgetSignIns(ctx)
}

// mark puts into each stream what shows that it was not empty. See Inspect.
func (e *Engine) mark(ctx context.Context, js jetstream.JetStream) error {
	for _, key := range []string{markKey, allMarked} {
		for _, b := range []bucket{e.collections, e.workspaces} {
			_, err := b.kv.Get(ctx, key)
			if errors.Is(err, jetstream.ErrKeyNotFound) {
				_, err = b.kv.Put(ctx, key, []byte("1"))
			}
			if err != nil {
				return fmt.Errorf("mark bucket %s: %w", b.name, err)
			}
		}
		_, err := e.vault.keys.GetLastMsgForSubject(ctx, mark(keyStream, key))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			_, err = js.Publish(ctx, mark(keyStream, key), []byte("1"))
		}
		if err != nil {
			return fmt.Errorf("mark the workspaces' keys: %w", err)
		}
	}
	return nil
}

// leapLeases makes the next lease newer than each that has written: their numbers may
// be lost, and a holder with a lower one would count as replaced for ever.
func (e *Engine) leapLeases(ctx context.Context) error {
	heads, err := e.collections.list(ctx, haveKey("*", "*"))
	if err != nil {
		return fmt.Errorf("list heads: %w", err)
	}
	var highest uint64
	for _, it := range heads {
		var by struct {
			Lease uint64 `json:"lease"`
		}
		if json.Unmarshal(it.value, &by) == nil {
			highest = max(highest, by.Lease)
		}
	}
	info, err := e.leases.stream.Info(ctx)
	if err == nil && info.State.LastSeq < highest {
		e.log.Warn("leases_were_lost", "highest", highest, "last", info.State.LastSeq)
		err = e.leases.stream.Purge(ctx, jetstream.WithPurgeSequence(highest+1))
	}
	if err != nil {
		return fmt.Errorf("make the next lease the newest: %w", err)
	}
	return nil
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
	if s := e.running(); s != nil {
		s.Shutdown()
		s.WaitForShutdown()
	}
	if e.opened {
		if err := writeClosing(e.dir); err != nil {
			e.log.Warn("closing_not_noted", "err", err) // then the next start cannot compare
		}
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
