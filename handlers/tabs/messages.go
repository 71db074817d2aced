package tabs

import (
	"fmt"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/content"
)

const messagesAPage = 50

// Messages shows messages for reading, newest first unless another order is asked for.
func (s *Server) Messages(c *fiber.Ctx) error {
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
	tab := views.Messages{Filter: f.View("/tabs/messages", all)}
	if len(found.Messages) > 0 {
		tab.Pager = views.PagerFrom("/tabs/messages", f.Values, found.page, messagesAPage, found.from, len(found.Messages), found.Total)
		tab.Pager.Plain = f.Order != query.Order{}
	}
	show := content.Teller{Known: content.NamesOf(all), At: answer.Links(guard.VisitorOf(c)), Looked: looked, IsWhole: c.Query("whole") != ""}
	if show.Wrote, err = d.Senders(c.UserContext(), content.SendersOf(found.Messages)); err != nil {
		return fmt.Errorf("show messages: %w", err)
	}
	tab.Days = f.Days(found.Messages, show)
	return s.showWith(c, f.status(), views.Look{Tab: views.TabMessages, Messages: &tab})
}

// pageAt is the requested page: by its number or, within one channel, by the id of a message
// on it, which it then returns as looked.
func (f *filter) pageAt(c *fiber.Ctx, d *dataset.Dataset) (page int, looked int64, err error) {
	id := int64(c.QueryInt("at"))
	if id <= 0 || f.ChannelID == 0 {
		return answer.PageOf(c), 0, nil
	}
	newer, err := d.Newer(c.UserContext(), f.ChannelID, id)
	if err != nil {
		return 0, 0, fmt.Errorf("find a message: %w", err)
	}
	f.Filter, f.Order = query.Filter{}, query.Order{}
	f.Values = url.Values{"channel": f.Values["channel"]}
	return int(newer/messagesAPage) + 1, id, nil
}
