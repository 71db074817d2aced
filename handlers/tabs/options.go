package tabs

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

// Leaving offers to log out and to delete.
func (s *Server) Leaving(c *fiber.Ctx) error {
	in, err := s.Inside(c)
	if err != nil {
		return err
	}
	v, tab := guard.VisitorOf(c), views.Options{Inside: in, MaxBytes: s.Quota.Bytes, Standing: s.standing(c)}
	tab.CSRF = v.Token
	if in.Source == collector.SourcePreview {
		tab.SignIn = v.SignInAt()
	}
	return s.show(c, views.Look{Tab: views.TabOptions, Options: &tab})
}

// standingTime is how long the tab waits for the account's standing.
const standingTime = 5 * time.Second

// standing is the panel about the visitor's account, nil where there is no account. If the
// standing cannot be read, the panel says so.
func (s *Server) standing(c *fiber.Ctx) *views.Standing {
	v := guard.VisitorOf(c)
	if !v.HasAccount() {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), standingTime)
	defer cancel()
	st, err := s.Accounts.Standing(ctx, v.Hash)
	if err != nil {
		s.Logger.Warn("standing not told", "error", err)
		return &views.Standing{Unknown: true}
	}
	return collection.Standing(st, v.Token, s.Now())
}

// Resume lets the account, or the web preview of a workspace without one,
// send again after it was stopped by refusals.
func (s *Server) Resume(c *fiber.Ctx) error {
	v := guard.VisitorOf(c)
	if err := answer.Instruct(s.Site, c, engine.Accounts.GoOn, v.Hash); err != nil {
		return fmt.Errorf("let the account go on: %w", err)
	}
	switch {
	case answer.WantsJSON(c):
		return c.SendStatus(fiber.StatusNoContent)
	case answer.Targets(c, "look"):
		return s.Leaving(c)
	case c.FormValue("back") == views.TabOptions:
		return answer.Redirect(c, "/tabs/options")
	}
	return answer.Redirect(c, "/")
}
