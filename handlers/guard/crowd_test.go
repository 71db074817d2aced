package guard

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// tired is a listener that fails left times before it accepts.
type tired struct {
	net.Listener
	left int
}

func (l *tired) Accept() (net.Conn, error) {
	if l.left > 0 {
		l.left--
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// call connects, and returns the connection once it is accepted or refused.
func call(t *testing.T, ln net.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// A machine without file descriptors slows the page down, and does not end it.
func TestOutOfDescriptors(t *testing.T) {
	ln := listen(t)
	l := Listen(&tired{Listener: ln, left: 3}, 0, slog.New(slog.DiscardHandler))
	call(t, ln)
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	ln.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: %v", err)
	}
}

// A connection over the limit is refused; after another has closed there is room.
func TestCrowd(t *testing.T) {
	ln := listen(t)
	l := Listen(ln, 2, slog.New(slog.DiscardHandler))
	accepted := make(chan net.Conn)
	go func() { // ends with the listener
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	call(t, ln)
	first := <-accepted
	call(t, ln)
	<-accepted
	answer, err := io.ReadAll(call(t, ln))
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 503 ") || !strings.Contains(string(answer), "Try again in a moment.") {
		t.Errorf("the third is told %q, %v", answer, err)
	}
	first.Close()
	first.Close() // counts once
	call(t, ln)
	<-accepted
	if answer, err := io.ReadAll(call(t, ln)); err != nil || !strings.Contains(string(answer), " 503 ") {
		t.Errorf("the fourth beside two is told %q, %v", answer, err)
	}
}

// Requests over the limit wait for a place.
func TestAtWork(t *testing.T) {
	g := New(Options{Working: 1})
	leave, _ := g.working.Take("all")
	app := fiber.New()
	app.Get("/", g.AtWork, func(c *fiber.Ctx) error { return nil })
	answered := make(chan int, 1)
	go func() {
		r, err := app.Test(httptest.NewRequest(http.MethodGet, "/", nil), int(time.Minute/time.Millisecond))
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		answered <- r.StatusCode
	}()
	select {
	case code := <-answered:
		t.Fatalf("answered %d without a place", code)
	default:
	}
	leave()
	if code := <-answered; code != http.StatusOK {
		t.Errorf("answered %d", code)
	}
	if len(g.working.open) != 0 {
		t.Error("a place is not given back")
	}
}
