package handlers

import (
	"fmt"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// importShow shows the form that imports files, and the result of the last import.
func (s *Server) importShow(c *fiber.Ctx) error {
	if !s.imports() {
		return errNoImport
	}
	if answer.WantsJSON(c) {
		now, err := s.importState(c)
		if err != nil {
			return err
		}
		return c.JSON(now)
	}
	return s.showImport(c, fiber.StatusOK)
}

// imports reports whether files can be imported here.
func (s *Server) imports() bool { return s.spool != nil && s.maxUpload > 0 }

func (s *Server) showImport(c *fiber.Ctx, status int, mistakes ...views.Mistake) error {
	now, err := s.importState(c)
	if err != nil {
		return err
	}
	page := views.Import{
		Frame: s.Frame(c, "Import files", views.StepChannels), Form: views.Form{Mistakes: mistakes},
		MaxBytes: s.maxUpload, Sandbox: now.Sandbox,
	}
	state := s.importView(c, now)
	page.On = state.Poll
	if now.ID != "" || page.On {
		page.Title, page.State = state.Heading, &state
	}
	return s.Render(c, status, views.ImportPage, page)
}

// importView is an import as the page shows it: an upload under way, else what the workspace's
// holder reports.
func (s *Server) importView(c *fiber.Ctx, now collector.Import) views.ImportState {
	v := guard.VisitorOf(c)
	if a := s.receiving.of(v.Workspace.ID); a != nil && (now.ID == "" || now.State.Final()) {
		return collection.Uploading(a.got.Load(), a.total)
	}
	return collection.Import(now, v.Token)
}

// importState asks how far the workspace's import has come.
func (s *Server) importState(c *fiber.Ctx) (collector.Import, error) {
	now, err := inquire(s, c, engine.Accounts.ImportState, guard.VisitorOf(c).Hash)
	if err != nil {
		return now, fmt.Errorf("ask about the import: %w", err)
	}
	return now, nil
}

// importProgress is the part of the page that changes; the page asks for it every second.
func (s *Server) importProgress(c *fiber.Ctx) error {
	if !s.imports() {
		return errNoImport
	}
	now, err := s.importState(c)
	if err != nil {
		return err
	}
	return s.Render(c, fiber.StatusOK, views.ImportStateFragment, s.importView(c, now))
}

// importCancel stops the import under way.
func (s *Server) importCancel(c *fiber.Ctx) error {
	if !s.imports() {
		return errNoImport
	}
	if err := instruct(s, c, engine.Accounts.CancelImport, guard.VisitorOf(c).Hash); err != nil {
		return fmt.Errorf("cancel the import: %w", err)
	}
	if answer.WantsJSON(c) {
		return s.importRecord(c, fiber.StatusOK)
	}
	return answer.Step(c, "/import", func() error { return s.showImport(c, http.StatusOK) })
}

func (s *Server) importRecord(c *fiber.Ctx, status int) error {
	now, err := s.importState(c)
	if err != nil {
		return err
	}
	return c.Status(status).JSON(now)
}

// importStart passes an upload that has arrived to the workspace's holder. taken reports
// whether this upload is the one being imported.
func (s *Server) importStart(c *fiber.Ctx, in engine.StartImport) (taken bool, err error) {
	on, err := inquire(s, c, engine.Accounts.StartImport, in)
	if err != nil {
		return false, fmt.Errorf("start the import: %w", err)
	}
	return on.ID == in.Upload, nil
}

// imported reports whether the workspace has messages. Without a collection, they were
// imported.
func (s *Server) imported(c *fiber.Ctx) (bool, error) {
	if !s.imports() {
		return false, nil
	}
	d, err := s.dataset(c)
	if err != nil {
		return false, err
	}
	totals, err := d.Totals(c.UserContext())
	if err != nil {
		return false, fmt.Errorf("count messages: %w", err)
	}
	return totals.Messages+totals.Service > 0, nil
}
