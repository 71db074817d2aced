package handlers

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
)

// home shows the step of the flow that the visitor has reached.
func (s *Server) home(c *fiber.Ctx) error {
	v := guard.VisitorOf(c)
	pending, err := s.engine.SignIn(c.UserContext(), v.SignIn)
	if err != nil {
		return fmt.Errorf("read sign-in: %w", err)
	}
	if c.Query(endedQuery) != "" && pending.Step == "" {
		return s.qrEnded(c, c.Query("source"))
	}
	if c.Query("step") == "credentials" || c.Query("source") != "" && c.Query(endedQuery) == "" {
		return s.showCredentials(c, credentials{source: c.Query("source")}, pending.Step != "")
	}
	answer.Note(c, cameSentence(c.Query(cameQuery)))
	switch {
	case pending.Step == engine.StepCode:
		return s.showCode(c, pending, fiber.StatusOK, c.Query(resentQuery) != "")
	case pending.Step == engine.StepQR:
		return s.qrStep(c, pending)
	case pending.Step == engine.StepPassword:
		return s.showPassword(c, pending, fiber.StatusOK)
	case v.In():
		return s.workspace(c)
	}
	return s.showCredentials(c, credentials{}, false)
}
