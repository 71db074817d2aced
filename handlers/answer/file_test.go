package answer

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// TestDownloadIsRead: the server does not wait for a browser that does not read.
func TestDownloadIsRead(t *testing.T) {
	server, browser := net.Pipe()
	defer server.Close()
	defer browser.Close()
	d := &stream{Reader: strings.NewReader(strings.Repeat("a", 1<<20)), conn: server, within: time.Minute}
	piece := make([]byte, 4096)
	if _, err := d.Read(piece); err != nil {
		t.Fatal(err)
	}
	go io.CopyN(io.Discard, browser, 4096) // ends after 4,096 bytes
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
