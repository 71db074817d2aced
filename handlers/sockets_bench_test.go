package handlers_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/handlers"
)

// manySockets is how many pages listen at once.
const manySockets = 2000

// BenchmarkSockets sends updates to 2,000 websockets that listen to one collection, and then
// its end. One iteration is one update at all of them. It reports the 99th percentile of an
// update's delay, the memory for each socket (server and client, which share the process) and
// how many final states were lost.
func BenchmarkSockets(b *testing.B) {
	sockets := long.Size(manySockets)
	s := newSite(b, func(o *handlers.Options) { o.Now, o.SocketsByVisitor = time.Now, sockets })
	v := s.signedIn(b)
	id := v.submit("@alpha")
	w, _ := onlyCollection(s)
	address := s.serve(b)
	before := memoryInUse()
	l := &listeners{arrived: make(chan time.Duration, sockets)}
	conns := l.open(b, v, address, id, sockets)
	perSocket := float64(memoryInUse()-before) / float64(sockets)
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		l.expect(fmt.Sprintf("update number %d.", i))
		s.engine.change(w, id, 0, func(c *collector.Collection) {
			c.State, c.Channels[0].State, c.Channels[0].Title = collector.Running, collector.Collecting, fmt.Sprintf("update number %d.", i)
		})
		for range sockets {
			select {
			case d := <-l.arrived:
				took = append(took, d)
			case <-time.After(time.Minute):
				b.Fatal("an update did not arrive everywhere")
			}
		}
	}
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Done })
	l.all.Wait()
	for _, conn := range conns {
		conn.Close()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
	b.ReportMetric(perSocket/1024, "KiB/socket")
	b.ReportMetric(float64(int64(sockets)-l.ended.Load()), "lost")
	if l.ended.Load() != int64(sockets) {
		b.Errorf("%d pages were told of the end, want %d", l.ended.Load(), sockets)
	}
}

// listeners are the pages: each waits for the expected text.
type listeners struct {
	arrived chan time.Duration
	ended   atomic.Int64 // pages that got the final state
	all     sync.WaitGroup

	mu   sync.Mutex
	text string
	at   time.Time
}

func (l *listeners) expect(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text, l.at = text, time.Now()
}

func (l *listeners) expected() (string, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text, l.at
}

// open connects n of them, some at a time.
func (l *listeners) open(b *testing.B, v *browser, address, id string, n int) []*websocket.Conn {
	b.Helper()
	conns := make([]*websocket.Conn, n)
	turns := make(chan struct{}, 16)
	var opening sync.WaitGroup
	for i := range conns {
		opening.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			conn, _, err := v.dial(address, id)
			if err != nil {
				b.Errorf("dial: %v", err)
				return
			}
			conns[i] = conn
			if _, _, err := conn.ReadMessage(); err != nil { // the full state
				b.Errorf("first message: %v", err)
			}
		})
	}
	opening.Wait()
	if b.Failed() {
		b.FailNow()
	}
	for _, conn := range conns {
		l.all.Go(func() { l.listen(conn) })
	}
	return conns
}

func (l *listeners) listen(conn *websocket.Conn) {
	seen, last := "", ""
	for {
		_, m, err := conn.ReadMessage()
		if err != nil {
			if websocket.IsCloseError(err, websocket.CloseNormalClosure) && strings.Contains(last, "Collected 1 channel") {
				l.ended.Add(1)
			}
			return
		}
		last = string(m)
		if text, at := l.expected(); text != seen && strings.Contains(last, text) {
			seen = text
			l.arrived <- time.Since(at)
		}
	}
}

func memoryInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
