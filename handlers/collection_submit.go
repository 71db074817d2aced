package handlers

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
	"telegramtrac/views/words"
)

// tracForm is what was typed into the trac form.
type tracForm struct {
	names                 namesForm
	since, until          string
	last, againDays       string
	detailsOnly, personal bool
	comments              bool
	depth                 string // of a snowball; carried in the form, never typed
}

func readTracForm(c *fiber.Ctx) tracForm {
	f := tracForm{
		since: strings.TrimSpace(c.FormValue("since")), until: strings.TrimSpace(c.FormValue("until")),
		last: strings.TrimSpace(c.FormValue("last")), againDays: strings.TrimSpace(c.FormValue("again_days")),
		detailsOnly: ticked(c.FormValue("details_only")), personal: ticked(c.FormValue("personal")), comments: ticked(c.FormValue("comments")),
		depth: strings.TrimSpace(c.FormValue("depth")),
	}
	f.names = readNamesForm(c)
	return f
}

func ticked(value string) bool {
	switch strings.ToLower(value) {
	case "", "0", "false", "no", "off":
		return false
	}
	return true
}

// collectionSubmit starts a collection.
func (s *Server) collectionSubmit(c *fiber.Ctx) error {
	form := readTracForm(c)
	request, mistakes := form.request()
	if len(mistakes) > 0 {
		return s.showTrac(c, form, mistakes...)
	}
	full, err := s.quota(c, request)
	if err != nil {
		return err
	}
	if len(full) > 0 {
		return s.showTrac(c, form, full...)
	}
	if mistakes := s.lookFirst(c, request); len(mistakes) > 0 {
		return s.showTrac(c, form, mistakes...)
	}
	return s.start(c, request, func(full []views.Mistake) error { return s.showTrac(c, form, full...) })
}

// start submits a collection and shows it. If the quota forbids it, refuse shows why.
func (s *Server) start(c *fiber.Ctx, request collector.Request, refuse func(full []views.Mistake) error) error {
	id, full, err := s.submit(c, request)
	if err != nil {
		return err
	}
	if len(full) > 0 {
		return refuse(full)
	}
	address := "/collections/" + id
	if answer.WantsJSON(c) {
		c.Set(fiber.HeaderLocation, address)
		return s.collectionRecord(c, id, fiber.StatusCreated)
	}
	return answer.Step(c, address, func() error { return s.showCollection(c, id) })
}

// submit submits a collection within the quota. Two at the same time are checked one after the
// other.
func (s *Server) submit(c *fiber.Ctx, request collector.Request) (id string, full []views.Mistake, err error) {
	w := guard.VisitorOf(c).Workspace.ID
	leave, err := s.starting.Enter(c.UserContext(), w)
	if err != nil {
		return "", nil, err
	}
	defer leave()
	if full, err = s.quota(c, request); err != nil || len(full) > 0 {
		return "", full, err
	}
	if id, err = s.engine.Submit(c.UserContext(), w, request); err != nil {
		return "", nil, fmt.Errorf("submit collection: %w", err)
	}
	return id, nil, nil
}

// How many channels are looked at before a collection begins, and for how long. Longer lists
// are left to the collection: looking names up is what Telegram limits most.
const (
	lookedAt  = 3
	lookLimit = 10 * time.Second
)

// lookFirst returns mistakes if none of the named channels can be read. If any can be read, or
// that cannot be found out now, it returns none and the collection finds out.
func (s *Server) lookFirst(c *fiber.Ctx, r collector.Request) []views.Mistake {
	if len(r.Channels) > lookedAt {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), lookLimit)
	defer cancel()
	all, err := s.accounts.Check(ctx, engine.References{Visitor: guard.VisitorOf(c).Hash, References: r.Channels})
	if err != nil {
		s.log.Debug("channels_not_looked_at", "kind", string(collector.KindOf(err)))
		return nil
	}
	var mistakes []views.Mistake
	for _, looked := range all {
		if looked.Error == "" {
			return nil
		}
		p := collector.Progress{Reference: looked.Reference, Detail: looked.Detail}
		mistakes = append(mistakes, views.Mistake{Field: "channels",
			Sentence: words.Sentence(looked.Error, collection.Occasion(p, collector.Collection{}, s.now()), false)})
	}
	return mistakes
}

// request checks the form. References that cannot be read, and invite links, are mistakes;
// whether a channel exists is found out while collecting.
func (f tracForm) request() (collector.Request, []views.Mistake) {
	named := f.names.read()
	mistakes := f.names.mistakes(named)
	wrong := func(field, sentence string) {
		mistakes = append(mistakes, views.Mistake{Field: field, Sentence: sentence})
	}
	r := collector.Request{Channels: named.Names, DetailsOnly: f.detailsOnly, Personal: f.personal, Comments: f.comments}
	if len(r.Channels) == 0 && len(mistakes) == 0 {
		wrong("channels", "Name at least one channel, like @telegram or t.me/telegram.")
	}
	var err error
	if r.Since, err = collector.ParseDate(f.since); err != nil {
		wrong("since", fmt.Sprintf("%q is not a day. Write it as year, month and day, like 2024-02-29.",
			views.Shorten(f.since, views.NameLength)))
	}
	if r.Until, err = collector.ParseDate(f.until); err != nil {
		wrong("until", fmt.Sprintf("%q is not a day. Write it as year, month and day, like 2024-02-29.",
			views.Shorten(f.until, views.NameLength)))
	}
	if !r.Since.IsZero() && !r.Until.IsZero() && !r.Since.Before(r.Until.Time) {
		wrong("until", "Until is the first day to leave out, so it must be later than Since.")
	}
	if r.Last, err = wholeNumber(f.last); err != nil {
		wrong("last", fmt.Sprintf("%q is not a number of messages. Write a whole number, like 1000, or leave it empty for all.",
			views.Shorten(f.last, views.NameLength)))
	}
	switch r.AgainDays, err = wholeNumber(f.againDays); {
	case err == nil && r.AgainDays > 36500:
		wrong("again_days", "Write at most 36500 days: Telegram is younger than that.")
	case err != nil:
		wrong("again_days", fmt.Sprintf("%q is not a number of days. Write a whole number, like 7, or leave it empty.",
			views.Shorten(f.againDays, views.NameLength)))
	}
	if r.Depth, err = wholeNumber(f.depth); err != nil {
		wrong("depth", fmt.Sprintf("%q is not a number of steps. Write a whole number, like 1, or leave it out.",
			views.Shorten(f.depth, views.NameLength)))
	}
	return r, mistakes
}

// wholeNumber reads a whole number; empty is 0.
func wholeNumber(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 40)
	return int64(n), err
}
