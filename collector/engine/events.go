package engine

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/nats-io/nats.go"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/store"
)

// eventQueue is how many events a slow reader may lag behind.
const eventQueue = 64

// Event is a change of a collection while it happens.
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
func (e *Engine) Subscribe(ctx context.Context, id string) (_ <-chan Event, stop func(), err error) {
	defer wrap(&err, "subscribe")
	if err := store.CheckNames(id); err != nil {
		return nil, nil, err
	}
	events := make(chan Event, eventQueue)
	sub, err := e.store.Conn.Subscribe(progressSubject+id, func(m *nats.Msg) {
		var ev Event
		if err := json.Unmarshal(m.Data, &ev); err != nil {
			e.log.Warn("event unreadable", "collection", id, "error", err)
			return
		}
		push(events, ev)
	})
	if errors.Is(err, nats.ErrConnectionClosed) {
		err = ErrClosed
	}
	if err != nil {
		return nil, nil, err
	}
	sub.SetClosedHandler(func(string) { close(events) }) // after the last push
	ctx, cancel := e.store.Within(ctx)
	stop = func() {
		cancel()
		_ = sub.Unsubscribe() // fails only where the connection has ended, or it was called before
	}
	context.AfterFunc(ctx, stop)
	if err := e.store.Settle(ctx); err != nil {
		stop()
		return nil, nil, err
	}
	return events, stop, nil
}

// progressSubject and a collection's id are the subject of its events.
const progressSubject = "progress."

// publish sends an event to every subscriber, in every process.
func (e *Engine) publish(id string, ev Event) (err error) {
	defer wrap(&err, "publish event")
	ev.Collection.ID = id
	ev.Collection.Channels = nil
	ev.Collection.Requested.Channels = nil
	b, err := json.Marshal(ev)
	if err != nil {
		return err
	}
	return e.store.Conn.Publish(progressSubject+id, b)
}

// push never blocks: it drops the oldest event in favour of the newest. Only one goroutine may
// push.
func push(events chan Event, ev Event) {
	for {
		select {
		case events <- ev:
			return
		default:
		}
		select {
		case <-events:
			ev.Missed = true
		default:
		}
	}
}
