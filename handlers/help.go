package handlers

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// notice shows the page on privacy, or the terms: the host's own text if there is one, which
// is never read as HTML.
func (s *Server) notice(c *fiber.Ctx) error {
	page := views.Notice{Frame: s.Frame(c, "Privacy", 0), Own: paragraphs(s.Privacy), Keeping: s.Keeping()}
	if c.Path() == "/terms" {
		page.Title, page.Terms, page.Own = "Terms", true, paragraphs(s.Terms)
	}
	return s.Render(c, fiber.StatusOK, views.NoticePage, page)
}

// paragraphs splits a text at its empty lines.
func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// help shows one page of help.
func (s *Server) help(topic views.HelpTopic) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return s.Render(c, fiber.StatusOK, topic.Template, views.Help{Frame: s.Frame(c, topic.Title, 0)})
	}
}

// errDoor refuses a request that came without the host's password.
var errDoor = errors.New("the host asks for its password first")

// door is middleware before every page, file and websocket: it stops visitors who have not
// given the host's password, if there is one.
func (s *Server) door(c *fiber.Ctx) error {
	if s.Guard.KnowsPassword(c) {
		return c.Next()
	}
	if answer.WantsJSON(c) || guard.IsWebsocket(c) || c.Method() != fiber.MethodGet {
		return errDoor
	}
	return s.showDoor(c, fiber.StatusUnauthorized)
}

// doorOpen checks the password, and always leads to the first page: a page to return to would
// be an address that an attacker can choose.
func (s *Server) doorOpen(c *fiber.Ctx) error {
	if !s.Guard.TakePassword(c, c.FormValue("password")) {
		return s.showDoor(c, fiber.StatusUnprocessableEntity,
			views.Mistake{Field: "password", Sentence: "That is not the password of this place. Ask whoever runs it."})
	}
	return c.Redirect("/", fiber.StatusSeeOther)
}

func (s *Server) showDoor(c *fiber.Ctx, status int, mistakes ...views.Mistake) error {
	frame := s.Frame(c, "Password of this place", 0)
	frame.Workspace = nil // its name is not shown without the password
	answer.WholeView(c)
	return s.Render(c, status, views.DoorPage, views.Door{Frame: frame, Form: views.Form{Mistakes: mistakes}})
}

// held shows which data about the visitor is stored.
func (s *Server) held(c *fiber.Ctx) error {
	pending, err := s.signIn.Pending(c)
	if err != nil {
		return err
	}
	page := views.Held{
		Frame: s.Frame(c, "What is held about you", 0), Waits: pending.Step != "", Phone: pending.PhoneHint, Until: pending.Expires,
		Inside: views.Inside{Keeping: s.Keeping()},
	}
	if guard.VisitorOf(c).In() {
		if err := s.heldInWorkspace(c, &page); err != nil {
			return fmt.Errorf("list what is held: %w", err)
		}
	}
	return s.Render(c, fiber.StatusOK, views.HeldPage, page)
}

func (s *Server) heldInWorkspace(c *fiber.Ctx, page *views.Held) (err error) {
	if page.Inside, err = s.Inside(c); err != nil {
		return err
	}
	ctx, w := c.UserContext(), guard.VisitorOf(c).Workspace.ID
	session, err := s.Engine.Session(ctx, w)
	if err != nil {
		return err
	}
	all, err := s.Collections(c)
	if err != nil {
		return err
	}
	kept, err := s.Engine.Retention(ctx, w)
	if err != nil {
		return err
	}
	page.Session, page.Collections, page.Touched = len(session) > 0, int64(len(all)), kept.Touched
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
