package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrDiskFull says that the disk has no room for another record. What is there can be
// read and deleted.
var ErrDiskFull = errors.New("the disk is full")

// The server stops everything, reading too, when a write of its own finds the disk
// full. So nothing is written where the disk is nearly full: records while less than
// recordRoom is free, and leases, which are small and let people delete, while less
// than leaseRoom is.
const (
	recordRoom = 16 << 20
	leaseRoom  = 2 << 20

	smallDisk = 1 << 30 // of smaller ones less is left, in proportion
)

// room is ErrDiskFull where less is free than a write is to leave.
func (e *Engine) room(least uint64) error {
	if e.free == nil {
		return nil
	}
	free, total, known := e.free()
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

// met notes an error that the server's store does not get over by itself. Where it has
// failed it may not answer at all.
func (e *Engine) met(err error) {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == storeFailed {
		e.sick.Store(true)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		e.silent.Store(true)
	}
}

// works reports whether the server keeps records. One that did not answer is asked.
func (e *Engine) works(s *server.Server) bool {
	if s == nil || !s.JetStreamEnabled() || e.sick.Load() {
		return false
	}
	if !e.silent.Load() || e.room(recordRoom) != nil {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_, err := e.collections.kv.Put(ctx, markKey, []byte("1"))
	e.silent.Store(err != nil)
	e.sick.Store(err != nil)
	return err == nil
}

// writable finds out whether a restart would help: by writing beside the records.
func (e *Engine) writable() bool {
	f, err := os.CreateTemp(e.dir, "room-*.tmp")
	if err != nil {
		return false
	}
	_, err = f.Write(make([]byte, 1<<20))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name())) == nil && e.room(leaseRoom) == nil
}

// InProcessConn connects to the server that runs now: the client comes back to the new
// one after a restart.
func (e *Engine) InProcessConn() (net.Conn, error) {
	s := e.running()
	if s == nil {
		return nil, errors.New("the server is being restarted")
	}
	return s.InProcessConn()
}

func (e *Engine) running() *server.Server {
	e.serving.Lock()
	defer e.serving.Unlock()
	return e.server
}

func (e *Engine) runOn(s *server.Server) {
	e.serving.Lock()
	defer e.serving.Unlock()
	e.server = s
}

// serverLook is how often it is looked whether the server's store works.
const serverLook = 500 * time.Millisecond

// keepServer restarts the server when its store has stopped, as it does for ever when
// it once met a full disk. It ends with the engine.
func (e *Engine) keepServer() {
	ticker := time.NewTicker(serverLook)
	defer ticker.Stop()
	for {
		select {
		case <-e.closed:
			return
		case <-ticker.C:
		}
		s := e.running()
		// While it can be read from it stays, until there is room to write.
		if e.works(s) || s != nil && s.JetStreamEnabled() && !e.writable() {
			continue
		}
		if err := e.restart(); err != nil {
			e.log.Error("records_not_reopened", "err", err)
			continue // it is tried again
		}
		e.log.Warn("records_reopened")
	}
}

// restart takes another server on the same folder in the place of the one that runs.
// Clients and what they listen to come over by themselves.
func (e *Engine) restart() error {
	if s := e.running(); s != nil {
		e.runOn(nil)
		s.Shutdown()
		s.WaitForShutdown()
	}
	e.sick.Store(false)
	e.silent.Store(false)
	if err := check(e.dir, e.log); err != nil {
		return err
	}
	s, err := startServer(e.dir, e.log, e.failed)
	if err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	e.runOn(s)
	return nil
}

// failed notes that the server's store met an error that it keeps.
func (e *Engine) failed() { e.sick.Store(true) }
