package handlers

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

const messagesAPage = 50

// pagesAtOnce is how many pages of messages a workspace reads at the same time. The
// largest take a hundred megabytes while they are read; the others wait.
const pagesAtOnce = 2

// tabMessages shows messages as they read, newest first unless it is asked
// otherwise.
func (s *Server) tabMessages(c *fiber.Ctx) error {
	d, all, err := s.channels(c)
	if err != nil {
		return err
	}
	f, err := s.filterOf(c, d)
	if err != nil {
		return err
	}
	page, looked, err := f.pageAt(c, d)
	if err != nil {
		return err
	}
	found, err := f.readAt(c.UserContext(), d, page, messagesAPage, looked)
	if err != nil {
		return err
	}
	tab := views.Messages{Filter: f.view("/tabs/messages", all)}
	if len(found.Messages) > 0 {
		tab.Pager = pagerFrom("/tabs/messages", f.values, found.page, messagesAPage, found.from, len(found.Messages), found.Total)
		tab.Pager.Plain = f.Order != dataset.Order{}
	}
	show := teller{known: namesOf(all), at: linksOf(guard.VisitorOf(c)), topics: f.titles(), room: itemsRoom}
	if show.wrote, err = d.Senders(c.UserContext(), sendersOf(found.Messages)); err != nil {
		return fmt.Errorf("show messages: %w", err)
	}
	if c.Query("whole") != "" {
		show.whole = looked
	}
	for i, m := range found.Messages {
		found.Messages[i] = f.marked(m, show.shown(m.ID))
	}
	tab.Days = days(found.Messages, &show, f.ChannelID == 0)
	for _, day := range tab.Days {
		for _, g := range day.Groups {
			for i := range g.Items {
				g.Items[i].Looked = looked != 0 && g.Items[i].ID == looked
			}
		}
	}
	return s.tabWith(c, f.status(), views.Look{Tab: views.TabMessages, Messages: &tab})
}

// pageAt is the page that is asked for, by its number or, of one channel, by the
// id of a message on it, which is returned then.
func (f *filter) pageAt(c *fiber.Ctx, d Dataset) (page int, looked int64, err error) {
	id := int64(c.QueryInt("at"))
	if id <= 0 || f.ChannelID == 0 {
		return pageOf(c), 0, nil
	}
	newer, err := d.Newer(c.UserContext(), f.ChannelID, id)
	if err != nil {
		return 0, 0, fmt.Errorf("find a message: %w", err)
	}
	f.Filter, f.Order = dataset.Filter{}, dataset.Order{}
	f.values = url.Values{"channel": f.values["channel"]}
	return int(newer/messagesAPage) + 1, id, nil
}

func choices(all []dataset.ChannelSummary, current int64) []views.ChannelChoice {
	out := make([]views.ChannelChoice, len(all))
	for i, ch := range all {
		out[i] = views.ChannelChoice{
			ID: ch.ID, Name: views.ChannelName(ch.Username, ch.ID), Title: views.Name(ch.Title),
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

// sendersOf are the keys of those who wrote some messages.
func sendersOf(messages []collector.Message) []dataset.PeerKey {
	var out []dataset.PeerKey
	for i := range messages {
		if k := dataset.SenderKey(&messages[i]); k.ID != 0 && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// days groups messages by their UTC day and their album, in their order.
func days(messages []collector.Message, t *teller, withChannel bool) []views.MessageDay {
	var out []views.MessageDay
	var last *collector.Message
	for i := range messages {
		m := &messages[i]
		item := t.item(m, withChannel)
		if n := len(out); n == 0 || views.Day(out[n-1].Date) != views.Day(item.Date) {
			out = append(out, views.MessageDay{Date: item.Date})
			last = nil
		}
		day := &out[len(out)-1]
		if last != nil && sameAlbum(last, m) {
			g := &day.Groups[len(day.Groups)-1]
			g.Album, g.Items = true, append(g.Items, item)
		} else {
			day.Groups = append(day.Groups, views.MessageGroup{Items: []views.MessageItem{item}})
		}
		last = m
	}
	return out
}
