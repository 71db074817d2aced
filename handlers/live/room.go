package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/websocket"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// room follows one collection for the pages that show it. One goroutine owns it, except
// sockets, which the hub's mutex guards.
type room struct {
	hub       *Hub
	workspace engine.Workspace
	id        string
	cancel    context.CancelFunc
	woken     chan struct{}
	sockets   map[*socket]bool

	state  collector.Collection
	meter  speedometer
	before stage        // at the last push
	shown  int          // how many channels the pages have rows for
	rows   map[int]bool // changed since the last push
	dirty  bool
}

// stage determines the buttons and the words of every row.
type stage struct {
	state collector.State
	waits collector.Kind
}

func (r *room) stage() stage { return stage{r.state.State, r.state.Waits} }

func newRoom(h *Hub, workspace engine.Workspace, id string) *room {
	return &room{
		hub: h, workspace: workspace, id: id, woken: make(chan struct{}, 1),
		sockets: map[*socket]bool{}, rows: map[int]bool{},
	}
}

func (r *room) key() roomKey { return roomKey{r.workspace.ID, r.id} }

// wake makes the room push to a page that has just joined.
func (r *room) wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}

// run follows the collection until it ends or no page shows it.
func (r *room) run(ctx context.Context) {
	defer r.cancel()
	code, late := websocket.CloseNormalClosure, websocket.CloseServiceRestart // late pages connect again and are shown the end
	if err := r.follow(ctx); err != nil && ctx.Err() == nil {
		code, late = websocket.CloseInternalServerErr, websocket.CloseInternalServerErr // pages connect again
		if errors.Is(err, engine.ErrNoCollection) {
			code, late = websocket.CloseNormalClosure, websocket.CloseNormalClosure
		} else {
			r.hub.Logger.Error("collection not followed", "collection", r.id, "error", err)
		}
	}
	if ctx.Err() == nil {
		r.hub.dismiss(r, code, late)
	}
}

func (r *room) follow(ctx context.Context) error {
	// Subscribe before reading the record, so that no event between the two is missed.
	events, stop, err := r.hub.Engine.Subscribe(ctx, r.id)
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	defer stop()
	if err := r.load(ctx); err != nil {
		return err
	}
	push, heal := time.NewTicker(pushEvery), time.NewTicker(healEvery)
	defer push.Stop()
	defer heal.Stop()
	for {
		if r.state.State.Final() {
			return r.last(ctx)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.woken:
			r.push()
		case ev, ok := <-events:
			if !ok {
				return errors.New("the events have ended")
			}
			if err := r.apply(ctx, ev); err != nil {
				return err
			}
		case <-push.C:
			if r.dirty {
				r.push()
			}
		case <-heal.C:
			if err := r.load(ctx); err != nil {
				return err
			}
		}
	}
}

// load reads the record again, which repairs whatever was missed and lets the rate fall when
// nothing happens.
func (r *room) load(ctx context.Context) error {
	c, err := r.hub.Engine.Collection(ctx, r.workspace.ID, r.id)
	if err != nil {
		return fmt.Errorf("read collection: %w", err)
	}
	r.state = c
	for i := range c.Channels {
		r.rows[i] = true
	}
	r.changed()
	return nil
}

// apply updates the state from an event.
func (r *room) apply(ctx context.Context, ev engine.Event) error {
	if ev.Missed {
		return r.load(ctx)
	}
	head := ev.Collection
	head.Requested, head.Channels = r.state.Requested, r.state.Channels
	r.state = head
	if ev.Channel != nil {
		for len(r.state.Channels) <= ev.Index {
			r.state.Channels = append(r.state.Channels, collector.Progress{State: collector.Queued})
		}
		r.state.Channels[ev.Index] = *ev.Channel
		r.rows[ev.Index] = true
	}
	r.state.Messages = total(r.state)
	r.changed()
	return nil
}

// total sums the channels' messages: an event about a channel may be newer than the
// collection's sum.
func total(c collector.Collection) int64 {
	var n int64
	for _, p := range c.Channels {
		n += p.Messages
	}
	return max(n, c.Messages)
}

func (r *room) changed() {
	var added int64
	for _, p := range r.state.Channels {
		added += p.New
	}
	r.meter.add(r.hub.Now(), added)
	r.dirty = true
}

// last sends everyone the end of the collection as it is stored.
func (r *room) last(ctx context.Context) error {
	if err := r.load(ctx); err != nil {
		return err
	}
	r.push()
	return nil
}

// push sends the changes to the pages that have the rest, and everything to those that have
// just joined.
func (r *room) push() {
	all, fresh := r.hub.members(r)
	if len(fresh) > 0 {
		r.broadcast(fresh, r.update(true))
	}
	if !r.dirty {
		return
	}
	r.broadcast(all, r.update(false))
	r.before, r.dirty, r.shown = r.stage(), false, len(r.state.Channels)
	clear(r.rows)
}

// update makes the message: everything if whole, else the changes.
func (r *room) update(whole bool) views.Update {
	now, at := r.hub.Now(), views.Links(r.workspace.Source != collector.SourceSandbox)
	head := collection.Head(r.state, r.meter.pace(), now)
	head.Swap = true
	// A channel of comments is found while collecting: the pages have no row for it yet.
	u := views.Update{Head: &head, All: whole || len(r.state.Channels) != r.shown}
	turned := r.before.state != r.state.State && (collection.Overrules(r.before.state) || collection.Overrules(r.state.State))
	for i, p := range r.state.Channels {
		if u.All || turned || r.rows[i] {
			row := collection.Row(i, p, r.state, at, now)
			row.Swap = !u.All
			u.Rows = append(u.Rows, row)
		}
	}
	if whole || r.before != r.stage() {
		actions, steps := collection.Actions(r.state, ""), views.NewSteps(collection.Step(r.state))
		actions.Swap, steps.Swap = true, true
		u.Actions, u.Steps, u.Title = &actions, &steps, head.Heading
	}
	return u
}

// broadcast sends an update. A room may have pages of several visitors, and buttons carry the
// visitor's token, so each visitor gets a message of their own.
func (r *room) broadcast(to []*socket, u views.Update) {
	messages := map[string]*websocket.PreparedMessage{}
	for _, s := range to {
		m, ok := messages[s.token]
		if !ok {
			m = r.prepare(u, s.token)
			messages[s.token] = m
		}
		if m != nil && !s.send(m) {
			r.hub.Dropped.Inc()
			s.close(websocket.CloseTryAgainLater)
		}
	}
}

// prepare makes a visitor's message. If that fails, it logs the error and returns nil.
func (r *room) prepare(u views.Update, token string) *websocket.PreparedMessage {
	if u.Actions != nil {
		actions := *u.Actions
		actions.CSRF = token
		u.Actions = &actions
	}
	text, err := r.hub.Render(u)
	if err == nil {
		var m *websocket.PreparedMessage
		if m, err = websocket.NewPreparedMessage(websocket.TextMessage, text); err == nil {
			return m
		}
	}
	r.hub.Logger.Error("update not sent", "collection", r.id, "error", err)
	return nil
}

// paceSpan is the time over which the rate is measured.
const paceSpan = 10 * time.Second

// sample is how many messages a collection had brought in at a time.
type sample struct {
	at time.Time
	n  int64
}

// speedometer measures the rate over the last paceSpan.
type speedometer struct{ samples []sample }

// add records the number of messages at a time. A lower number than before, as after a
// restart, restarts the measurement.
func (m *speedometer) add(at time.Time, n int64) {
	if k := len(m.samples); k > 0 && n < m.samples[k-1].n {
		m.samples = m.samples[:0]
	}
	m.samples = append(m.samples, sample{at, n})
	old := 0
	for old < len(m.samples)-2 && at.Sub(m.samples[old+1].at) >= paceSpan {
		old++
	}
	m.samples = append(m.samples[:0], m.samples[old:]...)
}

// pace is the rate over the samples; it is unknown until they span a second.
func (m *speedometer) pace() float64 {
	if len(m.samples) < 2 {
		return 0
	}
	first, last := m.samples[0], m.samples[len(m.samples)-1]
	took := last.at.Sub(first.at).Seconds()
	if took < 1 {
		return 0
	}
	return float64(last.n-first.n) / took
}
