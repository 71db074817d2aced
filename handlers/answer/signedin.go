package answer

import (
	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
)

// SignedIn is middleware that sends those who are not signed in to the first page.
func SignedIn(c *fiber.Ctx) error {
	if guard.VisitorOf(c).In() {
		return c.Next()
	}
	if WantsJSON(c) {
		return collector.Errorf(collector.SignedOut, "not signed in")
	}
	return Redirect(c, "/")
}
