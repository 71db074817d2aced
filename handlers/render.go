package handlers

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// isHTMX reports whether htmx asks, which swaps a fragment into the page. When
// it restores a page from its history it needs the page whole.
func isHTMX(c *fiber.Ctx) bool {
	return c.Get("HX-Request") == "true" && c.Get("HX-History-Restore-Request") != "true"
}

// targets reports whether htmx will put the answer into the element with an id.
func targets(c *fiber.Ctx, id string) bool {
	_, target, _ := strings.Cut(c.Get("HX-Target"), "#")
	return isHTMX(c) && target == id
}

func wantsJSON(c *fiber.Ctx) bool {
	return c.Accepts(fiber.MIMETextHTML, fiber.MIMEApplicationJSON) == fiber.MIMEApplicationJSON
}

// frame is what stands around a page for this visitor.
func (s *Server) frame(c *fiber.Ctx, title string, step int) views.Frame {
	v := guard.VisitorOf(c)
	f := views.Frame{Title: title, Fragment: isHTMX(c), Assets: s.assets, CSRF: v.Token, Step: step, Now: s.now()}
	f.Note, _ = c.Locals(noteKey).(string)
	if v.In() {
		f.Workspace = &views.Place{Source: v.Workspace.Source, Label: placeLabel(v)}
	}
	return f
}

func placeLabel(v guard.Visitor) string {
	if v.Workspace.Label != "" {
		return v.Workspace.Label
	}
	switch v.Workspace.Source {
	case "sandbox":
		return "Sandbox · workspace of this browser"
	case "preview":
		return "Public web preview"
	}
	return "Telegram account"
}

// render answers with a template. The text is made whole before it is sent, so
// that an error can still become a page of its own.
func (s *Server) render(c *fiber.Ctx, status int, name string, data any) error {
	var b bytes.Buffer
	if err := s.templates.Render(&b, name, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	c.Vary("HX-Request")
	c.Status(status).Type("html", "utf-8")
	return c.Send(views.Marked(b.Bytes()))
}

// renderUpdate makes a message for a websocket.
func (s *Server) renderUpdate(u views.Update) ([]byte, error) {
	var b bytes.Buffer
	if err := s.templates.Render(&b, views.LiveUpdate, u); err != nil {
		return nil, fmt.Errorf("render %s: %w", views.LiveUpdate, err)
	}
	return bytes.TrimSpace(views.Marked(b.Bytes())), nil
}

// redirect sends the browser on after a form, and htmx in its own way: a page
// that it fetched would keep the address of the form.
func (s *Server) redirect(c *fiber.Ctx, address string) error {
	if isHTMX(c) {
		c.Set("HX-Redirect", address)
		return c.SendStatus(fiber.StatusNoContent)
	}
	return c.Redirect(address, fiber.StatusSeeOther)
}

// step answers a form that led on: plain browsers are sent to the next step,
// htmx gets its fragment at once, and the page's address becomes the step's.
func (s *Server) step(c *fiber.Ctx, address string, show func() error) error {
	if !isHTMX(c) {
		return c.Redirect(address, fiber.StatusSeeOther)
	}
	c.Set("HX-Push-Url", address)
	return show()
}
