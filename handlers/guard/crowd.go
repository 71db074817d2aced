package guard

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
)

// How many requests are worked on at the same time, and for how long the others wait
// for a place. Each may hold a thread while it reads the disk, and the runtime ends a
// program that has 10,000 of them.
const (
	mostAtWork = 512
	WorkWithin = 10 * time.Second
)

// How long Accept waits when the machine has nothing left to accept with.
const (
	acceptAgain     = 5 * time.Millisecond
	acceptAgainMost = time.Second
)

// refuseWithin bounds the writing of the answer to a connection that is one too many.
const refuseWithin = 100 * time.Millisecond

// tooMany is what a connection that is one too many is told.
const tooMany = "Too many people are here at once. Try again in a moment.\n"

// Listen makes a listener take at most so many connections at the same time, 0 for any
// number: some file descriptors are then left for the program's files. It also goes on
// when the machine has none left, which the server would take for the end.
func Listen(ln net.Listener, most int64, log *slog.Logger) net.Listener {
	return &listener{Listener: ln, most: most, log: log}
}

type listener struct {
	net.Listener
	most int64 // connections at the same time; 0: any number
	log  *slog.Logger

	open atomic.Int64
	over atomic.Bool // more came than there is room for, which is logged once
}

// Accept returns the next connection that there is room for. The error is that of a
// listener that is closed, or broken for good.
func (l *listener) Accept() (net.Conn, error) {
	for wait := acceptAgain; ; {
		c, err := l.Listener.Accept()
		if err != nil && !exhausted(err) {
			return nil, err
		}
		if err != nil {
			l.full("accept", err)
			time.Sleep(wait)
			wait = min(2*wait, acceptAgainMost)
			continue
		}
		wait = acceptAgain
		if n := l.open.Add(1); l.most > 0 && n > l.most {
			l.open.Add(-1)
			l.full("connections", nil)
			refuse(c)
			continue
		}
		return &connection{Conn: c, leave: sync.OnceFunc(l.left)}, nil
	}
}

// full logs that no more can come, once until there is room again.
func (l *listener) full(what string, err error) {
	if !l.over.Swap(true) {
		l.log.Warn("no_room_for_connections", "what", what, "open", l.open.Load(), "most", l.most, "error", err)
	}
}

func (l *listener) left() {
	if n := l.open.Add(-1); n < l.most/2 {
		l.over.Store(false)
	}
}

// exhausted reports whether Accept may work when others have closed what they have open.
func exhausted(err error) bool {
	for _, e := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EAGAIN,
		syscall.EINTR} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func refuse(c net.Conn) {
	c.SetWriteDeadline(time.Now().Add(refuseWithin))
	fmt.Fprintf(c, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Type: text/plain; "+
		"charset=utf-8\r\nContent-Length: %d\r\n\r\n%s", len(tooMany), tooMany)
	c.Close()
}

// connection counts until it is closed.
type connection struct {
	net.Conn
	leave func()
}

func (v *connection) Close() error {
	v.leave()
	return v.Conn.Close()
}

// AtWork lets a number of requests in at the same time; the others wait for WorkWithin
// and are then refused. A download or a websocket under way holds no place: it waits
// for its visitor.
func (g *Guard) AtWork(c *fiber.Ctx) error {
	select {
	case g.working <- struct{}{}:
	default:
		late := time.NewTimer(WorkWithin)
		defer late.Stop()
		select {
		case g.working <- struct{}{}:
		case <-late.C:
			c.Set(fiber.HeaderRetryAfter, "5")
			return ErrCrowded
		}
	}
	defer func() { <-g.working }()
	return c.Next()
}
