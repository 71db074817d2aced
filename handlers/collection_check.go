package handlers

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// collectionCheck starts a collection that asks again for the ids without a message, in those
// channels of an earlier collection where asking again may find messages.
func (s *Server) collectionCheck(c *fiber.Ctx) error {
	id := c.Params("id")
	each, err := s.engine.Collection(c.UserContext(), guard.VisitorOf(c).Workspace.ID, id)
	if err != nil {
		return fmt.Errorf("read collection: %w", err)
	}
	channels := collection.Doubtful(each)
	if len(channels) == 0 {
		if answer.WantsJSON(c) {
			return s.collectionRecord(c, id, fiber.StatusOK)
		}
		return answer.Step(c, "/collections/"+id, func() error { return s.showCollection(c, id) })
	}
	r := each.Requested
	r.Channels, r.Check, r.AgainDays, r.Comments, r.Depth = channels, true, 0, false, 0
	return s.start(c, r, func(full []views.Mistake) error {
		return s.showTrac(c, tracForm{names: namesForm{channels: channels}}, full...)
	})
}
