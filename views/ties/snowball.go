package ties

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// The defaults of the list of candidates, and how many it shows.
const (
	leastMentions  = "2"
	newestOfEach   = "1000"
	candidatesMost = 100
)

// Snowball is what is asked about where a collection could go on, and the data for its answer.
type Snowball struct {
	Form views.Form // the mistakes in what was typed

	graph                 *network.Graph
	kinds                 []string
	depth                 map[int64]int64
	nobody                map[string]bool      // lower-case usernames that turned out to be people or bots
	tried                 map[string]time.Time // when collecting last failed, by lower-case @username and by id
	tariff                network.Tariff
	held                  string
	typedLeast, typedLast string
	least, last           int64
	keys                  []string
}

// ReadSnowball reads the fields of an address or of a form. all are the workspace's
// collections, and tariff is what they show about the price of a request.
func ReadSnowball(v url.Values, g *network.Graph, source string, all []collector.Collection) Snowball {
	value := func(name, otherwise string) string {
		if v.Has(name) {
			return strings.TrimSpace(v.Get(name))
		}
		return otherwise
	}
	a := Snowball{
		graph: g, depth: network.Depths(all), nobody: network.Nobodies(all), tried: network.Failures(all),
		tariff: network.TariffOf(source, all), held: collection.UnderWay(all), kinds: kindsOf(v["kinds"]), keys: v["key"],
		typedLeast: value("least", leastMentions), typedLast: value("last", newestOfEach),
	}
	a.least, a.last = a.Form.Number("least", a.typedLeast, ofMessages), a.Form.Number("last", a.typedLast, ofMessages)
	return a
}

// List is the list of candidates.
func (a Snowball) List() views.Snowball {
	tab := views.Snowball{
		Form: a.Form, Kinds: kindChoices(a.kinds), Chosen: a.kinds, Least: a.typedLeast, Last: a.typedLast, Basis: basis(a.tariff), Back: Path,
	}
	all := a.candidates(network.Filter{Kinds: a.kinds}, max(1, a.least))
	tab.Total = int64(len(all))
	for _, candidate := range all[:min(candidatesMost, len(all))] {
		row := a.row(candidate)
		tab.Unsure = tab.Unsure || row.Kind == ""
		tab.Rows = append(tab.Rows, row)
	}
	return tab
}

// candidates are the network's, without known people and bots: a mentioned name does not show
// which it is, but an earlier look-up may have.
func (a Snowball) candidates(f network.Filter, least int64) []network.Candidate {
	return slices.DeleteFunc(a.graph.Candidates(f, least, a.depth), func(c network.Candidate) bool {
		return a.nobody[strings.ToLower(c.Username)]
	})
}

// row is a candidate with its price.
func (a Snowball) row(c network.Candidate) views.SnowballRow {
	requests, took := a.tariff.Price(c, a.last)
	row := views.SnowballRow{
		Candidate: c, Name: nodeName(c.Node), Kind: kindOfChannel(c.Kind), Details: Query{}.details(c.Key),
		Requests: requests, Took: views.Duration(took),
	}
	for _, key := range network.TriedAs(c.Username, c.ChannelID) {
		if at, ok := a.tried[key]; ok {
			row.Tried = views.Day(at)
		}
	}
	if c.SeenID != 0 {
		row.Known = "has had at least " + views.Plural(c.SeenID, "message", "messages")
	}
	return row
}

// chosen are the ticked candidates, and sentences about ticked channels that are no
// candidates.
func (a Snowball) chosen() (out []network.Candidate, skipped []string) {
	all := map[string]network.Candidate{}
	for _, c := range a.candidates(network.Filter{}, 1) {
		all[c.Key] = c
	}
	seen, find, more := map[string]bool{}, a.graph.Finder(), int64(0)
	for _, key := range a.keys {
		n := find(key)
		if n != nil {
			key = n.Key // a username may have been resolved since it was ticked
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		if c, ok := all[key]; ok {
			out = append(out, c)
		} else if len(skipped) < candidatesMost {
			skipped = append(skipped, a.whyNot(key, n))
		} else {
			more++
		}
	}
	if more > 0 {
		skipped = append(skipped, fmt.Sprintf("%s too.", views.Plural(more, "more is left out", "more are left out")))
	}
	return out, skipped
}

// whyNot explains why a ticked channel is no candidate. n is nil if it is not in the network.
func (a Snowball) whyNot(key string, n *network.Node) string {
	name, username := views.Shorten(key, views.NameLength), strings.TrimPrefix(key, "@")
	if n != nil {
		name, username = nodeName(*n), n.Username
	}
	switch {
	case a.nobody[strings.ToLower(username)]:
		return fmt.Sprintf("%s turned out to be a person, a bot or a private group, so it is left out.", name)
	case n != nil:
		return fmt.Sprintf("%s is collected already. To look again, name it on the trac form.", name)
	}
	return fmt.Sprintf("%s is not in the network (any more), so it is left out.", name)
}

// Request is what to collect when the person agrees. Its depth is that of its channel farthest
// from the channels that a person named.
func (a Snowball) Request() collector.Request {
	chosen, _ := a.chosen()
	r := collector.Request{Last: a.last}
	for _, candidate := range chosen {
		r.Channels = append(r.Channels, nodeName(candidate.Node))
		r.Depth = max(r.Depth, candidate.Depth)
	}
	return r
}

// Price says what collecting the ticked channels costs.
func (a Snowball) Price() views.Price {
	chosen, skipped := a.chosen()
	tab := views.Price{
		Form: a.Form, Skipped: skipped, Held: a.held, Last: a.last, LastField: a.typedLast, Basis: basis(a.tariff),
		Kinds: a.kinds, Least: a.typedLeast,
		Back: views.WithQuery(candidatePath, url.Values{"kinds": a.kinds, "least": {a.typedLeast}, "last": {a.typedLast}}),
	}
	var took time.Duration
	for _, candidate := range chosen {
		row := a.row(candidate)
		_, each := a.tariff.Price(candidate, a.last)
		took += each
		tab.Requests, tab.Depth = tab.Requests+row.Requests, max(tab.Depth, row.Depth)
		tab.Rows = append(tab.Rows, row)
	}
	tab.Farther = slices.ContainsFunc(tab.Rows, func(r views.SnowballRow) bool { return r.Depth < tab.Depth })
	tab.Took = views.Duration(took)
	return tab
}

// basis explains how the price was estimated.
func basis(t network.Tariff) string {
	time := "The time assumes a second a request, because nothing was collected yet to measure it."
	if t.Requests > 0 {
		time = fmt.Sprintf("The time is that of your collections so far: %s a request.", shortDuration(t.PerRequest))
	}
	newest := views.Count(t.Newest) + " are assumed"
	if t.Channels > 0 {
		newest = "the middle of your channels is taken: " + views.Count(t.Newest)
	}
	return fmt.Sprintf("Requests bring up to %d messages each. %s How many messages a channel has is taken from the highest one that others "+
		"forward or reply to, so it may have more; where none is known, %s.", t.Page, time, newest)
}

// shortDuration is a duration with fractions of a second.
func shortDuration(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.2g s", d.Seconds())
	}
	return views.Duration(d)
}
