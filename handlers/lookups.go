package handlers

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/engine"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// lookUpsTime is how long a page waits for the price of a list in look-ups.
const lookUpsTime = 3 * time.Second

// showLookUps says how many look-ups the names now in the form need.
func (s *Server) showLookUps(c *fiber.Ctx) error {
	request, _ := readTracForm(c).request()
	return s.Render(c, fiber.StatusOK, views.LookUpsFragment, s.lookUpsOf(c, request.Channels))
}

// lookUpsOf says how many of a list's names must be looked up, and how many may be: Telegram
// limits that most of all. It is empty without an account, or if the numbers are not
// available.
func (s *Server) lookUpsOf(c *fiber.Ctx, references []string) views.LookUps {
	v := guard.VisitorOf(c)
	if !hasStanding(v) {
		return views.LookUps{}
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), lookUpsTime)
	defer cancel()
	cost, err := s.accounts.LookUps(ctx, engine.References{Visitor: v.Hash, References: references})
	if err != nil {
		s.log.Debug("look_ups_not_told", "error", err)
		return views.LookUps{}
	}
	if cost.Next.LookUpsADay <= 0 {
		return views.LookUps{}
	}
	return views.LookUps{Sentence: words.LookUpsSentence(cost, len(references), s.now())}
}
