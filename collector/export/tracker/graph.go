package tracker

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/export/sheet"
)

// trackerGraph is the original's network: from each channel that was asked for to
// every other that it leads to, each once and without weights. Names are usernames;
// a channel that was asked for and has none is named by its id.
type trackerGraph struct {
	nodes []string // in the order in which edges name them
	edges []trackerEdge
}

type trackerEdge struct{ source, target string }

// newTrackerGraph makes the network of the channels that have a username.
func newTrackerGraph(all []*seen) trackerGraph {
	var g trackerGraph
	var sources []string // in the order in which they are met
	targets := map[string][]string{}
	for _, one := range all {
		for _, source := range one.sources {
			if source == one.name() {
				continue
			}
			if targets[source] == nil {
				sources = append(sources, source)
			}
			targets[source] = appendNew(targets[source], one.name())
		}
	}
	known := map[string]bool{}
	note := func(name string) {
		if !known[name] {
			known[name] = true
			g.nodes = append(g.nodes, name)
		}
	}
	for _, source := range sources {
		for _, target := range targets[source] {
			note(source)
			note(target)
			g.edges = append(g.edges, trackerEdge{source, target})
		}
	}
	return g
}

// name is what the channel is called in lists of sources.
func (one *seen) name() string {
	if one.username == "" {
		return decimal(one.id)
	}
	return one.username
}

// Graph writes tracker_graph.gexf as networkx writes the original's
// Graph.gexf, but for the day on which it was written.
func Graph(ctx context.Context, w io.Writer, d reading.Data) error {
	all, err := seenChannels(ctx, d)
	if err != nil {
		return err
	}
	g := newTrackerGraph(all)
	out := bufio.NewWriter(w)
	out.WriteString("<?xml version='1.0' encoding='utf-8'?>\n" +
		`<gexf version="1.2" xmlns="http://www.gexf.net/1.2draft" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.gexf.net/1.2draft http://www.gexf.net/1.2draft/gexf.xsd">` +
		"\n  <meta>\n    <creator>telegramtrac</creator>\n  </meta>\n  <graph defaultedgetype=\"directed\" mode=\"static\" name=\"\">\n    " +
		"<nodes>\n")
	for _, name := range g.nodes {
		fmt.Fprintf(out, "      <node id=\"%[1]s\" label=\"%[1]s\" />\n", sheet.XML(name))
	}
	out.WriteString("    </nodes>\n    <edges>\n")
	for i, e := range g.edges {
		fmt.Fprintf(out, "      <edge source=\"%s\" target=\"%s\" id=\"%d\" />\n", sheet.XML(e.source), sheet.XML(e.target), i)
	}
	out.WriteString("    </edges>\n  </graph>\n</gexf>\n")
	return out.Flush()
}
