package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"telegramtrac/handlers/guard"
)

type localKey string

// Why a websocket is refused.
var (
	ErrForeign     = errors.New("the websocket was opened by another page")
	ErrManySockets = errors.New("too many websockets of the visitor at the same time")
)

// Keys of the values by which Allow passes on to Serve what it found out. No header can set
// them.
const (
	collectionKey localKey = "collection"
	placeKey      localKey = "place" // a func() that returns the visitor's place
)

// Allow is middleware that lets a visitor's own page listen to the collections of its own
// workspace.
func (h *Hub) Allow(c *fiber.Ctx) error {
	v := guard.VisitorOf(c)
	if !v.In() {
		return fiber.ErrNotFound
	}
	if !sameOrigin(c.Get(fiber.HeaderOrigin), h.Guard.Secure(c), string(c.Context().Host())) {
		return ErrForeign
	}
	id := c.Params("id")
	if _, err := h.Engine.Collection(c.UserContext(), v.Workspace.ID, id); err != nil {
		return fmt.Errorf("read collection: %w", err)
	}
	if !websocket.IsWebSocketUpgrade(upgradeHeaders(c)) {
		return fiber.ErrUpgradeRequired
	}
	leave, ok := h.places.Take(v.Hash)
	if !ok {
		return ErrManySockets
	}
	c.Locals(collectionKey, id)
	c.Locals(placeKey, leave)
	return c.Next()
}

func upgradeHeaders(c *fiber.Ctx) *http.Request {
	h := http.Header{}
	for _, name := range []string{fiber.HeaderConnection, fiber.HeaderUpgrade} {
		h.Set(name, c.Get(name))
	}
	return &http.Request{Header: h}
}

// sameOrigin reports whether a page of this site opened the websocket: its scheme, host and
// port are the request's. Programs send no origin; they have the cookie, which other sites'
// pages cannot read.
func sameOrigin(origin string, secure bool, host string) bool {
	if origin == "" {
		return true
	}
	scheme, port := "http", "80"
	if secure {
		scheme, port = "https", "443"
	}
	u, err := url.Parse(origin)
	asked, hostErr := url.Parse(scheme + "://" + host)
	return err == nil && hostErr == nil && u.Scheme == scheme && u.Hostname() != "" && strings.EqualFold(u.Hostname(), asked.Hostname()) &&
		cmp.Or(u.Port(), port) == cmp.Or(asked.Port(), port)
}

// Serve upgrades a request that Allow admitted and passes it to the hub. Allow has checked the
// origin.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{
		ReadBufferSize: 512, WriteBufferSize: 4096,
		CheckOrigin: func(*http.Request) bool { return true },
	}
	id, _ := r.Context().Value(collectionKey).(string) // read now: the values end with the request
	v := guard.VisitorIn(r.Context())
	leave, _ := r.Context().Value(placeKey).(func())
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		leave()
		return // Upgrade has answered
	}
	joined := h.join(v, id, conn, leave)
	// Evict did not find a visitor who left the workspace after Allow and before join: check
	// again.
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin) // the request's context has ended
	defer cancel()
	now, err := h.Engine.Workspace(ctx, v.Hash)
	switch {
	case err != nil: // unknown: the page connects again
		h.Logger.Error("socket not checked", "collection", id, "error", err)
		joined.close(websocket.CloseInternalServerErr)
	case now.ID != v.Workspace.ID:
		h.Evict(v.Hash)
	}
}

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
		default:
			s.put(func() error {
				return s.conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(s.code, ""))
			})
			return
		}
	}
}
