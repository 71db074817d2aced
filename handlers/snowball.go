package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// The defaults of the list of candidates, and how many it shows.
const (
	leastMentions  = "2"
	newestOfEach   = "1000"
	candidatesMost = 100
)

// snowball lists the channels where a collection could go on. It sends nothing to Telegram.
func (s *Server) snowball(c *fiber.Ctx) error {
	ask, err := s.readSnowball(c)
	if err != nil {
		return err
	}
	tab := views.Snowball{
		Form: views.Form{Mistakes: ask.mistakes}, Kinds: kindChoices(ask.query.kinds), Chosen: ask.query.kinds, Least: ask.typedLeast,
		Last:  ask.typedLast,
		Basis: basis(ask.tariff), Back: networkPath,
	}
	all := ask.candidates(ask.query.filter, max(1, ask.least))
	tab.Total = int64(len(all))
	for _, candidate := range all[:min(candidatesMost, len(all))] {
		row := ask.row(candidate)
		tab.Unsure = tab.Unsure || row.Kind == ""
		tab.Rows = append(tab.Rows, row)
	}
	return s.tab(c, views.Look{Tab: views.TabNetwork, Snowball: &tab})
}

// snowballAsk is what is asked of the snowball, and the data for its answer.
type snowballAsk struct {
	graph                 *network.Graph
	query                 networkQuery
	depth                 map[int64]int64
	nobody                map[string]bool      // lower-case usernames that turned out to be people or bots
	tried                 map[string]time.Time // when collecting last failed, by lower-case @username and by id
	tariff                network.Tariff
	held                  string
	typedLeast, typedLast string
	least, last           int64
	keys                  []string
	mistakes              []views.Mistake
}

// readSnowball reads the fields of an address or of a form.
func (s *Server) readSnowball(c *fiber.Ctx) (snowballAsk, error) {
	g, all, err := s.recentNetwork(c)
	if err != nil {
		return snowballAsk{}, err
	}
	value := func(name, otherwise string) string {
		args := c.Context().QueryArgs()
		if c.Method() == fiber.MethodPost {
			args = c.Context().PostArgs()
		}
		if !args.Has(name) {
			return otherwise
		}
		return strings.TrimSpace(string(args.Peek(name)))
	}
	ask := snowballAsk{
		graph: g, depth: network.Depths(all), nobody: network.Nobodies(all), tried: network.Failures(all),
		tariff: network.TariffOf(guard.VisitorOf(c).Workspace.Source, all), held: collection.UnderWay(all),
		typedLeast: value("least", leastMentions), typedLast: value("last", newestOfEach),
	}
	for _, kind := range typedAll(c, "kinds") {
		if slices.Contains(network.Kinds, kind) && !slices.Contains(ask.query.kinds, kind) {
			ask.query.kinds = append(ask.query.kinds, kind)
		}
	}
	ask.query.filter.Kinds = ask.query.kinds
	ask.keys = typedAll(c, "key")
	if ask.least, err = wholeNumber(ask.typedLeast); err != nil {
		ask.mistakes = append(ask.mistakes, views.Mistake{Field: "least", Sentence: notANumber(ask.typedLeast)})
	}
	if ask.last, err = wholeNumber(ask.typedLast); err != nil {
		ask.mistakes = append(ask.mistakes, views.Mistake{Field: "last", Sentence: notANumber(ask.typedLast)})
	}
	return ask, nil
}

// typedAll returns all values of a field of the address and of the form.
func typedAll(c *fiber.Ctx, name string) []string {
	out := queryAll(c, name)
	for _, v := range c.Context().PostArgs().PeekMulti(name) {
		out = append(out, string(v))
	}
	return out
}

// list is the address of the list in which the channels were ticked.
func (a snowballAsk) list() string {
	return views.WithQuery("/network/snowball", url.Values{"kinds": a.query.kinds, "least": {a.typedLeast}, "last": {a.typedLast}})
}

// candidates are the network's, without known people and bots: a mentioned name does not show
// which it is, but an earlier look-up may have.
func (a snowballAsk) candidates(f network.Filter, least int64) []network.Candidate {
	return slices.DeleteFunc(a.graph.Candidates(f, least, a.depth), func(c network.Candidate) bool {
		return a.nobody[strings.ToLower(c.Username)]
	})
}

// row is a candidate with its price.
func (a snowballAsk) row(c network.Candidate) views.SnowballRow {
	requests, took := a.tariff.Price(c, a.last)
	row := views.SnowballRow{
		Key: c.Key, Name: nodeName(c.Node), Title: views.Name(c.Title), Kind: kindOfChannel(c.Kind), Details: networkLook{}.detailsHref(c.Key),
		Counts: c.Mentions, Total: c.Total, From: int64(c.From), Depth: c.Depth, Requests: requests, Took: views.Duration(took),
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
func (a snowballAsk) chosen() (out []network.Candidate, skipped []string) {
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
func (a snowballAsk) whyNot(key string, n *network.Node) string {
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

// price says what collecting the ticked channels costs, and asks for consent.
func (s *Server) price(c *fiber.Ctx) error {
	ask, err := s.readSnowball(c)
	if err != nil {
		return err
	}
	return s.showPrice(c, ask)
}

func (s *Server) showPrice(c *fiber.Ctx, ask snowballAsk) error {
	chosen, skipped := ask.chosen()
	tab := views.Price{
		CSRF: guard.VisitorOf(c).Token, Form: views.Form{Mistakes: ask.mistakes}, Skipped: skipped, Held: ask.held,
		Last: ask.last, LastField: ask.typedLast, Basis: basis(ask.tariff),
		Kinds: ask.query.kinds, Least: ask.typedLeast, Back: ask.list(),
	}
	var took int64
	var references []string
	for _, candidate := range chosen {
		references = append(references, nodeName(candidate.Node))
		row := ask.row(candidate)
		_, each := ask.tariff.Price(candidate, ask.last)
		took += int64(each)
		tab.Requests, tab.Depth = tab.Requests+row.Requests, max(tab.Depth, row.Depth)
		tab.Rows = append(tab.Rows, row)
	}
	tab.Farther = slices.ContainsFunc(tab.Rows, func(r views.SnowballRow) bool { return r.Depth < tab.Depth })
	tab.Took = views.Duration(time.Duration(took))
	tab.LookUps = s.lookUpsOf(c, references).Sentence
	return s.tab(c, views.Look{Tab: views.TabNetwork, Price: &tab})
}

// networkTrac starts the collection that the person agreed to. Its depth is that of its
// channel farthest from the channels that a person named.
func (s *Server) networkTrac(c *fiber.Ctx) error {
	ask, err := s.readSnowball(c)
	if err != nil {
		return err
	}
	chosen, _ := ask.chosen()
	if len(chosen) == 0 || len(ask.mistakes) > 0 {
		return s.showPrice(c, ask)
	}
	r := collector.Request{Last: ask.last}
	for _, candidate := range chosen {
		r.Channels = append(r.Channels, nodeName(candidate.Node))
		r.Depth = max(r.Depth, candidate.Depth)
	}
	return s.start(c, r, func(full []views.Mistake) error {
		ask.mistakes = full
		return s.showPrice(c, ask)
	})
}

// basis explains how the price was estimated.
func basis(t network.Tariff) string {
	out := fmt.Sprintf("Requests bring up to %d messages each.", t.Page)
	if t.Requests > 0 {
		out += fmt.Sprintf(" The time is that of your collections so far: %s a request.", shortDuration(t.PerRequest))
	} else {
		out += " The time assumes a second a request, because nothing was collected yet to measure it."
	}
	if t.Channels > 0 {
		return out + fmt.Sprintf(" How many messages a channel has is taken from the highest one that others forward or reply to, so it may "+
			"have more; where none is known, the middle of your channels is taken: %s.", views.Count(t.Newest))
	}
	return out + fmt.Sprintf(" How many messages a channel has is taken from the highest one that others forward or reply to, so it may have "+
		"more; where none is known, %s are assumed.", views.Count(t.Newest))
}

// shortDuration is a duration with fractions of a second.
func shortDuration(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.2g s", d.Seconds())
	}
	return views.Duration(d)
}
