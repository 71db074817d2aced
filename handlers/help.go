package handlers

import (
	"github.com/gofiber/fiber/v2"

	"telegramtrac/views"
)

// helpTracker is the page for those who come from telegram-tracker.
func (s *Server) helpTracker(c *fiber.Ctx) error {
	return s.render(c, fiber.StatusOK, views.HelpTrackerPage, views.Help{Frame: s.frame(c, "Moving from telegram-tracker", 0)})
}
