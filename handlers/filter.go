package handlers

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// filter is what a visitor asks of a tab of messages: plain parameters of its
// address, so that it can be kept and sent.
type filter struct {
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

// filterOf reads the filter in the request's address. What is none is told, and
// nothing else is shown in its place.
func (s *Server) filterOf(c *fiber.Ctx, d Dataset) (filter, error) {
	f := filter{values: url.Values{}}
	if key := c.Query("channel"); key != "" {
		ch, err := d.Channel(c.UserContext(), key)
		if err != nil {
			return f, fmt.Errorf("find channel: %w", err)
		}
		f.ChannelID = ch.ID
		f.values.Set("channel", strconv.FormatInt(ch.ID, 10))
		if err := f.readTopic(c, d); err != nil {
			return f, err
		}
	}
	f.Filter.Since, f.Filter.Until = f.day(c, "since"), f.day(c, "until")
	f.Filter.Text = strings.ToValidUTF8(f.value(c, "q"), "\ufffd")
	f.Filter.Kind, f.Filter.Media = f.value(c, "kind"), f.value(c, "media")
	forwarded, sort := f.value(c, "forwarded"), f.value(c, "sort")
	for _, o := range conditions {
		if o.name == forwarded {
			f.Filter.Forwarded = o.is
		}
	}
	for _, o := range orders {
		if o.name == sort {
			f.Order = o.order
		}
	}
	return f, nil
}

// value reads a parameter, cut to a sane length.
func (f *filter) value(c *fiber.Ctx, name string) string {
	v := strings.TrimSpace(c.Query(name))
	if r := []rune(v); len(r) > 200 {
		v = string(r[:200])
	}
	if v != "" {
		f.values.Set(name, v)
	}
	return v
}

// day reads a UTC day; zero when there is none.
func (f *filter) day(c *fiber.Ctx, name string) time.Time {
	v := f.value(c, name)
	if v == "" {
		return time.Time{}
	}
	day, err := time.ParseInLocation(time.DateOnly, v, time.UTC)
	if err != nil {
		f.values.Del(name) // a field for dates takes none but dates
		f.mistakes = append(f.mistakes, views.Mistake{Field: name, Sentence: fmt.Sprintf("%q is not a day. Write it like 2024-02-29.", v)})
	}
	return day
}

// page reads the page that is asked for; nothing where the filter has mistakes.
func (f *filter) page(ctx context.Context, d Dataset, page, size int) (dataset.Page, error) {
	if len(f.mistakes) > 0 {
		return dataset.Page{}, nil
	}
	q := f.Query
	q.Offset, q.Limit = (page-1)*size, size
	found, err := d.Page(ctx, q)
	if err != nil {
		return found, fmt.Errorf("read messages: %w", err)
	}
	if len(found.Messages) == 0 && page > 1 {
		return found, fiber.ErrNotFound
	}
	return found, nil
}

// status is the answer's: 422 where something typed is wrong.
func (f *filter) status() int {
	if len(f.mistakes) > 0 {
		return fiber.StatusUnprocessableEntity
	}
	return fiber.StatusOK
}

// view is the form as it was filled in.
func (f *filter) view(action string, all []dataset.ChannelSummary) views.Filter {
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
func (f *filter) marked(m collector.Message, most int) collector.Message {
	text, _ := cutText(m.Text, most)
	if found := marks(text, f.Filter.Text); len(found) > 0 {
		m.Entities = append(slices.Clone(m.Entities), found...)
	}
	return m
}
