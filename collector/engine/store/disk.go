package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector/engine/doctor"
)

// ErrDiskFull says that the disk has no room for another record. Existing records can be read
// and deleted.
var ErrDiskFull = errors.New("the disk is full")

// If the server's own write finds the disk full, it stops everything, reading too. So nothing
// is written to a nearly full disk: records need RecordRoom of free space, and leases, which
// are small and let people delete, need LeaseRoom.
const (
	RecordRoom = 16 << 20
	LeaseRoom  = 2 << 20

	smallDisk = 1 << 30 // smaller disks need less free space, in proportion
)

// Room returns ErrDiskFull if less than least is free.
func (s *Store) Room(least uint64) error {
	if s.free == nil {
		return nil
	}
	free, total, known := s.free()
	if total < smallDisk {
		least = least * total / smallDisk
	}
	if known && free < least {
		return ErrDiskFull
	}
	return nil
}

// storeFailed is the server's error code for a failed write of a record.
const storeFailed = 10077

// Met records an error after which the server's store does not recover by itself. A store that
// has failed may not answer at all.
func (s *Store) Met(err error) {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == storeFailed {
		s.sick.Store(true)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		s.silent.Store(true)
	}
}

// works reports whether the server can store records. It tests one that did not answer.
func (s *Store) works(ns *server.Server) bool {
	if ns == nil || !ns.JetStreamEnabled() || s.sick.Load() {
		return false
	}
	if !s.silent.Load() || s.Room(RecordRoom) != nil {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_, err := s.Collections.KV.Put(ctx, doctor.FirstMark, []byte("1"))
	s.silent.Store(err != nil)
	s.sick.Store(err != nil)
	return err == nil
}

// writable reports whether a restart would help, by writing a file beside the records.
func (s *Store) writable() bool {
	f, err := os.CreateTemp(s.dir, "room-*.tmp")
	if err != nil {
		return false
	}
	_, err = f.Write(make([]byte, 1<<20))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name())) == nil && s.Room(LeaseRoom) == nil
}

// InProcessConn connects to the running server, so that after a restart the client reconnects
// to the new one.
func (s *Store) InProcessConn() (net.Conn, error) {
	ns := s.Server()
	if ns == nil {
		return nil, errors.New("the server is being restarted")
	}
	return ns.InProcessConn()
}

// Server returns the running server, nil during a restart.
func (s *Store) Server() *server.Server {
	s.serving.Lock()
	defer s.serving.Unlock()
	return s.server
}

func (s *Store) runOn(ns *server.Server) {
	s.serving.Lock()
	defer s.serving.Unlock()
	s.server = ns
}

// serverLook is how often the server's store is checked.
const serverLook = 500 * time.Millisecond

// keepServer restarts the server when its store has stopped: after a full disk it does not
// recover by itself. It ends with the engine.
func (s *Store) keepServer() {
	ticker := time.NewTicker(serverLook)
	defer ticker.Stop()
	for {
		select {
		case <-s.closed:
			return
		case <-ticker.C:
		}
		ns := s.Server()
		// A server that can still be read stays until there is room to write.
		if s.works(ns) || ns != nil && ns.JetStreamEnabled() && !s.writable() {
			continue
		}
		if err := s.restart(); err != nil {
			s.log.Error("records not reopened", "error", err)
			continue // the next tick tries again
		}
		s.log.Warn("records reopened")
	}
}

// restart replaces the running server by a new one on the same folder. Clients and their
// subscriptions reconnect by themselves.
func (s *Store) restart() error {
	if ns := s.Server(); ns != nil {
		s.runOn(nil)
		ns.Shutdown()
		ns.WaitForShutdown()
	}
	s.sick.Store(false)
	s.silent.Store(false)
	if err := doctor.Ready(s.dir, s.log); err != nil {
		return err
	}
	ns, err := startServer(s.dir, s.log, s.failed)
	if err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	s.runOn(ns)
	return nil
}

// failed records that the server's store cannot write any more.
func (s *Store) failed() { s.sick.Store(true) }
