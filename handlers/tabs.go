package handlers

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/dataset"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// tab shows an open tab: alone where htmx swaps it in, else within its page.
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

// channels lists what the visitor's data holds.
func (s *Server) channels(c *fiber.Ctx) (Dataset, []dataset.ChannelSummary, error) {
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

// pager makes the links between pages of size rows.
func pager(path string, query url.Values, page, size, shown int, total int64) views.Pager {
	return pagerFrom(path, query, page, size, int64(page-1)*int64(size)+1, shown, total)
}

// pagerFrom is pager for a page that begins elsewhere than at a multiple of size.
func pagerFrom(path string, query url.Values, page, size int, from int64, shown int, total int64) views.Pager {
	p := views.Pager{Total: total, From: from}
	p.To = p.From + int64(shown) - 1
	link := func(n int) string {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		if n > 1 {
			q.Set("page", strconv.Itoa(n))
		}
		if len(q) == 0 {
			return path
		}
		return path + "?" + q.Encode()
	}
	p.Page, p.Pages, p.Action = int64(page), (total+int64(size)-1)/int64(size), path
	for _, k := range slices.Sorted(maps.Keys(query)) {
		for _, v := range query[k] {
			p.Kept = append(p.Kept, views.Field{Name: k, Value: v})
		}
	}
	if page > 1 {
		p.Newer = link(page - 1)
	}
	if p.To < total {
		p.Older = link(page + 1)
	}
	return p
}

// pageOf is the page that is asked for: 1 when none is.
func pageOf(c *fiber.Ctx) int {
	const most = 1 << 24
	return min(max(1, c.QueryInt("page", 1)), most)
}
