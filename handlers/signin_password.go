package handlers

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// signInPassword takes the two-step verification password.
func (s *Server) signInPassword(c *fiber.Ctx) error {
	pending, err := s.pending(c)
	if err != nil {
		return err
	}
	if pending.Step != engine.StepPassword {
		return s.whereItStands(c, pending)
	}
	password := c.FormValue("password")
	if password == "" {
		return s.showPassword(c, pending, fiber.StatusUnprocessableEntity,
			views.Mistake{Field: "password", Sentence: "Write the two-step verification password of this account."})
	}
	in, err := inquire(s, c, engine.Accounts.EnterPassword, engine.EnterPassword{Visitor: guard.VisitorOf(c).SignIn, Password: password})
	switch collector.KindOf(err) {
	case collector.SignInExpired:
		return s.beginAgain(c, pending)
	case collector.SignInRestarted:
		return s.restarted(c, err)
	}
	if err != nil {
		kind, detail := collector.KindOf(err), collector.AsError(err).Detail
		m, status, err := s.mistake(err, pending.Source)
		if err != nil {
			return fmt.Errorf("enter password: %w", err)
		}
		if kind == collector.SignInRefused {
			m.Sentence = words.SignInRefused(words.Occasion{Detail: detail, Password: true})
		}
		return s.showPassword(c, pending, status, m)
	}
	return s.enter(c, in)
}

func (s *Server) showPassword(c *fiber.Ctx, pending engine.SignIn, status int, mistakes ...views.Mistake) error {
	return s.Render(c, status, views.PasswordPage, views.Password{
		Frame: s.Frame(c, "Password", views.StepSignIn), Form: formOf("password", mistakes),
		Hint: pending.Hint, Sandbox: s.sandboxAccounts(pending.Source), Carried: s.carriedOf(pending),
	})
}
