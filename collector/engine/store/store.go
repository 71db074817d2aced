// Package store keeps the engine's values in buckets of a NATS JetStream server that runs
// inside the process: it locks the folder, starts and restarts the server, seals what
// belongs to a workspace, and reads and lists keys.
//
// Three buckets (collections, workspaces, leases) hold everything; doc.go of package engine
// lists their keys. A full disk stops the server for good, so nothing is written to a nearly
// full disk, and a server whose store failed is restarted.
package store

import (
	"context"
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

	"telegramtrac/collector/engine/doctor"
)

var (
	// ErrInUse says that another process has locked the folder.
	ErrInUse = errors.New("the data folder is in use by another process")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("the engine is closed")
)

// Options of New.
type Options struct {
	Dir      string // created if missing; no other process may use it at the same time
	Logger   *slog.Logger
	LeaseTTL time.Duration // how long a key of the bucket leases lives

	Free  func() (bytes, total uint64, known bool) // bytes free on the folder's disk, and its size; nil: not checked
	Owner func(key string) string                  // the workspace whose key seals the value of a key; "": not sealed
}

// Store is one open folder. Its methods may be called from several goroutines at once.
type Store struct {
	Conn                            *nats.Conn
	Collections, Workspaces, Leases *Bucket

	log    *slog.Logger
	dir    string
	ttl    time.Duration
	free   func() (bytes, total uint64, known bool)
	owner  func(key string) string
	lock   *os.File
	vault  *vault
	opened bool

	sick    atomic.Bool // the server's store has failed
	silent  atomic.Bool // the server did not answer a write
	serving sync.Mutex
	server  *server.Server // nil while it is restarted; guarded by serving

	tasks  Tasks         // every goroutine that the store and its users started
	closed chan struct{} // closes to end them
}

// New locks the folder and checks its files. Close the store in any case; use it after Start.
// The error is ErrInUse when another process uses the folder, and a *doctor.DamagedError when
// its files are damaged.
func New(o Options) (*Store, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", o.Dir, err)
	}
	if err := doctor.Ready(o.Dir, o.Logger); err != nil {
		return nil, errors.Join(fmt.Errorf("in %s: %w", o.Dir, err), lock.Close())
	}
	return &Store{
		log: o.Logger, dir: o.Dir, ttl: o.LeaseTTL, free: o.Free, owner: o.Owner,
		lock: lock, closed: make(chan struct{}),
	}, nil
}

// answerTime is how long an answer of the records may take where nobody says otherwise. They
// lie in this process, but a disk that flushes for others has taken longer than the client
// library's five seconds, and a channel failed for it.
const answerTime = 20 * time.Second

// Start starts the server in the folder (without a socket) and opens the buckets.
func (s *Store) Start(ctx context.Context) error {
	ns, err := startServer(s.dir, s.log, s.failed)
	if err != nil {
		return err
	}
	s.runOn(ns)
	if s.Conn, err = connect(s, s.log); err != nil {
		return err
	}
	js, err := jetstream.New(s.Conn, jetstream.WithDefaultTimeout(answerTime))
	if err != nil {
		return fmt.Errorf("use jetstream: %w", err)
	}
	if s.vault, err = s.openVault(ctx, js); err != nil {
		return err
	}
	if s.Collections, err = s.openBucket(ctx, js, jetstream.KeyValueConfig{Bucket: "collections"}); err != nil {
		return err
	}
	if s.Workspaces, err = s.openBucket(ctx, js, jetstream.KeyValueConfig{Bucket: "workspaces"}); err != nil {
		return err
	}
	if s.Leases, err = s.openBucket(ctx, js, jetstream.KeyValueConfig{Bucket: "leases", TTL: s.ttl}); err != nil {
		return err
	}
	s.Leases.plain = true
	return s.mark(ctx, js)
}

// mark writes into each stream the marks that show that it was not empty. See doctor.Inspect.
func (s *Store) mark(ctx context.Context, js jetstream.JetStream) error {
	for _, key := range []string{doctor.FirstMark, doctor.LastMark} {
		for _, b := range []*Bucket{s.Collections, s.Workspaces} {
			_, err := b.KV.Get(ctx, key)
			if errors.Is(err, jetstream.ErrKeyNotFound) {
				_, err = b.KV.Put(ctx, key, []byte("1"))
			}
			if err != nil {
				return fmt.Errorf("mark bucket %s: %w", b.Name, err)
			}
		}
		subject := doctor.Mark(doctor.KeyStream, key)
		_, err := s.vault.keys.GetLastMsgForSubject(ctx, subject)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			_, err = js.Publish(ctx, subject, []byte("1"))
		}
		if err != nil {
			return fmt.Errorf("mark the workspaces' keys: %w", err)
		}
	}
	return nil
}

// Opened says that the folder was opened in full. From now on a failed server is restarted,
// and Close records the sizes of the files.
func (s *Store) Opened() {
	s.opened = true
	s.tasks.Run(s.keepServer)
}

// Go runs f in a goroutine, which must end when Closed closes. It reports false, and runs
// nothing, when the store is being closed.
func (s *Store) Go(f func()) bool { return s.tasks.Run(f) }

// Closed closes when the store is being closed.
func (s *Store) Closed() <-chan struct{} { return s.closed }

// Within returns a context that also ends when the store is being closed.
func (s *Store) Within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	started := s.Go(func() {
		select {
		case <-ctx.Done():
		case <-s.closed:
			cancel()
		}
	})
	if !started {
		cancel()
	}
	return ctx, cancel
}

// Stop ends every goroutine and waits for them. It reports whether it was the first to do so.
// Values can be read and written until Close.
func (s *Store) Stop() bool {
	if !s.tasks.Shut() {
		return false
	}
	close(s.closed)
	s.tasks.Wait()
	return true
}

// Close ends the server, after Stop, and unlocks the folder.
func (s *Store) Close() error {
	if s.Conn != nil {
		s.Conn.Close()
	}
	if ns := s.Server(); ns != nil {
		ns.Shutdown()
		ns.WaitForShutdown()
	}
	if s.opened {
		if err := doctor.NoteClosing(s.dir); err != nil {
			s.log.Warn("closing not noted", "error", err) // then the next start cannot compare
		}
	}
	if err := s.lock.Close(); err != nil {
		return fmt.Errorf("unlock the data folder: %w", err)
	}
	return nil
}
