package engine

import (
	"fmt"
	"testing"

	"telegramtrac/collector"
)

func BenchmarkSave(b *testing.B) {
	e := open(b, Options{})
	id := submit(b, e, "w", "@a")
	l := acquire(b, e, "w")
	for b.Loop() {
		if err := l.SaveChannel(b.Context(), id, 0, collector.Progress{Reference: "@a", State: collector.Collecting}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLease(b *testing.B) {
	e := open(b, Options{})
	for b.Loop() {
		l, err := e.Acquire(b.Context(), "w")
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Release(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEvent takes an event to the last of 100 readers.
func BenchmarkEvent(b *testing.B) {
	e := open(b, Options{})
	id := submit(b, e, "w", "@a")
	l := acquire(b, e, "w")
	var all []<-chan Event
	for range 100 {
		events, _, err := e.Subscribe(b.Context(), id)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, events)
	}
	for b.Loop() {
		if err := l.Publish(id, Event{Channel: &collector.Progress{Reference: "@a"}}); err != nil {
			b.Fatal(err)
		}
		for _, events := range all {
			<-events
		}
	}
}

func BenchmarkCollection(b *testing.B) {
	for _, channels := range []int{1, 1000} {
		b.Run(fmt.Sprint(channels), func(b *testing.B) {
			e := open(b, Options{})
			id := submit(b, e, "w", make([]string, channels)...)
			l := acquire(b, e, "w")
			for i := range channels {
				if err := l.SaveChannel(b.Context(), id, i, collector.Progress{Reference: "@a"}); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if _, err := e.Collection(b.Context(), "w", id); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
