package handlers

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/views"
	"telegramtrac/views/words"
	"unicode/utf16"
)

// chartLinks are the charts of the channel and days that a filter names.
func (f *asked) chartLinks() []views.ChartLink {
	q := url.Values{}
	for _, name := range []string{"channel", "since", "until"} {
		if f.values.Has(name) {
			q[name] = f.values[name]
		}
	}
	query := ""
	if len(q) > 0 {
		query = "?" + q.Encode()
	}
	var out []views.ChartLink
	for _, ch := range charts {
		out = append(out, views.ChartLink{Title: ch.title, SVG: "/charts/" + ch.name + ".svg" + query, CSV: "/charts/" + ch.name + ".csv" + query})
	}
	return out
}

// asked is what a visitor asks of a tab of messages: plain parameters of its address,
// so that it can be stored and sent.
type asked struct {
	dataset.Query
	values   url.Values        // those that say something, for links to other pages
	topics   []collector.Topic // of the chosen channel, where it is a forum
	mistakes []views.Mistake
}

// orders are the ways to sort, the usual one first.
var orders = []struct {
	name, label string
	order       dataset.Order
}{
	{"", "newest first", dataset.Order{}},
	{"oldest", "oldest first", dataset.Order{By: dataset.ByDate, Ascending: true}},
	{"most-views", "most views first", dataset.Order{By: dataset.ByViews}},
	{"fewest-views", "fewest views first", dataset.Order{By: dataset.ByViews, Ascending: true}},
	{"most-forwards", "most forwards first", dataset.Order{By: dataset.ByForwards}},
	{"fewest-forwards", "fewest forwards first", dataset.Order{By: dataset.ByForwards, Ascending: true}},
}

// conditions are the answers to "was it forwarded".
var conditions = []struct {
	name, label string
	is          dataset.Condition
}{{"", "forwarded or not", dataset.Whatever}, {"yes", "forwarded only", dataset.Yes}, {"no", "not forwarded", dataset.No}}

// kinds are the kinds of messages.
var kinds = []views.Choice{
	{Value: "", Label: "all kinds"}, {Value: collector.KindMessage, Label: "messages"}, {Value: collector.KindService, Label: "service messages"}, {Value: collector.KindUnreadable, Label: "not readable"},
}

// view is the form as it was filled in.
func (f *asked) view(action string, all []dataset.ChannelSummary) views.Filter {
	v := views.Filter{
		Action: action, Channels: choices(all, f.ChannelID), All: f.ChannelID == 0,
		Since: f.values.Get("since"), Until: f.values.Get("until"), Text: f.values.Get("q"),
		Kinds: chosen(kinds, f.Filter.Kind), Media: chosen(mediaChoices(), f.Filter.Media), Topics: f.topicChoices(),
		Active: len(f.values) > 0, Mistakes: f.mistakes,
	}
	for _, o := range conditions {
		v.Forwarded = append(v.Forwarded, views.Choice{Value: o.name, Label: o.label, Current: o.is == f.Filter.Forwarded})
	}
	for _, o := range orders {
		v.Orders = append(v.Orders, views.Choice{Value: o.name, Label: o.label, Current: o.order == f.Order})
	}
	return v
}

// chosen marks the current one of some choices.
func chosen(all []views.Choice, current string) []views.Choice {
	out := slices.Clone(all)
	for i := range out {
		out[i].Current = out[i].Value == current
	}
	return out
}

func mediaChoices() []views.Choice {
	out := []views.Choice{{Value: "", Label: "with or without"}, {Value: dataset.MediaAny, Label: "with any media"}, {Value: dataset.MediaNone, Label: "without media"}}
	var named []views.Choice
	for value := range words.ShownThemselves {
		named = append(named, views.Choice{Value: value, Label: words.MediaLabel(value)})
	}
	for value := range words.MediaNames {
		named = append(named, views.Choice{Value: value, Label: words.MediaLabel(value)})
	}
	slices.SortFunc(named, func(a, b views.Choice) int { return strings.Compare(a.Label, b.Label) })
	return append(out, named...)
}

// marks are the places of a text that were searched for, as entities, whose
// offsets count UTF-16 units.
func marks(text, part string) []collector.Entity {
	if part == "" {
		return nil
	}
	var out []collector.Entity
	runes, at, units := []rune(text), 0, 0
	forward := func(to int) {
		for ; at < to; at++ {
			units += utf16.RuneLen(runes[at])
		}
	}
	for _, m := range dataset.Matches(text, part) {
		forward(m.From)
		from := units
		forward(m.To)
		out = append(out, collector.Entity{Type: views.Found, Offset: int32(from), Length: int32(units - from)})
	}
	return out
}

// marked is a message with what was searched for marked in the beginning of its text,
// so many characters of it: a long one has more of it than a page shows.
func (f *asked) marked(m collector.Message, most int) collector.Message {
	text, _ := cutText(m.Text, most)
	if found := marks(text, f.Filter.Text); len(found) > 0 {
		m.Entities = append(slices.Clone(m.Entities), found...)
	}
	return m
}

const (
	rowsAPage   = 25
	datasetPath = "/tabs/dataset"
)

// sorters are the orders that a column's heading leads to: the first, and the
// second once it is sorted by the first.
var sorters = map[string][2]string{"date": {"", "oldest"}, "views": {"most-views", "fewest-views"}, "forwards": {"most-forwards", "fewest-forwards"}}

// column is the heading of a column, which sorts by it where that is possible.
func (f *asked) column(name string) views.Column {
	out := views.Column{Name: name, Number: isNumberColumn(name)}
	names, sortable := sorters[name]
	if !sortable {
		return out
	}
	next, now := names[0], f.values.Get("sort")
	switch now {
	case names[0]:
		out.Sorted, next = "descending", names[1]
	case names[1]:
		out.Sorted = "ascending"
	}
	q := maps.Clone(f.values)
	q.Del("sort")
	if next != "" {
		q.Set("sort", next)
	}
	out.Href = datasetPath
	if len(q) > 0 {
		out.Href += "?" + q.Encode()
	}
	return out
}

// topicChoices are the topics to choose from, by name; none where there are none.
func (f *asked) topicChoices() []views.Choice {
	if len(f.topics) == 0 {
		return nil
	}
	var named []views.Choice
	for _, t := range f.topics {
		named = append(named, views.Choice{Value: strconv.FormatInt(t.ID, 10), Label: topicName(t.ID, t.Title), Current: t.ID == f.Filter.Topic})
	}
	slices.SortStableFunc(named, func(a, b views.Choice) int {
		return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label))
	})
	return append([]views.Choice{{Label: "all topics", Current: f.Filter.Topic == 0}}, named...)
}

// titles are how the topics are called, by their ids.
func (f *asked) titles() map[int64]string {
	out := make(map[int64]string, len(f.topics))
	for _, t := range f.topics {
		out[t.ID] = t.Title
	}
	return out
}

// topicName is how a topic is called, "" for none.
func topicName(id int64, title string) string {
	switch {
	case id == 0:
		return ""
	case title != "":
		return title
	case id == collector.General:
		return "General"
	}
	return fmt.Sprintf("topic %d", id)
}
