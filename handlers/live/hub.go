// Package live keeps the pages of running collections up to date over websockets.
//
// One goroutine owns each room: it follows one collection for all pages that show it. Pages
// that join late are first sent the whole state.
package live

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// Times and limits of websockets.
const (
	pushEvery   = 200 * time.Millisecond // at most five messages a second for a collection
	healEvery   = 5 * time.Second        // how often the record is read again
	pingEvery   = 25 * time.Second
	pongWithin  = 60 * time.Second
	writeWithin = 10 * time.Second
	queueLength = 8
	readLimit   = 512 // bytes; pages send nothing
)

// Engine is what the hub asks of the engine.
type Engine interface {
	Workspace(ctx context.Context, visitor string) (engine.Workspace, error)
	Collection(ctx context.Context, workspace, id string) (collector.Collection, error)
	Subscribe(ctx context.Context, id string) (<-chan engine.Event, func(), error)
}

// Options are what a hub is made of. All but SocketsByVisitor are required.
type Options struct {
	Engine Engine
	Guard  *guard.Guard
	Render func(views.Update) ([]byte, error) // makes a message of an update
	Logger *slog.Logger
	Now    func() time.Time

	Open    prometheus.Gauge   // how many websockets are open
	Dropped prometheus.Counter // how many were closed for being too slow

	SocketsByVisitor int // at the same time; 0: socketsByVisitor
}

// socketsByVisitor is how many websockets a visitor may have open at the same time: more than
// a person needs, too few to overload the machine.
const socketsByVisitor = 100

// Hub has a room for each collection that a page shows. A room has one goroutine, a socket
// two: a reader and a writer.
type Hub struct {
	Options
	places *guard.Lanes // of visitors' websockets

	mu     sync.Mutex
	rooms  map[roomKey]*room
	closed bool
	open   sync.WaitGroup // goroutines
}

// roomKey identifies a room. It includes the workspace, so that knowing a collection's id
// opens no room of another workspace.
type roomKey struct{ workspace, collection string }

// New makes a hub.
func New(o Options) *Hub {
	return &Hub{Options: o, places: guard.NewLanes(cmp.Or(o.SocketsByVisitor, socketsByVisitor)), rooms: map[roomKey]*room{}}
}

// join puts a connection into a collection's room and takes it over: it is closed when the
// collection ends, the page leaves, or the hub closes, and then left is called.
func (h *Hub) join(v guard.Visitor, id string, conn *websocket.Conn, left func()) *socket {
	s := newSocket(conn, v)
	s.left = left
	if !h.admit(s, v, id) {
		s.close(websocket.CloseGoingAway)
		s.write() // without mu: a browser that does not read delays it
	}
	return s
}

// admit adds a socket to its room; it returns false if the hub is closed.
func (h *Hub) admit(s *socket, v guard.Visitor, id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	r := h.rooms[roomKey{v.Workspace.ID, id}]
	if r == nil {
		r = h.enter(v.Workspace, id)
	}
	r.sockets[s] = true
	r.wake()
	h.Open.Inc()
	h.open.Go(func() { s.read(); h.leave(r, s) })
	h.open.Go(s.write)
	return true
}

// enter opens a room. The caller holds mu.
func (h *Hub) enter(workspace engine.Workspace, id string) *room {
	r := newRoom(h, workspace, id)
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	h.rooms[r.key()] = r
	h.open.Go(func() { r.run(ctx) })
	return r
}

// leave removes a socket from its room, and closes the room if it is empty.
func (h *Hub) leave(r *room, s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.close(websocket.CloseNormalClosure)
	if !r.sockets[s] {
		return
	}
	delete(r.sockets, s)
	h.Open.Dec()
	if len(r.sockets) == 0 {
		h.drop(r)
	}
}

// Evict tells the pages of a visitor who is no longer in the workspace, and closes their
// sockets.
func (h *Hub) Evict(visitor string) {
	text, err := h.Render(views.Update{Evicted: true})
	var m *websocket.PreparedMessage
	if err == nil {
		m, err = websocket.NewPreparedMessage(websocket.TextMessage, text)
	}
	if err != nil {
		h.Logger.Error("eviction not told", "error", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.rooms {
		for s := range r.sockets {
			if s.visitor != visitor {
				continue
			}
			if m != nil {
				s.send(m) // closed even if its queue is full
			}
			s.close(websocket.CloseNormalClosure) // the page does not connect again
		}
	}
}

// drop ends a room. The caller holds mu.
func (h *Hub) drop(r *room) {
	r.cancel()
	if h.rooms[r.key()] == r {
		delete(h.rooms, r.key())
	}
}

// dismiss ends a room and closes its sockets after what they were sent before: with code, or
// with late those that joined too late to be sent anything.
func (h *Hub) dismiss(r *room, code, late int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range r.sockets {
		if s.greeted {
			s.close(code)
		} else {
			s.close(late)
		}
		delete(r.sockets, s)
		h.Open.Dec()
	}
	h.drop(r)
}

// members lists the sockets of a room: fresh are those that have not been sent anything, all
// the others. It counts the fresh ones as greeted.
func (h *Hub) members(r *room) (all, fresh []*socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range r.sockets {
		if s.greeted {
			all = append(all, s)
		} else {
			s.greeted = true
			fresh = append(fresh, s)
		}
	}
	return all, fresh
}

// Close disconnects every page, which connects again when the program is back, and waits until
// all goroutines have ended, or ctx. A browser that does not read delays no other request.
func (h *Hub) Close(ctx context.Context) {
	h.mu.Lock()
	h.closed = true
	rooms := make([]*room, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	h.mu.Unlock()
	for _, r := range rooms {
		h.dismiss(r, websocket.CloseGoingAway, websocket.CloseGoingAway)
	}
	over := make(chan struct{})
	go func() { h.open.Wait(); close(over) }() // ends with the last socket, whose writes writeWithin limits
	select {
	case <-over:
	case <-ctx.Done():
	}
}
