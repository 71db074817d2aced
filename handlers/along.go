package handlers

import (
	"fmt"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// cameQuery is the query field that tells a page without htmx what was brought along at
// sign-in: a number of channels, or cameLater.
const (
	cameQuery = "came"
	cameLater = "later"
)

// cameAlong is the value of cameQuery; "" if nothing was brought along.
func cameAlong(b engine.Brought) string {
	switch {
	case b.Later:
		return cameLater
	case b.Channels > 0:
		return strconv.FormatInt(b.Channels, 10)
	}
	return ""
}

// cameSentence tells a person what was brought along.
func cameSentence(came string) string {
	const next = "Collect again to fill in what the web does not show."
	if came == cameLater {
		return "What you collected without an account comes along. It takes a moment; nothing is lost."
	}
	switch n, err := strconv.ParseInt(came, 10, 32); {
	case err != nil || n <= 0:
		return ""
	case n == 1:
		return "Your channel came along. " + next
	default:
		return fmt.Sprintf("Your %s came along. %s", views.Plural(n, "channel", "channels"), next)
	}
}

// along counts the channels that were collected without an account and will be brought along
// when the visitor signs in at source.
func (s *Server) along(c *fiber.Ctx, source string) (int64, error) {
	v := guard.VisitorOf(c)
	if v.Workspace.Source != collector.SourcePreview || v.Workspace.Shows != source {
		return 0, nil
	}
	d, err := s.dataset(c)
	if err != nil {
		return 0, err
	}
	totals, err := d.Totals(c.UserContext())
	if err != nil {
		return 0, fmt.Errorf("count what comes along: %w", err)
	}
	return totals.Channels, nil
}
