package live

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"telegramtrac/handlers/guard"
)

// socket is the connection of one page that shows a collection.
type socket struct {
	conn    *websocket.Conn
	visitor string // the hash of the page's visitor
	token   string // of the visitor's forms
	queue   chan *websocket.PreparedMessage
	done    chan struct{} // closed by close
	once    sync.Once
	code    int    // why it was closed; read after done
	left    func() // called when write has ended
	greeted bool   // has been sent the whole state; guarded by the hub's mutex
}

func newSocket(conn *websocket.Conn, v guard.Visitor) *socket {
	return &socket{
		conn: conn, visitor: v.Hash, token: v.Token, done: make(chan struct{}),
		queue: make(chan *websocket.PreparedMessage, queueLength),
	}
}

// send queues a message, and reports false when the page is too slow.
func (s *socket) send(m *websocket.PreparedMessage) bool {
	select {
	case s.queue <- m:
		return true
	default:
		return false
	}
}

// close makes write send what is queued, then the close code, and hang up.
func (s *socket) close(code int) {
	s.once.Do(func() {
		s.code = code
		close(s.done)
	})
}

// read reads until the page leaves or stops answering pings. It ignores what pages send.
func (s *socket) read() {
	s.conn.SetReadLimit(readLimit)
	alive := func(string) error { return s.conn.SetReadDeadline(time.Now().Add(pongWithin)) }
	s.conn.SetPongHandler(alive)
	if alive("") != nil {
		return
	}
	for {
		if _, _, err := s.conn.ReadMessage(); err != nil {
			return
		}
	}
}

// write sends what is queued, and pings, until the socket is closed.
func (s *socket) write() {
	defer s.left()
	defer s.conn.Close()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case m := <-s.queue:
			if !s.put(func() error { return s.conn.WritePreparedMessage(m) }) {
				return
			}
		case <-ping.C:
			if !s.put(func() error { return s.conn.WriteMessage(websocket.PingMessage, nil) }) {
				return
			}
		case <-s.done:
			s.finish()
			return
		}
	}
}

func (s *socket) put(write func() error) bool {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return false
	}
	return write() == nil
}

// finish sends the rest of the queue and the close message.
func (s *socket) finish() {
	for {
		select {
		case m := <-s.queue:
			if !s.put(func() error { return s.conn.WritePreparedMessage(m) }) {
				return
			}
			continue
		default:
		}
		break
	}
	s.put(func() error {
		return s.conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(s.code, ""))
	})
}
