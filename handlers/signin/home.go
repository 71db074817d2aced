// Package signin leads visitors in and out: credentials, login code, password, QR code, going
// on without an account, and logging out.
package signin

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/collections"
	"telegramtrac/handlers/guard"
	"telegramtrac/handlers/upload"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Server answers for signing in and out.
type Server struct {
	*answer.Site
	collections *collections.Server
	upload      *upload.Server
	left        func(workspace string) // called when a workspace was deleted
}

// New makes a Server. It calls left with each workspace that was deleted.
func New(site *answer.Site, collections *collections.Server, upload *upload.Server, left func(workspace string)) *Server {
	return &Server{Site: site, collections: collections, upload: upload, left: left}
}

// Home shows the step of the flow that the visitor has reached.
func (s *Server) Home(c *fiber.Ctx) error {
	pending, err := s.Pending(c)
	if err != nil {
		return err
	}
	if c.Query(endedQuery) != "" && pending.Step == "" {
		return s.qrEnded(c, c.Query("source"))
	}
	if c.Query("step") == "credentials" || c.Query("source") != "" && c.Query(endedQuery) == "" {
		return s.showCredentials(c, credentials{source: c.Query("source")}, pending.Step != "")
	}
	answer.Note(c, words.CameAlong(c.Query(cameQuery)))
	switch {
	case pending.Step == engine.StepCode:
		return s.showCode(c, pending, fiber.StatusOK, c.Query(resentQuery) != "")
	case pending.Step == engine.StepQR:
		return s.qrStep(c, pending)
	case pending.Step == engine.StepPassword:
		return s.showPassword(c, pending, fiber.StatusOK)
	case guard.VisitorOf(c).In():
		return s.collections.Workspace(c)
	}
	return s.showCredentials(c, credentials{}, false)
}

// mistake is the sentence beside the sign-in form about a call that failed, and the status.
// Errors that nobody can act on are returned.
func (s *Server) mistake(err error, source string) (views.Mistake, int, error) {
	if errors.Is(err, engine.ErrNobody) {
		return views.Mistake{Sentence: words.Nobody}, http.StatusServiceUnavailable, nil
	}
	e := collector.AsError(err)
	a, ok := words.Answers[e.Kind]
	if !ok || e.Kind == collector.Internal {
		return views.Mistake{}, 0, err
	}
	m := views.Mistake{Field: a.Field, Sentence: a.Sentence(words.OccasionOf(e, "", s.Now()), true)}
	if e.Kind == collector.SignInRefused {
		m.Word = e.Word
	}
	if e.Detail == collector.RefusedPublicAPI {
		m.Field = "api_id"
	}
	if other := words.SandboxSentences[e.Kind]; other != "" && source == collector.SourceSandbox {
		m.Sentence = other
	}
	return m, a.Status, nil
}

// refuse shows the first form again, with why Telegram did not take it.
func (s *Server) refuse(c *fiber.Ctx, typed credentials, source string, err error) error {
	explain := s.mistake
	if typed.byQR {
		explain = s.qrMistake
	}
	m, status, err := explain(err, source)
	if err != nil {
		return err
	}
	c.Status(status)
	return s.showCredentials(c, typed, false, m)
}

// cameQuery is the query field that tells a page without htmx what was brought along at
// sign-in: a number of channels, or cameLater.
const (
	cameQuery = "came"
	cameLater = words.CameLater
)

// cameAlong is the value of cameQuery; "" if nothing was brought along.
func cameAlong(b engine.Brought) string {
	switch {
	case b.Later:
		return cameLater
	case b.Channels > 0:
		return strconv.FormatInt(b.Channels, 10)
	}
	return ""
}

// along counts the channels that were collected without an account and will be brought along
// when the visitor signs in at source.
func (s *Server) along(c *fiber.Ctx, source string) (int64, error) {
	v := guard.VisitorOf(c)
	if v.Workspace.Source != collector.SourcePreview || v.Workspace.Shows != source {
		return 0, nil
	}
	totals, err := s.Totals(c)
	return totals.Channels, err
}

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
		return s.refuse(c, typed, in.Source, fmt.Errorf("go on without an account: %w", err))
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
