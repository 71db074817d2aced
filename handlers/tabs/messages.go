package tabs

import (
	"context"
	"fmt"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
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
	f.Filter, f.Order, f.Found = query.Filter{}, query.Order{}, nil
	f.Values = url.Values{"channel": f.Values["channel"]}
	return int(newer/messagesAPage) + 1, id, nil
}

// albumRest is how many messages an album can have after its first.
const albumRest = 9

// pages are read of a dataset.
type pages interface {
	Page(ctx context.Context, q query.Query) (query.Page, error)
}

// read is a page of messages for reading: an album across the page's end is shown whole, and
// an album that began on the page before is left to that page.
type read struct {
	query.Page
	page int   // its number
	from int64 // the place of its first message, from 1
}

// readPage is page for reading. Each message is on one page, even of an "album" that is longer
// than Telegram allows. If the page before has shown all of this page, readPage returns that
// one.
func (f *filter) readPage(ctx context.Context, d pages, page, size int) (read, error) {
	together := f.Order.By == "" || f.Order.By == query.ByDate
	if len(f.Mistakes) > 0 || !together {
		found, err := f.page(ctx, d, page, size)
		return read{found, page, int64(page-1)*int64(size) + 1}, err
	}
	q := f.Query
	offset := (page - 1) * size
	lead := min(offset, albumRest+1)
	q.Offset, q.Limit = offset-lead, lead+size+albumRest
	found, err := f.find(ctx, d, q)
	if err != nil || len(f.Mistakes) > 0 {
		return read{Page: found, page: page}, err
	}
	ms := found.Messages
	if len(ms) <= lead && page > 1 {
		return read{}, fiber.ErrNotFound
	}
	end := min(lead+size, len(ms))
	start := lead + albumGoesOn(ms, lead)
	if start >= end && page > 1 {
		return f.readPage(ctx, d, page-1, size)
	}
	found.Messages = ms[start : end+albumGoesOn(ms, end)]
	return read{found, page, int64(offset-lead+start) + 1}, nil
}

// albumGoesOn counts the messages, from index at on, that belong to the album of the message
// before.
func albumGoesOn(ms []collector.Message, at int) int {
	n := 0
	for at > 0 && n < albumRest && at+n < len(ms) && content.SameAlbum(&ms[at+n-1], &ms[at+n]) {
		n++
	}
	return n
}

// readAt is readPage, or the page before if the message looked for is on that one.
func (f *filter) readAt(ctx context.Context, d pages, page, size int, looked int64) (read, error) {
	found, err := f.readPage(ctx, d, page, size)
	if err != nil || looked == 0 || found.page == 1 || len(found.Messages) == 0 || found.Messages[0].ID >= looked {
		return found, err
	}
	return f.readPage(ctx, d, found.page-1, size)
}
