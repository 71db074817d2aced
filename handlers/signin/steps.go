package signin

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Code takes the login code.
func (s *Server) Code(c *fiber.Ctx, pending engine.SignIn) error {
	code := typedCode(pending.CodeVia, c.FormValue("code"))
	if code == "" {
		return s.showCode(c, pending, fiber.StatusUnprocessableEntity, false,
			views.Mistake{Field: "code", Sentence: "Write the login code. " + words.CodeSent(pending)})
	}
	in, err := answer.Inquire(s.Site, c, engine.Accounts.EnterCode, engine.EnterCode{Visitor: guard.VisitorOf(c).SignIn, Code: code})
	if err != nil {
		return s.codeRefused(c, pending, err)
	}
	if in.Password {
		pending.Hint = in.Hint
		return answer.Step(c, "/", func() error { return s.showPassword(c, pending, fiber.StatusOK) })
	}
	return s.enter(c, in)
}

// Resend asks for another code.
func (s *Server) Resend(c *fiber.Ctx, pending engine.SignIn) error {
	next, err := answer.Inquire(s.Site, c, engine.Accounts.ResendCode, guard.VisitorOf(c).SignIn)
	if e := collector.AsError(err); e != nil && e.Kind == collector.Flood {
		wait := views.Duration(max(0, e.RetryAt.Sub(s.Now())))
		return s.showCode(c, pending, fiber.StatusTooManyRequests, false,
			views.Mistake{Sentence: fmt.Sprintf("Telegram asks to wait %s before another code.", wait)})
	}
	if err != nil {
		return s.codeRefused(c, pending, err)
	}
	if !answer.IsHTMX(c) {
		return answer.Redirect(c, "/?"+resentQuery+"=1")
	}
	return answer.Step(c, "/", func() error { return s.showCode(c, next, fiber.StatusOK, true) })
}

// resentQuery tells a page without htmx that another code was sent.
const resentQuery = "resent"

func (s *Server) codeRefused(c *fiber.Ctx, pending engine.SignIn, err error) error {
	switch collector.KindOf(err) {
	case collector.SignInExpired:
		return s.beginAgain(c, pending)
	case collector.SignInRestarted:
		return s.restarted(c, err)
	}
	kind := collector.KindOf(err)
	m, status, err := s.mistake(err, pending.Source)
	if err != nil {
		return fmt.Errorf("enter code: %w", err)
	}
	if kind == collector.CodeWrong && pending.Source != collector.SourceSandbox {
		m.Sentence += " " + words.CodeSent(pending)
	}
	return s.showCode(c, pending, status, false, m)
}

// restarted shows the step of a sign-in that Telegram asked to begin again.
func (s *Server) restarted(c *fiber.Ctx, cause error) error {
	pending, err := s.Pending(c)
	if err != nil {
		return err
	}
	m, status, err := s.mistake(cause, pending.Source)
	if err != nil {
		return fmt.Errorf("begin again: %w", err)
	}
	switch pending.Step {
	case engine.StepCode:
		return s.showCode(c, pending, status, false, m)
	case engine.StepQR:
		answer.Note(c, "Telegram asked to begin again. Scan the new code.")
	}
	return s.whereItStands(c, pending)
}

// Pending is the visitor's sign-in under way.
func (s *Server) Pending(c *fiber.Ctx) (engine.SignIn, error) {
	pending, err := s.Engine.SignIn(c.UserContext(), guard.VisitorOf(c).SignIn)
	if err != nil {
		return engine.SignIn{}, fmt.Errorf("read sign-in: %w", err)
	}
	return pending, nil
}

// At answers a form of a step of the sign-in by take, if the visitor is at that step.
func (s *Server) At(step string, take func(*fiber.Ctx, engine.SignIn) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		pending, err := s.Pending(c)
		if err != nil {
			return err
		}
		if pending.Step != step {
			return s.whereItStands(c, pending)
		}
		return take(c, pending)
	}
}

// whereItStands answers a form of a step that the visitor is not at, because it was sent twice
// or from an old page: it shows the current step, or the workspace.
func (s *Server) whereItStands(c *fiber.Ctx, pending engine.SignIn) error {
	show := func() error { return s.collections.Workspace(c) }
	switch {
	case pending.Step == engine.StepCode:
		show = func() error { return s.showCode(c, pending, fiber.StatusOK, false) }
	case pending.Step == engine.StepQR:
		return s.qrStep(c, pending)
	case pending.Step == engine.StepPassword:
		show = func() error { return s.showPassword(c, pending, fiber.StatusOK) }
	case !guard.VisitorOf(c).In():
		return s.beginAgain(c, pending)
	}
	return answer.Step(c, "/", show)
}

// beginAgain shows the first form to a visitor whose sign-in has expired, filled in as far as
// known: from the sign-in, or else from the page's form.
func (s *Server) beginAgain(c *fiber.Ctx, pending engine.SignIn) error {
	typed := s.typedFor(pending)
	typed.source = cmp.Or(typed.source, c.FormValue("source"))
	if pending.APIID == 0 {
		typed.apiID = c.FormValue("api_id")
	}
	return s.showCredentials(c, typed, false, views.Mistake{Sentence: words.OldCode})
}

// typedFor is what was typed into the first form for a sign-in, as far as known.
func (s *Server) typedFor(pending engine.SignIn) credentials {
	typed := credentials{source: pending.Source}
	if pending.APIID != 0 {
		typed.apiID = s.carriedOf(pending).APIID
	}
	return typed
}

// enter shows the workspace that a visitor has just entered, with a new cookie after a sign-in
// at Telegram.
func (s *Server) enter(c *fiber.Ctx, in engine.SignedIn) error {
	v, w := guard.VisitorOf(c), in.Workspace
	if w.Source == collector.SourceTelegram {
		var err error
		if v, err = s.Guard.Renew(c, v); err != nil {
			return err
		}
	}
	v.Workspace = w
	guard.SetVisitor(c, v)
	if came := cameAlong(in.Brought); came != "" && !answer.IsHTMX(c) {
		return answer.Redirect(c, "/?"+cameQuery+"="+came)
	}
	answer.Note(c, words.CameAlong(cameAlong(in.Brought)))
	return answer.Step(c, "/", func() error { return s.collections.Workspace(c) })
}

func (s *Server) showCode(c *fiber.Ctx, pending engine.SignIn, status int, resent bool, mistakes ...views.Mistake) error {
	page := views.Code{
		Frame: s.Frame(c, "Login code", views.StepSignIn), Form: formOf("code", mistakes),
		Sent: words.CodeSent(pending), Words: words.InWords(pending.CodeVia), Phone: pending.PhoneHint, Resent: resent,
		Sandbox: s.sandboxAccounts(pending.Source), Carried: s.carriedOf(pending),
	}
	if pending.Source == collector.SourceSandbox {
		page.Sent, page.Resent = "The sandbox sends nothing: the code is below.", false
	} else if pending.CodeVia == "fragment" {
		page.Page = "https://fragment.com/"
	}
	if wait := pending.ResendAt.Sub(s.Now()); wait > 0 {
		page.ResendAt, page.ResendIn = pending.ResendAt, words.Spoken(wait)
	}
	return s.Render(c, status, views.CodePage, page)
}

// formOf is a form with one field. Mistakes about other fields, such as the phone number when
// a code is sent again, become the form's own.
func formOf(field string, mistakes []views.Mistake) views.Form {
	out := slices.Clone(mistakes)
	for i, m := range out {
		if m.Field != field {
			out[i].Field = ""
		}
	}
	return views.Form{Mistakes: out}
}

// carriedOf is what the later forms carry, so that the first can be filled in again when the
// sign-in was forgotten.
func (s *Server) carriedOf(pending engine.SignIn) views.Carried {
	if pending.APIID == s.APIID {
		return views.Carried{Source: pending.Source} // the host's own, which the visitor did not type
	}
	return views.Carried{Source: pending.Source, APIID: strconv.Itoa(pending.APIID)}
}

// sandboxAccounts are shown beside the later forms, so that nobody must remember the sandbox's
// codes.
func (s *Server) sandboxAccounts(source string) []views.SandboxAccount {
	if s.Sandbox == nil || source != collector.SourceSandbox {
		return nil
	}
	return s.Sandbox.Accounts
}

// typedCode is the code as Telegram sent it. People type digits with blanks, dashes and the
// digits of their own script; in a phrase the blanks matter.
func typedCode(via, typed string) string {
	typed = strings.TrimSpace(typed)
	if words.InWords(via) {
		return typed
	}
	code := strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.White_Space, unicode.Pd, unicode.Cf) || strings.ContainsRune("+().", r):
			return -1
		case unicode.Is(unicode.Nd, r):
			return '0' + rune(digitValue(r))
		}
		return r
	}, typed)
	if strings.ContainsFunc(code, func(r rune) bool { return r < '0' || r > '9' }) {
		return typed // sent in a way that is unknown here
	}
	return code
}

// digitValue is the value of a decimal digit of any script: in Unicode the ten digits of a
// script follow one another, zero first.
func digitValue(r rune) int {
	n := 0
	for before := r - 1; unicode.Is(unicode.Nd, before); before-- {
		n++
	}
	return n % 10
}

// Password takes the two-step verification password.
func (s *Server) Password(c *fiber.Ctx, pending engine.SignIn) error {
	typed := c.FormValue("password")
	if typed == "" {
		return s.showPassword(c, pending, fiber.StatusUnprocessableEntity,
			views.Mistake{Field: "password", Sentence: "Write the two-step verification password of this account."})
	}
	in, err := answer.Inquire(s.Site, c, engine.Accounts.EnterPassword,
		engine.EnterPassword{Visitor: guard.VisitorOf(c).SignIn, Password: typed})
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
