package tabs

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/collections"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/ties"
)

// recentNetwork is the network of the visitor's workspace, and the workspace's collections.
// While a collection runs, the network may lag a little; the page then asks again.
func (s *Server) recentNetwork(c *fiber.Ctx) (*network.Graph, []collector.Collection, error) {
	ctx, workspace := c.UserContext(), guard.VisitorOf(c).Workspace.ID
	all, err := s.Engine.WholeCollections(ctx, workspace)
	if err != nil {
		return nil, nil, fmt.Errorf("list collections: %w", err)
	}
	d, err := s.Dataset(c)
	if err != nil {
		return nil, nil, err
	}
	print, err := d.Fingerprint(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("see whether the data changed: %w", err)
	}
	look := s.Graphs.Of
	if collecting(all) {
		look = s.Graphs.Recent
	}
	g, err := look(ctx, workspace, print)
	if err != nil {
		return nil, nil, fmt.Errorf("make the network: %w", err)
	}
	return g, all, nil
}

// ErrNoNode says that an address names a channel that is not in the network.
var ErrNoNode = errors.New("no such channel in the network")

// look is the visitor's network, as the address asks for it. live reports whether a collection
// is adding to it.
func (s *Server) look(c *fiber.Ctx) (look ties.Look, live bool, err error) {
	g, all, err := s.recentNetwork(c)
	if err != nil {
		return ties.Look{}, false, err
	}
	links := answer.Links(guard.VisitorOf(c))
	return ties.Look{Graph: g, Query: ties.ReadQuery(answer.Query(c)), Depth: network.Depths(all), Links: links}, collecting(all), nil
}

// Network shows the graph of channels, or only the tables or a channel's details if htmx asks
// for those.
func (s *Server) Network(c *fiber.Ctx) error {
	look, live, err := s.look(c)
	if err != nil {
		return err
	}
	var details *views.NetworkDetails
	if key := c.Query("channel"); key != "" {
		if details = look.Details(key); details == nil {
			return ErrNoNode
		}
	}
	if details != nil && answer.Targets(c, "network-details") {
		return s.Render(c, fiber.StatusOK, views.NetworkDetailsFragment, details)
	}
	tables, counts := look.Tables(answer.Query(c)), look.Counts(live)
	if answer.Targets(c, "network-tables") {
		counts.Renewed = true
		return s.Render(c, fiber.StatusOK, views.NetworkRenewedFragment, views.NetworkRenewed{Tables: tables, Counts: counts})
	}
	tab := look.Tab(tables, counts)
	tab.Scripts, tab.Details = s.NetworkScripts(), details
	return s.show(c, views.Look{Tab: views.TabNetwork, Network: &tab})
}

// collecting reports whether a collection is adding to the data.
func collecting(all []collector.Collection) bool {
	return slices.ContainsFunc(all, func(c collector.Collection) bool {
		return c.State == collector.Queued || c.State == collector.Running || c.State == collector.Waiting
	})
}

// Statements shows the messages behind an edge: on a page, or beside the picture if htmx asks
// for that.
func (s *Server) Statements(c *fiber.Ctx) error {
	look, _, err := s.look(c)
	if err != nil {
		return err
	}
	ask := look.MessagesOf(answer.Query(c), answer.Targets(c, "network-details"))
	if !ask.Known() {
		return ErrNoNode
	}
	found, err := s.Evidence(c.UserContext(), guard.VisitorOf(c).Workspace.ID, ask.Question())
	if err != nil {
		return fmt.Errorf("read the messages of an edge: %w", err)
	}
	tab := ask.View(found)
	if ask.Side {
		return s.Render(c, fiber.StatusOK, views.TiesFragment, tab)
	}
	return s.show(c, views.Look{Tab: views.TabNetwork, Ties: &tab})
}

// State tells the open picture whether there is more data by now.
func (s *Server) State(c *fiber.Ctx) error {
	_, channels, err := s.channels(c)
	if err != nil {
		return err
	}
	all, err := s.Collections(c)
	if err != nil {
		return err
	}
	var messages int64
	for _, ch := range channels {
		messages += ch.Count.Messages
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(fiber.Map{"live": collecting(all), "messages": messages, "channels": len(channels)})
}

// Drawn writes something about the drawn part of the network as JSON: the network itself for
// the picture, or when the messages of each edge were sent, for the slider. It may lag behind
// while data comes in.
func (s *Server) Drawn(write func(w io.Writer, g *network.Graph) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		g, _, err := s.recentNetwork(c)
		if err != nil {
			return err
		}
		c.Type("json")
		return write(c.Response().BodyWriter(), g.Drawn())
	}
}

// snowball reads what is asked about where a collection could go on.
func (s *Server) snowball(c *fiber.Ctx) (ties.Snowball, error) {
	g, all, err := s.recentNetwork(c)
	return ties.ReadSnowball(answer.Fields(c), g, guard.VisitorOf(c).Workspace.Source, all), err
}

// Snowball lists the channels where a collection could go on. It sends nothing to Telegram.
func (s *Server) Snowball(c *fiber.Ctx) error {
	ask, err := s.snowball(c)
	if err != nil {
		return err
	}
	list := ask.List()
	return s.show(c, views.Look{Tab: views.TabNetwork, Snowball: &list})
}

// Price says what collecting the ticked channels costs, and asks for consent.
func (s *Server) Price(c *fiber.Ctx) error {
	ask, err := s.snowball(c)
	if err != nil {
		return err
	}
	return s.showPrice(c, ask, &collections.Choice{})
}

func (s *Server) showPrice(c *fiber.Ctx, ask ties.Snowball, into *collections.Choice) error {
	tab := ask.Price()
	var err error
	if tab.Into, err = s.collections.Into(c, into, ask.Request().Channels); err != nil {
		return err
	}
	tab.CSRF = guard.VisitorOf(c).Token
	tab.LookUps = s.collections.LookUps(c, ask.Request().Channels).Sentence
	return s.show(c, views.Look{Tab: views.TabNetwork, Price: &tab})
}

// Trac starts the collection that the person agreed to.
func (s *Server) Trac(c *fiber.Ctx) error {
	ask, err := s.snowball(c)
	if err != nil {
		return err
	}
	r, into := ask.Request(), collections.ReadChoice(c)
	if len(r.Channels) == 0 || len(ask.Form.Mistakes) > 0 {
		return s.showPrice(c, ask, into)
	}
	return s.collections.Start(c, r, into, func(full []views.Mistake) error {
		ask.Form.Mistakes = full
		return s.showPrice(c, ask, into)
	})
}
