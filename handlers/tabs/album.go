package tabs

import (
	"context"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/views/content"
)

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
	found, err := d.Page(ctx, q)
	if err != nil {
		return read{}, fmt.Errorf("read messages: %w", err)
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
