package collections

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/quota"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
	"telegramtrac/views/words"
)

// form is what was typed into the trac form.
type form struct {
	names names
	views.Narrowing
	into *Choice // of a list; nil: none
}

func readForm(c *fiber.Ctx) form {
	typed := func(field string) string { return strings.TrimSpace(c.FormValue(field)) }
	ticked := func(field string) bool { return views.Ticked(c.FormValue(field)) }
	return form{names: readNames(c), into: ReadChoice(c), Narrowing: views.Narrowing{
		Since: typed("since"), Until: typed("until"), Last: typed("last"), AgainDays: typed("again_days"), Depth: typed("depth"),
		DetailsOnly: ticked("details_only"), Personal: ticked("personal"), Comments: ticked("comments"),
		CommentsBy: typed("comments_by"),
	}}
}

// Submit starts a collection.
func (s *Server) Submit(c *fiber.Ctx) error {
	form := readForm(c)
	refuse := func(mistakes []views.Mistake) error { return s.showForm(c, form, mistakes...) }
	request, mistakes := form.request()
	if len(mistakes) > 0 {
		return refuse(mistakes)
	}
	return s.begin(c, starting{request: request, into: form.into, look: true}, refuse)
}

// starting is a collection that is to begin.
type starting struct {
	request collector.Request
	into    *Choice // of a list, into which the channels go; nil: as the request says
	look    bool    // look first whether any channel can be read
	once    bool    // not if the same is under way
}

// Start submits a collection and shows it. Its channels go into the chosen list. If it is
// forbidden, refuse shows why.
func (s *Server) Start(c *fiber.Ctx, request collector.Request, into *Choice, refuse func(why []views.Mistake) error) error {
	return s.begin(c, starting{request: request, into: into}, refuse)
}

func (s *Server) begin(c *fiber.Ctx, start starting, refuse func(why []views.Mistake) error) error {
	if start.once { // before the limits, which what is under way may have reached
		if id, err := s.underWay(c, start.request); err != nil || id != "" {
			return s.begun(c, id, err)
		}
	}
	if start.look {
		full, err := s.quota(c, start.request)
		if err != nil {
			return err
		}
		if len(full) > 0 {
			return refuse(full)
		}
		if mistakes := s.lookFirst(c, start.request); len(mistakes) > 0 {
			return refuse(mistakes)
		}
	}
	id, why, err := s.submit(c, start)
	if len(why) > 0 && err == nil {
		return refuse(why)
	}
	return s.begun(c, id, err)
}

// begun shows a collection that began, or was under way.
func (s *Server) begun(c *fiber.Ctx, id string, err error) error {
	if err != nil {
		return err
	}
	address := "/collections/" + id
	if answer.WantsJSON(c) {
		c.Set(fiber.HeaderLocation, address)
		return s.record(c, id, fiber.StatusCreated)
	}
	return answer.Step(c, address, func() error { return s.ShowWork(c, id, views.Look{}) })
}

// submit submits a collection within the quota, or finds the same under way. Two at the same
// time are checked one after the other.
func (s *Server) submit(c *fiber.Ctx, start starting) (id string, why []views.Mistake, err error) {
	w, request := guard.VisitorOf(c).Workspace.ID, start.request
	leave, err := s.starting.Enter(c.UserContext(), w)
	if err != nil {
		return "", nil, err
	}
	defer leave()
	if start.once {
		if id, err = s.underWay(c, request); err != nil || id != "" {
			return id, nil, err
		}
	}
	if why, err = s.quota(c, request); err != nil || len(why) > 0 {
		return "", why, err
	}
	if start.into != nil {
		if why, err = s.put(c, start.into, &request); err != nil || len(why) > 0 {
			return "", why, err
		}
	}
	if id, err = s.Engine.Submit(c.UserContext(), w, request); err != nil {
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
	all, err := s.Accounts.Check(ctx, engine.References{Visitor: guard.VisitorOf(c).Hash, References: r.Channels})
	if err != nil {
		s.Logger.Debug("channels not looked at", "kind", string(collector.KindOf(err)))
		return nil
	}
	var mistakes []views.Mistake
	for _, looked := range all {
		if looked.Error == "" {
			return nil
		}
		p := collector.Progress{Reference: looked.Reference, Detail: looked.Detail}
		mistakes = append(mistakes, views.Mistake{Field: "channels",
			Sentence: words.Sentence(looked.Error, collection.Occasion(p, collector.Collection{}, s.Now()), false)})
	}
	return mistakes
}

// request checks the form. References that cannot be read, and invite links, are mistakes;
// whether a channel exists is found out while collecting.
func (f form) request() (collector.Request, []views.Mistake) {
	named := f.names.read()
	wrong := views.Form{Mistakes: f.names.mistakes(named)}
	if len(named.Names) == 0 && len(wrong.Mistakes) == 0 {
		wrong.Add("channels", "Name at least one channel, like @telegram or t.me/telegram.")
	}
	r := collector.Request{
		Channels: named.Names, DetailsOnly: f.DetailsOnly, Personal: f.Personal, Comments: f.Comments,
		Since: wrong.Day("since", f.Since), Until: wrong.Day("until", f.Until),
	}
	if !r.Since.IsZero() && !r.Until.IsZero() && !r.Since.Before(r.Until.Time) {
		wrong.Add("until", "Until is the first day to leave out, so it must be later than Since.")
	}
	switch by := collector.Reach(f.CommentsBy); by {
	case collector.ByFit, collector.ByPost, collector.ByGroup:
		r.CommentsBy = by
	default:
		wrong.Add("comments_by", "Choose one of the three ways to collect comments.")
	}
	r.Last = wrong.Number("last", f.Last, "messages. Write a whole number, like 1000, or leave it empty for all.")
	so := len(wrong.Mistakes)
	r.AgainDays = wrong.Number("again_days", f.AgainDays, "days. Write a whole number, like 7, or leave it empty.")
	if r.AgainDays > 36500 && len(wrong.Mistakes) == so { // else it is no number
		wrong.Add("again_days", "Write at most 36500 days: Telegram is younger than that.")
	}
	r.Depth = wrong.Number("depth", f.Depth, "steps. Write a whole number, like 1, or leave it out.")
	return r, wrong.Mistakes
}

// quota explains beside the form why a collection cannot begin now, and what to do.
func (s *Server) quota(c *fiber.Ctx, r collector.Request) ([]views.Mistake, error) {
	if s.NoRoom() {
		return []views.Mistake{{Sentence: words.DiskFull}}, nil
	}
	if s.Quota == (quota.Allowance{}) {
		return nil, nil
	}
	unfinished, err := s.Collections(c)
	if err != nil {
		return nil, err
	}
	unfinished = slices.DeleteFunc(unfinished, func(c collector.Collection) bool { return c.State.Final() })
	if n := s.Quota.Collections; n > 0 && len(unfinished) >= n {
		return []views.Mistake{{Sentence: words.ManyCollections(n)}}, nil
	}
	full, err := s.Full(c)
	if err != nil {
		return nil, err
	}
	if full != "" {
		return []views.Mistake{{Sentence: full}}, nil
	}
	return s.tooManyChannels(c, unfinished, r)
}

// tooManyChannels counts the channels that are stored, being collected or asked for, each
// once, against the quota.
func (s *Server) tooManyChannels(c *fiber.Ctx, unfinished []collector.Collection, r collector.Request) ([]views.Mistake, error) {
	limit := s.Quota.Channels
	if limit <= 0 {
		return nil, nil
	}
	d, err := s.Dataset(c)
	if err != nil {
		return nil, err
	}
	have, err := d.Channels(c.UserContext())
	if err != nil {
		return nil, fmt.Errorf("list the channels: %w", err)
	}
	seen, n := quota.NewRoll(), len(have)
	for _, ch := range have {
		seen.Put(ch.Channel)
	}
	for _, c := range unfinished {
		n += seen.Admit(c.Requested)
	}
	if n+seen.Admit(r) <= limit {
		return nil, nil
	}
	return []views.Mistake{{Field: "channels", Sentence: words.ManyChannels(limit, n, r.Comments)}}, nil
}
