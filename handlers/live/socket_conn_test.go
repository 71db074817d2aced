package live

import (
	"testing"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"telegramtrac/collector/engine"
	"telegramtrac/handlers/guard"
)

// TestSlowSocketIsNotWaitedFor: a page that does not read is disconnected, and nobody waits
// for it.
func TestSlowSocketIsNotWaitedFor(t *testing.T) {
	s := newSocket(nil, guard.Visitor{})
	for range queueLength {
		if !s.send(nil) {
			t.Fatal("a message was refused while there was room")
		}
	}
	if s.send(nil) {
		t.Error("a message more than the queue holds was taken")
	}
}

// TestLateSocketComesBack: a page that joins after the last message was sent is told to
// connect again; otherwise it would stay out of date.
func TestLateSocketComesBack(t *testing.T) {
	h := New(Options{Open: prometheus.NewGauge(prometheus.GaugeOpts{})})
	r := newRoom(h, engine.Workspace{}, "c001")
	r.cancel = func() {}
	known, late := newSocket(nil, guard.Visitor{}), newSocket(nil, guard.Visitor{})
	r.sockets[known] = true
	h.members(r)
	r.sockets[late] = true
	h.dismiss(r, websocket.CloseNormalClosure, websocket.CloseServiceRestart)
	if known.code != websocket.CloseNormalClosure || late.code != websocket.CloseServiceRestart {
		t.Errorf("closed with %d and %d", known.code, late.code)
	}
}
