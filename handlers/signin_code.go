package handlers

import (
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/views"
)

// signInCode answers the login code.
func (s *Server) signInCode(c *fiber.Ctx) error {
	pending, err := s.pending(c)
	if err != nil {
		return err
	}
	if pending.Step == "" {
		return s.beginAgain(c)
	}
	code := strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(c.FormValue("code"))
	if code == "" {
		return s.showCode(c, pending, fiber.StatusUnprocessableEntity, false,
			views.Mistake{Field: "code", Sentence: `Write the login code. It is in the newest message from "Telegram".`})
	}
	var in engine.SignedIn
	err = s.callSignIn(c, engine.MethodEnterCode, engine.EnterCode{Visitor: visitorOf(c).hash, Code: code}, &in)
	if err != nil {
		return s.codeRefused(c, pending, err)
	}
	if in.Password {
		return s.step(c, "/", func() error { return s.showPassword(c, pending.Source, in.Hint, fiber.StatusOK) })
	}
	return s.enter(c, in.Workspace)
}

// signInResend asks for another code.
func (s *Server) signInResend(c *fiber.Ctx) error {
	pending, err := s.pending(c)
	if err != nil {
		return err
	}
	if pending.Step != engine.StepCode {
		return s.beginAgain(c)
	}
	var next engine.SignIn
	err = s.callSignIn(c, engine.MethodResendCode, engine.Visitor{Visitor: visitorOf(c).hash}, &next)
	if err != nil {
		return s.codeRefused(c, pending, err)
	}
	return s.step(c, "/", func() error { return s.showCode(c, next, fiber.StatusOK, true) })
}

func (s *Server) codeRefused(c *fiber.Ctx, pending engine.SignIn, err error) error {
	if collector.KindOf(err) == collector.SignInExpired {
		return s.beginAgain(c)
	}
	m, status, err := s.mistake(err, "")
	if err != nil {
		return fmt.Errorf("enter code: %w", err)
	}
	return s.showCode(c, pending, status, false, m)
}

func (s *Server) pending(c *fiber.Ctx) (engine.SignIn, error) {
	pending, err := s.engine.SignIn(c.UserContext(), visitorOf(c).hash)
	if err != nil {
		return engine.SignIn{}, fmt.Errorf("read sign-in: %w", err)
	}
	return pending, nil
}

// beginAgain shows the first form to those whose sign-in was left for too long.
func (s *Server) beginAgain(c *fiber.Ctx) error {
	return s.showCredentials(c, credentials{}, false, views.Mistake{Sentence: sentenceOldCode})
}

// enter shows the workspace that a visitor has just come into.
func (s *Server) enter(c *fiber.Ctx, w engine.Workspace) error {
	v := visitorOf(c)
	v.workspace = w
	c.Locals(visitorKey, v)
	return s.step(c, "/", func() error { return s.workspace(c) })
}

func (s *Server) showCode(c *fiber.Ctx, pending engine.SignIn, status int, resent bool, mistakes ...views.Mistake) error {
	page := views.Code{
		Frame: s.frame(c, "Login code", views.StepSignIn), Form: views.Form{Mistakes: mistakes},
		Sent: sentVia(pending.CodeVia), Phone: pending.PhoneHint, Resent: resent,
		Sandbox: s.sandboxAccounts(pending.Source),
	}
	return s.render(c, status, views.CodePage, page)
}

// sandboxAccounts are shown beside the later forms, so that nobody must
// remember a code of the sandbox.
func (s *Server) sandboxAccounts(source string) []views.SandboxAccount {
	if s.sandbox == nil || source != collector.SourceSandbox {
		return nil
	}
	return s.sandbox.Accounts
}

// sentVia says where a code went. See
// https://core.telegram.org/type/auth.SentCodeType
func sentVia(via string) string {
	switch strings.ToLower(via) {
	case "sms", "firebase_sms", "sms_word", "sms_phrase":
		return "Telegram sent a login code by SMS."
	case "call":
		return "Telegram calls this number and says the login code."
	case "flash_call", "missed_call":
		return "Telegram calls this number and hangs up. The last digits of the number that called are the login code."
	case "email", "email_code":
		return "Telegram sent a login code to the email address of this account."
	case "fragment", "fragment_sms":
		return "Telegram sent a login code to this number's page at fragment.com."
	case "other":
		return "Telegram sent a login code. Look into your Telegram app first, then at SMS and calls."
	}
	return "Telegram sent a login code to your Telegram app (not by SMS)."
}
