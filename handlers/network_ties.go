package handlers

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/network"
	"telegramtrac/views"
)

// tiesAPage is how many messages of an edge a page shows; beside the picture
// there is room for fewer.
const (
	tiesAPage     = 50
	tiesAtTheSide = 8
)

// errNoNode says that an address names a channel that is not in the network.
var errNoNode = errors.New("no such channel in the network")

// networkTies shows the messages that make an edge: on a page, or beside the
// picture where htmx puts them there.
func (s *Server) networkTies(c *fiber.Ctx) error {
	q := readNetworkQuery(c)
	g, err := s.recentNetwork(c)
	if err != nil {
		return err
	}
	source, target := nodeOf(g, c.Query("source")), nodeOf(g, c.Query("target"))
	if source == nil || target == nil || source.ChannelID == 0 {
		return errNoNode
	}
	side := targets(c, "network-details")
	size, page := tiesAPage, pageOf(c)
	if side {
		size, page = tiesAtTheSide, 1
	}
	found, err := s.evidence(c.UserContext(), visitorOf(c).workspace.ID, network.Question{
		Source: source.ChannelID, Target: target.Key, Filter: q.filter, Offset: (page - 1) * size, Limit: size,
	})
	if err != nil {
		return fmt.Errorf("read the messages of an edge: %w", err)
	}
	look := networkLook{graph: g, query: q, links: visitorOf(c).links()}
	tab := look.tiesOf(*source, *target, found)
	query := edgeQuery(q, source.Key, target.Key)
	switch {
	case side:
		tab.Back = ""
		if found.Total > size {
			tab.Whole = withQuery("/network/ties", query)
		}
		return s.render(c, fiber.StatusOK, views.TiesFragment, tab)
	case len(found.Statements) > 0:
		tab.Pager = pager("/network/ties", query, page, size, len(found.Statements), int64(found.Total))
	}
	return s.tab(c, views.Look{Tab: views.TabNetwork, Ties: &tab})
}

// edgeQuery is the address of an edge's messages within the filter.
func edgeQuery(q networkQuery, source, target string) url.Values {
	v := q.values()
	for _, name := range []string{"least", "search", "collected"} {
		v.Del(name)
	}
	v.Set("source", source)
	v.Set("target", target)
	return v
}

func nodeOf(g *network.Graph, key string) *network.Node {
	at := slices.IndexFunc(g.Nodes, func(n network.Node) bool { return n.Key == key })
	if at < 0 {
		return nil
	}
	return &g.Nodes[at]
}

func (l networkLook) tiesOf(source, target network.Node, found network.Answer) views.Ties {
	tab := views.Ties{
		Source: nodeName(source), Target: nodeName(target), SourceHref: l.detailsHref(source.Key), TargetHref: l.detailsHref(target.Key),
		Total: int64(found.Total), Back: l.query.address(networkPath), Kind: kindList(l.query.kinds), Narrowed: between(l.query),
	}
	for _, f := range found.Statements {
		row := views.TieRow{
			ID: f.MessageID, Href: l.links.message(source.Username, source.ChannelID, f.MessageID), Date: f.Date, Kind: f.Kind,
			Text: shorten(f.Text, 600), Gone: f.GoneAt,
		}
		if f.TargetMessageID != 0 {
			row.Target = fmt.Sprintf("Message %d of %s", f.TargetMessageID, nodeName(target))
			row.TargetHref = l.links.message(target.Username, target.ChannelID, f.TargetMessageID)
		}
		tab.Rows = append(tab.Rows, row)
	}
	return tab
}

// kindList names kinds in a sentence, "" for all of them.
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

// networkState tells the open picture whether there is more by now.
func (s *Server) networkState(c *fiber.Ctx) error {
	_, channels, err := s.channels(c)
	if err != nil {
		return err
	}
	all, err := s.engine.Collections(c.UserContext(), visitorOf(c).workspace.ID)
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

// networkGraph is the graph that the picture draws: graph.json as far as it is
// drawn. It may lag while data comes in.
func (s *Server) networkGraph(c *fiber.Ctx) error {
	g, err := s.recentNetwork(c)
	if err != nil {
		return err
	}
	c.Type("json")
	return g.Drawn().WriteJSON(c.Response().BodyWriter())
}

// networkTimeline is when the messages of each drawn edge were sent, for the
// slider.
func (s *Server) networkTimeline(c *fiber.Ctx) error {
	g, err := s.recentNetwork(c)
	if err != nil {
		return err
	}
	c.Type("json")
	return g.Drawn().WriteTimeline(c.Response().BodyWriter())
}
