package content

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/search"
	"telegramtrac/views"
	"telegramtrac/views/chart"
	"telegramtrac/views/words"
)

// chartLinks are the charts for the filter's channel and days.
func (f *Asked) chartLinks() []views.ChartLink {
	q := url.Values{}
	for _, name := range []string{"channel", "since", "until"} {
		if f.Values.Has(name) {
			q[name] = f.Values[name]
		}
	}
	var out []views.ChartLink
	for _, ch := range chart.All {
		out = append(out, views.ChartLink{Title: ch.Title, SVG: views.WithQuery("/charts/"+ch.Name+".svg", q),
			CSV: views.WithQuery("/charts/"+ch.Name+".csv", q)})
	}
	return out
}

// Asked is what a visitor asks of a tab of messages. It consists of the address's parameters,
// so it can be stored and sent as a link.
type Asked struct {
	query.Query
	Values url.Values        // the parameters that are set, for links to other pages
	Topics []collector.Topic // of the chosen channel, if it is a forum
	Found  *search.Matcher   // marks what the search found; nil: there is none

	Mistaken *search.Mistake // where the search is none
	views.Form
}

// Orders are the ways to sort, the usual one first.
var Orders = []struct {
	Name, label string
	Order       query.Order
}{
	{"", "newest first", query.Order{}},
	{"oldest", "oldest first", query.Order{By: query.ByDate, Ascending: true}},
	{"most-views", "most views first", query.Order{By: query.ByViews}},
	{"fewest-views", "fewest views first", query.Order{By: query.ByViews, Ascending: true}},
	{"most-forwards", "most forwards first", query.Order{By: query.ByForwards}},
	{"fewest-forwards", "fewest forwards first", query.Order{By: query.ByForwards, Ascending: true}},
}

// Conditions are the answers to "was it forwarded".
var Conditions = []struct {
	Name, label string
	Is          query.Condition
}{{"", "forwarded or not", query.Whatever}, {"yes", "forwarded only", query.Yes}, {"no", "not forwarded", query.No}}

// kinds are the kinds of messages.
var kinds = []views.Choice{
	{Value: "", Label: "all kinds"}, {Value: collector.KindMessage, Label: "messages"},
	{Value: collector.KindService, Label: "service messages"}, {Value: collector.KindUnreadable, Label: "not readable"},
}

// View is the form, filled in.
func (f *Asked) View(action string, all []catalog.ChannelSummary) views.Filter {
	v := views.Filter{
		Action: action, Channels: Choices(all, f.ChannelID), All: f.ChannelID == 0,
		Since: f.Values.Get("since"), Until: f.Values.Get("until"), Text: f.Values.Get("q"),
		Kinds: chosen(kinds, f.Filter.Kind), Media: chosen(mediaChoices(), f.Filter.Media), Topics: f.topicChoices(),
		Active: len(f.Values) > 0, Form: f.Form,
	}
	v.Has, v.Is = searchChoices(search.Has), searchChoices(search.Is)
	for _, name := range slices.Sorted(maps.Keys(f.Values)) {
		for _, value := range f.Values[name] {
			if name != "q" {
				v.Hidden = append(v.Hidden, views.Field{Name: name, Value: value})
			}
		}
	}
	if f.Mistaken != nil {
		v.Mistaken = mistaken(v.Text, f.Mistaken.At)
	}
	for _, o := range Conditions {
		v.Forwarded = append(v.Forwarded, views.Choice{Value: o.Name, Label: o.label, Current: o.Is == f.Filter.Forwarded})
	}
	for _, o := range Orders {
		v.Orders = append(v.Orders, views.Choice{Value: o.Name, Label: o.label, Current: o.Order == f.Order})
	}
	return v
}

// searchChoices are the values of a field of searches, in the words of the form that builds one.
func searchChoices(field string) []views.Choice {
	out := []views.Choice{{Label: "whatever"}}
	for _, value := range search.Choices(field) {
		out = append(out, views.Choice{Value: value, Label: words.SearchChoices[field+":"+value]})
	}
	return out
}

// mistaken cuts a search at the character where something else was expected.
func mistaken(text string, at int) *views.MistakenSearch {
	letters := []rune(text)
	at = min(at, len(letters))
	end := min(at+1, len(letters))
	return &views.MistakenSearch{Before: string(letters[:at]), At: string(letters[at:end]), Behind: string(letters[end:])}
}

// chosen marks the current choice.
func chosen(all []views.Choice, current string) []views.Choice {
	out := slices.Clone(all)
	for i := range out {
		out[i].Current = out[i].Value == current
	}
	return out
}

func mediaChoices() []views.Choice {
	out := []views.Choice{{Value: "", Label: "with or without"}, {Value: query.MediaAny, Label: "with any media"},
		{Value: query.MediaNone, Label: "without media"}}
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

// marks are the places in a text that match the search, as entities, whose offsets count
// UTF-16 units.
func (f *Asked) marks(text string) []collector.Entity {
	if f.Found == nil {
		return nil
	}
	var out []collector.Entity
	runes, at, units := []rune(text), 0, 0
	forward := func(to int) {
		for ; at < to; at++ {
			units += utf16.RuneLen(runes[at])
		}
	}
	for _, m := range f.Found.Marks(text) {
		forward(m.From)
		from := units
		forward(m.To)
		out = append(out, collector.Entity{Type: views.Found, Offset: int32(from), Length: int32(units - from)})
	}
	return out
}

// marked is a message with the search's matches marked in the first most characters of its
// text, which the page shows.
func (f *Asked) marked(m collector.Message, most int) collector.Message {
	text, _ := cutText(m.Text, most)
	if found := f.marks(text); len(found) > 0 {
		m.Entities = append(slices.Clone(m.Entities), found...)
	}
	return m
}

const (
	RowsAPage   = 25
	DatasetPath = "/tabs/dataset"
)

// sorters are the orders that a column's heading links to: the first, or the second if already
// sorted by the first.
var sorters = map[string][2]string{"date": {"", "oldest"}, "views": {"most-views", "fewest-views"},
	"forwards": {"most-forwards", "fewest-forwards"}}

// column is a column's heading, which sorts by it if possible.
func (f *Asked) column(name string) views.Column {
	out := views.Column{Name: name, Number: isNumberColumn(name)}
	names, sortable := sorters[name]
	if !sortable {
		return out
	}
	next, now := names[0], f.Values.Get("sort")
	switch now {
	case names[0]:
		out.Sorted, next = "descending", names[1]
	case names[1]:
		out.Sorted = "ascending"
	}
	q := maps.Clone(f.Values)
	q.Del("sort")
	if next != "" {
		q.Set("sort", next)
	}
	out.Href = views.WithQuery(DatasetPath, q)
	return out
}

// topicChoices are the topics to choose from, by name; nil if there are none.
func (f *Asked) topicChoices() []views.Choice {
	if len(f.Topics) == 0 {
		return nil
	}
	var named []views.Choice
	for _, t := range f.Topics {
		named = append(named, views.Choice{Value: strconv.FormatInt(t.ID, 10), Label: topicName(t.ID, t.Title), Current: t.ID == f.Filter.Topic})
	}
	slices.SortStableFunc(named, func(a, b views.Choice) int {
		return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label))
	})
	return append([]views.Choice{{Label: "all topics", Current: f.Filter.Topic == 0}}, named...)
}

// titles are the topics' titles by id.
func (f *Asked) titles() map[int64]string {
	out := make(map[int64]string, len(f.Topics))
	for _, t := range f.Topics {
		out[t.ID] = t.Title
	}
	return out
}

// topicName is a topic's name, "" for none.
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
