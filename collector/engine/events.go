package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go"

	"telegramtrac/collector"
)

// eventQueue is how many events a slow reader may lag behind.
const eventQueue = 64

// Event is a change of a collection while it happens. Readers share it: do not
// change what it points to.
type Event struct {
	Collection collector.Collection `json:"collection"` // without Channels and Requested.Channels
	Channel    *collector.Progress  `json:"channel"`    // nil: only the head changed
	Index      int                  `json:"index"`      // of Channel within the collection's Channels
	Missed     bool                 `json:"-"`          // earlier events were dropped for this reader: read the Collection again
}

// Subscribe returns the events of a collection from now on. To miss nothing, subscribe first
// and read the Collection then. It does not check who owns the collection: read the Collection
// before showing anything. A slow reader loses the oldest events. The channel closes with
// stop, with the context, or with the engine. Stop may be called twice.
func (e *Engine) Subscribe(ctx context.Context, id string) (events <-chan Event, stop func(), err error) {
	if err := checkNames(id); err != nil {
		return nil, nil, fmt.Errorf("subscribe: %w", err)
	}
	r, err := e.hub.join(id)
	if err != nil {
		return nil, nil, fmt.Errorf("subscribe: %w", err)
	}
	leave := func() { e.hub.leave(id, r) }
	if err := e.store.Settle(ctx); err != nil {
		leave()
		return nil, nil, fmt.Errorf("subscribe: %w", err)
	}
	forget := context.AfterFunc(ctx, leave)
	return r.events, func() { forget(); leave() }, nil
}

// hub has one subscription for each collection with readers in this process, and copies its
// events to all of them.
type hub struct {
	nc  *nats.Conn
	log *slog.Logger

	mu     sync.Mutex
	topics map[string]*topic // nil: closed
}

type topic struct {
	sub     *nats.Subscription
	readers map[*reader]bool
}

type reader struct{ events chan Event }

func (h *hub) open(nc *nats.Conn, log *slog.Logger) {
	h.nc, h.log, h.topics = nc, log, map[string]*topic{}
}

func (h *hub) publish(id string, ev Event) error {
	ev.Collection.ID = id
	ev.Collection.Channels = nil
	ev.Collection.Requested.Channels = nil
	b, err := json.Marshal(ev)
	if err != nil {
		return fmt.Errorf("publish event: %w", err)
	}
	if err := h.nc.Publish("progress."+id, b); err != nil {
		return fmt.Errorf("publish event: %w", err)
	}
	return nil
}

func (h *hub) join(id string) (*reader, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics == nil {
		return nil, ErrClosed
	}
	t := h.topics[id]
	if t == nil {
		sub, err := h.nc.Subscribe("progress."+id, func(m *nats.Msg) { h.receive(id, m.Data) })
		if err != nil {
			return nil, err
		}
		t = &topic{sub: sub, readers: map[*reader]bool{}}
		h.topics[id] = t
	}
	r := &reader{events: make(chan Event, eventQueue)}
	t.readers[r] = true
	return r, nil
}

func (h *hub) leave(id string, r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[id]
	if t == nil || !t.readers[r] {
		return
	}
	delete(t.readers, r)
	close(r.events)
	if len(t.readers) == 0 {
		delete(h.topics, id)
		_ = t.sub.Unsubscribe() // fails only where the connection has ended
	}
}

func (h *hub) receive(id string, b []byte) {
	var ev Event
	if err := json.Unmarshal(b, &ev); err != nil {
		h.log.Warn("event_unreadable", "collection", id, "error", err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[id]; t != nil {
		for r := range t.readers {
			r.push(ev)
		}
	}
}

// push never blocks: it drops the oldest event in favour of the newest. Only the hub pushes,
// with its lock held.
func (r *reader) push(ev Event) {
	for {
		select {
		case r.events <- ev:
			return
		default:
		}
		select {
		case <-r.events:
			ev.Missed = true
		default:
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.topics {
		for r := range t.readers {
			close(r.events)
		}
	}
	h.topics = nil
}
