package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Out logs out at Telegram.
func (s *Server) Out(c *fiber.Ctx) error { return s.leave(c, engine.Accounts.SignOut, false) }

// OutEverywhere logs out at Telegram and removes every browser from the workspace.
func (s *Server) OutEverywhere(c *fiber.Ctx) error {
	return s.leave(c, engine.Accounts.SignOutEverywhere, true)
}

func (s *Server) leave(c *fiber.Ctx, signOut func(engine.Accounts, context.Context, engine.Leave) (engine.Left, error),
	everywhere bool) error {
	left, err := answer.Inquire(s.Site, c, signOut, engine.Leave{Visitor: guard.VisitorOf(c).Hash, Anyway: c.FormValue("anyway") != ""})
	if err != nil {
		return s.stuck(c, everywhere, err)
	}
	return s.showLeft(c, left)
}

// Delete logs out and deletes everything in the workspace.
func (s *Server) Delete(c *fiber.Ctx) error {
	left, err := answer.Inquire(s.Site, c, engine.Accounts.Delete, guard.VisitorOf(c).Hash)
	if err != nil {
		return fmt.Errorf("delete the workspace: %w", err)
	}
	return s.showLeft(c, left)
}

// stuck explains why Telegram did not end the session, and offers to forget it here.
func (s *Server) stuck(c *fiber.Ctx, everywhere bool, err error) error {
	m, status, unsaid := s.mistake(err, guard.VisitorOf(c).Workspace.Source)
	if unsaid != nil || errors.Is(err, engine.ErrNobody) {
		return fmt.Errorf("sign out: %w", err)
	}
	return s.Render(c, status, views.StuckPage,
		views.Stuck{Frame: s.Frame(c, "Still logged in", 0), Why: m.Sentence, Action: c.Path(), Others: everywhere})
}

// showLeft says what was deleted. It answers the form itself, since afterwards the visitor has
// no workspace to ask about.
func (s *Server) showLeft(c *fiber.Ctx, left engine.Left) error {
	v := guard.VisitorOf(c)
	if left.Deleted {
		s.left(v.Workspace.ID)
	}
	guard.SetVisitor(c, guard.Visitor{Hash: v.Hash, SignIn: v.SignIn, Token: v.Token})
	if answer.IsHTMX(c) {
		c.Set("HX-Push-Url", "/")
	}
	return s.Render(c, fiber.StatusOK, views.LoggedOutPage, views.LoggedOut{
		Frame: s.Frame(c, "Logged out", views.StepSignIn), All: left.Deleted, Deleted: words.Deleted(left), Unreached: left.Unreached != "",
		Why: words.Unreached(left.Unreached), DataStays: !left.Deleted && v.Workspace.Source == collector.SourceTelegram,
	})
}
