// Package signin leads visitors in and out: credentials, login code, password, QR code, going
// on without an account, and logging out.
package signin

import (
	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/collections"
	"telegramtrac/handlers/guard"
	"telegramtrac/handlers/upload"
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
