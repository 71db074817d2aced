package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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
	workWithin = 10 * time.Second
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

// crowd is a listener that takes no more connections than the program has descriptors
// for, so that some are left for its files, and that outlives a machine which has none
// left: the server takes an error of Accept for the end.
type crowd struct {
	net.Listener
	most int64 // connections at the same time; 0: any number
	log  *slog.Logger

	open atomic.Int64
	over atomic.Bool // more came than there is room for, which is logged once
}

// Accept returns the next connection that there is room for. The error is that of a
// listener that is closed, or broken for good.
func (l *crowd) Accept() (net.Conn, error) {
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
		return &visiting{Conn: c, leave: sync.OnceFunc(l.left)}, nil
	}
}

// full logs that no more can come, once until there is room again.
func (l *crowd) full(what string, err error) {
	if !l.over.Swap(true) {
		l.log.Warn("no_room_for_connections", "what", what, "open", l.open.Load(), "most", l.most, "err", err)
	}
}

func (l *crowd) left() {
	if n := l.open.Add(-1); n < l.most/2 {
		l.over.Store(false)
	}
}

// exhausted reports whether Accept may work when others have closed what they have open.
func exhausted(err error) bool {
	for _, e := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EAGAIN, syscall.EINTR} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func refuse(c net.Conn) {
	c.SetWriteDeadline(time.Now().Add(refuseWithin))
	fmt.Fprintf(c, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s", len(tooMany), tooMany)
	c.Close()
}

// visiting is a connection that counts until it is closed.
type visiting struct {
	net.Conn
	leave func()
}

func (v *visiting) Close() error {
	v.leave()
	return v.Conn.Close()
}

var errCrowded = errors.New("too many requests are being worked on")

// atWork lets so many requests in at the same time; the others wait, and are refused
// when they have waited for long. A
// download or a websocket that is under way holds no place: it waits for its visitor.
func (s *Server) atWork(c *fiber.Ctx) error {
	select {
	case s.working <- struct{}{}:
	default:
		late := time.NewTimer(workWithin)
		defer late.Stop()
		select {
		case s.working <- struct{}{}:
		case <-late.C:
			c.Set(fiber.HeaderRetryAfter, "5")
			return errCrowded
		}
	}
	defer func() { <-s.working }()
	return c.Next()
}

// crowdedTrouble is what a page says that had no place in time.
func crowdedTrouble() trouble {
	return trouble{http.StatusServiceUnavailable, "crowded", "Many people are here at once",
		fmt.Sprintf("More was asked for than could be answered within %d seconds. Try again in a moment; collections go on meanwhile.", int(workWithin/time.Second))}
}
