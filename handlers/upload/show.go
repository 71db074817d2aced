// Package upload takes files of other tools up and shows their import.
package upload

import (
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// ErrNone says that imports are not offered.
var ErrNone = errors.New("imports are not offered")

// Server answers for the imports of the visitor's workspace.
type Server struct {
	*answer.Site
	receiving receiving
	stopping  func() bool // the program stops
}

// New makes a Server.
func New(site *answer.Site, stopping func() bool) *Server {
	return &Server{Site: site, receiving: receiving{all: map[string]*arrival{}}, stopping: stopping}
}

// Offered is middleware that refuses everything if files cannot be imported here.
func (s *Server) Offered(c *fiber.Ctx) error {
	if !s.Imports() {
		return ErrNone
	}
	return c.Next()
}

// Show shows the form that imports files, and the result of the last import.
func (s *Server) Show(c *fiber.Ctx) error {
	if answer.WantsJSON(c) {
		return s.record(c, fiber.StatusOK)
	}
	return s.ShowForm(c, fiber.StatusOK)
}

// ShowForm shows the form, and how the last import stands.
func (s *Server) ShowForm(c *fiber.Ctx, status int, mistakes ...views.Mistake) error {
	now, err := s.ImportState(c)
	if err != nil {
		return err
	}
	page := views.Import{
		Frame: s.Frame(c, "Import files", views.StepChannels), Form: views.Form{Mistakes: mistakes},
		MaxBytes: s.MaxUpload, Sandbox: now.Sandbox,
	}
	state := s.view(c, now)
	page.On = state.Poll
	if now.ID != "" || page.On {
		page.Title, page.State = state.Heading, &state
	}
	return s.Render(c, status, views.ImportPage, page)
}

// view is an import as the page shows it: an upload under way, else what the workspace's
// holder reports.
func (s *Server) view(c *fiber.Ctx, now collector.Import) views.ImportState {
	v := guard.VisitorOf(c)
	if a := s.receiving.of(v.Workspace.ID); a != nil && (now.ID == "" || now.State.Final()) {
		return collection.Uploading(a.got.Load(), a.total)
	}
	return collection.Import(now, v.Token)
}

// Progress is the part of the page that changes; the page asks for it every second.
func (s *Server) Progress(c *fiber.Ctx) error {
	now, err := s.ImportState(c)
	if err != nil {
		return err
	}
	return s.Render(c, fiber.StatusOK, views.ImportStateFragment, s.view(c, now))
}

// Cancel stops the import under way.
func (s *Server) Cancel(c *fiber.Ctx) error {
	if err := answer.Instruct(s.Site, c, engine.Accounts.CancelImport, guard.VisitorOf(c).Hash); err != nil {
		return fmt.Errorf("cancel the import: %w", err)
	}
	if answer.WantsJSON(c) {
		return s.record(c, fiber.StatusOK)
	}
	return answer.Step(c, "/import", func() error { return s.ShowForm(c, fiber.StatusOK) })
}

func (s *Server) record(c *fiber.Ctx, status int) error {
	now, err := s.ImportState(c)
	if err != nil {
		return err
	}
	return c.Status(status).JSON(now)
}
