package engine

import (
	"fmt"
	"testing"

	"telegramtrac/collector"
)

// inOrder makes collections of a workspace, each done and with so many channels.
func inOrder(t testing.TB, e *Engine, collections, channels int) {
	t.Helper()
	l := acquire(t, e, "w")
	for range collections {
		id := submit(t, e, "w", make([]string, channels)...)
		sum := int64(0)
		for i := range channels {
			sum += int64(i)
			p := collector.Progress{Reference: fmt.Sprintf("@c%d", i), State: collector.Done, Messages: int64(i)}
			if err := l.SaveChannel(t.Context(), id, i, p); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Save(t.Context(), id, collector.Collection{State: collector.Done, Messages: sum}); err != nil {
			t.Fatal(err)
		}
	}
}

// reads counts what the server sends while f reads: each record that is read comes alone.
func reads(e *Engine, f func()) uint64 {
	before := e.store.Conn.Stats().InMsgs
	f()
	return e.store.Conn.Stats().InMsgs - before
}

// A list of collections opens the records of the collections and of the channels that it
// names, however many channels they have.
func TestSummariesReadHeads(t *testing.T) {
	e := open(t, Options{})
	inOrder(t, e, 4, 100)
	var whole []collector.Collection
	var err error
	all := reads(e, func() { whole, err = e.WholeCollections(t.Context(), "w") })
	if err != nil || all < 400 {
		t.Fatalf("all of 400 channels came in %d messages, %v", all, err)
	}
	var list []Summary
	some := reads(e, func() { list, err = e.Summaries(t.Context(), "w") })
	if err != nil || some > 60 { // a want, a head and three channels of each, and what reading takes
		t.Errorf("the list came in %d messages, %v", some, err)
	}
	var heads []collector.Collection
	few := reads(e, func() { heads, err = e.Collections(t.Context(), "w") })
	if err != nil || few > 30 {
		t.Errorf("the heads came in %d messages, %v", few, err)
	}
	if len(list) != 4 || len(heads) != 4 || len(whole) != 4 {
		t.Fatalf("%d, %d and %d collections, want 4", len(list), len(heads), len(whole))
	}
	for i, w := range whole {
		s, h := list[i], heads[i]
		if s.ID != w.ID || s.Messages != w.Messages || s.State != w.State || s.Count != len(w.Channels) || len(s.Channels) != SummaryChannels {
			t.Errorf("summary %+v of a collection of %d channels and %d messages", s, len(w.Channels), w.Messages)
		}
		for n, p := range s.Channels {
			if p != w.Channels[n] {
				t.Errorf("channel %d: %+v, want %+v", n, p, w.Channels[n])
			}
		}
		if h.ID != w.ID || h.Messages != w.Messages || h.Channels != nil {
			t.Errorf("head %+v of a collection of %d messages", h, w.Messages)
		}
	}
}

// A collection that goes on is summed up from all its channels: its head lags behind.
func TestSummariesOfWhatGoesOn(t *testing.T) {
	e := open(t, Options{})
	id := submit(t, e, "w", "@a", "@b", "@c", "@d")
	l := acquire(t, e, "w")
	save(t, l, id, collector.Running)
	for i := range 6 { // two were found on the way
		if err := l.SaveChannel(t.Context(), id, i, collector.Progress{Reference: fmt.Sprint(i), Messages: 10}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := e.Summaries(t.Context(), "w")
	if err != nil || len(list) != 1 || list[0].Messages != 60 || list[0].Count != 6 {
		t.Errorf("%+v, %v", list, err)
	}
}

func BenchmarkCollections(b *testing.B) {
	e := open(b, Options{})
	inOrder(b, e, 20, 1000)
	for name, read := range map[string]func() error{
		"whole":     func() error { _, err := e.WholeCollections(b.Context(), "w"); return err },
		"summaries": func() error { _, err := e.Summaries(b.Context(), "w"); return err },
		"heads":     func() error { _, err := e.Collections(b.Context(), "w"); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
