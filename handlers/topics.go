package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/views"
)

// readTopic reads which topic of a forum is asked for. The topics of one channel say
// nothing of another: with another channel chosen, a topic that it has not is none.
func (f *filter) readTopic(c *fiber.Ctx, d Dataset) (err error) {
	if f.topics, err = d.Topics(c.UserContext(), f.ChannelID); err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	id, _ := strconv.ParseInt(c.Query("topic"), 10, 64)
	if slices.ContainsFunc(f.topics, func(t collector.Topic) bool { return t.ID == id }) {
		f.Filter.Topic = id
		f.values.Set("topic", strconv.FormatInt(id, 10))
	}
	return nil
}

// topicChoices are the topics to choose from, by name; none where there are none.
func (f *filter) topicChoices() []views.Choice {
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
func (f *filter) titles() map[int64]string {
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
