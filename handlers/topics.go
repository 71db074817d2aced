package handlers

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
)

// readTopic reads which topic of a forum is asked for. Topics belong to one channel: after
// another channel is chosen, a topic that it does not have is ignored.
func (f *filter) readTopic(c *fiber.Ctx, d Dataset) (err error) {
	if f.Topics, err = d.Topics(c.UserContext(), f.ChannelID); err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	id, _ := strconv.ParseInt(c.Query("topic"), 10, 64)
	if slices.ContainsFunc(f.Topics, func(t collector.Topic) bool { return t.ID == id }) {
		f.Filter.Topic = id
		f.Values.Set("topic", strconv.FormatInt(id, 10))
	}
	return nil
}
