package signin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/guard"
	"telegramtrac/views/words"
)

// cameQuery is the query field that tells a page without htmx what was brought along at
// sign-in: a number of channels, or cameLater.
const (
	cameQuery = "came"
	cameLater = words.CameLater
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

// along counts the channels that were collected without an account and will be brought along
// when the visitor signs in at source.
func (s *Server) along(c *fiber.Ctx, source string) (int64, error) {
	v := guard.VisitorOf(c)
	if v.Workspace.Source != collector.SourcePreview || v.Workspace.Shows != source {
		return 0, nil
	}
	totals, err := s.Totals(c)
	return totals.Channels, err
}
