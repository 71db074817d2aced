package draw

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector/network"
	"telegramtrac/collector/network/graph"
)

// column is what files say of a node or edge under a name.
type column[T any] struct {
	name     string
	optional bool // the zero value means "not known"
	value    func(T) any
}

var nodeColumns = []column[network.Node]{
	{"id", false, func(n network.Node) any { return n.Key }},
	{"label", false, func(n network.Node) any { return n.Label() }},
	{"channel_id", true, func(n network.Node) any { return n.ChannelID }},
	{"username", true, func(n network.Node) any { return n.Username }},
	{"title", true, func(n network.Node) any { return n.Title }},
	{"kind", true, func(n network.Node) any { return n.Kind }},
	{"collected", false, func(n network.Node) any { return n.Collected }},
	{"messages", false, func(n network.Node) any { return n.Messages }},
	{"seen_message_id", true, func(n network.Node) any { return n.SeenID }},
	{"in_degree", false, func(n network.Node) any { return n.InDegree }},
	{"out_degree", false, func(n network.Node) any { return n.OutDegree }},
	{"in_weight", false, func(n network.Node) any { return n.InWeight }},
	{"out_weight", false, func(n network.Node) any { return n.OutWeight }},
	{"pagerank", false, func(n network.Node) any { return significant(n.PageRank, 6) }},
	{"betweenness", false, func(n network.Node) any { return significant(n.Betweenness, 6) }},
	{"community", false, func(n network.Node) any { return n.Community }},
	{"color", false, func(n network.Node) any { return n.Color }},
	{"pattern", false, func(n network.Node) any { return n.Pattern }},
	{"size", false, func(n network.Node) any { return graph.Round(n.Size, 2) }},
	{"x", false, func(n network.Node) any { return n.X }},
	{"y", false, func(n network.Node) any { return n.Y }},
	{"ambiguous", false, func(n network.Node) any { return n.Ambiguous }},
}

var edgeColumns = []column[network.Edge]{
	{"kind", false, func(e network.Edge) any { return e.Kind }},
	{"first", false, func(e network.Edge) any { return e.First }},
	{"last", false, func(e network.Edge) any { return e.Last }},
	{"ambiguous", false, func(e network.Edge) any { return e.Ambiguous }},
}

// pick returns the columns of these names, in their order.
func pick[T any](all []column[T], names string) (out []column[T]) {
	for name := range strings.FieldsSeq(names) {
		out = append(out, all[slices.IndexFunc(all, func(c column[T]) bool { return c.name == name })])
	}
	return out
}

// known returns the column's value, nil when it is not known.
func (c column[T]) known(of T) any {
	if v := c.value(of); !c.optional || !reflect.ValueOf(v).IsZero() {
		return v
	}
	return nil
}

// text returns the column's value as a text, "" when it is not known.
func (c column[T]) text(of T) string {
	switch v := c.known(of).(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return decimal(v)
	case float64:
		return number(v)
	case time.Time:
		return v.Format(time.RFC3339)
	}
	return ""
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
