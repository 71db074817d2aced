package ties

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"telegramtrac/collector/network"
	"telegramtrac/views"
)

// How many messages of an edge a page shows; beside the picture there is less room.
const (
	messagesAPage     = 50
	messagesAtTheSide = 8
)

// Messages asks for the messages behind an edge.
type Messages struct {
	Look
	Source, Target *network.Node // nil: not in the network
	Side           bool          // beside the picture

	kinds  []string // of a row of the table of ties, or of one at the side; empty: all of the filter's
	within Query
	page   int
}

// MessagesOf reads which edge's messages an address asks for.
func (l Look) MessagesOf(v url.Values, side bool) Messages {
	m := Messages{
		Look: l, Source: l.Graph.Node(v.Get("source")), Target: l.Graph.Node(v.Get("target")), Side: side,
		kinds:  slices.DeleteFunc(slices.Clone(v["kind"]), func(k string) bool { return !slices.Contains(network.Kinds, k) }),
		within: l.Query, page: views.PageIn(v, "page"),
	}
	if len(m.kinds) > 0 {
		m.within.kinds = m.kinds
	}
	// The other fields choose which ties are shown, not which messages of a tie.
	m.within.filter = network.Filter{Kinds: m.within.kinds, Since: l.Query.filter.Since, Until: l.Query.filter.Until}
	return m
}

// Known reports whether the edge's ends are in the network.
func (m Messages) Known() bool { return m.Source != nil && m.Target != nil && m.Source.ChannelID != 0 }

func (m Messages) size() int {
	if m.Side {
		return messagesAtTheSide
	}
	return messagesAPage
}

// Question is what to ask the dataset for.
func (m Messages) Question() network.Question {
	q := network.Question{Source: m.Source.ChannelID, Target: m.Target.Key, Filter: m.within.filter, Limit: m.size()}
	if !m.Side {
		q.Offset = (m.page - 1) * q.Limit
	}
	return q
}

// View is the answer as the page shows it.
func (m Messages) View(found network.Answer) views.Ties {
	source, target, q := *m.Source, *m.Target, m.Query
	tab := views.Ties{
		Source: nodeName(source), Target: nodeName(target), SourceHref: q.details(source.Key), TargetHref: q.details(target.Key),
		Total: int64(found.Total), Form: views.Form{Mistakes: daysOf(q.typed.Mistakes)},
		Kind: kindList(m.within.kinds), Narrowed: between(m.within),
	}
	for _, f := range found.Statements {
		row := views.TieRow{
			Statement: f, Href: m.Links.Message(source.Username, source.ChannelID, f.MessageID), Text: views.Shorten(f.Text, 600),
		}
		if f.TargetMessageID != 0 {
			row.Target = fmt.Sprintf("Message %d of %s", f.TargetMessageID, nodeName(target))
			row.TargetHref = m.Links.Message(target.Username, target.ChannelID, f.TargetMessageID)
		}
		tab.Rows = append(tab.Rows, row)
	}
	query := q.edge(source.Key, target.Key, m.kinds)
	switch {
	case !m.Side:
		tab.Back = q.address()
		if len(found.Statements) > 0 {
			tab.Pager = views.NewPager(messagesPath, query, m.page, m.size(), len(found.Statements), int64(found.Total))
		}
	case found.Total > m.size():
		tab.Whole = views.WithQuery(messagesPath, query)
	}
	return tab
}

// daysOf returns the mistakes about days, without their fields, which this page does not have.
// The filter's other fields do not apply to a tie's messages.
func daysOf(all []views.Mistake) []views.Mistake {
	var out []views.Mistake
	for _, m := range all {
		if m.Field == "since" || m.Field == "until" {
			out = append(out, views.Mistake{Sentence: m.Sentence})
		}
	}
	return out
}

// kindList names kinds in a sentence; "" means all.
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
func between(q Query) string {
	var out []string
	if !q.filter.Since.IsZero() {
		out = append(out, "since "+views.Day(q.filter.Since))
	}
	if !q.filter.Until.IsZero() {
		out = append(out, "before "+views.Day(q.filter.Until))
	}
	return strings.Join(out, " and ")
}
