package signin

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"rsc.io/qr"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// beginQR begins a sign-in by QR code: the first form without a phone.
func (s *Server) beginQR(c *fiber.Ctx, typed credentials) error {
	call, mistakes := s.readCredentials(typed)
	if len(mistakes) > 0 {
		return s.showCredentials(c, typed, false, mistakes...)
	}
	as := s.Guard.BeginSignIn(c, typed.source)
	now, err := answer.Inquire(s.Site, c, engine.Accounts.ShowQR,
		engine.ShowQR{Visitor: as.SignIn, From: as.From, Source: call.Source, APIID: call.APIID, APIHash: call.APIHash})
	if err != nil {
		return s.refuse(c, typed, typed.source, fmt.Errorf("show a QR code: %w", err))
	}
	s.Guard.KeepSignIn(c, as)
	if now.Workspace.ID != "" {
		return s.enter(c, now.SignedIn)
	}
	return answer.Step(c, "/", func() error { return s.showQR(c, now) })
}

// ByQR shows a QR code instead of waiting for a login code, with the same api_id.
func (s *Server) ByQR(c *fiber.Ctx, pending engine.SignIn) error {
	now, err := answer.Inquire(s.Site, c, engine.Accounts.ShowQR, engine.ShowQR{Visitor: guard.VisitorOf(c).SignIn, Held: true})
	if collector.KindOf(err) == collector.SignInExpired {
		return s.beginAgain(c, pending)
	}
	if err != nil {
		m, status, err := s.qrMistake(err, pending.Source)
		if err != nil {
			return fmt.Errorf("show a QR code: %w", err)
		}
		return s.showCode(c, pending, status, false, m)
	}
	return answer.Step(c, "/", func() error { return s.qrLed(c, now) })
}

// QR is what the page with the code polls every few seconds: nothing new, the next code,
// or the step after scanning it.
func (s *Server) QR(c *fiber.Ctx) error {
	if !answer.IsHTMX(c) {
		return c.Redirect("/", fiber.StatusSeeOther)
	}
	pending, err := s.Pending(c)
	if err != nil {
		return err
	}
	if pending.Step != engine.StepQR { // another page went on, or the sign-in expired
		return s.qrWentOn(c, pending)
	}
	now, err := s.askQR(c, false)
	if collector.KindOf(err) == collector.SignInExpired { // just now
		if pending, err = s.Pending(c); err != nil {
			return err
		}
		return s.qrWentOn(c, pending)
	}
	if err != nil {
		return s.qrRefused(c, pending, err)
	}
	if now.SignIn.Step == engine.StepQR {
		if now.Number == c.Query("shown") {
			return c.SendStatus(fiber.StatusNoContent)
		}
		return s.showQR(c, now)
	}
	answer.WholeView(c)
	return s.qrLed(c, now)
}

// qrWentOn leads a page that still shows a QR code to its visitor's current step.
func (s *Server) qrWentOn(c *fiber.Ctx, pending engine.SignIn) error {
	switch pending.Step {
	case engine.StepCode, engine.StepPassword:
		answer.WholeView(c)
		return s.whereItStands(c, pending)
	}
	return answer.Redirect(c, "/?"+url.Values{endedQuery: {"1"}, "source": {c.Query("source")}}.Encode())
}

// Query fields: the code expired, and the person says that it was scanned, from a page that
// does not poll.
const (
	endedQuery   = "ended"
	scannedQuery = "scanned"
)

func (s *Server) askQR(c *fiber.Ctx, ask bool) (engine.QR, error) {
	return answer.Inquire(s.Site, c, engine.Accounts.AskQR, engine.AskQR{Visitor: guard.VisitorOf(c).SignIn, Now: ask})
}

// qrStep is the page of a visitor who signs in by QR code.
func (s *Server) qrStep(c *fiber.Ctx, pending engine.SignIn) error {
	now, err := s.askQR(c, c.Query(scannedQuery) != "")
	if collector.KindOf(err) == collector.SignInExpired {
		return s.qrEnded(c, pending.Source)
	}
	if err != nil {
		return s.qrRefused(c, pending, err)
	}
	return s.qrLed(c, now)
}

// qrEnded shows the first form to visitors whose QR code expired, and the workspace to those
// who signed in on another page.
func (s *Server) qrEnded(c *fiber.Ctx, source string) error {
	if guard.VisitorOf(c).In() {
		return answer.Redirect(c, "/")
	}
	return s.showCredentials(c, credentials{source: source}, false, views.Mistake{Sentence: words.OldQR})
}

// qrLed shows the current step of a sign-in by QR code.
func (s *Server) qrLed(c *fiber.Ctx, now engine.QR) error {
	switch {
	case now.Workspace.ID != "":
		return s.enter(c, now.SignedIn)
	case now.Password:
		return answer.Step(c, "/", func() error { return s.showPassword(c, now.SignIn, fiber.StatusOK) })
	}
	return s.showQR(c, now)
}

// ScanShown scans the shown code with an account of the sandbox, whose phones do not exist.
func (s *Server) ScanShown(c *fiber.Ctx) error {
	if s.Scan == nil {
		return fiber.ErrNotFound
	}
	pending, err := s.Pending(c)
	if err != nil {
		return err
	}
	if pending.Step != engine.StepQR || pending.Source != collector.SourceSandbox {
		return s.whereItStands(c, pending)
	}
	now, err := s.askQR(c, false)
	if err == nil && now.Link != "" {
		_ = s.Scan(now.Link, c.FormValue("phone")) // if the code has just expired, the next one follows
		now, err = s.askQR(c, true)
	}
	if err != nil {
		return s.qrRefused(c, pending, err)
	}
	if !answer.IsHTMX(c) && now.Workspace.ID == "" {
		return c.Redirect("/", fiber.StatusSeeOther)
	}
	return s.qrLed(c, now)
}

// Cancel forgets the pending sign-in.
func (s *Server) Cancel(c *fiber.Ctx) error {
	pending, err := s.Pending(c)
	if err != nil {
		return err
	}
	if err := answer.Instruct(s.Site, c, engine.Accounts.CancelSignIn, guard.VisitorOf(c).SignIn); err != nil {
		return fmt.Errorf("cancel the sign-in: %w", err)
	}
	return answer.Step(c, "/?step=credentials", func() error { return s.showCredentials(c, s.typedFor(pending), false) })
}

// qrRefused explains in place of the code why there is none, and the page polls on. If that
// ended the sign-in, it explains beside the first form.
func (s *Server) qrRefused(c *fiber.Ctx, pending engine.SignIn, err error) error {
	if collector.KindOf(err) == collector.SignInExpired {
		return s.beginAgain(c, pending)
	}
	m, _, err := s.qrMistake(err, pending.Source)
	if err != nil {
		return fmt.Errorf("ask for a QR code: %w", err)
	}
	left, err := s.Pending(c)
	if err != nil {
		return err
	}
	if left.Step == "" {
		answer.WholeView(c)
		return s.showCredentials(c, credentials{source: pending.Source, apiID: s.carriedOf(pending).APIID}, false, m)
	}
	return s.renderQR(c, views.QR{Source: pending.Source, Trouble: m.Sentence})
}

// qrMistake is mistake for sign-ins without a phone number.
func (s *Server) qrMistake(err error, source string) (views.Mistake, int, error) {
	m, status, unsaid := s.mistake(err, source)
	e := collector.AsError(err)
	switch {
	case unsaid != nil:
	case e.Kind == collector.SignInRefused:
		m.Sentence = words.SignInRefused(words.Occasion{Detail: e.Detail, QR: true})
	case e.Kind == collector.Flood:
		m.Sentence = fmt.Sprintf("Telegram asks to wait %s before another QR code.", views.Duration(max(0, e.RetryAt.Sub(s.Now()))))
	}
	return m, status, unsaid
}

func (s *Server) showQR(c *fiber.Ctx, now engine.QR) error {
	code, err := qr.Encode(now.Link, qr.M)
	if err != nil {
		return fmt.Errorf("draw the QR code: %w", err)
	}
	return s.renderQR(c, views.QR{
		Source: now.SignIn.Source, Number: now.Number, Link: template.URL(now.Link), // tg:, which html/template would refuse
		Size: code.Size + 2*quiet, Path: squares(code),
	})
}

func (s *Server) renderQR(c *fiber.Ctx, page views.QR) error {
	page.Frame = s.Frame(c, "QR code", views.StepSignIn)
	page.Only = answer.Targets(c, "qr")
	if s.Scan != nil {
		page.Sandbox = s.sandboxAccounts(page.Source)
	}
	return s.Render(c, fiber.StatusOK, views.QRPage, page)
}

// quiet is the width of the margin that a QR code needs to be found by a camera.
const quiet = 4

// squares draws the dark squares of a code as an SVG path, neighbours in a row as one.
func squares(code *qr.Code) string {
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for code.Black(x, y) {
				x++
			}
			if n := x - from; n > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, n, n)
			}
		}
	}
	return b.String()
}
