package handlers

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"telegramtrac/collector/engine"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// Times of websockets.
const (
	pushEvery   = 200 * time.Millisecond // at most five messages a second for a collection
	healEvery   = 5 * time.Second        // how often the record is read again
	pingEvery   = 25 * time.Second
	pongWithin  = 60 * time.Second
	writeWithin = 10 * time.Second
	queueLength = 8
	readLimit   = 512 // bytes; pages send nothing
)

// hub keeps a room for each collection that somebody looks at. A room has one
// goroutine, a socket two: a reader and a writer.
type hub struct {
	engine Engine
	render func(views.Update) ([]byte, error)
	log    *slog.Logger
	now    func() time.Time
	meter  *meter

	mu     sync.Mutex
	rooms  map[door]*room
	closed bool
	open   sync.WaitGroup // goroutines
}

// door is what a room is found by. The workspace is part of it, so that whoever
// knows an id gets into no room of another workspace.
type door struct{ workspace, collection string }

func newHub(e Engine, render func(views.Update) ([]byte, error), log *slog.Logger, now func() time.Time, m *meter) *hub {
	return &hub{engine: e, render: render, log: log, now: now, meter: m, rooms: map[door]*room{}}
}

// join puts a connection into the room of a collection and takes it over: it
// is closed when the collection ends, the page leaves, or the hub closes. Then left
// is called.
func (h *hub) join(v guard.Visitor, id string, conn *websocket.Conn, left func()) *socket {
	s := newSocket(conn, v)
	s.left = left
	if !h.admit(s, v, id) {
		s.close(websocket.CloseGoingAway)
		s.write() // not under mu: it may take as long as a browser does not read
	}
	return s
}

// admit puts a socket into its room; false: the hub is closed.
func (h *hub) admit(s *socket, v guard.Visitor, id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	r := h.rooms[door{v.Workspace.ID, id}]
	if r == nil {
		r = h.enter(v.Workspace, id)
	}
	r.sockets[s] = true
	r.wake()
	h.meter.sockets.Add(1)
	h.open.Go(func() { s.read(); h.leave(r, s) })
	h.open.Go(s.write)
	return true
}

// enter opens a room. The caller holds mu.
func (h *hub) enter(workspace engine.Workspace, id string) *room {
	r := newRoom(h, workspace, id)
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	h.rooms[r.door()] = r
	h.open.Go(func() { r.run(ctx) })
	return r
}

// leave takes a socket out of its room; an empty room is closed.
func (h *hub) leave(r *room, s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.close(websocket.CloseNormalClosure)
	if !r.sockets[s] {
		return
	}
	delete(r.sockets, s)
	h.meter.sockets.Add(-1)
	if len(r.sockets) == 0 {
		h.drop(r)
	}
}

// evict ends all sockets of a visitor who is in the workspace no longer, after
// telling its pages.
func (h *hub) evict(visitor string) {
	text, err := h.render(views.Update{Evicted: true})
	var m *websocket.PreparedMessage
	if err == nil {
		m, err = websocket.NewPreparedMessage(websocket.TextMessage, text)
	}
	if err != nil {
		h.log.Error("eviction_not_told", "err", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.rooms {
		for s := range r.sockets {
			if s.visitor != visitor {
				continue
			}
			if m != nil {
				s.send(m) // a page that is too slow for it is cut all the same
			}
			s.close(websocket.CloseNormalClosure) // not to come back
		}
	}
}

// drop ends a room. The caller holds mu.
func (h *hub) drop(r *room) {
	r.cancel()
	if h.rooms[r.door()] == r {
		delete(h.rooms, r.door())
	}
}

// dismiss ends a room and closes its sockets with a code, after what they were
// sent before. Those that came in too late to be sent anything get a code of
// their own.
func (h *hub) dismiss(r *room, code, late int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range r.sockets {
		if s.greeted {
			s.close(code)
		} else {
			s.close(late)
		}
		delete(r.sockets, s)
		h.meter.sockets.Add(-1)
	}
	h.drop(r)
}

// members lists the sockets of a room, those that have not been sent anything
// apart.
func (h *hub) members(r *room) (all, fresh []*socket) {
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

// close sends every page away, to come back when the program does, and waits
// until all goroutines have ended, or the context. A browser that does not read
// holds up no request that is still under way.
func (h *hub) close(ctx context.Context) {
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
	go func() { h.open.Wait(); close(over) }() // ends with the last socket, which writeWithin ends
	select {
	case <-over:
	case <-ctx.Done():
	}
}
