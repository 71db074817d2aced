package handlers

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

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
