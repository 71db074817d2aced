package tabs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/search"
	"telegramtrac/views"
	"telegramtrac/views/content"
)

// filter is what a visitor asks of a tab of messages, read from the address.
type filter struct{ content.Asked }

// filterOf reads the filter in the request's address. A value that is no day is a mistake, and
// no other value replaces it.
func (s *Server) filterOf(c *fiber.Ctx, d *dataset.Dataset) (filter, error) {
	f := filter{content.Asked{Values: url.Values{}}}
	if key := c.Query("channel"); key != "" {
		ch, err := d.Channel(c.UserContext(), key)
		if err != nil {
			return f, fmt.Errorf("find channel: %w", err)
		}
		f.ChannelID = ch.ID
		f.Values.Set("channel", strconv.FormatInt(ch.ID, 10))
		if err := f.readTopic(c, d); err != nil {
			return f, err
		}
	}
	f.Filter.Since, f.Filter.Until = f.day(c, "since"), f.day(c, "until")
	f.readSearch(c)
	f.Filter.Kind, f.Filter.Media = f.value(c, "kind"), f.value(c, "media")
	forwarded, sort := f.value(c, "forwarded"), f.value(c, "sort")
	for _, o := range content.Conditions {
		if o.Name == forwarded {
			f.Filter.Forwarded = o.Is
		}
	}
	for _, o := range content.Orders {
		if o.Name == sort {
			f.Order = o.Order
		}
	}
	if builtSearch(c) != "" {
		f.pushAddress(c)
	}
	return f, nil
}

// readSearch reads the query. What is no query is a mistake, which says where.
func (f *filter) readSearch(c *fiber.Ctx) {
	typed := strings.TrimSpace(strings.ToValidUTF8(c.Query("q"), "\ufffd"))
	if built := builtSearch(c); built != "" {
		typed = built
	}
	if typed == "" {
		return
	}
	q, mistakes := search.Parse(typed)
	if r := []rune(typed); len(r) > search.MostCharacters+1 {
		typed = string(r[:search.MostCharacters+1])
	}
	f.Values.Set("q", typed)
	for _, m := range mistakes {
		f.Add("q", m.Sentence)
		f.Mistaken = &m
	}
	f.Filter.Search, f.Found = q, q.Matcher(nil)
}

// pushAddress makes the address of a search that was built the one that has it written out.
func (f *filter) pushAddress(c *fiber.Ctx) {
	q := maps.Clone(f.Values)
	for _, column := range c.Context().QueryArgs().PeekMulti("columns") {
		q.Add("columns", string(column))
	}
	c.Set("HX-Push-Url", views.WithQuery(c.Path(), q))
}

// builtSearch is the query that was filled in as a form; "" where none was.
func builtSearch(c *fiber.Ctx) string {
	of := func(name string) string {
		letters := []rune(strings.ToValidUTF8(c.Query("b-"+name), "\ufffd"))
		return string(letters[:min(len(letters), 200)])
	}
	return search.Form{All: of("all"), Phrase: of("phrase"), Any: of("any"), None: of("none"), Hashtag: of("hashtag"), Domain: of("domain"),
		Views: of("views"), Has: of("has"), Is: of("is"), History: of("history") != ""}.String()
}

// value reads a parameter, cut to 200 characters.
func (f *filter) value(c *fiber.Ctx, name string) string {
	v := strings.TrimSpace(c.Query(name))
	if r := []rune(v); len(r) > 200 {
		v = string(r[:200])
	}
	if v != "" {
		f.Values.Set(name, v)
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
		f.Values.Del(name) // a date field can show only dates
		f.Add(name, fmt.Sprintf("%q is not a day. Write it like 2024-02-29.", v))
	}
	return day
}

// page reads the requested page; it is empty if the filter has mistakes.
func (f *filter) page(ctx context.Context, d pages, page, size int) (query.Page, error) {
	if len(f.Mistakes) > 0 {
		return query.Page{}, nil
	}
	q := f.Query
	q.Offset, q.Limit = (page-1)*size, size
	found, err := f.find(ctx, d, q)
	if err == nil && len(found.Messages) == 0 && page > 1 && len(f.Mistakes) == 0 {
		return found, fiber.ErrNotFound
	}
	return found, err
}

// findWithin is how long a search may take. A regular expression can be looked for in a million
// messages for an hour, on cores that others wait for, and nothing tells that its page was closed.
const findWithin = time.Minute

// find reads messages. A search that takes too long is a mistake.
func (f *filter) find(ctx context.Context, d pages, q query.Query) (query.Page, error) {
	within := ctx
	if !q.Filter.Search.IsZero() {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, findWithin)
		defer cancel()
	}
	found, err := d.Page(within, q)
	switch {
	case within != ctx && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		f.Add("q", "This search was given up after a minute. Search in one channel or fewer days, or write a shorter regular expression.")
		return query.Page{}, nil
	case err != nil:
		return found, fmt.Errorf("read messages: %w", err)
	}
	return found, nil
}

// status is the answer's status: 422 if the filter has mistakes.
func (f *filter) status() int {
	if len(f.Mistakes) > 0 {
		return fiber.StatusUnprocessableEntity
	}
	return fiber.StatusOK
}

// readTopic reads which topic of a forum is asked for. Topics belong to one channel: after
// another channel is chosen, a topic that it does not have is ignored.
func (f *filter) readTopic(c *fiber.Ctx, d *dataset.Dataset) (err error) {
	if f.Topics, err = d.Topics(c.UserContext(), f.ChannelID); err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	id, _ := strconv.ParseInt(c.Query("topic"), 10, 64)
	if slices.ContainsFunc(f.Topics, func(t collector.Topic) bool { return t.ID == id }) {
		f.Filter.Topic = id
		f.Values.Set("topic", strconv.FormatInt(id, 10))
	}
	return nil
}
