package upload

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

// movedLeast is how many bytes of an upload must arrive in each span of the read timeout: a
// bad phone line still manages that.
const movedLeast = 128 << 10

// Limits for uploads that trickle, because each occupies a place that others wait for: an
// upload may wait for movedSpans read timeouts in total, and a second more per movedRate bytes
// received.
const (
	movedSpans = 5
	movedRate  = 16 << 10
)

// moving reads an upload of any length, as long as data keeps arriving: only the time spent
// waiting for data counts.
type moving struct {
	in      io.Reader
	conn    net.Conn
	span    time.Duration
	stopped func() bool
	limit   int64 // bytes that may come

	now    func() time.Time
	waited time.Duration // in this span
	slow   time.Duration // waited in total
	got    int64         // in this span
	all    int64
}

// Read reads the next bytes. Errors: errUploadTooLarge, errUploadStalled, errStopping.
func (m *moving) Read(p []byte) (int, error) {
	if m.stopped() {
		return 0, errStopping
	}
	if m.all >= m.limit { // one byte more shows whether it has ended
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
