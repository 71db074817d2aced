package answer

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// Links makes links to Telegram, or none in the sandbox.
func Links(v guard.Visitor) views.Links { return v.Workspace.Source != collector.SourceSandbox }

// Query is the request's address after the question mark.
func Query(c *fiber.Ctx) url.Values {
	out := url.Values{}
	for name, value := range c.Context().QueryArgs().All() {
		out.Add(string(name), string(value))
	}
	return out
}

// Fields are the fields of a form that was posted, and of its address.
func Fields(c *fiber.Ctx) url.Values {
	out := url.Values{}
	for name, value := range c.Context().PostArgs().All() {
		out.Add(string(name), string(value))
	}
	for name, values := range Query(c) {
		out[name] = append(out[name], values...)
	}
	return out
}

// PageOf is the requested page, 1 by default.
func PageOf(c *fiber.Ctx) int { return views.PageIn(Query(c), "page") }
