package handlers

import (
	"crypto/rand"
	"log/slog"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// policy lets a page load what this program serves, and nothing else.
const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

// headers sets what every answer carries.
func (s *Server) headers(c *fiber.Ctx) error {
	s.setHeaders(c)
	return c.Next()
}

func (s *Server) setHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set(fiber.HeaderCacheControl, "no-store")
	if s.secure(c) {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
}

// record logs and counts the request when it is over. The query is left out:
// it may say what somebody looks at.
func (s *Server) record(c *fiber.Ctx) error {
	began := s.now()
	c.Locals(requestKeyID, rand.Text()[:16])
	c.Set(fiber.HeaderXRequestID, requestID(c))
	if err := c.Next(); err != nil {
		if err := s.problem(c, err); err != nil {
			return err
		}
	}
	took, status := s.now().Sub(began), c.Response().StatusCode()
	s.meter.request(routeOf(c), status, took)
	s.log.Log(c.UserContext(), levelOf(status), "request", "request_id", requestID(c), "method", c.Method(), "path", c.Path(), "status", status,
		"took_ms", took.Milliseconds())
	return nil
}

const requestKeyID localKey = "request"

// requestID joins what the log says of one request. It is made here: one that
// came from outside could say anything.
func requestID(c *fiber.Ctx) string {
	id, _ := c.Locals(requestKeyID).(string)
	return id
}

// routeOf names the request's route for the counts. A path that has none ends
// where the middleware stands, at /.
func routeOf(c *fiber.Ctx) string {
	if route := c.Route().Path; route != "/" || c.Path() == "/" {
		return route
	}
	return "other"
}

// levelOf is how loud a request is: what works, and what the browser did wrong,
// is for those who look for it.
func levelOf(status int) slog.Level {
	switch {
	case status == fiber.StatusServiceUnavailable:
		return slog.LevelWarn // Telegram cannot be reached, or not yet
	case status >= fiber.StatusInternalServerError:
		return slog.LevelError
	}
	return slog.LevelDebug
}

// static serves a file under the address that names its version, so it can be
// kept for good.
func (s *Server) static(c *fiber.Ctx) error {
	file, ok := s.files.Open(c.Path())
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, file.Type)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return c.Send(file.Body)
}

// uncompressed names the answers that are compressed already or streamed.
func uncompressed(c *fiber.Ctx) bool { return strings.HasPrefix(c.Path(), "/files/") }

func websocketPath(path string) bool { return strings.HasPrefix(path, "/ws/") }
