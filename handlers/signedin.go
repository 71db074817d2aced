package handlers

import (
	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
)

// signedIn sends those who are not signed in to the beginning.
func (s *Server) signedIn(c *fiber.Ctx) error {
	if guard.VisitorOf(c).In() {
		return c.Next()
	}
	if wantsJSON(c) {
		return collector.Errorf(collector.SignedOut, "not signed in")
	}
	return s.redirect(c, "/")
}
