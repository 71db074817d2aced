package handlers

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/views"
)

const messagesAPage = 50

// tabMessages shows the messages, newest first.
func (s *Server) tabMessages(c *fiber.Ctx) error {
	d, all, err := s.channels(c)
	if err != nil {
		return err
	}
	tab := views.Messages{All: true}
	query, page := url.Values{}, pageOf(c)
	q := dataset.Query{Offset: (page - 1) * messagesAPage, Limit: messagesAPage}
	if key := c.Query("channel"); key != "" {
		ch, err := d.Channel(c.UserContext(), key)
		if err != nil {
			return fmt.Errorf("find channel: %w", err)
		}
		q.ChannelID, tab.All = ch.ID, false
		query.Set("channel", strconv.FormatInt(ch.ID, 10))
	}
	found, err := d.Page(c.UserContext(), q)
	if err != nil {
		return fmt.Errorf("read messages: %w", err)
	}
	if len(found.Messages) == 0 && page > 1 {
		return fiber.ErrNotFound
	}
	tab.Channels = choices(all, q.ChannelID)
	if len(found.Messages) > 0 {
		tab.Pager = pager("/tabs/messages", query, page, messagesAPage, len(found.Messages), found.Total)
	}
	tab.Days = days(found.Messages, teller{namesOf(all), visitorOf(c).links()}, tab.All)
	return s.tab(c, views.Look{Tab: views.TabMessages, Messages: &tab})
}

func choices(all []dataset.ChannelSummary, current int64) []views.ChannelChoice {
	out := make([]views.ChannelChoice, len(all))
	for i, ch := range all {
		out[i] = views.ChannelChoice{
			ID: ch.ID, Name: channelName(ch.Username, ch.ID), Title: ch.Title,
			Messages: ch.Count.Messages, Current: ch.ID == current,
		}
	}
	return out
}

// names are the channels that were collected, by id.
type names map[int64]dataset.ChannelSummary

func namesOf(all []dataset.ChannelSummary) names {
	out := names{}
	for _, ch := range all {
		out[ch.ID] = ch
	}
	return out
}

// days groups messages by their UTC day, in their order.
func days(messages []collector.Message, t teller, withChannel bool) []views.MessageDay {
	var out []views.MessageDay
	for i := range messages {
		item := t.item(&messages[i], withChannel)
		if n := len(out); n > 0 && views.Day(out[n-1].Date) == views.Day(item.Date) {
			out[n-1].Items = append(out[n-1].Items, item)
			continue
		}
		out = append(out, views.MessageDay{Date: item.Date, Items: []views.MessageItem{item}})
	}
	return out
}
