package handlers

import (
	"log/slog"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/handlers/guard"
)

// record logs and counts a request when it is over. The query is left out:
// it may say what somebody looks at.
func (s *Server) record(c *fiber.Ctx) error {
	began := s.now()
	guard.Identify(c)
	if err := c.Next(); err != nil {
		if err := s.problem(c, err); err != nil {
			return err
		}
	}
	took, status := s.now().Sub(began), c.Response().StatusCode()
	s.meter.request(routeOf(c), status, took)
	s.log.Log(c.UserContext(), levelOf(status), "request", "request_id", guard.RequestID(c), "method", c.Method(), "path", c.Path(), "status",
		status,
		"took_ms", took.Milliseconds())
	return nil
}

// routeOf names the request's route for the counts. A path without a route ends
// where the middleware stands, at /.
func routeOf(c *fiber.Ctx) string {
	if route := c.Route().Path; route != "/" || c.Path() == "/" {
		return route
	}
	return "other"
}

// levelOf is the log level of a request. What works, and what the browser did wrong, is
// for debugging only.
func levelOf(status int) slog.Level {
	switch {
	case status == fiber.StatusServiceUnavailable:
		return slog.LevelWarn // Telegram cannot be reached, or not yet
	case status >= fiber.StatusInternalServerError:
		return slog.LevelError
	}
	return slog.LevelDebug
}

// static serves a file under the address that names its version, so browsers may keep
// it for ever.
func (s *Server) static(c *fiber.Ctx) error {
	file, ok := s.assets.Open(c.Path())
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, file.Type)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return c.Send(file.Body)
}

// uncompressed names the answers that are compressed already or streamed.
func uncompressed(c *fiber.Ctx) bool { return strings.HasPrefix(c.Path(), "/files/") }
