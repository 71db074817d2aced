package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/views"
)

// doorCookie holds the proof that a browser knew the host's password.
const doorCookie = "door"

// errDoor asks for the password of a private host.
var errDoor = errors.New("the host asks for its password first")

// doorProof follows from the password, so that a new one closes the door to all.
func (s *Server) doorProof(password string) string {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte("door\x00" + password))
	return hex.EncodeToString(h.Sum(nil))
}

// door lets nobody further who has not given the host's password, where there
// is one. It stands before every page, file and websocket.
func (s *Server) door(c *fiber.Ctx) error {
	if s.access == "" || hmac.Equal([]byte(s.cookie(c, doorCookie)), []byte(s.doorProof(s.access))) {
		return c.Next()
	}
	if wantsJSON(c) || websocketPath(c.Path()) || c.Method() != fiber.MethodGet {
		return errDoor
	}
	return s.showDoor(c, fiber.StatusUnauthorized)
}

// doorOpen takes the password. It leads to the beginning only: an address to go
// on to would be somebody else's to choose.
func (s *Server) doorOpen(c *fiber.Ctx) error {
	given := s.doorProof(c.FormValue("password")) // of one length, whatever was typed
	if s.access != "" && !hmac.Equal([]byte(given), []byte(s.doorProof(s.access))) {
		return s.showDoor(c, fiber.StatusUnprocessableEntity,
			views.Mistake{Field: "password", Sentence: "That is not the password of this place. Ask whoever runs it."})
	}
	s.putCookie(c, doorCookie, given, cookieLife)
	return c.Redirect("/", fiber.StatusSeeOther)
}

func (s *Server) showDoor(c *fiber.Ctx, status int, mistakes ...views.Mistake) error {
	frame := s.frame(c, "Password of this place", 0)
	frame.Workspace = nil // its name is behind the door
	if frame.Fragment {
		c.Set("HX-Retarget", "#view")
		c.Set("HX-Reswap", "outerHTML")
	}
	return s.render(c, status, views.DoorPage, views.Door{Frame: frame, Form: views.Form{Mistakes: mistakes}})
}
