package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/views"
)

// networkQuery is what an address asks of the network: the filter, as typed and as read, and
// the colours.
type networkQuery struct {
	kinds                       []string
	since, until, least, search string
	collected, byKind           bool

	filter   network.Filter
	mistakes []views.Mistake
}

func readNetworkQuery(c *fiber.Ctx) networkQuery {
	q := networkQuery{
		since: strings.TrimSpace(c.Query("since")), until: strings.TrimSpace(c.Query("until")), least: strings.TrimSpace(c.Query("least")),
		search: strings.TrimSpace(c.Query("search")), collected: ticked(c.Query("collected")), byKind: c.Query("color") == "kind",
	}
	for _, kind := range queryAll(c, "kinds") {
		if slices.Contains(network.Kinds, kind) && !slices.Contains(q.kinds, kind) {
			q.kinds = append(q.kinds, kind)
		}
	}
	switch {
	case len(q.kinds) == len(network.Kinds):
		q.kinds = nil // all of them
	case len(q.kinds) == 0 && c.Query("kinds") == noKind:
		q.kinds = []string{noKind}
	}
	q.read()
	return q
}

// noKind is the address's value for no kind at all, when no box is ticked. An address without
// kinds means all.
const noKind = "none"

// queryAll returns all values of a field of the address.
func queryAll(c *fiber.Ctx, name string) []string {
	var out []string
	for _, v := range c.Context().QueryArgs().PeekMulti(name) {
		out = append(out, string(v))
	}
	return out
}

// read makes the filter from what was typed. Values that cannot be read are mistakes, and do
// not narrow.
func (q *networkQuery) read() {
	wrong := func(field, sentence string) {
		q.mistakes = append(q.mistakes, views.Mistake{Field: field, Sentence: sentence})
	}
	q.filter = network.Filter{Kinds: q.kinds, CollectedOnly: q.collected, Search: q.search}
	since, err := collector.ParseDate(q.since)
	if err != nil {
		wrong("since", notADay(q.since))
	}
	until, err := collector.ParseDate(q.until)
	if err != nil {
		wrong("until", notADay(q.until))
	}
	q.filter.Since, q.filter.Until = since.Time, until.Time
	if q.filter.MinWeight, err = wholeNumber(q.least); err != nil {
		wrong("least", notANumber(q.least))
	}
}

func notADay(s string) string {
	return fmt.Sprintf("%q is not a day. Write it as year, month and day, like 2024-02-29.", views.Shorten(s, views.NameLength))
}

func notANumber(s string) string {
	return fmt.Sprintf("%q is not a number of messages. Write a whole number, like 5, or leave it empty.", views.Shorten(s, views.NameLength))
}

// values are the fields of the filter that narrow something.
func (q networkQuery) values() url.Values {
	v := url.Values{}
	for _, kind := range q.kinds {
		v.Add("kinds", kind)
	}
	for name, value := range map[string]string{"since": q.since, "until": q.until, "least": q.least, "search": q.search} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.collected {
		v.Set("collected", "1")
	}
	return v
}

// address is a page of the network with the same filter and more fields (name, value, …) if
// not empty.
func (q networkQuery) address(path string, more ...string) string {
	v := q.values()
	if q.byKind && path == networkPath {
		v.Set("color", "kind")
	}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			v.Set(more[i], more[i+1])
		}
	}
	return views.WithQuery(path, v)
}

// evidence is the address of the messages behind the edges of some kinds within the filter; no
// kinds: all of the filter's.
func (q networkQuery) evidence(source, target string, kinds ...string) string {
	return views.WithQuery("/network/ties", q.edge(source, target, kinds))
}

// edge are the fields of that address: the edge, and the whole filter, for the way back.
func (q networkQuery) edge(source, target string, kinds []string) url.Values {
	v := q.values()
	v.Set("source", source)
	v.Set("target", target)
	if len(kinds) > 0 {
		v["kind"] = kinds
	}
	if q.byKind {
		v.Set("color", "kind")
	}
	return v
}

// narrows reports whether the filter leaves ties out.
func (q networkQuery) narrows() bool {
	f := q.filter
	return len(f.Kinds) > 0 || !f.Since.IsZero() || !f.Until.IsZero() || f.MinWeight > 0 || f.CollectedOnly
}

func (q networkQuery) form() views.NetworkFilter {
	return views.NetworkFilter{
		Form: views.Form{Mistakes: q.mistakes}, Kinds: kindChoices(q.kinds), Since: q.since, Until: q.until, Least: q.least,
		Search: q.search, Collected: q.collected, ByKind: q.byKind, Narrowed: len(q.values()) > 0,
	}
}

var kindLabels = map[string]string{
	network.Forward: "forwards", network.Mention: "mentions", network.Link: "links", network.Reply: "replies",
}

// kindChoices are the kinds to tick: all are ticked if none is chosen.
func kindChoices(chosen []string) []views.KindChoice {
	var out []views.KindChoice
	for _, kind := range network.Kinds {
		out = append(out, views.KindChoice{Name: kind, Label: kindLabels[kind], Ticked: len(chosen) == 0 || slices.Contains(chosen, kind)})
	}
	return out
}

// pageIn is the requested page of one of several tables.
func pageIn(c *fiber.Ctx, field string) int {
	return min(max(1, c.QueryInt(field, 1)), 1<<24)
}
