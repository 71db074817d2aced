package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

func subscribe(t *testing.T, e *Engine, id string) (<-chan Event, func()) {
	t.Helper()
	events, stop, err := e.Subscribe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return events, stop
}

func TestEvents(t *testing.T) {
	e := open(t, Options{})
	id, other := submit(t, e, "w", "@a"), submit(t, e, "w", "@b")
	one, _ := subscribe(t, e, id)
	two, _ := subscribe(t, e, id)
	l := acquire(t, e, "w")
	next(t, l, id)
	save(t, l, other, collector.Running) // is not heard here
	save(t, l, id, collector.Running)
	p := collector.Progress{Reference: "@a", State: collector.Collecting, Messages: 7}
	if err := l.SaveChannel(t.Context(), id, 0, p); err != nil {
		t.Fatal(err)
	}
	p.Messages = 8
	ev := Event{Collection: collector.Collection{State: collector.Running, Messages: 8, Requested: request("@a")}, Channel: &p}
	if err := l.Publish(id, ev); err != nil {
		t.Fatal(err)
	}
	ask(t, e, "w", id, Pause)

	head := func(s collector.State, messages int64) collector.Collection {
		return collector.Collection{ID: id, State: s, Messages: messages}
	}
	saved := p
	saved.Messages = 7
	want := []Event{
		{Collection: head(collector.Running, 0)},
		{Collection: head(collector.Running, 0), Channel: &saved},
		{Collection: head(collector.Running, 8), Channel: &p},
		{Collection: head(collector.Paused, 0)},
	}
	for name, events := range map[string]<-chan Event{"one": one, "two": two} {
		var got []Event
		for range want {
			ev := receive(t, events)
			if ev.Collection.State == collector.Paused {
				ev.Collection = head(ev.Collection.State, 0) // the time of submission is its own
			}
			got = append(got, ev)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := collection(t, e, "w", id).Channels[0].Messages; got != 7 {
		t.Errorf("messages stored: got %d, want those that were saved", got)
	}
}

func TestSlowReader(t *testing.T) {
	e := open(t, Options{})
	id := submit(t, e, "w", "@a")
	slow, _ := subscribe(t, e, id)
	quick, _ := subscribe(t, e, id)
	l := acquire(t, e, "w")
	const total = 3 * eventQueue
	for i := range total {
		if err := l.Publish(id, Event{Index: i}); err != nil {
			t.Fatal(err)
		}
		if ev := receive(t, quick); ev.Index != i || ev.Missed {
			t.Fatalf("event %d: got %+v", i, ev)
		}
	}
	all := make(chan struct{}) // until all readers have been told
	if err := errors.Join(e.store.Conn.Flush(), e.store.Conn.Barrier(func() { close(all) })); err != nil {
		t.Fatal(err)
	}
	<-all
	waiting := len(slow)
	var got []int
	missed := false
	for range waiting {
		ev := receive(t, slow)
		got, missed = append(got, ev.Index), missed || ev.Missed
	}
	if len(got) != eventQueue || got[len(got)-1] != total-1 || !missed {
		t.Errorf("missed %v, got %v; want the last %d", missed, got, eventQueue)
	}
}

func TestSubscriptionsEnd(t *testing.T) {
	e := open(t, Options{})
	id := submit(t, e, "w", "@a")
	one, stop := subscribe(t, e, id)
	two, _ := subscribe(t, e, id)
	ctx, cancel := context.WithCancel(t.Context())
	three, _, err := e.Subscribe(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	stop()
	receiveEnd(t, one)
	cancel()
	receiveEnd(t, three)
	l := acquire(t, e, "w")
	save(t, l, id, collector.Done)
	if got := receive(t, two).Collection.State; got != collector.Done {
		t.Errorf("got %s, want done", got)
	}
	before := e.store.Conn.NumSubscriptions()
	_, stop = subscribe(t, e, submit(t, e, "w", "@b"))
	stop()
	if got := e.store.Conn.NumSubscriptions(); got > before {
		t.Errorf("subscriptions: got %d, want %d", got, before)
	}
	if _, _, err := e.Subscribe(t.Context(), "*"); err == nil {
		t.Error("subscribe to all: got no error")
	}
}
