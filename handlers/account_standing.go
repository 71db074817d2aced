package handlers

import (
	"context"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// standingTime is how long the tab waits for the account's standing.
const standingTime = 5 * time.Second

// hasStanding reports whether the visitor's workspace has an account.
func hasStanding(v guard.Visitor) bool {
	return v.In() && v.Workspace.Source != collector.SourcePreview
}

// standing is the panel about the visitor's account, nil where there is no account. If the
// standing cannot be read, the panel says so.
func (s *Server) standing(c *fiber.Ctx) *views.Standing {
	v := guard.VisitorOf(c)
	if !hasStanding(v) {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), standingTime)
	defer cancel()
	st, err := s.accounts.Standing(ctx, v.Hash)
	if err != nil {
		s.log.Warn("standing_not_told", "error", err)
		return &views.Standing{Unknown: true}
	}
	return collection.Standing(st, v.Token, s.now())
}

// accountResume lets the account, or the web preview of a workspace without one,
// send again after it was stopped by refusals.
func (s *Server) accountResume(c *fiber.Ctx) error {
	v := guard.VisitorOf(c)
	if err := instruct(s, c, engine.Accounts.GoOn, v.Hash); err != nil {
		return fmt.Errorf("let the account go on: %w", err)
	}
	switch {
	case answer.WantsJSON(c):
		return c.SendStatus(fiber.StatusNoContent)
	case answer.Targets(c, "look"):
		return s.tabOptions(c)
	case c.FormValue("back") == views.TabOptions:
		return answer.Redirect(c, "/tabs/options")
	}
	return answer.Redirect(c, "/")
}
