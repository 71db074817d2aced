// Package ties fills the tab Network: the filter, the tables of channels and ties, a channel's
// details, the messages behind a tie, and where a snowball could go on.
package ties

import (
	"net/url"
	"strconv"

	"telegramtrac/collector/export"
	"telegramtrac/collector/network"
	"telegramtrac/views"
	"telegramtrac/views/content"
)

// paletteSize is how many colours communities have.
const paletteSize = 8

// Look is a visitor's view of a network through a filter.
type Look struct {
	Graph *network.Graph
	Query Query
	Depth map[int64]int64 // of collected channels
	Links views.Links
}

// Tab is the tab as a whole.
func (l Look) Tab(tables views.NetworkTables, counts views.NetworkCounts) views.Network {
	tab := views.Network{
		Graph: "/network/graph.json", Timeline: "/network/timeline.json", State: "/network/state",
		Counts: counts, Filter: l.Query.typed, Tables: tables, Files: content.DownloadsOf(export.GroupNetwork),
	}
	if sources := l.Graph.Summary.BetweennessSources; sources < len(l.Graph.Nodes) {
		tab.Sampled = int64(sources)
	}
	return tab
}

// Counts are the sentences about the whole graph; live: a collection is adding to it.
func (l Look) Counts(live bool) views.NetworkCounts {
	s := l.Graph.Summary
	counts := views.NetworkCounts{
		Nodes: int64(len(l.Graph.Nodes)), Edges: int64(len(l.Graph.Edges)), Collected: int64(s.Collected), Live: live,
		Communities: int64(s.Communities), Modularity: strconv.FormatFloat(s.Modularity, 'f', 3, 64),
		Reciprocity: strconv.FormatFloat(100*s.Reciprocity, 'f', 0, 64) + " %",
	}
	if len(l.Graph.Nodes) > network.DrawnNodes {
		counts.Drawn = network.DrawnNodes
	}
	return counts
}

func nodeName(n network.Node) string {
	if n.Username == "" && n.ChannelID == 0 {
		return n.Key
	}
	return views.ChannelName(n.Username, n.ChannelID)
}

func priceHref(keys ...string) string { return views.WithQuery(pricePath, url.Values{"key": keys}) }
