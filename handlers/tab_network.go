package handlers

import (
	"cmp"
	"slices"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/network"
	"telegramtrac/views"
)

// networkScripts draw the graph.
var networkScripts = []string{"vendor/graphology.umd.min.js", "vendor/sigma.min.js", "network.js"}

// paletteSize is how many colours communities have.
const paletteSize = 8

// networkRows is how much of the graph the tables show.
const networkRows = 25

// networkOf is the network of the visitor's workspace.
func (s *Server) networkOf(c *fiber.Ctx) (*network.Graph, error) {
	_, all, err := s.channels(c)
	if err != nil {
		return nil, err
	}
	return s.network(c.UserContext(), visitorOf(c).workspace.ID, all)
}

// tabNetwork shows the graph of channels.
func (s *Server) tabNetwork(c *fiber.Ctx) error {
	g, err := s.networkOf(c)
	if err != nil {
		return err
	}
	tab := views.Network{
		Graph: "/files/" + graphFile, Scripts: s.assets.Network, Invented: !bool(visitorOf(c).links()),
		Nodes: int64(len(g.Nodes)), Edges: int64(len(g.Edges)), Collected: int64(g.Summary.Collected),
	}
	byKey := map[string]network.Node{}
	for _, n := range g.Nodes {
		byKey[n.Key] = n
	}
	named := slices.SortedStableFunc(slices.Values(g.Nodes), func(a, b network.Node) int { return cmp.Compare(b.InWeight, a.InWeight) })
	for _, n := range named[:min(networkRows, len(named))] {
		tab.TopNodes = append(tab.TopNodes, networkNode(n, visitorOf(c).links()))
	}
	heavy := slices.SortedStableFunc(slices.Values(g.Edges), func(a, b network.Edge) int { return cmp.Compare(b.Weight, a.Weight) })
	for _, e := range heavy[:min(networkRows, len(heavy))] {
		tab.TopEdges = append(tab.TopEdges, views.NetworkEdge{
			Source: nodeName(byKey[e.Source]), Target: nodeName(byKey[e.Target]), Kind: e.Kind, Weight: e.Weight, First: e.First, Last: e.Last,
		})
	}
	return s.tab(c, views.Look{Tab: views.TabNetwork, Network: &tab})
}

func nodeName(n network.Node) string { return channelName(n.Username, n.ChannelID) }

func networkNode(n network.Node, at links) views.NetworkNode {
	out := views.NetworkNode{
		Name: nodeName(n), Title: n.Title, Href: at.channel(n.Username, n.ChannelID), Collected: n.Collected,
		Messages: n.Messages, In: n.InWeight, Out: n.OutWeight, Community: n.Community + 1,
	}
	if n.Degree > 0 {
		out.CommunityTone = n.Community%paletteSize + 1
	}
	return out
}
