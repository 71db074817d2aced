package handlers

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/views"
)

// notice is the page on privacy, or the terms: the host's own words where it
// has written some, which are text and never HTML.
func (s *Server) notice(c *fiber.Ctx) error {
	name := strings.TrimPrefix(c.Path(), "/")
	page := views.Notice{Frame: s.Frame(c, "Privacy", 0), Terms: name == "terms", Own: paragraphs(s.notices[name]), Keeping: s.keeping()}
	if page.Terms {
		page.Title = "Terms"
	}
	return s.Render(c, fiber.StatusOK, views.NoticePage, page)
}

// paragraphs splits a text at its empty lines.
func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// helpCredentials goes through my.telegram.org step by step.
func (s *Server) helpCredentials(c *fiber.Ctx) error {
	return s.Render(c, fiber.StatusOK, views.HelpPage, views.Help{Frame: s.Frame(c, "Where api_id and api_hash come from", 0)})
}

// helpTracker is the page for those who come from telegram-tracker.
func (s *Server) helpTracker(c *fiber.Ctx) error {
	return s.Render(c, fiber.StatusOK, views.HelpTrackerPage, views.Help{Frame: s.Frame(c, "Moving from telegram-tracker", 0)})
}

// helpDeploy says how to run telegramtrac for others.
func (s *Server) helpDeploy(c *fiber.Ctx) error {
	return s.Render(c, fiber.StatusOK, views.HelpDeployPage, views.Help{Frame: s.Frame(c, "Run it for others", 0)})
}

// helpRealAccount goes step by step through what only a real account can prove.
func (s *Server) helpRealAccount(c *fiber.Ctx) error {
	return s.Render(c, fiber.StatusOK, views.HelpRealAccountPage, views.Help{Frame: s.Frame(c, "Ten minutes with a real account", 0)})
}
