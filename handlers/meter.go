package handlers

import (
	"context"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
)

// record logs and counts a request once it has been answered. It leaves the query out, which
// may reveal what somebody looks at.
func (s *Server) record(c *fiber.Ctx) error {
	began := s.Now()
	guard.Identify(c)
	if err := c.Next(); err != nil {
		if err := s.problem(c, err); err != nil {
			return err
		}
	}
	took, status := s.Now().Sub(began), c.Response().StatusCode()
	s.meter.request(routeOf(c), status, took)
	s.Logger.Log(c.UserContext(), levelOf(status), "request", "request_id", guard.RequestID(c), "method", c.Method(), "path", c.Path(),
		"status", status, "took_ms", took.Milliseconds())
	return nil
}

// routeOf names the request's route for the metrics. For a path without a route, fiber names
// the middleware's: /.
func routeOf(c *fiber.Ctx) string {
	if route := c.Route().Path; route != "/" || c.Path() == "/" {
		return route
	}
	return "other"
}

// levelOf is the log level of a request. Successes and the browser's mistakes are for
// debugging only.
func levelOf(status int) slog.Level {
	switch {
	case status == fiber.StatusServiceUnavailable:
		return slog.LevelWarn // Telegram cannot be reached, or not yet
	case status >= fiber.StatusInternalServerError:
		return slog.LevelError
	}
	return slog.LevelDebug
}

// static serves a file at its versioned address, so that browsers may cache it for good.
func (s *Server) static(c *fiber.Ctx) error {
	file, ok := s.assets.Open(c.Path())
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, file.Type)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return c.Send(file.Body)
}

// uncompressed reports whether an answer is already compressed, or streamed.
func uncompressed(c *fiber.Ctx) bool { return strings.HasPrefix(c.Path(), "/files/") }

// meter counts what the page does. Labels are routes, states and kinds: never a
// name, a path or anything else that says what somebody does.
type meter struct {
	sockets  prometheus.Gauge   // open
	slow     prometheus.Counter // sockets that were dropped
	requests *prometheus.HistogramVec
	all      *prometheus.Registry
}

type counter func(context.Context) (map[collector.State]int, error)

func newMeter(collections counter, more ...prometheus.Collector) (*meter, error) {
	m := &meter{
		sockets: prometheus.NewGauge(prometheus.GaugeOpts{Name: "telegramtrac_websockets", Help: "Pages that listen to a collection."}),
		slow: prometheus.NewCounter(prometheus.CounterOpts{Name: "telegramtrac_websockets_dropped_total",
			Help: "Pages that were too slow and had to connect again."}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "telegramtrac_request_duration_seconds", Help: "Requests answered, by route and status.", Buckets: prometheus.DefBuckets,
		}, []string{"route", "status"}),
		all: prometheus.NewRegistry(),
	}
	own := []prometheus.Collector{
		m.sockets, m.slow, m.requests, byState{collections},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
	for _, c := range append(own, more...) {
		if err := m.all.Register(c); err != nil {
			return nil, fmt.Errorf("register a metric: %w", err)
		}
	}
	return m, nil
}

func (m *meter) request(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// countTimeout limits how long counting the records may take.
const countTimeout = 5 * time.Second

// byState counts the collections whenever the metrics are read.
type byState struct{ count counter }

var collectionsByState = prometheus.NewDesc("telegramtrac_collections", "Collections of all workspaces, by state.", []string{"state"}, nil)

// Describe implements prometheus.Collector.
func (byState) Describe(out chan<- *prometheus.Desc) { out <- collectionsByState }

// Collect implements prometheus.Collector.
func (b byState) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), countTimeout)
	defer cancel()
	counts, err := b.count(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(collectionsByState, err)
		return
	}
	for _, state := range []collector.State{collector.Queued, collector.Running, collector.Waiting, collector.Paused, collector.Done,
		collector.Failed, collector.Canceled} {
		out <- prometheus.MustNewConstMetric(collectionsByState, prometheus.GaugeValue, float64(counts[state]), string(state))
	}
}

// metrics writes the counts in Prometheus' text format, to those who may read
// them: https://prometheus.io/docs/instrumenting/exposition_formats/
func (s *Server) metrics() fiber.Handler {
	write := adaptor.HTTPHandler(promhttp.HandlerFor(s.meter.all, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	return func(c *fiber.Ctx) error {
		if !s.mayRead(c) {
			return fiber.ErrNotFound
		}
		return write(c)
	}
}

// mayRead reports whether a request may read the metrics: it has the token or, if none is set,
// comes from a program on this machine.
func (s *Server) mayRead(c *fiber.Ctx) bool {
	if s.MetricsToken != "" {
		given, ok := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
		return ok && subtle.ConstantTimeCompare([]byte(given), []byte(s.MetricsToken)) == 1
	}
	return s.Guard.FromHere(c)
}
