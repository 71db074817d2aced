package upload

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"telegramtrac/collector/spool"
)

// A few networks cannot take all places for uploads: neither one household's, nor all that one
// customer of a provider may have.
func TestUploadPlaces(t *testing.T) {
	dir := t.TempDir()
	places := spool.Open(dir)
	r := receiving{all: map[string]*arrival{}}
	begun := 0
	begin := func(network string) error {
		w := fmt.Sprint("w", begun)
		err := r.begin(w, &arrival{network: network})
		if err == nil {
			_, err = places.Begin(w, 0)
		}
		if err == nil {
			begun++
		}
		return err
	}
	for network, want := range map[string]int{"192.0.2.1": uploadsByNetwork, "192.0.2.2": uploadsByNetwork} {
		begun := 0
		for range 100 {
			if begin(network) == nil {
				begun++
			}
		}
		if begun != want {
			t.Errorf("%d uploads come from %s, want %d", begun, network, want)
		}
	}
	site := 0
	for n := range 100 {
		if begin(fmt.Sprintf("2001:db8:1:%x::/64", n)) == nil {
			site++
		}
	}
	if site != uploadsBySite {
		t.Errorf("%d uploads come from a /48, want %d", site, uploadsBySite)
	}
	if err := begin("203.0.113.9"); err != nil {
		t.Errorf("another network's upload: %v", err)
	}
}

// An upload that always sends just enough to keep moving is ended all the same.
func TestUploadTrickles(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	for name, tt := range map[string]struct {
		every time.Duration // in which movedLeast bytes arrive
		size  int
		want  error
	}{
		"a bad line":  {8 * time.Second, 64 << 20, nil},
		"one trickle": {20 * time.Second, 64 << 20, errUploadStalled},
	} {
		t.Run(name, func(t *testing.T) {
			clock := time.Unix(0, 0)
			m := &moving{in: &trickle{bytes.NewReader(make([]byte, tt.size)), &clock, tt.every}, conn: here, span: 30 * time.Second, limit: 1 << 40,
				now: func() time.Time { return clock }, stopped: func() bool { return false }}
			n, err := io.Copy(io.Discard, m)
			if !errors.Is(err, tt.want) {
				t.Errorf("after %d bytes and %s: %v, want %v", n, clock.Sub(time.Unix(0, 0)), err, tt.want)
			}
		})
	}
}

// trickle gives movedLeast bytes in a given time.
type trickle struct {
	in    io.Reader
	clock *time.Time
	every time.Duration
}

func (s *trickle) Read(p []byte) (int, error) {
	n, err := s.in.Read(p[:min(len(p), movedLeast)])
	*s.clock = s.clock.Add(s.every * time.Duration(n) / movedLeast)
	return n, err
}
