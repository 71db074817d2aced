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

// ErrDiskFull says that the disk has no room for another record. What is there can be
// read and deleted.
var ErrDiskFull = errors.New("the disk is full")

// The server stops everything, reading too, when a write of its own finds the disk
// full. So nothing is written where the disk is nearly full: records while less than
// RecordRoom is free, and leases, which are small and let people delete, while less
// than LeaseRoom is.
const (
	RecordRoom = 16 << 20
	LeaseRoom  = 2 << 20

	smallDisk = 1 << 30 // of smaller ones less is left, in proportion
)

// Room is ErrDiskFull where less is free than a write is to leave.
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

// storeFailed is the code of a server's answer that it could not keep a record.
const storeFailed = 10077

// Met notes an error that the server's store does not get over by itself. Where it has
// failed it may not answer at all.
func (s *Store) Met(err error) {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == storeFailed {
		s.sick.Store(true)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		s.silent.Store(true)
	}
}

// works reports whether the server keeps records. One that did not answer is asked.
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

// writable finds out whether a restart would help: by writing beside the records.
func (s *Store) writable() bool {
	f, err := os.CreateTemp(s.dir, "room-*.tmp")
	if err != nil {
		return false
	}
	_, err = f.Write(make([]byte, 1<<20))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name())) == nil && s.Room(LeaseRoom) == nil
}

// InProcessConn connects to the server that runs now: the client comes back to the new
// one after a restart.
func (s *Store) InProcessConn() (net.Conn, error) {
	ns := s.Server()
	if ns == nil {
		return nil, errors.New("the server is being restarted")
	}
	return ns.InProcessConn()
}

// Server is the server that runs now, nil while it is restarted.
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

// serverLook is how often it is looked whether the server's store works.
const serverLook = 500 * time.Millisecond

// keepServer restarts the server when its store has stopped, as it does for ever when
// it once met a full disk. It ends with the engine.
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
		// While it can be read from it stays, until there is room to write.
		if s.works(ns) || ns != nil && ns.JetStreamEnabled() && !s.writable() {
			continue
		}
		if err := s.restart(); err != nil {
			s.log.Error("records_not_reopened", "error", err)
			continue // it is tried again
		}
		s.log.Warn("records_reopened")
	}
}

// restart takes another server on the same folder in the place of the one that runs.
// Clients and what they listen to come over by themselves.
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

// failed notes that the server's store met an error that it keeps.
func (s *Store) failed() { s.sick.Store(true) }
