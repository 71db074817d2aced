package handlers

import (
	"fmt"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/export"
	"telegramtrac/collector/network"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/content"
)

// networkPath is the tab's address.
const networkPath = "/tabs/network"

// paletteSize is how many colours communities have.
const paletteSize = 8

// recentNetwork is the network of the visitor's workspace, and the workspace's collections.
// While a collection runs, the network may lag a little; the page then asks again.
func (s *Server) recentNetwork(c *fiber.Ctx) (*network.Graph, []collector.Collection, error) {
	ctx, workspace := c.UserContext(), guard.VisitorOf(c).Workspace.ID
	all, err := s.engine.WholeCollections(ctx, workspace)
	if err != nil {
		return nil, nil, fmt.Errorf("list collections: %w", err)
	}
	d, err := s.dataset(c)
	if err != nil {
		return nil, nil, err
	}
	print, err := d.Fingerprint(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("see whether the data changed: %w", err)
	}
	look := s.graphs.Of
	if collecting(all) {
		look = s.graphs.Recent
	}
	g, err := look(ctx, workspace, print)
	if err != nil {
		return nil, nil, fmt.Errorf("make the network: %w", err)
	}
	return g, all, nil
}

// tabNetwork shows the graph of channels, or only the tables or a channel's details if htmx
// asks for those.
func (s *Server) tabNetwork(c *fiber.Ctx) error {
	g, all, err := s.recentNetwork(c)
	if err != nil {
		return err
	}
	look := networkLook{graph: g, query: readNetworkQuery(c), depth: network.Depths(all), links: linksOf(guard.VisitorOf(c))}
	var details *views.NetworkDetails
	if key := c.Query("channel"); key != "" {
		if details = look.details(key); details == nil {
			return errNoNode
		}
	}
	if details != nil && answer.Targets(c, "network-details") {
		return s.Render(c, fiber.StatusOK, views.NetworkDetailsFragment, details)
	}
	tables, counts := look.tables(c), look.counts(collecting(all))
	if answer.Targets(c, "network-tables") {
		counts.Renewed = true
		return s.Render(c, fiber.StatusOK, views.NetworkRenewedFragment, views.NetworkRenewed{Tables: tables, Counts: counts})
	}
	tab := look.tab(tables, counts)
	tab.Scripts, tab.Details = s.NetworkScripts(), details
	return s.tab(c, views.Look{Tab: views.TabNetwork, Network: &tab})
}

// networkLook is a visitor's view of a network through a filter.
type networkLook struct {
	graph *network.Graph
	query networkQuery
	depth map[int64]int64 // of collected channels
	links views.Links
}

func (l networkLook) tab(tables views.NetworkTables, counts views.NetworkCounts) views.Network {
	tab := views.Network{
		Graph: "/network/graph.json", Timeline: "/network/timeline.json", State: "/network/state",
		Counts: counts, Filter: l.query.form(), Tables: tables, Files: content.DownloadsOf(export.GroupNetwork),
	}
	if sources := l.graph.Summary.BetweennessSources; sources < len(l.graph.Nodes) {
		tab.Sampled = int64(sources)
	}
	return tab
}

func (l networkLook) counts(live bool) views.NetworkCounts {
	s := l.graph.Summary
	counts := views.NetworkCounts{
		Nodes: int64(len(l.graph.Nodes)), Edges: int64(len(l.graph.Edges)), Collected: int64(s.Collected), Live: live,
		Communities: int64(s.Communities), Modularity: strconv.FormatFloat(s.Modularity, 'f', 3, 64), Reciprocity: percent(s.Reciprocity),
	}
	if len(l.graph.Nodes) > network.DrawnNodes {
		counts.Drawn = network.DrawnNodes
	}
	return counts
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 0, 64) + " %" }

// collecting reports whether a collection is adding to the data.
func collecting(all []collector.Collection) bool {
	for _, c := range all {
		switch c.State {
		case collector.Queued, collector.Running, collector.Waiting:
			return true
		}
	}
	return false
}

func nodeName(n network.Node) string {
	if n.Username == "" && n.ChannelID == 0 {
		return n.Key
	}
	return views.ChannelName(n.Username, n.ChannelID)
}
