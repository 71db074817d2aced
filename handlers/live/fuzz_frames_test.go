package live

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"telegramtrac/handlers/guard"
)

// heard counts the bytes read from a connection.
type heard struct {
	net.Conn
	n int
}

func (c *heard) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n += n
	return n, err
}

// FuzzFrames: whatever a page sends, its socket is read to its end or closed, and no more is
// read than was sent.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x81\x85\x00\x00\x00\x00hello"))
	f.Add([]byte("\x8a\x80\x00\x00\x00\x00"))                                 // a pong
	f.Add([]byte("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00")) // announces 2^63-1 bytes
	f.Add([]byte("\x01\x80\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00"))         // pieces
	f.Add([]byte("\xf1\x05hello"))
	f.Add([]byte("\x88\x82\x00\x00\x00\x00\x03\xe8"))
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := (&websocket.Upgrader{ReadBufferSize: 512, WriteBufferSize: 4096}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		newSocket(conn, guard.Visitor{}).read()
		conn.Close()
		ended <- struct{}{}
	}))
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, frames []byte) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		head := "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: " +
			"13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
		if _, err := conn.Write([]byte(head)); err != nil {
			t.Fatal(err)
		}
		c := &heard{Conn: conn}
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%v, %v", answer, err)
		}
		conn.Write(frames) // nobody may read the end
		conn.(*net.TCPConn).CloseWrite()
		<-ended
		if c.n > 4096 {
			t.Errorf("%d bytes were answered", c.n)
		}
	})
}
