package guard

import (
	"context"
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

// How many requests are worked on at the same time, and how long the others wait for a place.
// Each may occupy a thread while it reads the disk, and the runtime ends a program that has
// 10,000 threads.
const (
	mostAtWork = 512
	WorkWithin = 10 * time.Second
)

// How long Accept waits when the machine has no descriptors or memory left: at first, and at
// most.
const (
	acceptAgain     = 5 * time.Millisecond
	acceptAgainMost = time.Second
)

// refuseWithin limits the time for writing tooMany to a connection over the limit.
const refuseWithin = 100 * time.Millisecond

// tooMany is the answer to a connection over the limit.
const tooMany = "Too many people are here at once. Try again in a moment.\n"

// Listen limits how many connections a listener has open at the same time (0: no limit), which
// leaves file descriptors for the program's files. It also retries when the machine has none
// left; the server would take that error for the listener's end.
func Listen(ln net.Listener, most int64, log *slog.Logger) net.Listener {
	return &listener{Listener: ln, most: most, log: log}
}

type listener struct {
	net.Listener
	most int64 // connections at the same time; 0: any number
	log  *slog.Logger

	open atomic.Int64
	over atomic.Bool // the limit was exceeded, which is logged once
}

// Accept returns the next connection within the limit and refuses those over it. An error
// means that the listener is closed or broken for good.
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

// full logs that there is no room for connections: once, until there is room again.
func (l *listener) full(what string, err error) {
	if !l.over.Swap(true) {
		l.log.Warn("no room for connections", "what", what, "open", l.open.Load(), "most", l.most, "error", err)
	}
}

func (l *listener) left() {
	if n := l.open.Add(-1); n < l.most/2 {
		l.over.Store(false)
	}
}

// exhausted reports whether Accept failed for a passing reason and may be tried again.
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

// connection counts as open until it is closed.
type connection struct {
	net.Conn
	leave func()
}

func (v *connection) Close() error {
	v.leave()
	return v.Conn.Close()
}

// AtWork limits how many requests are worked on at the same time; the others wait for
// WorkWithin and are then refused. A download or a websocket under way takes no place: it
// mostly waits for its visitor.
func (g *Guard) AtWork(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), WorkWithin)
	defer cancel()
	leave, err := g.working.Enter(ctx, "all")
	if err != nil {
		c.Set(fiber.HeaderRetryAfter, "5")
		return ErrCrowded
	}
	defer leave()
	return c.Next()
}
