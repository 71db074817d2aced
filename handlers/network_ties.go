package handlers

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/network"
	"telegramtrac/collector/network/draw"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// tiesAPage is how many messages of an edge a page shows; beside the picture there is less
// room.
const (
	tiesAPage     = 50
	tiesAtTheSide = 8
)

// errNoNode says that an address names a channel that is not in the network.
var errNoNode = errors.New("no such channel in the network")

// networkTies shows the messages behind an edge: on a page, or beside the picture if htmx asks
// for that.
func (s *Server) networkTies(c *fiber.Ctx) error {
	q := readNetworkQuery(c)
	g, _, err := s.recentNetwork(c)
	if err != nil {
		return err
	}
	source, target := g.Node(c.Query("source")), g.Node(c.Query("target"))
	if source == nil || target == nil || source.ChannelID == 0 {
		return errNoNode
	}
	side := answer.Targets(c, "network-details")
	within := q
	kinds := slices.DeleteFunc(queryAll(c, "kind"), func(k string) bool { return !slices.Contains(network.Kinds, k) })
	if len(kinds) > 0 { // of a row of the table of ties, or of one at the side
		within.kinds = kinds
	}
	// The other fields choose which ties are shown, not which messages of a tie.
	within.filter = network.Filter{Kinds: within.kinds, Since: q.filter.Since, Until: q.filter.Until}
	size, page := tiesAPage, pageOf(c)
	if side {
		size, page = tiesAtTheSide, 1
	}
	found, err := s.evidence(c.UserContext(), guard.VisitorOf(c).Workspace.ID, network.Question{
		Source: source.ChannelID, Target: target.Key, Filter: within.filter, Offset: (page - 1) * size, Limit: size,
	})
	if err != nil {
		return fmt.Errorf("read the messages of an edge: %w", err)
	}
	look := networkLook{graph: g, query: q, links: linksOf(guard.VisitorOf(c))}
	tab := look.tiesOf(*source, *target, found)
	tab.Kind, tab.Narrowed = kindList(within.kinds), between(within)
	query := q.edge(source.Key, target.Key, kinds)
	switch {
	case side:
		tab.Back = ""
		if found.Total > size {
			tab.Whole = views.WithQuery("/network/ties", query)
		}
		return s.Render(c, fiber.StatusOK, views.TiesFragment, tab)
	case len(found.Statements) > 0:
		tab.Pager = views.NewPager("/network/ties", query, page, size, len(found.Statements), int64(found.Total))
	}
	return s.tab(c, views.Look{Tab: views.TabNetwork, Ties: &tab})
}

func (l networkLook) tiesOf(source, target network.Node, found network.Answer) views.Ties {
	tab := views.Ties{
		Source: nodeName(source), Target: nodeName(target), SourceHref: l.detailsHref(source.Key), TargetHref: l.detailsHref(target.Key),
		Total: int64(found.Total), Back: l.query.address(networkPath), Form: views.Form{Mistakes: daysOf(l.query.mistakes)},
	}
	for _, f := range found.Statements {
		row := views.TieRow{
			ID: f.MessageID, Href: l.links.Message(source.Username, source.ChannelID, f.MessageID), Date: f.Date, Kind: f.Kind, Button: f.Button,
			Text: views.Shorten(f.Text, 600), Gone: f.GoneAt,
		}
		if f.TargetMessageID != 0 {
			row.Target = fmt.Sprintf("Message %d of %s", f.TargetMessageID, nodeName(target))
			row.TargetHref = l.links.Message(target.Username, target.ChannelID, f.TargetMessageID)
		}
		tab.Rows = append(tab.Rows, row)
	}
	return tab
}

// daysOf returns the mistakes about days, without their fields, which this page does not have.
// The filter's other fields do not apply to a tie's messages.
func daysOf(all []views.Mistake) []views.Mistake {
	var out []views.Mistake
	for _, m := range all {
		if m.Field == "since" || m.Field == "until" {
			out = append(out, views.Mistake{Sentence: m.Sentence})
		}
	}
	return out
}

// kindList names kinds in a sentence; "" means all.
func kindList(kinds []string) string {
	if len(kinds) == 0 || len(kinds) == len(network.Kinds) {
		return ""
	}
	if slices.Contains(kinds, noKind) {
		return "a kind that is ticked"
	}
	return strings.Join(kinds, " or ")
}

// between names the days of a filter in a sentence.
func between(q networkQuery) string {
	var out []string
	if !q.filter.Since.IsZero() {
		out = append(out, "since "+views.Day(q.filter.Since))
	}
	if !q.filter.Until.IsZero() {
		out = append(out, "before "+views.Day(q.filter.Until))
	}
	return strings.Join(out, " and ")
}

// networkState tells the open picture whether there is more data by now.
func (s *Server) networkState(c *fiber.Ctx) error {
	_, channels, err := s.channels(c)
	if err != nil {
		return err
	}
	all, err := s.engine.Collections(c.UserContext(), guard.VisitorOf(c).Workspace.ID)
	if err != nil {
		return fmt.Errorf("list collections: %w", err)
	}
	var messages int64
	for _, ch := range channels {
		messages += ch.Count.Messages
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(fiber.Map{"live": collecting(all), "messages": messages, "channels": len(channels)})
}

// networkGraph is the drawn part of graph.json, for the picture. It may lag behind while data
// comes in.
func (s *Server) networkGraph(c *fiber.Ctx) error {
	g, _, err := s.recentNetwork(c)
	if err != nil {
		return err
	}
	c.Type("json")
	return draw.JSON(c.Response().BodyWriter(), g.Drawn())
}

// networkTimeline says when the messages of each drawn edge were sent, for the slider.
func (s *Server) networkTimeline(c *fiber.Ctx) error {
	g, _, err := s.recentNetwork(c)
	if err != nil {
		return err
	}
	c.Type("json")
	return draw.Timeline(c.Response().BodyWriter(), g.Drawn())
}
