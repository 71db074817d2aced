package handlers

import (
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
	d := &body{Reader: strings.NewReader(strings.Repeat("a", 1<<20)), conn: server, within: 20 * time.Millisecond}
	piece := make([]byte, 4096)
	if _, err := d.Read(piece); err != nil {
		t.Fatal(err)
	}
	go io.CopyN(io.Discard, browser, 4096) // ends with the piece
	if _, err := server.Write(piece); err != nil {
		t.Errorf("a browser that reads: %v", err)
	}
	if _, err := d.Read(piece); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Write(piece); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a browser that does not read: %v", err)
	}
}
