package handlers

import (
	"log/slog"
	"strings"

	"github.com/gofiber/fiber/v2"

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
	s.Logger.Log(c.UserContext(), levelOf(status), "request", "request_id", guard.RequestID(c), "method", c.Method(), "path", c.Path(), "status",
		status,
		"took_ms", took.Milliseconds())
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
