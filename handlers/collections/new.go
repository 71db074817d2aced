package collections

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// NewForm shows the trac form, filled with what an earlier collection
// asked for when ?from names one.
func (s *Server) NewForm(c *fiber.Ctx) error {
	typed := form{into: &Choice{id: c.Query("list")}}
	if id := c.Query("from"); id != "" {
		earlier, err := s.Collection(c, id)
		if err != nil {
			return err
		}
		r := earlier.Requested
		l, err := s.listOf(c, earlier)
		if err != nil {
			return err
		}
		typed = form{names: names{channels: r.Channels}, into: &Choice{id: l}, Narrowing: views.Narrowing{
			Since: r.Since.String(), Until: r.Until.String(), DetailsOnly: r.DetailsOnly, Personal: r.Personal, Comments: r.Comments,
			CommentsBy: string(r.CommentsBy),
			Last:       orEmpty(r.Last), AgainDays: orEmpty(r.AgainDays), Depth: orEmpty(r.Depth),
		}}
	}
	return s.showForm(c, typed)
}

// listOf is the id of the list for which a collection was run, "" if there is none.
func (s *Server) listOf(c *fiber.Ctx, run collector.Collection) (string, error) {
	all, _, err := s.Site.Lists(c)
	if err != nil {
		return "", err
	}
	for id := range runsOf(all, []collector.Collection{run}) {
		return id, nil
	}
	return "", nil
}

// ShowForm shows the empty trac form.
func (s *Server) ShowForm(c *fiber.Ctx) error { return s.showForm(c, form{}) }

func (s *Server) showForm(c *fiber.Ctx, form form, mistakes ...views.Mistake) error {
	return s.showFormWith(c, form, views.LookFirst{}, mistakes...)
}

// showFormWith is showForm with the result of looking first.
func (s *Server) showFormWith(c *fiber.Ctx, form form, look views.LookFirst, mistakes ...views.Mistake) error {
	if len(mistakes) > 0 && answer.WantsJSON(c) {
		return answer.Mistakes(c, fiber.StatusUnprocessableEntity, mistakes)
	}
	v := guard.VisitorOf(c)
	all, err := s.Collections(c)
	if err != nil {
		return err
	}
	request, _ := form.request()
	if form.into == nil {
		form.into = &Choice{}
	}
	into, err := s.Into(c, form.into, request.Channels)
	if err != nil {
		return err
	}
	page := views.Trac{
		Frame: s.Frame(c, "Channels", views.StepChannels), Form: views.Form{Mistakes: mistakes},
		Narrowing: form.Narrowing, Found: collection.Found(request.Depth), Again: len(all) > 0, Held: collection.UnderWay(all),
		LookFirst: look, LookUps: s.LookUps(c, request.Channels), NoAccount: v.Workspace.Source == collector.SourcePreview,
		Keeping: s.Keeping(), Import: s.Imports(), Into: into,
	}
	s.showNames(&page.Named, &page.Offers, v, form.names)
	return s.Render(c, answer.FormStatus(c, mistakes), views.TracPage, page)
}

// orEmpty is a number as the form shows it: "" for 0.
func orEmpty(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// offersOf lists the sandbox's channels, ticked if one of the typed values is just the
// channel's name, and returns the other values as the text.
func (s *Server) offersOf(v guard.Visitor, typed []string) (text string, offers []views.Offer) {
	if s.Sandbox == nil || v.Workspace.Source != collector.SourceSandbox {
		return joined(typed), nil
	}
	for _, ch := range s.Sandbox.Channels {
		named := func(value string) bool { return strings.EqualFold(strings.TrimSpace(value), "@"+ch.Username) }
		offers = append(offers, views.Offer{SandboxChannel: ch, Ticked: slices.ContainsFunc(typed, named)})
		typed = slices.DeleteFunc(slices.Clone(typed), named)
	}
	return joined(typed), offers
}

func joined(values []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.TrimSpace(v) == "" }), "\n")
}
