package handlers

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

func TestPlaces(t *testing.T) {
	p := newPlaces(2)
	first, ok1 := p.take("one")
	_, ok2 := p.take("one")
	_, ok3 := p.take("one")
	_, ok4 := p.take("two")
	if !ok1 || !ok2 || ok3 || !ok4 {
		t.Errorf("taken %v %v %v, another's %v", ok1, ok2, ok3, ok4)
	}
	first()
	first() // given back once
	if _, ok := p.take("one"); !ok {
		t.Error("a place that was given back is not free")
	}
	if _, ok := p.take("one"); ok {
		t.Error("a place was given back twice")
	}
}

// TestDownloadIsRead: the server does not wait for a browser that does not read.
func TestDownloadIsRead(t *testing.T) {
	server, browser := net.Pipe()
	defer server.Close()
	defer browser.Close()
	d := &body{Reader: strings.NewReader(strings.Repeat("a", 1<<20)), conn: server, within: time.Minute}
	piece := make([]byte, 4096)
	if _, err := d.Read(piece); err != nil {
		t.Fatal(err)
	}
	go io.CopyN(io.Discard, browser, 4096) // ends with the piece
	if _, err := server.Write(piece); err != nil {
		t.Errorf("a browser that reads: %v", err)
	}
	d.within = time.Millisecond
	if _, err := d.Read(piece); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Write(piece); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a browser that does not read: %v", err)
	}
}

// TestLanes: a workspace has so many places, others have their own, and who stops
// waiting takes none.
func TestLanes(t *testing.T) {
	l := newLanes(2)
	first, err := l.enter(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.enter(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.enter(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.enter(gone, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("the third got a place: %v", err)
	}
	third := make(chan func())
	go func() {
		leave, err := l.enter(t.Context(), "a")
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
