package ties

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/views"
)

// listedTies is how many ties of a channel its details list.
const listedTies = 10

// Details are the facts about the channel with a key, as counted within the filter; nil if
// there is no such channel.
func (l Look) Details(key string) *views.NetworkDetails {
	filter := l.Query.filter
	filter.Search = "" // the search chooses channels, not ties
	chosen := l.Graph.Select(filter)
	whole := l.Graph.Node(key)
	if whole == nil {
		return nil
	}
	n := *whole
	key = n.Key // the address may name a username that was resolved since
	n.InWeight, n.OutWeight, n.InDegree, n.OutDegree = 0, 0, 0, 0
	if at := slices.IndexFunc(chosen.Nodes, func(n network.Node) bool { return n.Key == key }); at >= 0 {
		n = chosen.Nodes[at]
	}
	out := &views.NetworkDetails{Key: n.Key, Name: nodeName(n), Title: views.Name(n.Title), Href: l.Links.Channel(n.Username, n.ChannelID),
		Facts: l.facts(n), Narrowed: l.Query.narrows()}
	if n.Messages > 0 {
		out.MessagesHref = "/tabs/messages?channel=" + strconv.FormatInt(n.ChannelID, 10)
	} else {
		out.PriceHref = priceHref(n.Key)
	}
	all := l.ties(key, chosen.Edges)
	out.Ties = all[:min(listedTies, len(all))]
	out.All, out.More = int64(len(all)), int64(len(all)-len(out.Ties))
	return out
}

func (l Look) facts(n network.Node) []string {
	facts := []string{"Not collected: only named by others."}
	switch {
	case n.Collected && n.Messages == 0:
		facts[0] = "Its details were collected, but no messages."
	case n.Collected:
		facts[0] = fmt.Sprintf("Collected: %s, depth %d.", views.Plural(n.Messages, "message", "messages"), l.Depth[n.ChannelID])
	}
	if kind := kindOfChannel(n.Kind); kind != "" {
		facts = append(facts, fmt.Sprintf("Kind: %s.", kind))
	}
	if n.Ambiguous {
		facts = append(facts, "This username changed hands. Who held it when these messages were written is not known.")
	}
	facts = append(facts, fmt.Sprintf("Named by %s in %s; names %s in %s.",
		views.Plural(int64(n.InDegree), "channel", "channels"), views.Plural(n.InWeight, "message", "messages"),
		views.Plural(int64(n.OutDegree), "channel", "channels"), views.Plural(n.OutWeight, "message", "messages")))
	if n.Color != network.Unconnected {
		facts = append(facts, fmt.Sprintf("Community %d. PageRank %.4f, betweenness %.4f.", n.Community+1, n.PageRank, n.Betweenness))
	}
	return facts
}

// kindOfChannel is the word for Telegram's kinds of channels.
func kindOfChannel(kind string) string {
	switch kind {
	case "":
		return ""
	case collector.Broadcast:
		return "channel"
	}
	return "group"
}

// ties sums the edges between a channel and each other channel, per direction, strongest
// first.
func (l Look) ties(key string, edges []network.Edge) []views.NetworkTie {
	type summed struct {
		views.NetworkTie
		source, target string
		kinds          []string
	}
	label := map[string]string{}
	for _, n := range l.Graph.Nodes {
		label[n.Key] = views.Shorten(network.Clean(n.Label()), views.NameLength)
	}
	found := map[string]*summed{}
	var list []*summed
	for _, e := range edges {
		if e.Source == e.Target || e.Source != key && e.Target != key {
			continue
		}
		t := found[e.Source+">"+e.Target]
		if t == nil {
			other := e.Target
			if e.Target == key {
				other = e.Source
			}
			t = &summed{source: e.Source, target: e.Target, NetworkTie: views.NetworkTie{
				Out: e.Source == key, Key: other, Other: label[other], Details: l.Query.details(other), First: e.First, Last: e.Last,
			}}
			found[e.Source+">"+e.Target] = t
			list = append(list, t)
		}
		t.Weight += e.Weight
		t.kinds = append(t.kinds, e.Kind)
		t.Kinds = strings.TrimPrefix(t.Kinds+", "+e.Kind+" "+views.Count(e.Weight), ", ")
		if e.First.Before(t.First) {
			t.First = e.First
		}
		if e.Last.After(t.Last) {
			t.Last = e.Last
		}
	}
	slices.SortStableFunc(list, func(a, b *summed) int { return cmp.Compare(b.Weight, a.Weight) })
	var out []views.NetworkTie
	for _, t := range list {
		if l.Query.filter.MinWeight == 0 {
			t.kinds = nil // all kinds of the filter: no edge was left out as too rare
		}
		t.Evidence = l.Query.evidence(t.source, t.target, t.kinds...)
		out = append(out, t.NetworkTie)
	}
	return out
}
