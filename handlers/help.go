package handlers

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/views"
)

// notice shows the page on privacy, or the terms: the host's own text if there is one, which
// is never read as HTML.
func (s *Server) notice(c *fiber.Ctx) error {
	page := views.Notice{Frame: s.Frame(c, "Privacy", 0), Own: paragraphs(s.Privacy), Keeping: s.Keeping()}
	if c.Path() == "/terms" {
		page.Title, page.Terms, page.Own = "Terms", true, paragraphs(s.Terms)
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

// help shows one page of help.
func (s *Server) help(topic views.HelpTopic) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return s.Render(c, fiber.StatusOK, topic.Template, views.Help{Frame: s.Frame(c, topic.Title, 0)})
	}
}
