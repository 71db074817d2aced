package guard

import (
	"context"
	"errors"
	"testing"
)

func TestPlaces(t *testing.T) {
	p := NewLanes(2)
	first, ok1 := p.Take("one")
	_, ok2 := p.Take("one")
	_, ok3 := p.Take("one")
	_, ok4 := p.Take("two")
	if !ok1 || !ok2 || ok3 || !ok4 {
		t.Errorf("taken %v %v %v, another's %v", ok1, ok2, ok3, ok4)
	}
	first()
	first() // returned once
	if _, ok := p.Take("one"); !ok {
		t.Error("a place that was given back is not free")
	}
	if _, ok := p.Take("one"); ok {
		t.Error("a place was given back twice")
	}
}

// TestLanes: a workspace has a limited number of places, others have their own, and a request
// that stops waiting takes none.
func TestLanes(t *testing.T) {
	l := NewLanes(2)
	first, err := l.Enter(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Enter(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Enter(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Enter(gone, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("the third got a place: %v", err)
	}
	third := make(chan func())
	go func() {
		leave, err := l.Enter(t.Context(), "a")
		if err != nil {
			t.Error(err)
		}
		third <- leave
	}()
	first()
	first() // counts once
	(<-third)()
	if got := len(l.open); got != 2 {
		t.Errorf("%d lanes are open, want those of a and b", got)
	}
}
