package handlers

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

func (s *Server) collectionPause(c *fiber.Ctx) error  { return s.ask(c, engine.Pause) }
func (s *Server) collectionResume(c *fiber.Ctx) error { return s.ask(c, engine.Run) }
func (s *Server) collectionCancel(c *fiber.Ctx) error { return s.ask(c, engine.Cancel) }

// ask records what the visitor wants of a collection, and shows the collection.
func (s *Server) ask(c *fiber.Ctx, want engine.Want) error {
	id, v := c.Params("id"), guard.VisitorOf(c)
	if err := s.engine.Ask(c.UserContext(), v.Workspace.ID, id, want); err != nil {
		return fmt.Errorf("ask to %s: %w", want, err)
	}
	if answer.WantsJSON(c) {
		return s.collectionRecord(c, id, fiber.StatusOK)
	}
	if !answer.IsHTMX(c) {
		return c.Redirect("/collections/"+id, fiber.StatusSeeOther)
	}
	each, err := s.engine.Collection(c.UserContext(), v.Workspace.ID, id)
	if err != nil {
		return fmt.Errorf("read collection: %w", err)
	}
	return s.Render(c, fiber.StatusOK, views.LiveFragment, collection.Live(each, collection.Speed{}, linksOf(v), v.Token, s.now()))
}
