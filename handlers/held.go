package handlers

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// held shows which data about the visitor is stored.
func (s *Server) held(c *fiber.Ctx) error {
	v := guard.VisitorOf(c)
	pending, err := s.signIn.Pending(c)
	if err != nil {
		return err
	}
	page := views.Held{
		Frame: s.Frame(c, "What is held about you", 0), Waits: pending.Step != "", Phone: pending.PhoneHint, Until: pending.Expires,
		Keeping: s.Keeping(),
	}
	if v.In() {
		if err := s.heldInWorkspace(c, &page); err != nil {
			return fmt.Errorf("list what is held: %w", err)
		}
	}
	return s.Render(c, fiber.StatusOK, views.HeldPage, page)
}

func (s *Server) heldInWorkspace(c *fiber.Ctx, page *views.Held) error {
	ctx, w := c.UserContext(), guard.VisitorOf(c).Workspace
	page.Label, page.Source = answer.PlaceLabel(guard.VisitorOf(c)), w.Source
	session, err := s.Engine.Session(ctx, w.ID)
	if err != nil {
		return err
	}
	page.Session = len(session) > 0
	d, err := s.Dataset(c)
	if err != nil {
		return err
	}
	totals, err := d.Totals(ctx)
	if err != nil {
		return err
	}
	page.Channels, page.Messages, page.Bytes = totals.Channels, totals.Messages, totals.Bytes
	all, err := s.Engine.Collections(ctx, w.ID)
	if err != nil {
		return err
	}
	page.Collections = int64(len(all))
	present, err := s.Engine.Visitors(ctx, w.ID)
	if err != nil {
		return err
	}
	page.Browsers = make([]time.Time, len(present))
	for i, p := range present {
		page.Browsers[i] = p.Since
	}
	kept, err := s.Engine.Retention(ctx, w.ID)
	if err != nil {
		return err
	}
	page.Touched = kept.Touched
	return s.heldUploads(c, page)
}

func (s *Server) heldUploads(c *fiber.Ctx, page *views.Held) error {
	last, err := s.ImportState(c)
	if err != nil || last.ID == "" {
		return err
	}
	if last.State.Final() {
		if last.FinishedAt != nil {
			page.Imported = *last.FinishedAt
		}
		return nil
	}
	for _, f := range last.Files {
		page.Uploads = append(page.Uploads, f.Name)
	}
	return nil
}
