// Package tabs answers for what was collected: the tabs of a workspace, and the files, charts
// and drawings that they link to.
package tabs

import (
	"errors"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/export/relay"
	"telegramtrac/collector/export/shelf"
	"telegramtrac/collector/network/memo"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/collections"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// ErrNoFile says that an address names a file that there is not.
var ErrNoFile = errors.New("no such file")

// pagesAtOnce is how many pages of messages a workspace may read at the same time; the others
// wait. The largest take a hundred megabytes while they are read.
const pagesAtOnce = 2

// Server answers for the tabs of the visitor's workspace.
type Server struct {
	*answer.Site
	Graphs  *memo.Graphs
	Reading *guard.Lanes // limits reading pages of messages
	Hands   *relay.Hands // make the files of all visitors
	Shelf   *shelf.Shelf // keeps files of networks

	collections *collections.Server
}

// New makes a Server.
func New(site *answer.Site, collections *collections.Server) *Server {
	return &Server{
		Site: site, Graphs: memo.New(site.Graph), Reading: guard.NewLanes(pagesAtOnce),
		Hands: relay.New(0), Shelf: shelf.New(keptBytes, keptFor), collections: collections,
	}
}

// Files of networks are kept: so many bytes over all visitors, and for so long.
const (
	keptBytes = 24 << 20
	keptFor   = 15 * time.Minute
)

// Drop forgets what is kept of a deleted workspace.
func (s *Server) Drop(workspace string) {
	s.Graphs.Drop(workspace)
	s.Shelf.Drop(workspace)
}

// show shows an open tab: alone if htmx swaps it in, else within its page.
func (s *Server) show(c *fiber.Ctx, look views.Look) error {
	return s.showWith(c, fiber.StatusOK, look)
}

// showWith is show with a status of its own.
func (s *Server) showWith(c *fiber.Ctx, status int, look views.Look) error {
	look.Title = look.Label()
	if answer.Targets(c, "look") {
		return s.Render(c, status, views.LookFragment, look)
	}
	all, err := s.Collections(c)
	if err != nil {
		return err
	}
	if len(all) > 0 {
		c.Status(status)
		return s.collections.ShowCurrent(c, all, look)
	}
	title := look.Title
	look.Title = ""
	return s.Render(c, status, views.WorkPage, views.Work{Frame: s.Frame(c, title, views.StepChannels), Look: look})
}

// channels opens the visitor's data and lists its channels.
func (s *Server) channels(c *fiber.Ctx) (*dataset.Dataset, []catalog.ChannelSummary, error) {
	d, err := s.Dataset(c)
	if err != nil {
		return nil, nil, err
	}
	all, err := d.Channels(c.UserContext())
	if err != nil {
		return nil, nil, fmt.Errorf("list channels: %w", err)
	}
	return d, all, nil
}
