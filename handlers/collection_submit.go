package handlers

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/views"
)

// tracForm is what was typed into the trac form.
type tracForm struct {
	channels              []string // each value of the field: the text, and what was ticked
	since, until          string
	detailsOnly, personal bool
}

func readTracForm(c *fiber.Ctx) tracForm {
	f := tracForm{
		since: strings.TrimSpace(c.FormValue("since")), until: strings.TrimSpace(c.FormValue("until")),
		detailsOnly: ticked(c.FormValue("details_only")), personal: ticked(c.FormValue("personal")),
	}
	if multi, err := c.MultipartForm(); err == nil {
		f.channels = multi.Value["channels"]
		return f
	}
	for _, v := range c.Context().PostArgs().PeekMulti("channels") {
		f.channels = append(f.channels, string(v))
	}
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
	v := visitorOf(c)
	id, err := s.engine.Submit(c.UserContext(), v.workspace.ID, request)
	if err != nil {
		return fmt.Errorf("submit collection: %w", err)
	}
	address := "/collections/" + id
	if wantsJSON(c) {
		c.Set(fiber.HeaderLocation, address)
		return s.collectionRecord(c, id, fiber.StatusCreated)
	}
	return s.step(c, address, func() error { return s.showCollection(c, id) })
}

// request checks the form. References that cannot be read, and invite links,
// are mistakes; whether a channel exists is found out while collecting.
func (f tracForm) request() (collector.Request, []views.Mistake) {
	var mistakes []views.Mistake
	wrong := func(field, sentence string) {
		mistakes = append(mistakes, views.Mistake{Field: field, Sentence: sentence})
	}
	r := collector.Request{DetailsOnly: f.detailsOnly, Personal: f.personal}
	for _, ref := range collector.SplitReferences(strings.Join(f.channels, "\n")) {
		if _, err := collector.ParseReference(ref); err != nil {
			wrong("channels", unreadable(ref, err))
			continue
		}
		r.Channels = append(r.Channels, ref)
	}
	if len(r.Channels) == 0 && len(mistakes) == 0 {
		wrong("channels", "Name at least one channel, like @telegram or t.me/telegram.")
	}
	var err error
	if r.Since, err = collector.ParseDate(f.since); err != nil {
		wrong("since", fmt.Sprintf("%q is not a day. Write it as year, month and day, like 2024-02-29.", f.since))
	}
	if r.Until, err = collector.ParseDate(f.until); err != nil {
		wrong("until", fmt.Sprintf("%q is not a day. Write it as year, month and day, like 2024-02-29.", f.until))
	}
	if !r.Since.IsZero() && !r.Until.IsZero() && !r.Since.Before(r.Until.Time) {
		wrong("until", "Until is the first day to leave out, so it must be later than Since.")
	}
	return r, mistakes
}

func unreadable(ref string, err error) string {
	var e *collector.Error
	if errors.As(err, &e) && e.Kind == collector.Private {
		return fmt.Sprintf("%s is an invite link to something private. This tool reads public channels only.", ref)
	}
	return fmt.Sprintf("%s is not the name of a channel. Write @name, t.me/name or a numeric id.", ref)
}
