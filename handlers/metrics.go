package handlers

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
)

// meter counts what the page does.
type meter struct {
	sockets atomic.Int64 // open
	slow    atomic.Int64 // sockets that were dropped

	mu       sync.Mutex
	requests map[requestKey]requestCount
}

type requestKey struct {
	route  string
	status int
}

type requestCount struct {
	n    int64
	took time.Duration
}

func newMeter() *meter { return &meter{requests: map[requestKey]requestCount{}} }

func (m *meter) request(route string, status int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := requestKey{route, status}
	c := m.requests[k]
	m.requests[k] = requestCount{c.n + 1, c.took + took}
}

// healthTimeout is how long the records may take to be read.
const healthTimeout = 2 * time.Second

// health answers when the page is ready: it is not about to stop, and the engine
// reads its records. A process that only lives is not.
func (s *Server) health(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), healthTimeout)
	defer cancel()
	if s.closing.Load() {
		return c.Status(fiber.StatusServiceUnavailable).SendString("stopping\n")
	}
	if _, err := s.engine.Workspace(ctx, visitorHash("health")); err != nil {
		s.log.Warn("not_ready", "request_id", requestID(c), "err", err)
		return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ok\n")
}

// metrics writes the counts in Prometheus' text format:
// https://prometheus.io/docs/instrumenting/exposition_formats/
func (s *Server) metrics(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/plain; version=0.0.4; charset=utf-8")
	return c.SendString(s.meter.text())
}

func (m *meter) text() string {
	var b strings.Builder
	gauge := func(name, kind, help string, value int64) {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n%s %d\n", name, help, name, kind, name, value)
	}
	gauge("telegramtrac_websockets", "gauge", "Pages that listen to a collection.", m.sockets.Load())
	gauge("telegramtrac_websockets_dropped_total", "counter", "Pages that were too slow and had to connect again.", m.slow.Load())
	gauge("telegramtrac_goroutines", "gauge", "Goroutines of the process.", int64(runtime.NumGoroutine()))
	m.mu.Lock()
	defer m.mu.Unlock()
	keys := make([]requestKey, 0, len(m.requests))
	for k := range m.requests {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b requestKey) int {
		return cmp.Or(cmp.Compare(a.route, b.route), cmp.Compare(a.status, b.status))
	})
	const name = "telegramtrac_request_duration_seconds"
	fmt.Fprintf(&b, "# HELP %s Requests answered, by route and status.\n# TYPE %s summary\n", name, name)
	for _, k := range keys {
		c := m.requests[k]
		fmt.Fprintf(&b, "%s_sum{route=%q,status=\"%d\"} %g\n", name, k.route, k.status, c.took.Seconds())
		fmt.Fprintf(&b, "%s_count{route=%q,status=\"%d\"} %d\n", name, k.route, k.status, c.n)
	}
	return b.String()
}
