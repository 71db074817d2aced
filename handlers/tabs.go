package handlers

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// tab shows an open tab: alone if htmx swaps it in, else within its page.
func (s *Server) tab(c *fiber.Ctx, look views.Look) error {
	return s.tabWith(c, fiber.StatusOK, look)
}

// tabWith is tab with a status of its own.
func (s *Server) tabWith(c *fiber.Ctx, status int, look views.Look) error {
	for _, t := range look.Tabs() {
		if t.Current {
			look.Title = t.Label
		}
	}
	if answer.Targets(c, "look") {
		return s.Render(c, status, views.LookFragment, look)
	}
	all, err := s.engine.Collections(c.UserContext(), guard.VisitorOf(c).Workspace.ID)
	if err != nil {
		return fmt.Errorf("list collections: %w", err)
	}
	if len(all) > 0 {
		c.Status(status)
		return s.showWork(c, current(all).ID, look)
	}
	title := look.Title
	look.Title = ""
	return s.Render(c, status, views.WorkPage, views.Work{Frame: s.Frame(c, title, views.StepChannels), Look: look})
}

// dataset opens the visitor's data.
func (s *Server) dataset(c *fiber.Ctx) (Dataset, error) {
	d, err := s.data(guard.VisitorOf(c).Workspace.ID)
	if err != nil {
		return nil, fmt.Errorf("open dataset: %w", err)
	}
	return d, nil
}

// channels opens the visitor's data and lists its channels.
func (s *Server) channels(c *fiber.Ctx) (Dataset, []catalog.ChannelSummary, error) {
	d, err := s.dataset(c)
	if err != nil {
		return nil, nil, err
	}
	all, err := d.Channels(c.UserContext())
	if err != nil {
		return nil, nil, fmt.Errorf("list channels: %w", err)
	}
	return d, all, nil
}

// pageOf is the requested page, 1 by default.
func pageOf(c *fiber.Ctx) int {
	const most = 1 << 24
	return min(max(1, c.QueryInt("page", 1)), most)
}
