package signin

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Password takes the two-step verification password.
func (s *Server) Password(c *fiber.Ctx) error { return s.at(c, engine.StepPassword, s.password) }

func (s *Server) password(c *fiber.Ctx, pending engine.SignIn) error {
	typed := c.FormValue("password")
	if typed == "" {
		return s.showPassword(c, pending, fiber.StatusUnprocessableEntity,
			views.Mistake{Field: "password", Sentence: "Write the two-step verification password of this account."})
	}
	in, err := answer.Inquire(s.Site, c, engine.Accounts.EnterPassword, engine.EnterPassword{Visitor: guard.VisitorOf(c).SignIn, Password: typed})
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
