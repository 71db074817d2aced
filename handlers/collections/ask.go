package collections

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// Ask records what the visitor wants of a collection, and shows the collection.
func (s *Server) Ask(want engine.Want) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id, v := c.Params("id"), guard.VisitorOf(c)
		if err := s.Engine.Ask(c.UserContext(), v.Workspace.ID, id, want); err != nil {
			return fmt.Errorf("ask to %s: %w", want, err)
		}
		if answer.WantsJSON(c) {
			return s.record(c, id, fiber.StatusOK)
		}
		if !answer.IsHTMX(c) {
			return c.Redirect("/collections/"+id, fiber.StatusSeeOther)
		}
		each, err := s.Collection(c, id)
		if err != nil {
			return err
		}
		return s.Render(c, fiber.StatusOK, views.LiveFragment, s.live(each, v))
	}
}

// Check starts a collection that asks again for the ids without a message, in those
// channels of an earlier collection where asking again may find messages.
func (s *Server) Check(c *fiber.Ctx) error {
	id := c.Params("id")
	each, err := s.Collection(c, id)
	if err != nil {
		return err
	}
	channels := collection.Doubtful(each)
	if len(channels) == 0 {
		if answer.WantsJSON(c) {
			return s.record(c, id, fiber.StatusOK)
		}
		return answer.Step(c, "/collections/"+id, func() error { return s.ShowWork(c, id, views.Look{}) })
	}
	r := each.Requested
	r.Channels, r.Check, r.AgainDays, r.Comments, r.Depth = channels, true, 0, false, 0
	return s.Start(c, r, func(full []views.Mistake) error {
		return s.showForm(c, form{names: names{channels: channels}}, full...)
	})
}
