package signin

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// noAccount brings a visitor without an account into a workspace and shows the trac form.
func (s *Server) noAccount(c *fiber.Ctx, typed credentials) error {
	in := engine.NoAccount{Visitor: guard.VisitorOf(c).Hash, Source: collector.SourcePreview}
	sandbox := c.FormValue("sandbox") != ""
	if sandbox {
		in.Source = collector.SourceSandbox
	}
	if sandbox && s.Sandbox == nil || !sandbox && !s.Preview {
		return s.showCredentials(c, typed, false, views.Mistake{Sentence: "Collecting without an account is not offered here. Sign in instead."})
	}
	w, err := answer.Inquire(s.Site, c, engine.Accounts.NoAccount, in)
	if err != nil {
		m, status, err := s.mistake(err, in.Source)
		if err != nil {
			return fmt.Errorf("go on without an account: %w", err)
		}
		c.Status(status)
		return s.showCredentials(c, typed, false, m)
	}
	v := guard.VisitorOf(c)
	v.Workspace, v.SignIn = w, v.Hash
	guard.SetVisitor(c, v)
	s.Guard.DropSignIn(c)
	if c.FormValue("then") == "import" && s.Imports() {
		return answer.Step(c, "/import", func() error { return s.upload.ShowForm(c, fiber.StatusOK) })
	}
	return answer.Step(c, "/collections/new", func() error { return s.collections.ShowForm(c) })
}
