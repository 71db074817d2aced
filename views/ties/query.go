package ties

import (
	"net/url"
	"slices"
	"strings"

	"telegramtrac/collector/network"
	"telegramtrac/views"
)

// Addresses of the tab and of its pages.
const (
	Path          = "/tabs/network"
	messagesPath  = "/network/ties"
	candidatePath = "/network/snowball"
	pricePath     = "/network/price"
)

// Query is what an address asks of the network: the filter, as typed and as read, and the
// colours.
type Query struct {
	typed  views.NetworkFilter
	kinds  []string
	filter network.Filter
}

// ReadQuery reads an address. Values that cannot be read are mistakes, and do not narrow.
func ReadQuery(v url.Values) Query {
	typed := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	q := Query{kinds: kindsOf(v["kinds"]), typed: views.NetworkFilter{
		Since: typed("since"), Until: typed("until"), Least: typed("least"), Search: typed("search"),
		Collected: views.Ticked(v.Get("collected")), ByKind: v.Get("color") == "kind",
	}}
	switch {
	case len(q.kinds) == len(network.Kinds):
		q.kinds = nil // all of them
	case len(q.kinds) == 0 && v.Get("kinds") == noKind:
		q.kinds = []string{noKind}
	}
	as, form := q.typed, &q.typed.Form
	q.filter = network.Filter{
		Kinds: q.kinds, CollectedOnly: as.Collected, Search: as.Search, Since: form.Day("since", as.Since).Time,
		Until: form.Day("until", as.Until).Time, MinWeight: form.Number("least", as.Least, ofMessages),
	}
	q.typed.Kinds, q.typed.Narrowed = kindChoices(q.kinds), len(q.values()) > 0
	return q
}

// ofMessages ends the sentence about a number of messages that cannot be read.
const ofMessages = "messages. Write a whole number, like 5, or leave it empty."

// noKind is the address's value for no kind at all, when no box is ticked. An address without
// kinds means all.
const noKind = "none"

// kindsOf are the kinds among some values, each once.
func kindsOf(values []string) (out []string) {
	for _, kind := range values {
		if slices.Contains(network.Kinds, kind) && !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out
}

// values are the fields of the filter that narrow something.
func (q Query) values() url.Values {
	v := url.Values{}
	for _, kind := range q.kinds {
		v.Add("kinds", kind)
	}
	as := q.typed
	for name, value := range map[string]string{"since": as.Since, "until": as.Until, "least": as.Least, "search": as.Search} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.typed.Collected {
		v.Set("collected", "1")
	}
	return v
}

// address is the tab with the same filter and more fields (name, value, …) if not empty.
func (q Query) address(more ...string) string {
	v := q.values()
	if q.typed.ByKind {
		v.Set("color", "kind")
	}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			v.Set(more[i], more[i+1])
		}
	}
	return views.WithQuery(Path, v)
}

func (q Query) details(key string) string { return q.address("channel", key) + "#network-details" }

// edge are the fields of the address of the messages behind the edges of some kinds; no kinds:
// all of the filter's. The whole filter is among them, for the way back.
func (q Query) edge(source, target string, kinds []string) url.Values {
	v := q.values()
	v.Set("source", source)
	v.Set("target", target)
	if len(kinds) > 0 {
		v["kind"] = kinds
	}
	if q.typed.ByKind {
		v.Set("color", "kind")
	}
	return v
}

// evidence is that address.
func (q Query) evidence(source, target string, kinds ...string) string {
	return views.WithQuery(messagesPath, q.edge(source, target, kinds))
}

// narrows reports whether the filter leaves ties out.
func (q Query) narrows() bool {
	f := q.filter
	return len(f.Kinds) > 0 || !f.Since.IsZero() || !f.Until.IsZero() || f.MinWeight > 0 || f.CollectedOnly
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
