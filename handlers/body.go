package handlers

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

var (
	errUploadTooLarge = errors.New("the upload is larger than what is taken")
	errUploadStalled  = errors.New("the upload stands still")
	errStopping       = errors.New("the program stops")
)

// movedLeast is what has to come of an upload in each span of the read timeout,
// in bytes: what a bad phone line still does.
const movedLeast = 128 << 10

// An upload that trickles holds a place that others wait for. Over all it may take
// movedSpans of the read timeout, and a second more for each movedRate bytes that came.
const (
	movedSpans = 5
	movedRate  = 16 << 10
)

// moving reads an upload of any length, as long as it moves: only the time that
// is spent waiting for it counts.
type moving struct {
	in      io.Reader
	conn    net.Conn
	span    time.Duration
	stopped func() bool
	limit   int64 // bytes that may come

	now    func() time.Time
	waited time.Duration // in this span
	slow   time.Duration // waited from the beginning on
	got    int64         // in this span
	all    int64
}

// Read reads more. Errors: errUploadTooLarge, errUploadStalled, errStopping.
func (m *moving) Read(p []byte) (int, error) {
	if m.stopped() {
		return 0, errStopping
	}
	if m.all >= m.limit { // one byte more tells whether it has ended
		p = p[:min(len(p), 1)]
	}
	if err := m.conn.SetReadDeadline(time.Now().Add(m.span - m.waited)); err != nil {
		return 0, err
	}
	began := m.now()
	n, err := m.in.Read(p)
	took := m.now().Sub(began)
	m.waited += took
	m.slow += took
	m.got += int64(n)
	m.all += int64(n)
	switch {
	case m.all > m.limit:
		return 0, errUploadTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded) && m.stopped():
		return n, errStopping
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, errUploadStalled
	case m.slow > movedSpans*m.span+time.Duration(m.all/movedRate)*time.Second:
		return n, errUploadStalled
	}
	if m.got >= movedLeast {
		m.got, m.waited = 0, 0
	}
	return n, err
}
